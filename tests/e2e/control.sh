#!/bin/bash
# The running agent, asked and steered by genlogctl.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

genlogctl=$e2e_build/genlogctl
ctl() { "$genlogctl" -s "$work/admin.sock" "$@"; }
answers() { ctl version >/dev/null 2>&1; }

controlled() { # [OUTPUT]: an agent with an admin socket, and a tail of $logs/*.log
	mkdir -p "$logs" "$work/conf.d"
	agent_extra="include: [conf.d/*.yaml]${agent_more:+$'\n'$agent_more}"
	agent_conf "${1:-$(archive_output)}" <<-END
		service: E2E
		inputs: [{type: tail, paths: ['$logs/*.log']}]
	END
	sed -i "s|admin: {socket: \"\"}|admin: {socket: '$work/admin.sock'}|" "$work/agent.yaml"
	agent_start
	until_true 5 answers || fail 'the admin socket does not answer'
}

field() { ctl --json status | jq -r "$1"; }
field_is() { [ "$(field "$1")" = "$2" ]; }
expect_field() { until_true 5 field_is "$1" "$2" || fail "$1 is $(field "$1"), not $2"; }

case_status_says_how_far_it_is() {
	controlled
	put "$logs/a.log" '{"level":"info","message":"one"}' '{"level":"info","message":"two"}'
	expect_soon two
	expect_field .health ok
	expect_field '.problems | length' 0
	expect_field '.inputs[0] | .type + " " + .service' 'tail E2E'
	expect_field '.sources[0].source.path' "$logs/a.log"
	expect_field '.sources[0].position' "$(stat -c %s "$logs/a.log")"
	expect_field '.sources[0].lag_bytes' 0
	expect_field .output.delivered 2
	expect_field .spool.docs_waiting 0
	expect_field .pid "$agent_pid"
	ctl status >"$work/told" || fail 'status failed'
	file_has "$work/told" "^genlogd .* on node_e2e: ok" || fail "$(<"$work/told")"
	file_has "$work/told" "a.log +2 " || fail "$(<"$work/told")"
	same 'the socket is not for others' 660 "$(stat -c %a "$work/admin.sock")"
	agent_stop
	[ ! -e "$work/admin.sock" ] || fail 'the socket is left behind'
}

case_top_looks_again_and_again() {
	controlled
	put "$logs/a.log" one
	expect_soon one
	ctl top -n 2 --every 50ms >"$work/told" </dev/null || fail 'top failed'
	same 'two looks' 2 "$(grep -c '^genlogd ' "$work/told")"
	! grep -q $'\033' "$work/told" || fail 'colours, though that is no terminal'
	same 'and for programs' 3 "$(ctl --json top -n 3 --every 10ms </dev/null | jq -r .health | grep -c '^ok$')"
	agent_end TERM
	! ctl top -n 2 >"$work/told" 2>&1 </dev/null || fail 'top succeeds without an agent'
}

case_an_output_that_does_not_answer() {
	controlled "{type: mongodb, uri: \"mongodb://127.0.0.1:$(dbcheck port)/?serverSelectionTimeoutMS=200\", database: x}"
	put "$logs/a.log" 'one'
	until_true 10 field_is .output.failing true || fail 'it is not told that the output fails'
	expect_field .health degraded
	expect_field '.problems[0].what | test("output mongodb does not answer")' true
	expect_field '.problems[0].do | test("nothing is lost")' true
	expect_field .spool.docs_waiting 1
	! ctl flush --wait 300ms >"$work/told" || fail 'flush says that all is delivered'
	file_has "$work/told" '1 wait still' || fail "$(<"$work/told")"
	agent_end TERM
}

case_a_broken_drop_in_and_dead_letters() {
	mkdir -p "$work/conf.d"
	echo 'inputs: [{type: tial}]' >"$work/conf.d/x.yaml"
	controlled
	expect_field .health degraded
	expect_field '.problems[0].what | test("conf.d/x.yaml has errors")' true
	expect_field '.config_errors | test("did you mean \"tail\"")' true
	! ctl reload --json >"$work/told" 2>&1 || true
	rm "$work/conf.d/x.yaml"
	ctl --json reload >"$work/told" || fail 'reload failed'
	same generation '3 true 1' "$(jq -r '"\(.generation) \(.taken) \(.inputs.kept)"' "$work/told")"
	expect_field .health ok
	echo 'patern: x' >"$work/conf.d/y.yaml"
	! ctl reload 2>"$work/told" || fail 'a broken configuration was taken'
	file_has "$work/told" 'y.yaml:1:1: unknown setting "patern"' || fail "$(<"$work/told")"
	expect_field .generation 3
	agent_stop
}

is_archived() { [ "$(count_messages)" = "$1" ]; }

case_tail_shows_what_goes_through() {
	local n

	controlled
	ctl --json tail >"$work/all" &
	pids+=($!)
	ctl tail --level error 'message~disk' >"$work/errors" &
	pids+=($!)
	until_true 5 field_is '.followers' 2 || fail 'nobody follows'
	for n in {1..50}; do put "$logs/a.log" "{\"level\":\"info\",\"message\":\"line $n\"}"; done
	put "$logs/a.log" '{"level":"error","message":"disk full"}' '{"level":"error","message":"net down"}' '{"level":"info","message":"disk fine"}'
	until_true 5 file_has "$work/all" 'disk fine' || fail 'not all is shown'
	until_true 5 file_has "$work/errors" 'disk full' || fail 'the error is not shown'
	until_true 5 is_archived 53 || fail 'not all is archived'
	same 'shown in all' 53 "$(wc -l <"$work/all")"
	same 'by the filter' 1 "$(wc -l <"$work/errors")"
	same 'as it is in the archive' "$(jq -cS ._id "$work/all" | sort | md5sum)" \
		"$("$e2e_build/contrib/tools/bsonshow" "$(archive_file)" | grep "^{" | jq -cS ._id | sort | md5sum)"
	agent_stop
}

# The driver's counters are a file a process.
case_a_killed_agent_leaves_no_shared_memory() {
	local left

	agent_conf '{type: mongodb, uri: "mongodb://127.0.0.1:1/", database: e2e}' <<-END
		service: E2E
		inputs: [{type: tail, paths: ["$logs/*.log"]}]
	END
	agent_start
	until_true 5 file_has "$work/agent.log" 'no file matches' || fail 'it does not start'
	left=/dev/shm/mongoc-$agent_pid
	agent_kill
	[ ! -e "$left" ] || fail "it leaves $left"
}

case_metrics_of_its_own() {
	agent_more='metrics: {interval: 100ms}' controlled
	put "$logs/a.log" 'one'
	expect_soon one
	until_true 5 test -s "$(archive_file real_time_metrics)" || fail 'no document about the agent'
	agent_stop
	"$e2e_build/contrib/tools/bsonshow" "$(archive_file real_time_metrics)" | tail -1 >"$work/told"
	same 'node and source' 'node_e2e genlog ok' "$(jq -r '"\(.node_id) \(.source_system) \(.health)"' "$work/told")"
	same 'figures' 11 "$(jq '.metrics | length' "$work/told")"
}

case_strangers_at_the_socket() {
	controlled
	head -c 100000 /dev/urandom | python3 "$e2e_root/tests/e2e/admin_stranger.py" "$work/admin.sock" || fail 'a stranger was not sent away'
	put "$logs/a.log" 'one'
	expect_soon one
	expect_field .health ok
	agent_stop
}

case_when_no_agent_runs() {
	! "$genlogctl" -s "$work/none.sock" status 2>"$work/told" || fail 'status succeeds without an agent'
	file_has "$work/told" 'no agent answers at' || fail "$(<"$work/told")"
	controlled
	agent_kill
	agent_start # over the socket of the one that was killed
	until_true 5 answers || fail 'a socket that was left behind is in its way'
	same 'a second agent is refused by the spool' 1 "$("$genlogd" -c "$work/agent.yaml" >"$work/told" 2>&1; echo $?)"
	answers || fail 'the second one has taken the socket of the first'
	agent_stop
}

case_check_and_explain_for_programs() {
	controlled
	agent_stop
	put "$logs/a.log" '{"level":"info","message":"one"}' 'plain words' 'ERROR three'
	"$genlogctl" --json -c "$work/agent.yaml" check >"$work/told" || fail 'check failed'
	same 'all is well' 'true 1 0' "$(jq -r '"\(.ok) \(.inputs) \(.errors | length)"' "$work/told")"
	"$genlogctl" --json -c "$work/agent.yaml" explain "$logs/a.log" >"$work/told" || fail 'explain failed'
	same 'events' $'1 json system_logs INFO\n2 null system_logs INFO\n3 text system_logs ERROR' \
		"$(jq -r '"\(.first_line) \(.parser) \(.collection) \(.document.level)"' "$work/told")"
	echo 'filters: [{type: grep, field: message, pattern: "^o", on_match: keep}, {type: gerp}]' >>"$work/agent.yaml"
	! "$genlogctl" --json -c "$work/agent.yaml" check >"$work/told" 2>"$work/said" || fail 'check succeeds'
	same 'what and where' "$work/agent.yaml true" "$(jq -r '"\(.errors[0].file) \(.errors[0].text | test("did you mean \"grep\""))"' "$work/told")"
	[ ! -s "$work/said" ] || fail "said twice: $(<"$work/said")"
	sed -i 's/, {type: gerp}//' "$work/agent.yaml"
	"$genlogctl" --json -c "$work/agent.yaml" explain "$logs/a.log" 3 >"$work/told"
	same 'one that is dropped' '3 grep null' "$(jq -r '"\(.first_line) \(.dropped_by) \(.document)"' "$work/told")"
}

case_every_command_has_help() {
	local name words

	"$genlogctl" --help | sed -n 's/^  \([a-z][a-z -]*[a-z]\)   *.*/\1/p' >"$work/names"
	[ "$(wc -l <"$work/names")" -ge 8 ] || fail 'there are too few commands'
	while read -r name; do
		read -ra words <<<"$name"
		"$genlogctl" "${words[@]}" --help >"$work/told" 2>&1 || fail "$name --help failed"
		file_has "$work/told" "^usage: genlogctl $name" || fail "$name: $(<"$work/told")"
		file_has "$work/told" "^  .*genlogctl .*${words[0]}" || fail "$name has no example"
		same "$name with an option that it has not" 2 "$("$genlogctl" "${words[@]}" --no-such-option >/dev/null 2>&1; echo $?)"
	done <"$work/names"
}

cases "$@"
