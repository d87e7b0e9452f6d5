#!/bin/bash
# A service's line becomes a document as the schema has it, each field with its type.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

has() { grep -qE -- "^$1"$'\t'"$2"$'\t'"$3\$" "$work/flat" || fail "$1 is not $2 $3, but: $(grep -E "^$1" "$work/flat" || echo missing)"; }

database documents
db=documents_$$
mkdir "$logs"
agent_conf "{type: mongodb, uri: \"$uri\", database: $db}" <<-END
	service: MES
	fields: {version: 1.2.3, environment: production, tags: [mes, line-1]}
	inputs:
	  - {type: tail, parser: json, paths: [$logs/a.log]}
END
{
	printf '{"timestamp":"2025-12-22T10:30:45.123Z","level":"error","module":"ERP","class_name":"Orders","method_name":"update",'
	printf '"message":"Order WO-1 is DONE","message_template":"Order {order_id} is {status}","error_code":"E42","error_message":"no",'
	printf '"context":{"order_id":"WO-1","user":7,"took":1.5,"big":12345678901,"ok":true,"none":null,"deep":{"a":[1,"b"]}},'
	printf '"stack_trace":"at a\\n at b","duration_ms":12.5,"db_queries":3,"external_api_calls":2,"user_id":77,'
	printf '"ip_address":"10.0.0.1","user_agent":"curl","correlation_id":"c-1","tags":["x","y"],"own":"field"}\n'
	printf 'not json\n'
} >"$logs/a.log"
agent_once
dbcheck "$uri" dump "$db" system_logs '{"level": "ERROR"}' | "$tools/bsonwalk" flat >"$work/flat"
same documents 1 "$(grep -c '^_id' "$work/flat")"
has _id oid '[0-9a-f]{24}'
has timestamp date 1766399445123
has createdAt date 1766399445123
has level string ERROR
has module string ERP
has class_name string Orders
has method_name string update
has message string 'Order WO-1 is DONE'
has message_template string 'Order \{order_id\} is \{status\}'
has context object ''
has context.order_id string WO-1
has context.user 'int(32|64)' 7
has context.took double 1.5
has context.big int64 12345678901
has context.ok bool true
has context.none null ''
has context.deep.a array ''
has context.deep.a.0 'int(32|64)' 1
has context.own string field
has error_code string E42
has error_message string no
has stack_trace string 'at a\\x0a at b'
has duration_ms double 12.5
has db_queries int32 3
has external_api_calls int32 2
has user_id string 77
has ip_address string 10.0.0.1
has user_agent string curl
has environment string production
has version string 1.2.3
has node_id string node_e2e
has tags array ''
has tags.0 string 'x|mes'
has correlation_id string c-1
has source object ''
has source.type string tail
has source.path string "$logs/a.log"
has source.file string '[0-9a-f]{16}'
has source.offset int64 0
has source.length int32 "$(head -1 "$logs/a.log" | wc -c)"

dbcheck "$uri" dump "$db" system_logs '{"message": "not json"}' | "$tools/bsonwalk" flat >"$work/flat"
has message string 'not json'
has module string MES
has level string '(DEBUG|INFO|WARN|ERROR|CRITICAL)'
has timestamp date '[0-9]+'
has context.timestamp_source string arrival
grep -q '^context.parse_error' "$work/flat" || grep -q parse_error "$work/flat" || fail 'that it could not be parsed is not said'
has tags.1 string line-1
dbcheck "$uri" command "$db" '{"dropDatabase": 1}' >/dev/null
