#!/bin/bash
# genlogctl run: jobs that succeed, fail, die, time out, write much and leave daemons behind, with the agent there or
# not: one correct document each, their output passed through unchanged and logged.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

rings=$work/rings
export GENLOG_SOCKET=$work/emit.sock GENLOG_RING_DIR=$rings
unset GENLOG_CORRELATION_ID

conf() {
	mkdir -p "$rings"
	agent_conf "$(archive_output)" <<-END
		service: E2E
		inputs:
		  - {type: emit, socket: "$work/emit.sock", rings: ["$rings"], templates: no}
	END
}

job() { "$e2e_build/genlogctl" run "$@"; }
# code EXPECTED ARGUMENTS...: runs, with $work/out and $work/err
code() {
	local want=$1 got=0

	shift
	job "$@" >"$work/out" 2>"$work/err" || got=$?
	same "exit code of $*" "$want" "$got"
}
runs() { [ -s "$(archive_file daemon_execution_logs)" ] && "$tools/bsonwalk" flat "$(archive_file daemon_execution_logs)"; }
all_is_out() { [ "$(agent_tells waiting)" = 0 ]; }
# The agent comes and takes what there is.
delivered() {
	agent_start
	until_true 10 no_files || fail "left: $(ls "$rings")"
	until_true 5 test -s "$(archive_file daemon_execution_logs)" || fail 'no document'
	until_true 20 all_is_out || fail 'not all is delivered'
	agent_stop
	runs >"$work/doc"
}
no_files() { [ -z "$(ls "$rings")" ]; }
listens() { until_true 5 test -S "$work/emit.sock" || fail 'it does not listen'; }
has() { grep -qE -- "$1" "$work/doc" || fail "no $1 in: $(cat "$work/doc")"; }
has_not() { ! grep -qE -- "$1" "$work/doc" || fail "$1 in: $(cat "$work/doc")"; }
one_document() { same documents 1 "$(grep -c '^[^a-z]*execution_id' "$work/doc")"; }

case_success() {
	conf
	# shellcheck disable=SC2016
	code 0 -d etl --module MES --schedule '*/5 * * * *' --expected 10s --source-db erp --target-db mes --table orders \
		--table parts -- sh -c 'echo plain; echo "12:00 ERROR [x] bad"; echo note >&2; printf tail
			echo "GENLOG_RECORDS_PROCESSED=40"; echo GENLOG_RECORDS_SKIPPED=2; echo GENLOG_WARNING=slow
			printf "\nGENLOG_RECORDS_PROCESSED=42\n"; echo "id $GENLOG_CORRELATION_ID" >&2'
	printf 'plain\n12:00 ERROR [x] bad\ntailGENLOG_RECORDS_PROCESSED=40\nGENLOG_RECORDS_SKIPPED=2\nGENLOG_WARNING=slow\n\nGENLOG_RECORDS_PROCESSED=42\n' \
		>"$work/want"
	cmp "$work/want" "$work/out" || fail "standard output: $(cat "$work/out")"
	grep -qx note "$work/err" || fail "standard error: $(cat "$work/err")"
	delivered
	for want in 'daemon_name.*etl' 'status.*success' 'records_processed.*42' 'records_skipped.*2' 'records_attempted.*44' \
		'success_rate_percent.*100' 'exit_code.*0' 'source_db.*erp' 'target_db.*mes' 'tables_synced.1.*parts' \
		'scheduled_duration_ms.*10000' scheduled_start_time next_execution_scheduled delay_ms 'warnings.0.*slow' \
		memory_peak_mb cpu_time_ms createdAt 'error_count.*0' 'output.lines_not_logged.*0'; do has "$want"; done
	has_not 'fields_refused|errors|signal'
	one_document
	expect_messages plain '12:00 ERROR [x] bad' 'tailGENLOG_RECORDS_PROCESSED=40' slow note "id $(field correlation_id)"
	archived flat >"$work/doc"
	has 'level.*ERROR'
	has 'module.*MES'
	same 'lines with the correlation id' 6 "$(grep -c "correlation_id.*$(sed 's/id //;q' <(grep '^id ' "$work/err") | tr -d ' ')" "$work/doc")"
}
field() { sed -n "s/.*$1[^0-9a-f]*\([0-9a-f]\{32\}\).*/\1/p" "$work/doc" | head -1; }

case_failures() {
	conf
	code 3 -d fails -- sh -c 'echo GENLOG_ERROR=no rows; exit 3'
	code 7 -d part --partial-codes 5,7 -- sh -c 'exit 7'
	code 143 -d dies -- sh -c 'kill -TERM $$'
	code 127 -d missing -- /no/such/program
	code 126 -d forbidden -- /etc/passwd
	code 0 -d some_failed -- sh -c 'echo GENLOG_RECORDS_PROCESSED=3; echo GENLOG_RECORDS_FAILED=1'
	delivered
	same runs 6 "$(grep -c execution_id "$work/doc")"
	for want in 'errors.0.*no rows' 'errors.1.*ended with exit code 3' 'signal.*SIGTERM' 'exit_code.*143' \
		'cannot be started: No such file' 'cannot be started: Permission denied' 'success_rate_percent.*75'; do has "$want"; done
	same partial 2 "$(grep -c 'status.*partial' "$work/doc")"
	same failed 4 "$(grep -c 'status.*failed' "$work/doc")"
}

case_timeout() {
	local began

	conf
	began=$(now_ms)
	code 124 -d slow --timeout 200ms -- sleep 20
	code 124 -d stubborn --timeout 200ms --kill-after 200ms -- sh -c 'trap "" TERM; while :; do sleep 0.05; done'
	figure "two timeouts in $(($(now_ms) - began)) ms"
	[ $(($(now_ms) - began)) -lt 5000 ] || fail 'that took long'
	delivered
	same timeouts 2 "$(grep -c 'status.*timeout' "$work/doc")"
	has 'stopped after 200 ms, by SIGKILL in the end'
	has 'signal.*SIGKILL'
}

case_signals_are_handed_on() {
	local pid got=0

	conf
	"$e2e_build/genlogctl" run -d served -- sh -c 'trap "echo asked to end; exit 5" TERM; echo ready; while :; do sleep 0.05; done' >"$work/out" 2>"$work/err" &
	pid=$!
	pids+=("$pid")
	until_true 5 grep -q ready "$work/out" || fail 'it is not ready'
	kill -TERM "$pid"
	wait "$pid" || got=$?
	same 'its own code' 5 "$got"
	grep -q 'asked to end' "$work/out" || fail 'the signal did not come'
	delivered
	has 'status.*failed'
}

# A daemon that keeps the output open does not keep the run.
case_leaves_a_daemon() {
	local began

	conf
	began=$(now_ms)
	code 0 -d leaves --grace 300ms -- sh -c 'sleep 30 & echo $! >"$0"; echo done' "$work/daemon"
	pids+=("$(cat "$work/daemon")")
	[ $(($(now_ms) - began)) -lt 3000 ] || fail "it waited $(($(now_ms) - began)) ms"
	is_alive "$(cat "$work/daemon")" || fail 'the daemon was killed'
	began=$(now_ms)
	code 0 -d detaches -- sh -c 'setsid sleep 30 >/dev/null 2>&1 & echo $! >"$0"' "$work/daemon"
	pids+=("$(cat "$work/daemon")")
	[ $(($(now_ms) - began)) -lt 1500 ] || fail 'it waits for one that has nothing open'
	delivered
	has 'warnings.0.*holds its output open'
	same 'of two' 2 "$(grep -c 'status.*success' "$work/doc")"
}

# $GENLOG_TEST_JOB_BYTES: 1 GB and more where somebody wants that.
case_writes_much() {
	local bytes=${GENLOG_TEST_JOB_BYTES:-200000000} lines began peak

	conf
	lines=$((bytes / 100))
	began=$(now_ms)
	# shellcheck disable=SC2016
	"$e2e_build/genlogctl" run -d much --log-limit 1MiB -- sh -c 'yes "$(printf %099d 7)" | head -"$0"; grep VmHWM /proc/$PPID/status >&2; echo the end' \
		"$lines" 2>"$work/err" | tee >(tail -1 >"$work/last") | md5sum >"$work/sum"
	figure "$bytes bytes in $(($(now_ms) - began)) ms, $(cat "$work/err")"
	same 'what came through' "$( (yes "$(printf %099d 7)" | head -"$lines"; echo the end) | md5sum)" "$(cat "$work/sum")"
	peak=$(awk '/VmHWM/ {print $2}' "$work/err")
	[ "${peak:-0}" -gt 0 ] && [ "$peak" -lt 40000 ] || fail "memory: $peak kB"
	[ "$(du -sk "$rings" | cut -f1)" -lt 12000 ] || fail "files: $(du -sk "$rings")"
	figure "$(du -sk "$rings" | cut -f1) kB of files"
	delivered
	has "output.lines[[:space:]].*[[:space:]]$((lines + 2))\$"
	has 'output.lines_not_logged[[:space:]].*[[:space:]][1-9]'
	expect_soon 'the end'
	messages | grep 'lines of output (.*) are not logged between here' >/dev/null || fail 'the gap is not told'
	[ "$(count_messages)" -gt 4000 ] || fail "only $(count_messages) lines logged"
	same 'it adds up' $((lines + 2)) $(($(sed -n 's/.*lines_not_logged.*[[:space:]]//p' "$work/doc") + $(count_messages) - 1))
}

case_no_place_at_all() {
	conf
	GENLOG_RING_DIR=$work/none code 4 -d nowhere -- sh -c 'echo said; exit 4'
	same 'passed through' said "$(cat "$work/out")"
	grep -q 'this run is not logged' "$work/err" || fail "$(cat "$work/err")"
	GENLOG_RING_DIR=$work/none code 0 -d nowhere -- sh -c 'exit 0' </dev/null
}

case_with_an_agent() {
	conf
	agent_start
	listens
	code 0 -d live -- seq 20000
	same 'passed through' 20000 "$(wc -l <"$work/out")"
	until_true 10 has_messages 20000 || fail "$(count_messages) arrived"
	until_true 5 runs >/dev/null || fail 'no document'
	runs >"$work/doc"
	has 'output.lines_not_logged[[:space:]].*[[:space:]]0$'
	one_document
	same 'each once' 20000 "$(messages | sort -u | wc -l)"
	agent_stop
}

# The agent comes while the job is at work.
case_agent_comes_later() {
	local pid

	conf
	mkfifo "$work/go"
	"$e2e_build/genlogctl" run -d meanwhile -- sh -c 'seq 1000; read x <"$0"; seq 1001 2000' "$work/go" >"$work/out" 2>"$work/err" &
	pid=$!
	pids+=("$pid")
	until_true 5 file_has "$work/out" '^1000$' || fail 'it does not begin'
	agent_start
	until_true 5 has_messages 1000 || fail "$(count_messages) of the first half"
	echo >"$work/go"
	wait "$pid" || fail "exit code $?"
	until_true 10 has_messages 2000 || fail "$(count_messages) arrived"
	until_true 5 runs >/dev/null || fail 'no document'
	until_true 5 no_files || fail 'a file is left'
	agent_stop
	runs >"$work/doc"
	one_document
	same 'each once' 2000 "$(messages | sort -u | wc -l)"
	same 'and no more' 2000 "$(count_messages)"
}

case_odd_lines() {
	conf
	# shellcheck disable=SC2016
	code 0 -d odd -- sh -c 'head -c 40000 /dev/zero | tr "\0" x; printf "\n\377bad\n\r\n\nno end"'
	same 'passed through' 40015 "$(wc -c <"$work/out")"
	delivered
	same 'three parts and two lines' 5 "$(count_messages)"
	has_message 'no end' || fail "$(messages | cut -c1-80)"
}

case_closed_streams() {
	conf
	job -d closed -- sh -c 'echo into nothing; exit 6' >&- 2>&- </dev/null && fail 'no code'
	job -d gone -- sh -c 'seq 50000; exit 0' 2>"$work/err" | head -1 >/dev/null
	delivered
	same runs 2 "$(grep -c execution_id "$work/doc")"
	has_message 'into nothing' || fail 'not logged'
	has_message 50000 || fail 'the job did not run on'
}

case_usage() {
	code 2 -- true
	code 2 -d x --schedule '61 * * * *' -- true
	grep -q 'its minute "61" is none' "$work/err" || fail "$(cat "$work/err")"
	code 2 -d x --scheduled-at soon -- true
	code 2 -d x --partial-codes a -- true
	code 2 -d x --log-limit 1 -- true
	code 2 -d x
}

cases "$@"
