#!/bin/bash
# The layout of the database: what is missing is made, what differs is told and changed in place, nothing is dropped; what
# the agent writes is valid by it, and what is wrong is not.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

genlogctl=$e2e_build/genlogctl
export GENLOG_SOCKET=$work/emit.sock GENLOG_RING_DIR=$work/rings

ctl() { "$genlogctl" "$1" "$2" --uri "$uri" --database "$db" "${@:3}"; }
ask() { dbcheck "$uri" command "$db" "$1"; }
has() { grep -qE -- "$1" <<<"$2" || fail "no \"$1\" in: $2"; }
begin() {
	database "schema_$1"
	db=schema_$1_$$
	at_end+=("dbcheck '$uri' command $db '{\"dropDatabase\": 1}' >/dev/null")
}

case_apply() {
	local out code=0

	begin apply
	out=$(ctl schema diff) && fail 'an empty database has no differences'
	has '^missing +system_logs  collection' "$out"
	has '^111 differences' "$out"
	out=$(ctl schema apply --dry-run)
	has '^would +system_logs  index idx_recent_logs' "$out"
	has '^ +\{ "createIndexes" : "system_logs"' "$out"
	[ "$(ask '{"listCollections": 1}' | grep -c '"name"' || true)" = 0 ] || fail 'a dry run has made something'
	out=$(ctl schema apply)
	has '^111 made, 0 left' "$out"
	same 'a second run' "$db has all that is defined" "$(ctl schema apply)"
	same 'difference' "$db has all that is defined" "$(ctl schema diff)"
	out=$(ask '{"listIndexes": "notifications"}')
	has '"expires_at_1", "expireAfterSeconds" : 0\b' "$out"
	figure "$(ctl schema diff --help | wc -l) lines of help"
}

case_changes() {
	local out

	begin changes
	ctl schema apply --collection system_logs --collection messages >"$work/made"
	ask '{"collMod": "system_logs", "index": {"name": "createdAt_1", "expireAfterSeconds": 7}}' >/dev/null
	ask '{"collMod": "system_logs", "validator": {"level": 1}}' >/dev/null
	ask '{"dropIndexes": "system_logs", "index": "idx_level_time"}' >/dev/null
	ask '{"dropIndexes": "system_logs", "index": "idx_user_time"}' >/dev/null
	ask '{"createIndexes": "system_logs", "indexes": [{"key": {"user_id": 1}, "name": "idx_user_time"}]}' >/dev/null
	ask '{"createIndexes": "system_logs", "indexes": [{"key": {"own": 1}, "name": "idx_own"}]}' >/dev/null
	out=$(ctl schema diff -C system_logs) && fail 'nothing differs'
	has '^differs +system_logs  validator' "$out"
	has '^missing +system_logs  index idx_level_time' "$out"
	has '^refused +system_logs  index idx_user_time: it is on .*"user_id" : 1 \} there; drop it' "$out"
	has '^differs +system_logs  index createdAt_1: documents expire after 7 s; defined are 2592000 s' "$out"
	has '^extra +system_logs  index idx_own' "$out"
	has '^4 differences' "$out"
	out=$(ctl schema apply -C system_logs) && fail 'what is refused is a failure'
	has '^3 made, 1 left' "$out"
	out=$(ask '{"listIndexes": "system_logs"}')
	has '"createdAt_1", "expireAfterSeconds" : 2592000\b' "$out"
	has '"user_id" : 1 \}, "name" : "idx_user_time"' "$out"
	has idx_own "$out"
}

# What a server cannot do is told of that item, and all others are made.
case_each_by_itself() {
	local out

	[ ${#gateways[@]} != 0 ] || [ -z "${GENLOG_TEST_MONGODB_URI:-}" ] || return 0
	begin each
	mkdir "$work/own"
	cat >"$work/own/a.yaml" <<-END
		collections:
		  - name: own
		    fields: {a: string}
		    indexes:
		      - {key: {t: text}, name: first}
		      - {key: {u: text}, name: second}
		      - {key: {v: 1}, name: third}
	END
	out=$(ctl schema apply --dir "$work/own") && fail 'two text indexes in one collection'
	has '^failed +own  index second: the server refuses: ' "$out"
	has '^made +own  index third' "$out"
	has '^4 made, 1 left' "$out"
	out=$(ctl schema diff --dir "$work/own") && fail 'nothing is left'
	has '^1 differences' "$out"
	out=$("$genlogctl" --json schema diff --uri "$uri" --database "$db" --dir "$work/own" | jq -r .command.createIndexes) || true
	same 'command' own "$out"
}

insert() { ask "{\"insert\": \"$1\", \"documents\": [$2]}"; }

# Documents of every kind that the agent makes, into collections that check them.
case_agent() {
	local dead out n

	begin agent
	ctl schema apply >"$work/made"
	mkdir -p "$logs" "$work/rings"
	agent_conf "$(mongo_output "$uri" "$db")" <<-END
		service: E2E
		fields: {version: 1.2.3, environment: production, tags: [a, b]}
		inputs:
		  - {type: tail, paths: ["$logs/*"]}
		  - {type: emit, socket: "$work/emit.sock", rings: ["$work/rings"]}
	END
	{
		printf '{"timestamp":"2026-01-02T10:30:45.123Z","level":"error","message":"no","error_code":null,"error_message":null,'
		printf '"stack_trace":null,"duration_ms":12,"db_queries":3,"external_api_calls":12345678901,"user_id":77,"tags":["x"],'
		printf '"ip_address":"10.0.0.1","context":{"a":1,"b":null,"c":1.5}}\n'
		printf '2026-01-02 10:30:46 ERROR [main] com.example.Orders - order failed\njava.lang.IllegalStateException: bad\n'
		printf '\tat com.example.Orders.run(Orders.java:17)\n\tat com.example.Main.main(Main.java:3)\n'
		printf 'Caused by: java.io.IOException: disk\n\tat com.example.Disk.write(Disk.java:9)\n'
		printf 'nothing that anybody knows \xff\xfe\n2026-01-02 10:30:47 INFO done\n'
	} >"$logs/a.log"
	seq 100000 | gzip -c >"$work/whole.gz"
	head -c 2000 "$work/whole.gz" >"$logs/cut.log.gz"
	touch -d '1 hour ago' "$logs/cut.log.gz"
	"$tools/emit_program" info error job event trace
	agent_start
	until_true 20 documents_of daemon_execution_logs 1 || fail 'no run of a job'
	until_true 20 documents_of integration_event_log 1 || fail 'no event'
	until_true 20 documents_of error_stack_traces 2 || fail 'no traces'
	until_true 20 documents_of system_logs 1 '{"context.timestamp_source": "arrival"}' || fail 'no line without a time'
	agent_stop
	agent_once
	dead=$(find "$work/spool/dead-letter" -name '*.bson' -size +0 2>/dev/null)
	[ -z "$dead" ] || fail "refused: $("$tools/bsonwalk" flat "$dead" | head -60)"
	n=$(dbcheck "$uri" count "$db" system_logs '{"context.gap": {"$exists": true}}')
	[ "$n" -gt 0 ] || fail 'no gap document'
	figure "$(dbcheck "$uri" count "$db" system_logs) system_logs of the agent are valid, $n gaps among them"

	out=$(insert system_logs '{"timestamp": "now", "level": "INFO", "module": "a", "message": "b", "createdAt": {"$date": 1}}')
	has '"code" : 121' "$out"
	out=$(insert system_logs '{"timestamp": {"$date": 1}, "level": "info", "module": "a", "message": "b", "createdAt": {"$date": 1}}')
	has '"code" : 121' "$out"
	out=$(insert error_stack_traces '{"timestamp": {"$date": 1}}')
	has '"code" : 121' "$out"
	out=$(insert notifications '{"notification_id": "a", "recipient_id": "b", "title": "c", "created_at": {"$date": 1}, "createdAt": {"$date": 1}, "urgency_level": 6}')
	has '"code" : 121' "$out"
}
documents_of() { [ "$(dbcheck "$uri" count "$db" "$1" "${3:-{\}}")" -ge "$2" ]; }

# The engine of development shards by hashed keys alone: the others are said, and keep nobody.
case_sharding() {
	local out

	out=$("$genlogctl" schema diff --help)
	has shard "$out"
	[ -z "${GENLOG_TEST_MONGODB_URI:-}" ] || return 0
	begin sharding
	out=$(ctl schema diff --shard 2>&1) && fail 'a standalone shards'
	has 'is no mongos' "$out"
	[ ${#gateways[@]} != 0 ] || return 0
	gateway schema_mongos --topology mongos
	mkdir "$work/own"
	cat >"$work/own/a.yaml" <<-END
		collections:
		  - {name: hashed, shard: {_id: hashed}}
		  - {name: ranged, shard: {a: 1}, indexes: [{key: {b: 1}}]}
	END
	out=$(ctl schema apply --shard --dir "$work/own") && fail 'the engine shards by range'
	has '^made +hashed  sharding' "$out"
	has '^failed +ranged  sharding: the server refuses' "$out"
	has '^made +ranged  index b_1' "$out"
	out=$(ctl schema diff --shard --dir "$work/own") && fail 'ranged is sharded'
	has '^1 differences' "$out"
}

case_words() {
	local out

	out=$("$genlogctl" schema diff --uri 'mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200' 2>&1) && fail 'there is a server'
	has 'no server answers at 127.0.0.1:1' "$out"
	printf 'output: {type: archive, path: /nowhere}\n' >"$work/a.yaml"
	out=$("$genlogctl" -c "$work/a.yaml" schema diff 2>&1) && fail 'an archive is no database'
	has 'the output is "archive", not mongodb' "$out"
	has '"createRole" : "genlogAgent"' "$("$genlogctl" schema roles)"
	out=$("$genlogctl" --json schema roles | jq -c 'select(.createRole == "genlogAgent") | [.privileges[].actions] | unique')
	same 'rights of the agent' '[["insert"]]' "$out"
	begin words
	ask '{"createUser": "ann", "pwd": "right$@#", "roles": [{"role": "readAnyDatabase", "db": "admin"}]}' >/dev/null 2>&1 ||
		{ figure 'skipped: no users here'; return 0; }
	at_end+=("dbcheck '$uri' command $db '{\"dropUser\": \"ann\"}' >/dev/null")
	[ ${#gateways[@]} != 0 ] || return 0
	gateway schema_auth --auth
	export MONGODB_USERNAME=ann MONGODB_PASSWORD='wrong$@#secret'
	out=$(ctl schema diff 2>&1) && fail 'a wrong password lets in'
	has 'does not let in ann: wrong user, password' "$out"
	! grep -q 'secret' <<<"$out" || fail "a password is shown: $out"
	export MONGODB_PASSWORD='right$@#'
	out=$(ctl schema apply -C messages 2>&1) && fail 'a reader may make collections'
	has '^failed +messages  collection: the server refuses' "$out"
}

cases "$@"
