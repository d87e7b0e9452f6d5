#!/bin/bash
# Alert rules: what is counted, which faults are new, what is told, and whom.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

show() { "$e2e_build/contrib/tools/bsonshow" "$1" | grep "^{"; }

# alerting RULE...: an agent whose service has these rules, each in one line of YAML
alerting() {
	local rule

	mkdir -p "$logs"
	agent_conf "$(archive_output)" < <(
		printf 'service: MES\ninputs: [{type: tail, paths: ["%s/*.log"]}]\nalerts:\n' "$logs"
		for rule; do printf '  - {%s}\n' "$rule"; done
	)
}

now() { date -u +%Y-%m-%dT%H:%M:%S.%3NZ; }
ago() { date -u -d "-$1" +%Y-%m-%dT%H:%M:%S.%3NZ; }
event() { printf '{"timestamp":"%s","level":"%s","message":"%s"}\n' "${3:-$(now)}" "$1" "$2" >>"$logs/a.log"; }
told() { if [ -s "$(archive_file notifications)" ]; then show "$(archive_file notifications)" | jq -r "${1:-.title}"; fi; }
tells() { [ "$(told .title | wc -l)" -ge "$1" ]; }
fault() { # TYPE LINE
	printf '%s ERROR [Orders] it failed\njava.lang.%s: broken\n\tat com.example.Orders.run(Orders.java:%s)\n' "$(now)" "$1" "$2" >>"$logs/a.log"
	printf '%s INFO [Orders] it goes on\n' "$(now)" >>"$logs/a.log"
}

case_so_many_within_a_time() {
	local i

	alerting 'name: many, level: ERROR, count: 5, within: 10s, quiet: 1h, recipient: night, priority: critical, urgency: 5'
	agent_start
	for i in 1 2 3 4; do event ERROR "bad $i"; done
	event INFO fine
	expect_soon fine
	same 'four are not five' '' "$(told)"
	for i in 5 6 7 8 9 10 11; do event ERROR "bad $i"; done
	expect_soon 'bad 11'
	until_true 5 tells 1 || fail 'nobody is told'
	same title 'MES: many: 5 events of level ERROR or worse within 10 s' "$(told)"
	same fields 'night alert critical 5 false genlog many 5' \
		"$(told '"\(.recipient_id) \(.type) \(.priority) \(.urgency_level) \(.read) \(.source_system) \(.created_by) \(.event_count)"')"
	same 'it is about the fifth' "$(show "$(archive_file)" | jq -r 'select(.message == "bad 5")._id["$oid"]')" "$(told .related_id)"
	agent_stop
}

case_by_the_time_of_the_events_and_old_ones_alarm_nobody() {
	local i

	alerting 'name: many, count: 3, within: 1m, max_age: 10m'
	for i in 1 2 3 4; do event ERROR "long ago $i" "$(ago '2 hours')"; done
	for i in 1 2 3 4; do event ERROR "too far apart $i" "$(ago "$((9 - 2 * i)) minutes")"; done
	agent_start
	expect_soon 'too far apart 4'
	same 'none of them' '' "$(told)"
	for i in 1 2 3; do event CRITICAL "near $i" "$(ago "$((60 - i)) seconds")"; done
	until_true 5 tells 1 || fail 'nobody is told'
	agent_stop
}

case_a_time_that_has_not_come_yet() {
	local i

	alerting 'name: many, count: 3, within: 1m'
	agent_start
	event ERROR 'of the future' '2099-01-01T00:00:00.000Z'
	for i in 1 2 3; do event ERROR "of now $i"; done
	until_true 5 tells 1 || fail 'one wrong clock has made the rule deaf'
	agent_stop
}

case_conditions() {
	alerting 'name: disk, where: ["message~disk", "level=ERROR"], title: "the disk is full"'
	agent_start
	event ERROR 'net down'
	event WARN 'disk slow'
	event ERROR 'disk full'
	until_true 5 tells 1 || fail 'nobody is told'
	expect_soon 'disk full'
	same title 'the disk is full' "$(told)"
	agent_stop
}

case_new_and_returning_faults() {
	alerting 'name: new, fingerprint: new' 'name: back, fingerprint: returning, absent: 2s'
	agent_start
	fault IllegalStateException 7
	until_true 5 tells 1 || fail 'a new fault is not told'
	same title 'MES: new fault: java.lang.IllegalStateException' "$(told)"
	same 'where it was' 'at com.example.Orders.run (Orders.java:7)' "$(told .body | tail -1)"
	fault IllegalStateException 8
	agent_kill
	agent_start
	fault IllegalStateException 9
	fault ArithmeticException 1
	until_true 5 tells 2 || fail 'the second one is not told'
	same 'a fault that is known, also after a kill' $'MES: new fault: java.lang.IllegalStateException\nMES: new fault: java.lang.ArithmeticException' \
		"$(told)"
	wait_for 2.2
	fault ArithmeticException 2
	until_true 5 tells 3 || fail 'a fault that returns is not told'
	same 'one that returns' 'MES: returning fault: java.lang.ArithmeticException' "$(told | tail -1)"
	agent_stop
}

case_a_command_gets_it_as_json() {
	printf '#!/bin/sh\n{ cat; echo "$GENLOG_ALERT|$1|$MONGODB_PASSWORD"; } >"%s/got.new"; mv "%s/got.new" "%s/got"\n' "$work" "$work" "$work" >"$work/page"
	chmod +x "$work/page"
	alerting "name: page, command: ['$work/page', '\$(id) ; x']"
	MONGODB_PASSWORD=hidden agent_start
	event ERROR 'disk full'
	until_true 5 test -s "$work/got" || fail 'the command was not run'
	same 'title' 'MES: page: an event of level ERROR or worse' "$(head -1 "$work/got" | jq -r .title)"
	same 'arguments are not for a shell, and the environment is its own' 'page|$(id) ; x|' "$(tail -1 "$work/got")"
	agent_stop
}

case_a_command_that_fails_is_told_and_hurts_nobody() {
	alerting 'name: page, command: [/bin/false]' 'name: none, command: [/no/such/program]'
	agent_start
	event ERROR 'disk full'
	until_true 5 file_has "$work/agent.log" 'alert: /bin/false of rule page ended with exit code 1' || fail 'a failure is not told'
	until_true 5 file_has "$work/agent.log" 'alert: /no/such/program of rule none cannot be run: No such file' || fail 'a missing program is not told'
	event ERROR 'disk full again'
	expect_soon 'disk full again'
	agent_stop
}

case_a_webhook() {
	python3 "$e2e_root/tests/e2e/webhook.py" "$work/port" "$work/posted" &
	pids+=($!)
	until_true 5 test -s "$work/port" || fail 'no server'
	alerting "name: hook, webhook: 'http://127.0.0.1:$(<"$work/port")/token-17'"
	agent_start
	event ERROR 'disk full'
	until_true 10 test -s "$work/posted" || fail 'nothing was posted'
	same 'what was posted' '/token-17 application/json MES: hook: an event of level ERROR or worse' \
		"$(jq -r '"\(.path) \(.type) \(.body.title)"' "$work/posted")"
	agent_stop
	! grep -q token-17 "$work/agent.log" || fail 'the address is in the log'
}

case_wrong_rules_are_told() {
	alerting 'name: x, level: BAD, command: [page], where: ["message~("], cuont: 3'
	! "$genlogd" -c "$work/agent.yaml" --check >"$work/said" 2>&1 || fail 'it is taken'
	for what in '"level" has to be DEBUG, INFO' 'named by its whole path' 'unknown setting "cuont" of alert; did you mean "count"'; do
		grep -qF -- "$what" "$work/said" || fail "not told: $what; but: $(<"$work/said")"
	done
}

cases "$@"
