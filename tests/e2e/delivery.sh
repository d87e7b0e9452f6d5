#!/bin/bash
# What becomes of documents on their way into a database that refuses, goes away, or is slow.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

db=delivery_$$
live="paths: [$logs/a.log]"

# ship_to URI [OUTPUT-SETTINGS]: lines of $logs/a.log, as JSON.
ship_to() {
	mkdir -p "$logs"
	agent_conf "{type: mongodb, uri: \"$1\", database: $db, flush_interval: 30ms${2:+, $2}}" <<-END
		service: E2E
		inputs:
		  - {type: tail, parser: json, $live}
	END
}

write_lines() { "$tools/logwriter" -f "$logs/a.log" "$@" >/dev/null; }
arrived() { count_db "$uri" "$db" -n "$1" -v; }
all_arrived() { [ "$(dbcheck "$uri" count "$db" system_logs)" -ge "$1" ]; }

# Each of LINES numbers is there once.
exactly() {
	local line

	until_true "${2:-20}" all_arrived "$1" || true
	line=$(arrived "$1") || fail 'the database cannot be read'
	same 'lost' 0 "$(value lost "$line")"
	same 'twice' 0 "$(value twice "$line")"
	same 'documents' "$1" "$(value docs "$line")"
}

case_one_document_is_refused() {
	database dl_reject
	ship_to "$uri"
	gateway_send dl_reject 'reject context.n 17' >/dev/null
	write_lines -n 100
	agent_once
	same 'in the database' 99 "$(dbcheck "$uri" count "$db" system_logs)"
	same 'the one refused' 0 "$(dbcheck "$uri" count "$db" system_logs '{"context.n": 17}')"
	same 'rejected, as the agent says' 1 "$(agent_figure rejected)"
	file_has "$work/agent.log" 'refused for good .code 121' || fail 'the reason is not told'
	grep -qa 'line 17 ' -r "$work/spool/dead-letter" || fail 'it is not among the dead letters'
	grep -qaE '121|ailed validation' -r "$work/spool/dead-letter" || fail 'the reason is not among the dead letters'
}

case_refused_by_a_validator() {
	database dl_validator
	dbcheck "$uri" command "$db" '{"create": "system_logs", "validator": {"context.n": {"$lt": 50}}}' >/dev/null
	ship_to "$uri"
	write_lines -n 60
	agent_once
	same 'in the database' 50 "$(dbcheck "$uri" count "$db" system_logs)"
	same 'rejected' 10 "$(agent_figure rejected)"
}

case_what_is_there_already_is_delivered() {
	database dl_again
	ship_to "$uri"
	write_lines -n 500
	agent_once
	rm -rf "$work/spool"
	agent_once
	same 'delivered, as the agent says' 500 "$(agent_figure delivered)"
	exactly 500
}

add_user() {
	dbcheck "$1" command admin '{"createUser": "shipper", "pwd": "right#$%@/ word",
		"roles": [{"role": "readWriteAnyDatabase", "db": "admin"}, {"role": "clusterAdmin", "db": "admin"}]}' >/dev/null
}

case_a_wrong_password() {
	engine_start
	gateway dl_plain
	plain=$uri
	gateway dl_auth --auth
	ship_to "$uri" 'username: shipper, password: "right#$%@/ word", auth_source: admin'
	write_lines -n 300
	agent_start
	until_true 15 file_has "$work/agent.log" 'needs an operator' || fail 'no alarm'
	same 'before it is put right' 0 "$(dbcheck "$plain" count "$db" system_logs)"
	is_alive "$agent_pid" || fail 'the agent has ended'
	add_user "$plain"
	uri=$plain
	exactly 300 45
	agent_stop
}

case_an_unknown_result() {
	local fault

	engine_start
	for fault in 'drop-after 3' 'drop-before 3' 'notprimary 3' 'wce 64 3' 'error 91 3' 'error 11600 3' 'error 64 2'; do
		gateway dl_fault --topology "$([ "${fault%% *}" = notprimary ] && echo replset || echo standalone)"
		db=unknown_${fault%% *}_$((${#fault}))_$$
		db=${db//-/_}
		ship_to "$uri" 'batch_docs: 100, connections: 2'
		rm -rf "$logs" "$work/spool"
		mkdir "$logs"
		write_lines -n 3000
		gateway_send dl_fault "$fault" >/dev/null
		agent_once
		exactly 3000
		"$e2e_root/contrib/devdb/down.sh" gateway dl_fault
	done
}

case_the_database_is_away_for_a_while() {
	engine_start
	gateway dl_away --topology replset
	ship_to "$uri"
	agent_start
	"$e2e_root/contrib/devdb/down.sh" gateway dl_away
	write_lines -n 50000
	until_true 10 reads_all 50000 || fail 'it does not read while the database is away'
	[ "$(agent_tells waiting)" -ge 40000 ] || fail 'what was read is not in the spool'
	gateway dl_away
	exactly 50000 60
	until_true 5 nothing_waits || fail "the spool is not empty: $(agent_tells waiting)"
	agent_stop
}

reads_all() { [ "$(agent_tells events)" = "$1" ]; }
nothing_waits() { [ "$(agent_tells waiting)" = 0 ]; }
spool_bytes() { du -sb "$work/spool" | cut -f1; }

case_the_spool_is_full() {
	local seen=0 now i

	engine_start
	gateway dl_full
	spool_extra=', max_size: 2MiB' ship_to "$uri"
	agent_start
	gateway_send dl_full 'refuse on' >/dev/null
	write_lines -n 100000
	until_true 10 file_has "$work/agent.log" 'the spool is full' || fail 'it does not say that the spool is full'
	for i in 1 2 3 4 5; do
		now=$(spool_bytes)
		[ "$now" -lt "$seen" ] || seen=$now
		wait_for 0.1
	done
	[ "$seen" -le $((3 << 20)) ] || fail "the spool has $seen bytes; 2 MiB are allowed"
	[ "$(agent_tells events)" -lt 100000 ] || fail 'it has read everything though the spool was full'
	gateway_send dl_full 'refuse off' >/dev/null
	exactly 100000 60
	file_has "$work/agent.log" 'the spool takes data again' || fail 'it does not say that there is room again'
	agent_stop
}

# As the gateway counts: what the last batch before the kill held comes first, and is known already.
ships() { gateway_send dl_kill stats | grep ' inserts=[1-9]' >/dev/null; }

case_killed_under_full_load_with_a_backlog() {
	local i first start best=1000

	engine_start
	gateway dl_kill
	ship_to "$uri"
	write_lines -n 400000
	agent_start
	for i in 1 2 3; do
		until_true 20 all_arrived $((i * 20000)) || fail 'nothing comes'
		agent_kill
		gateway_send dl_kill reset >/dev/null
		[ "$(dbcheck "$uri" count "$db" system_logs)" -lt 400000 ] || fail 'there is no backlog any more'
		start=$(now_ms)
		agent_start
		until_true 5 ships || fail 'nothing comes after the restart'
		first=$(($(now_ms) - start))
		figure "killed with a backlog: shipping again $first ms after the start"
		[ "$first" -ge $best ] || best=$first
	done
	# what else the machine does can only make it slower: the best of the three is the agent's own time
	[ $best -lt 1000 ] || fail 'it took a second or more until it shipped again, three times'
	exactly 400000 60
	agent_stop
}

case_stopped_in_good_order_at_once() {
	local start took

	engine_start
	gateway dl_stop
	ship_to "$uri"
	write_lines -n 300000
	agent_start
	until_true 20 all_arrived 10000 || fail 'nothing comes'
	gateway_send dl_stop 'hang on' >/dev/null
	start=$(now_ms)
	agent_stop
	took=$(($(now_ms) - start))
	gateway_send dl_stop 'hang off' >/dev/null
	figure "SIGTERM while the database hangs: ended in $took ms"
	[ "$took" -lt 1000 ] || fail "it took $took ms to end"
	agent_once
	exactly 300000
}

cases "$@"
