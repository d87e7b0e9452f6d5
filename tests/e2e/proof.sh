#!/bin/bash
# What the proofs say is true: an audit finds what was taken out by hand and nothing else, a backfill inserts exactly
# what is missing, killed at any point.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

genlogctl=$e2e_build/genlogctl

ctl() { "$genlogctl" -c "$work/agent.yaml" "$@" 2>>"$work/ctl.err"; }
ask() { dbcheck "$uri" command "$db" "$1" >/dev/null; }
stands() { dbcheck "$uri" count "$db" "${1:-system_logs}" "${2:-{\}}"; }
delete() { ask "{\"delete\": \"${2:-system_logs}\", \"deletes\": [{\"q\": $1, \"limit\": 0}]}"; }
field() { jq -s "map(select(has(\"sources\"))) | .[0].$1"; } # of the last line of an audit

# lines FROM TO: JSON lines with a time of their own
lines() { seq "$1" "$2" | awk '{printf "{\"timestamp\":\"2026-01-02T10:%02d:%02d.%03dZ\",\"level\":\"INFO\",\"message\":\"order %d\",\"n\":%d}\n", int($1/60000)%60, int($1/1000)%60, $1%1000, $1, $1}'; }

# begin NAME: $uri, $db, an agent's configuration for $logs
begin() {
	database "proof_$1"
	db=proof_$1_$$
	at_end+=("dbcheck '$uri' command $db '{\"dropDatabase\": 1}' >/dev/null")
	mkdir -p "$logs"
	agent_conf "$(mongo_output "$uri" "$db")" <<-END
		service: E2E
		inputs:
		  - {type: tail, paths: ["$logs/*.log*", "$work/past/*.log*"]}
		filters:
		  - {type: grep, pattern: noise, on_match: drop}
	END
}

trace() { # N
	printf '2026-01-02 10:00:%02d,000 ERROR [main] com.acme.Orders - failed %d\n' "$1" "$1"
	printf 'java.lang.IllegalStateException: broken %d\n\tat com.acme.Orders.save(Orders.java:%d)\n\tat com.acme.Main.main(Main.java:5)\n' "$1" "$1"
}

# Rotated, compressed, with stack traces, blank lines, and lines that a filter drops.
write_all() {
	{ lines 1 500; echo; lines 501 600; } >"$logs/a.log"
	for i in {10..30}; do
		trace "$i"
		[ $((i % 5)) != 0 ] || printf '\n\r\n'
		printf '2026-01-02 10:00:%02d,500 INFO [main] com.acme.Orders - noise %d\n' "$i" "$i"
		printf '2026-01-02 10:00:%02d,700 INFO [main] com.acme.Orders - fine %d\n' "$i" "$i"
	done >"$logs/b.log"
	{ printf '\xef\xbb\xbf'; lines 2000 2400; } >"$logs/c.log"
	printf '#Software: IIS\n#Fields: date time cs-method cs-uri-stem sc-status\n2026-01-02 10:00:00 GET /a 200\n#Date: 2026-01-02\n2026-01-02 10:00:01 GET /b 404\n' >"$logs/w.log"
	touch -d '2 minutes ago' "$logs"/*
}

rotate() {
	mv "$logs/a.log" "$logs/a.log.1" && gzip "$logs/a.log.1"
	mv "$logs/b.log" "$logs/b.log.1"
}

case_audit() {
	begin audit
	write_all
	agent_once
	rotate
	ctl audit >"$work/out" || fail "a clean set is not whole: $(cat "$work/out" "$work/ctl.err")"
	same 'files' 4 "$(grep -c '; all of it$' "$work/out")"
	ctl audit --json >"$work/json"
	same 'dropped by the filter' 21 "$(field filtered_events <"$work/json")"
	same 'header lines' 3 "$(field headers <"$work/json")"
	same 'blank bytes' $((1 + 3)) "$(field blank_bytes <"$work/json")" # those behind a stack trace are part of it
	same 'missing' 0 "$(field missing_events <"$work/json")"
	figure "clean: $(tail -1 "$work/out")"

	delete '{"context.n": {"$in": [100, 101, 300, 2400]}}'
	delete '{"message": "failed 20"}'
	! ctl audit >"$work/out" || fail 'documents that were deleted are not missed'
	ctl audit --json >"$work/json" || true
	same 'missing after five were deleted' 5 "$(field missing_events <"$work/json")"
	grep -q "MISSING .* 2 events.*backfill $logs/a.log.1.gz" "$work/out" || fail "two in a row: $(<"$work/out")"
	grep -q 'MISSING .* 1 events, behind the last document' "$work/out" || fail "the last one: $(<"$work/out")"
	same 'one file alone' 3 "$(ctl audit --json "$logs/a.log.1.gz" | field missing_events)"

	ctl backfill "$logs/a.log.1.gz" "$logs/b.log.1" "$logs/c.log" --json >"$work/json"
	same 'mended' 5 "$(jq .inserted "$work/json")"
	ctl audit >"$work/out" || fail "not whole after the backfill: $(<"$work/out")"
}

case_doubles() {
	begin doubles
	write_all
	agent_once
	ctl audit >/dev/null || fail 'not whole'
	"$genlogctl" --json query system_logs context.n=77 --uri "$uri" --database "$db" |
		jq -c '._id["$oid"] |= (.[:-1] + (if .[-1:] == "0" then "1" else "0" end))' >"$work/copy.json"
	ask "{\"insert\": \"system_logs\", \"documents\": [$(<"$work/copy.json")]}"
	! ctl audit >"$work/out" || fail 'a document twice is not found'
	same 'twice' 1 "$(grep -c 'TWICE .*logs: bytes .* _id [0-9a-f]* and [0-9a-f]*' "$work/out")"
	same 'nothing else' 3 "$(grep -c '; all of it$' "$work/out")"
}

# Two files that begin with the same line are two lives of one name.
case_lives() {
	begin lives
	{ echo '=== started ==='; lines 1 50; } >"$logs/l.log.1"
	{ echo '=== started ==='; lines 100 180; } >"$logs/l.log"
	touch -d '3 minutes ago' "$logs/l.log.1"
	touch -d '2 minutes ago' "$logs/l.log"
	agent_once
	ctl audit >"$work/out" || fail "$(<"$work/out")"
	grep -q '2 files of this name began with the same line' "$work/out" || fail "$(<"$work/out")"
	delete '{"context.n": {"$in": [20, 150]}}'
	! ctl audit >"$work/out" || fail 'nothing is missed'
	grep -q "MISSING .* 1 events.*backfill $logs/l.log.1$" "$work/out" || fail "$(<"$work/out")"
	grep -q "MISSING .* 1 events.*backfill $logs/l.log$" "$work/out" || fail "$(<"$work/out")"
	same 'nothing else' 2 "$(grep -cE 'MISSING|TWICE|UNPROVEN' "$work/out")"
	same 'mended' 2 "$(ctl backfill "$logs"/l.log* --json | jq .inserted)"
	ctl audit >"$work/out" || fail "$(<"$work/out")"
}

# While the agent runs, what it has not delivered yet is on its way, and no loss; backfilled first, it is the same.
case_live() {
	begin live
	sed -i "s|^admin:.*|admin: {socket: $work/admin.sock}|; s|flush_interval: 50ms|flush_interval: 60s|" "$work/agent.yaml"
	lines 1 100 >"$logs/a.log"
	agent_start
	until_true 5 ctl status >/dev/null || fail 'the agent does not answer'
	until_true 5 eval '[ "$(agent_tells events)" = 100 ]' || fail 'the agent does not read'
	same 'delivered' 0 "$(stands)"
	ctl audit "$logs/a.log" >"$work/out" || fail "what is in the spool is no loss: $(<"$work/out")"
	grep -q 'on their way: 100 events' "$work/out" || fail "$(<"$work/out")"
	agent_stop
	ctl audit "$logs/a.log" >"$work/out" || fail "what lies in the spool of an agent that does not run is no loss: $(<"$work/out")"
	grep -q 'on their way: 100 events' "$work/out" || fail "$(<"$work/out")"
	agent_start
	until_true 5 ctl status >/dev/null || fail 'the agent does not answer'
	same 'backfill' 100 "$(ctl backfill "$logs/a.log" --json | jq .inserted)"
	ctl flush >/dev/null || fail 'flush'
	until_true 5 eval '[ "$(stands)" = 100 ]' || fail "the agent has made $(stands) documents of 100"
	ctl audit >"$work/out" || fail "$(<"$work/out")"
	delete '{"context.n": {"$in": [99, 100]}}'
	! ctl audit >"$work/out" || fail 'what the agent has delivered counts as on its way'
	same 'missing' 1 "$(grep -c 'MISSING .* 2 events, behind the last document' "$work/out")"
	agent_stop
}

# What the server refuses is kept with its reason, and the others go on.
case_refused() {
	begin refused
	lines 1 50 >"$logs/a.log"
	ask '{"create": "system_logs"}'
	ask '{"createIndexes": "system_logs", "indexes": [{"key": {"context.n": 1}, "name": "n", "unique": true}]}'
	ask '{"insert": "system_logs", "documents": [{"_id": "other", "context": {"n": 7}}]}'
	! ctl backfill "$logs/a.log" --json >"$work/json" || fail 'a refusal is no failure'
	same 'counts' '0:50:49:1' "$(jq -r '"\(.there):\(.missing):\(.inserted):\(.refused)"' "$work/json")"
	grep -q 'dead-letter' "$work/ctl.err" || fail "$(<"$work/ctl.err")"
	same 'letters' 1 "$(value docs "$("$tools/bsonwalk" count "$(echo "$work"/backfill/*/dead-letter/*.bson)")")"
}

case_gaps() {
	local name offset bytes

	begin gaps
	lines 1 100 >"$logs/g.log"
	touch -d '2 minutes ago' "$logs/g.log"
	agent_once
	rm "$logs/g.log"
	delete '{"context.n": {"$in": [50, 51]}}'
	! ctl audit >"$work/out" || fail 'a hole that nobody can look into is proven'
	grep -q 'UNPROVEN .* bytes from' "$work/out" || fail "$(<"$work/out")"
	name=$("$genlogctl" --json query system_logs context.n=1 --uri "$uri" --database "$db" | jq -r .source.file)
	offset=$(lines 1 49 | wc -c) bytes=$(lines 50 51 | wc -c)
	ask "{\"insert\": \"system_logs\", \"documents\": [{\"timestamp\": {\"\$date\": \"2026-01-02T10:00:00Z\"}, \"level\": \"WARN\", \"module\": \"E2E\", \"message\": \"gap\", \"createdAt\": {\"\$date\": \"2026-01-02T10:00:00Z\"}, \"context\": {\"gap\": {\"offset\": {\"\$numberLong\": \"$offset\"}, \"bytes\": {\"\$numberLong\": \"$bytes\"}, \"reason\": \"it was cut\"}}, \"source\": {\"type\": \"tail\", \"path\": \"$logs/g.log\", \"file\": \"$name\", \"offset\": {\"\$numberLong\": \"$offset\"}, \"length\": 0}}]}"
	ctl audit >"$work/out" || fail "what a gap document tells counts as missing: $(<"$work/out")"
	grep -q "lost     $bytes bytes from $offset, told by a gap document: it was cut" "$work/out" || fail "$(<"$work/out")"
}

# Killed again and again; the totals of the last run are those of one that was never interrupted.
case_backfill() {
	local n=30000 i out kills=0

	begin backfill
	lines 1 $n >"$logs/a.log"
	for i in {10..40}; do trace "$i"; done >"$logs/t.log"
	seq -f 'no time of its own %g' 1 300 >"$logs/u.log"
	touch -d '2 minutes ago' "$logs"/*
	agent_once
	gzip "$logs/a.log"
	mv "$logs/a.log.gz" "$logs/a.log.1.gz"
	delete '{"context.n": {"$mod": [3, 0]}}'
	delete '{"message": {"$regex": "^failed 2"}}'
	delete '{"error_message": {"$regex": "broken 3"}}' error_stack_traces
	delete '{"message": {"$regex": "own 1.$"}}'
	before=$(stands)
	local files=("$logs/a.log.1.gz" "$logs/t.log" "$logs/u.log")

	ctl backfill "${files[@]}" --dry-run --json >"$work/json"
	same 'dry run: missing' "$((n / 3 + 10 + 10)):10" "$(jq -r '"\(.collections.system_logs.missing):\(.collections.error_stack_traces.missing)"' "$work/json")"
	same 'dry run: there' $((2 * n / 3 + 21 + 290)) "$(jq .collections.system_logs.there "$work/json")"
	same 'dry run: nothing is written' "$before" "$(stands)"

	while [ $kills -lt 40 ]; do
		"$genlogctl" -c "$work/agent.yaml" backfill "${files[@]}" --json >"$work/json" 2>>"$work/ctl.err" &
		wait_for "0.$(printf %03d $((70 + $(below 90))))"
		kill -KILL $! 2>/dev/null || true
		wait $! 2>/dev/null || true
		[ ! -s "$work/json" ] || break # it has told its totals
		kills=$((kills + 1))
	done
	[ -s "$work/json" ] || ctl backfill "${files[@]}" --json >"$work/json"
	figure "$kills kills; $(jq -c . "$work/json")"
	[ $kills -ge 3 ] || fail "it was over after $kills kills"
	same 'inserted' "$((n / 3 + 10 + 10)):10" "$(jq -r '"\(.collections.system_logs.inserted):\(.collections.error_stack_traces.inserted)"' "$work/json")"
	same 'there' $((2 * n / 3 + 21 + 290)) "$(jq .collections.system_logs.there "$work/json")"
	same 'documents' $((n + 31 + 300)) "$(stands)"
	same 'stack traces' 31 "$(stands error_stack_traces)"
	out=$(count_db "$uri" "$db" -n $((n + 1)))
	same 'twice' 0 "$(value twice "$out")"
	same 'ids twice' 0 "$(value ids_twice "$out")"
	ctl audit >"$work/out" || fail "$(<"$work/out")"
	ctl backfill "${files[@]}" --json >/dev/null
	[ -z "$(ls "$work/backfill")" ] || fail 'a complete run leaves something behind'
	ctl backfill "${files[@]}" --json >"$work/json"
	same 'once more: all there' "0:$((n + 31 + 300 + 31))" "$(jq -r '"\(.inserted):\(.there)"' "$work/json")"
}

case_moved() {
	begin moved
	mkdir "$work/past" "$work/cellar"
	lines 1 400 >"$work/past/m.log"
	lines 1000 1010 >"$logs/live.log"
	printf '{"timestamp":"2026-01-02T11:00:00Z","message":"unfinished' >>"$logs/live.log"
	touch -d '2 minutes ago' "$work/past"/*
	agent_start
	until_true 10 eval '[ "$(stands)" = 411 ]' || fail "the agent has shipped $(stands)"
	agent_stop
	delete '{"context.n": {"$lt": 11}}'
	gzip -c "$work/past/m.log" >"$work/cellar/m.log.7.gz"
	rm "$work/past/m.log"
	! ctl backfill "$work/cellar/m.log.7.gz" || fail 'a file that no input reads is taken'
	grep -q 'no input of the configuration reads .*--as' "$work/ctl.err" || fail "$(<"$work/ctl.err")"
	same 'under its old name' 10 "$(ctl backfill "$work/cellar/m.log.7.gz" --as "$work/past/" --dry-run --json | jq .missing)"
	same 'inserted' 10 "$(ctl backfill "$work/cellar/m.log.7.gz" --as "$work/past/m.log.7.gz" --json | jq .inserted)"
	same 'the unfinished line of a live file is no event' '{"there":11,"missing":0}' \
		"$(ctl backfill "$logs/live.log" --json | jq -c '{there, missing}')"
	same 'documents' 411 "$(stands)"
}

cases "$@"
