#!/bin/bash
# The same question to the database and to an archive has the same answer.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

genlogctl=$e2e_build/genlogctl
db=query_$$

ship() { # OUTPUT: the same lines, from the beginning
	rm -rf "$work/spool"
	agent_conf "$1" <<-END
		service: E2E
		inputs:
		  - {type: tail, parser: json, paths: ["$logs/a.log"]}
	END
	agent_once
}

in_database() { "$genlogctl" "${json[@]}" query "$1" --uri "$uri" --database "$db" "${@:2}"; }
in_archive() { "$genlogctl" "${json[@]}" query "$1" --archive "$work/archive" --database e2e "${@:2}"; }
json=()

database query
at_end+=("dbcheck '$uri' command $db '{\"dropDatabase\": 1}' >/dev/null")
mkdir "$logs"
for i in {1..300}; do
	level=(INFO WARN ERROR DEBUG)
	module=(MES ERP WMS)
	printf '{"timestamp":"2026-01-%02dT10:00:00.%03dZ","level":"%s","module":"%s","message":"order %d: %s","user_id":"%d","duration_ms":%d.5,"tags":["t%d","all"],"context":{"n":%d,"deep":{"k":[{"v":%d}]}%s}}\n' \
		$((1 + i % 20)) "$i" "${level[i % 4]}" "${module[i % 3]}" "$i" "$([ $((i % 7)) = 0 ] && echo 'Timed Out (late)' || echo fine)" \
		$((i % 10)) "$i" $((i % 5)) "$i" $((i % 11)) "$([ $((i % 13)) = 0 ] && echo ',"rare":null')"
done >"$logs/a.log"
ship "$(archive_output)"
ship "$(mongo_output "$uri" "$db")"

# FILTER... EXPECTED: how many there are, asked of both; and which, in one order
same_answer() {
	local want=${*: -1} a b
	local words=("${@:1:$#-1}")

	a=$(in_database system_logs "${words[@]}" --count)
	b=$(in_archive system_logs "${words[@]}" --count)
	same "${words[*]} in the database" "$want" "$a"
	same "${words[*]} in the archive" "$want" "$b"
	a=$(in_database system_logs "${words[@]}" --fields timestamp,message,context.n --sort -context.n --limit 20)
	b=$(in_archive system_logs "${words[@]}" --fields timestamp,message,context.n --sort -context.n --limit 20)
	same "${words[*]}" "$a" "$b"
	asked=$((asked + 1))
}
asked=0
{
	same_answer 300
	same_answer level=ERROR 75
	same_answer level=ERROR,WARN 150
	same_answer level!=ERROR 225
	same_answer level=ERROR module=MES 25
	same_answer 'level=ERROR module=MES' 25
	same_answer 'message~timed out \(' 0
	same_answer 'message~"timed out \("' 42
	same_answer '"Out (late)"' 42
	same_answer 'message!~fine' 42
	same_answer user_id=3 30
	same_answer 'user_id="3"' 30
	same_answer 'context.n>290' 10
	same_answer 'context.n>=290' 'context.n<=292' 3
	same_answer 'duration_ms<2' 1
	same_answer 'context.n=17' 1
	same_answer 'context.n=17,18,999' 2
	same_answer tags=t1 60
	same_answer 'tags!=t1' 240
	same_answer 'context.deep.k.v=10' 27
	same_answer 'context.deep.k.0.v>9' 27
	same_answer 'context.rare=null' 300
	same_answer '{"context.rare": {"$exists": true}}' 23
	same_answer 'timestamp>=2026-01-20' 15
	same_answer 'timestamp>=2026-01-05' 'timestamp<2026-01-07T00:00:00Z' 30
	same_answer '{"$or": [{"context.n": {"$lt": 3}}, {"level": "WARN", "module": "ERP"}]}' 26
	same_answer '{"$nor": [{"level": "INFO"}, {"tags": {"$in": ["t1", "t2"]}}]}' 135
	same_answer '{"message": {"$regex": "^ORDER 1", "$options": "i"}, "context.n": {"$not": {"$gte": 100}}}' 11
	same_answer nothing=here 0
	same_answer --since 20000d 300
	same_answer --since 1s 0
} 2>"$work/hints" || { cat "$work/hints" >&2; exit 1; }
grep -q 'first 20; --limit' "$work/hints" || fail 'it is not said that there are more'

json=(--json)
a=$(in_database system_logs context.n=17 | jq -Sc 'del(._id, .source)')
b=$(in_archive system_logs context.n=17 | jq -Sc 'del(._id, .source)')
same 'a whole document' "$a" "$b"
same count '{ "count" : 75 }' "$(in_archive system_logs level=ERROR --count)"
same 'all of them' 300 "$(in_archive system_logs --all | wc -l)"
same fields '{ "context.n" : 17, "level" : "WARN" }' "$(in_archive system_logs context.n=17 --fields context.n,level)"
json=()
same 'a line' '2026-01-18 10:00:00.017  WARN      WMS  order 17: fine' "$(in_database system_logs context.n=17)"
same 'from the configuration' 75 "$("$genlogctl" -c "$work/agent.yaml" query system_logs level=ERROR --count)"
sed "s|^output: .*|output: $(archive_output)|" "$work/agent.yaml" >"$work/files.yaml"
same 'from an output archive' 75 "$("$genlogctl" -c "$work/files.yaml" query system_logs level=ERROR --count)"
same 'no such collection' 0 "$(in_database nothing --count)"

# Failures.
! in_archive nothing 2>"$work/said" || fail 'there is no such file'
grep -q 'nothing.bson.*No such file' "$work/said" || fail "$(<"$work/said")"
! in_archive system_logs 'message~(' 2>"$work/said" || fail 'a bad pattern'
! in_archive system_logs '{"$where": "1"}' 2>"$work/said" || fail 'files know no $where'
grep -q 'of a database only' "$work/said" || fail "$(<"$work/said")"
mkdir -p "$work/cut/e2e"
head -c -7 "$(archive_file)" >"$work/cut/e2e/system_logs.bson"
! "$genlogctl" query system_logs --archive "$work/cut" --database e2e --count >"$work/out" 2>"$work/said" || fail 'a cut file is whole'
grep -q 'ends within a document at byte [0-9]*, behind 299 documents' "$work/said" || fail "$(<"$work/said")"
gzip -c "$(archive_file)" >"$work/cut/e2e/other.bson.gz"
same 'compressed' 300 "$("$genlogctl" query other --archive "$work/cut" --database e2e --count)"
figure "$asked questions, the same answers"
