#!/bin/bash
# What programs log with libgenlog, from call to document: by file and by memory, before the agent comes and while it
# runs; times by each clock, documents of their own, traces, the flight recorder, last words, drops.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

rings=$work/rings
export GENLOG_SOCKET=$work/emit.sock GENLOG_RING_DIR=$rings

# conf [SETTINGS]
conf() {
	mkdir -p "$rings"
	agent_conf "$(archive_output)" <<-END
		service: E2E
		inputs:
		  - {type: emit, socket: "$work/emit.sock", rings: ["$rings"], templates: no${1:-}}
	END
}

program() { "$tools/emit_program" "$@"; }
in_memory() { GENLOG_RING_DIR=$work/nowhere program "$@"; }
no_files() { [ -z "$(ls "$rings")" ]; }
listens() { until_true 5 test -S "$work/emit.sock" || fail 'it does not listen'; }
flat() { archived flat 2>/dev/null; }
collection() { until_true 5 test -s "$(archive_file "$1")" || fail "nothing in $1"; "$tools/bsonwalk" flat "$(archive_file "$1")"; }

case_file_and_memory() {
	conf
	program info warn
	[ -n "$(ls "$rings")" ] || fail 'no file'
	agent_start
	listens
	expect_soon 'warn 2'
	program info info
	in_memory info info info taken
	until_true 5 has_messages 7 || fail "there are $(count_messages)"
	until_true 5 no_files || fail 'a file is left'
	expect_messages 'info 1' 'warn 2' 'info 1' 'info 2' 'info 1' 'info 2' 'info 3'
	flat | grep 'context.app.*orders' >/dev/null || fail "no app: $(flat | head -20)"
	agent_stop
}

# The farthest that a record's time lies from what the program says it was, in ms.
farthest() {
	flat | awk '$1 == "timestamp" { t = $3 } $1 == "context.at" { d = $3 - t; if (d < 0) d = -d; if (d > most) most = d }
		END { print most + 0 }'
}

# Of programs that have ended long before the agent begins, and of those that write in its first moment.
case_times() {
	local clock

	conf
	for clock in tsc realtime coarse; do program "$clock" now; done
	wait_for 1.5
	agent_start
	program tsc now
	listens
	in_memory tsc now taken
	until_true 5 has_messages 5 || fail "there are $(count_messages)"
	agent_stop
	figure "farthest: $(farthest) ms"
	[ "$(farthest)" -lt 500 ] || fail "a record has another time than its own: $(flat | grep -E '^(timestamp|context.at)')"
	! file_has "$work/agent.log" 'time stamp counter' || fail 'the agent doubts its clock'
}

case_documents() {
	local doc

	conf
	program job event
	agent_start
	doc=$(collection daemon_execution_logs)
	for want in daemon_name.*etl_orders 'status.*partial' 'errors.0.*one order was bad' 'records_failed.*1' node_id.*node_e2e createdAt; do
		grep -q "$want" <<<"$doc" || fail "no $want in: $doc"
	done
	doc=$(collection integration_event_log)
	for want in integration_id.*i-1 'payload_summary.orders.*5' timestamp; do
		grep -q "$want" <<<"$doc" || fail "no $want in: $doc"
	done
	agent_stop
}

case_traces() {
	local doc

	conf
	program trace
	agent_start
	doc=$(collection error_stack_traces)
	for want in 'frames.*function.*inner_function' 'frames.*function.*main' 'language.*c' log_id; do
		grep -q "$want" <<<"$doc" || fail "no $want in: $doc"
	done
	expect_soon 'trace 1'
	agent_stop
}

case_last_words() {
	conf
	agent_start
	listens
	ASAN_OPTIONS=handle_segv=0 program info crash 2>/dev/null || true
	expect_soon 'orders ended by signal 11 (Segmentation fault)'
	collection error_stack_traces | grep 'function.*crash' >/dev/null || fail 'the trace does not know who has crashed'
	flat | grep 'context.registers.rip' >/dev/null || fail 'no registers'
	agent_stop
}

case_exit_code() {
	conf
	agent_start
	listens
	in_memory info exit || true
	expect_soon 'info 1'
	if [ "$(printf '6.15\n%s\n' "$(uname -r)" | sort -V | head -1)" = 6.15 ]; then
		expect_soon 'orders ended with exit code 3'
	else
		figure 'skipped: this kernel does not say how a process has ended'
	fi
	agent_stop
}

case_flight_recorder() {
	conf ', level: info, debug: on_error, debug_records: 5'
	agent_start
	listens
	program many info taken
	expect_soon 'info 21'
	agent_stop
	! has_message 'debug 20' || true
	rm -rf "$work/archive"
	agent_start
	program many error taken
	expect_soon 'error 21'
	expect_soon 'debug 20'
	expect_soon 'debug 16'
	! has_message 'debug 15' || fail 'more than the last five'
	flat | grep 'context.flight_recorder.*true' >/dev/null || fail 'not marked'
	agent_stop
}

adds_up() {
	line=$("$tools/emit_check" "$work/notes" "$(archive_file)")
	[ $(($(value received "$line") + $(value told "$line"))) = 40000 ]
}

case_drops() {
	local line=''

	conf
	mkdir "$work/notes"
	"$tools/emit_writer" 1 "$work/notes/1" -n 20000 -r 65536
	agent_start
	until_true 5 no_files || fail 'a file is left'
	until_true 5 adds_up || fail "it does not add up to 40000: $line"
	agent_stop
	figure "$line"
	[ "$(value told "$line")" -gt 0 ] || fail 'nothing was dropped'
	same 'missing and told' "$(value missing "$line")" "$(value told "$line")"
}

memory_of() { find "/proc/$1/fd" -lname '/memfd:genlog*' -exec stat -Lc %i {} + 2>/dev/null; }
is_held() { grep -qxF -f <(memory_of "$1") <(memory_of "$holder"); }

# Agent and program die at once; what the program had in memory alone is kept by somebody else.  A program that has no
# answer in time takes a file, which is as good: the first is tried until it has one, the others have nowhere to.
case_kept() {
	local line='' i program holder

	conf
	mkdir "$work/notes"
	"$tools/emit_holder" "$work/notify.sock" "$genlogd" -c "$work/agent.yaml" >"$work/agent.out" 2>"$work/agent.log" &
	holder=$!
	pids+=("$holder")
	until_true 10 program info memory || fail 'nobody uses memory, though it is kept'
	for i in 1 2 3 4 5 6; do
		until_true 5 grep -q "00010000 .*$work/emit.sock" /proc/net/unix || fail 'it does not listen'
		GENLOG_RING_DIR=$work/nowhere "$tools/emit_writer" "$i" "$work/notes/$i" -n 100000000 -p 300 -m 5000 &
		program=$!
		pids+=("$program")
		until_true 10 is_held "$program" || fail 'its memory is not kept'
		wait_for "0.0$(below 10)"
		kill -STOP "$holder"
		pkill_agent
		kill -KILL "$program"
		wait "$program" 2>/dev/null || true
		forget_pid "$program"
		kill -CONT "$holder"
		kill -USR1 "$holder"
	done
	until_true 10 kept_complete || fail "not complete: $line"
	kill -TERM "$holder"
	wait "$holder" || true
	line=$("$tools/emit_check" "$work/notes" "$(archive_file)")
	figure "$line"
	same twice 0 "$(value twice "$line")"
	same torn 0 "$(value torn "$line")"
}

pkill_agent() {
	local agent

	read -r agent <"/proc/$holder/task/$holder/children" || true
	kill -KILL "${agent% *}" 2>/dev/null || true
}

kept_complete() {
	line=$("$tools/emit_check" "$work/notes" "$(archive_file)" 2>/dev/null)
	[ "$(value missing "$line")" = 0 ] && [ "$(value runs "$line")" = 6 ]
}

# An agent that is asleep is woken by an error.
case_wakes() {
	local began

	conf
	agent_start
	listens
	mkfifo "$work/say"
	program info wait error wait <"$work/say" &
	pids+=($!)
	exec {say_to}>"$work/say"
	expect_soon 'info 1'
	wait_for 1.6
	began=$(now_ms)
	echo >&"$say_to"
	until_true 5 has_message 'error 2'
	figure "from the call to the archive: $(($(now_ms) - began)) ms"
	agent_stop
}

# A segment larger than the agent allows: the program can know, the file stays for an agent that reads it.
case_refused() {
	conf ', max_segment: 1MiB'
	agent_start
	listens
	until_true 10 program info refused || fail 'the program does not know'
	until_true 5 file_has "$work/agent.log" 'ring is larger than max_segment: it stays' || fail 'the agent does not say so'
	! no_files || fail 'the file is gone'
	agent_stop
	conf
	agent_start
	expect_soon 'info 1'
	until_true 5 no_files || fail "a file is left: $(ls "$rings")"
	agent_stop
}

as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }

# A program with the rights of others believes nothing of the environment: no file where its caller wants one, no socket
# of his, no level.  The same program without those rights does.
case_setuid() {
	local theirs=$work/theirs mine=$work/mine code=0

	if [ "$(id -u)" != 0 ]; then
		figure 'skipped: only root can make a program that has its rights'
		return
	fi
	mkdir "$theirs"
	chmod 777 "$theirs"
	conf
	agent_start
	listens
	install -m 755 "$tools/emit_program" "$mine"
	export GENLOG_RING_DIR=$theirs GENLOG_LEVEL=debug
	GENLOG_SOCKET=$theirs/none as_nobody "$mine" debug || fail 'it does not run'
	[ -n "$(ls "$theirs")" ] || fail 'no file without the rights of others'
	rm "$theirs"/*.ring
	as_nobody "$mine" info || fail 'it does not run'
	GENLOG_RING_DIR=$work/nowhere as_nobody "$mine" info taken || fail 'no agent without the rights of others'
	rm -f "$theirs"/*.ring
	chmod 4755 "$mine"
	as_nobody "$mine" secure || code=$?
	if [ "$code" = 7 ]; then
		figure 'skipped: no program has the rights of others here'
		return
	fi
	same 'of a level in the environment' 0 "$code"
	agent_stop
	rm -rf "$work/archive" "$work/spool" # where the last record may be still
	agent_start
	listens
	GENLOG_SOCKET=$theirs/none as_nobody "$mine" info error
	as_nobody "$mine" debug info error
	in_memory info
	expect_soon 'info 1'
	[ -z "$(ls "$theirs")" ] || fail "it writes where its caller wants: $(ls "$theirs")"
	same records 1 "$(count_messages)"
	agent_stop
}

cases "$@"
