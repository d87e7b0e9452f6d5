#!/bin/bash
# What is redacted is nowhere: not in the spool, not in the archive, not among the dead letters, not in the agent's log.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

secret=Zq9hunter2xK
card=4111111111111111
filters='filters: [{type: redact, fields: [ssn, customer.name], patterns: ["PN-[0-9]{6}"]}, {type: dedup, window: 1h}]'

# redact_conf OUTPUT 'SETTINGS OF THE INPUT'
redact_conf() {
	mkdir -p "$logs"
	agent_conf "$1" <<-END
		service: E2E
		inputs:
		  - {type: tail, $2}
		$filters
	END
}

# What was planted is nowhere below these, and what stands beside it is there: else nothing would have been looked at.
nowhere() { # FOLDER...
	local word where

	for word in "$secret" "$card" 4111-1111-1111-1111 123-45-6789 PN-424242; do
		where=$(grep -rlaF -- "$word" "$@" "$work/agent.log" "$work/agent.out" || true)
		[ -z "$where" ] || fail "\"$word\" is in $where"
	done
	grep -rqaF -- harmless "$@" || fail "\"harmless\" is not there either"
	grep -rqaF -- '[redacted:' "$@" || fail 'nothing was redacted'
}

json_lines() {
	cat <<-END
		{"level":"info","message":"harmless login","password":"$secret","user":"bob"}
		{"level":"info","message":"url mongodb://u:$secret@h/db","attr":{"a":[{"api_key":"$secret"},"Bearer ${secret}1A"]}}
		{"level":"info","message":"order","card":$card,"cards":["4111-1111-1111-1111"],"ssn":"123-45-6789"}
		{"level":"info","message":"part PN-424242","customer":{"name":"$secret","id":1}}
		{"level":"error","message":"x","stack_trace":"java.lang.Error: password=$secret\n\tat a.b(c.java:1)"}
		{"level":"info","password":"$secret","note":"without a message"}
		{"level":"info","ssn":"123-45-6789","note":"without a message"}
		{"level":"info","message":"tags","tags":["a","pwd=$secret"]}
		{"level":"password=$secret","timestamp":"token=$secret","message":"odd"}
		{"level":"info","message":"broken password=$secret","x":
		password=$secret is no JSON, harmless
		password=$secret again and again
		password=$secret again and again
		{"message":"x","a":"","token":"$secret"}
	END
}

text_lines() {
	cat <<-END
		2025-12-22 10:30:45,123 INFO [Login] harmless password=$secret user=bob
		2025-12-22 10:30:46,123 ERROR [Login] failed
		java.lang.IllegalStateException: no login with {"password":"$secret"}
			at com.example.Login.check(Login.java:17)
		Caused by: java.io.IOException: https://bob:$secret@example.com/ says token=$secret
			at com.example.Http.get(Http.java:42)
			... 1 more
		2025-12-22 10:30:47,123 INFO [Pay] card 4111 1111 1111 1111 or $card, 4111-1111-1111-1111, PN-424242
		192.0.2.17 - - [22/Dec/2025:10:30:45 +0100] "GET /x?token=$secret HTTP/1.1" 200 5 "-" "x"
		2025-12-22 10:30:48,123 INFO [Login] password=$secret
	END
}

case_json() {
	redact_conf "$(archive_output)" "parser: json, paths: [$logs/a.log]"
	json_lines >"$logs/a.log"
	agent_once
	nowhere "$work/spool" "$work/archive"
}

case_text_and_stack_traces() {
	redact_conf "$(archive_output)" "paths: [$logs/a.log]"
	text_lines >"$logs/a.log"
	agent_once
	nowhere "$work/spool" "$work/archive"
	[ -s "$(archive_file error_stack_traces)" ] || fail 'there is no document of the stack trace'
}

case_containers() {
	redact_conf "$(archive_output)" "paths: [$logs/*.log]"
	printf '{"log":"harmless password=%s\\n","stream":"stdout","time":"2025-12-22T09:30:45Z"}\n' "$secret" >"$logs/docker.log"
	printf '2025-12-22T10:30:45.1Z stdout P harmless pass\n2025-12-22T10:30:45.2Z stdout F word=%s end; the last line of all ends in this\n' "$secret" >"$logs/cri.log"
	agent_once
	nowhere "$work/spool" "$work/archive"
}

# A secret before the cut, and one that is cut within.
case_a_line_that_is_cut() {
	agent_extra='max_line: 4KiB'
	redact_conf "$(archive_output)" "parser: auto, paths: [$logs/*.log]"
	{
		printf 'harmless password=%s ' "$secret"
		head -c 4040 /dev/zero | tr '\0' x
		printf ' password=%s %s and nothing in the last bytes\n' "$secret" "$secret"
	} >"$logs/a.log"
	{
		printf '{"message":"harmless","password":"%s","x":"' "$secret"
		head -c 5000 /dev/zero | tr '\0' x
		printf '"}\n'
	} >"$logs/b.log"
	agent_once
	nowhere "$work/spool" "$work/archive"
}

# The text of the line stands in for a document that would be too large.
case_a_document_that_is_too_large() {
	agent_extra='max_line: 2MiB'
	redact_conf "$(archive_output)" "parser: json, paths: [$logs/a.log]"
	{
		printf '{"message":"harmless","password":"%s","a":[' "$secret"
		head -c 1040000 /dev/zero | sed 's/\x00/1,/g'
		printf '1]}\n'
	} >"$logs/a.log"
	agent_once
	same 'too large, as the agent says' 1 "$(agent_figure too_large)"
	grep -rqaF -- '[redacted:password]' "$work/spool" || fail 'the line was not redacted'
	! grep -rqaF -- "$secret" "$work/spool" "$work/archive" || fail 'the secret is there'
}

all_read() { [ "$(agent_tells events)" -ge "$1" ]; }

case_while_the_database_is_away() {
	redact_conf '{type: mongodb, uri: "mongodb://127.0.0.1:1/", database: e2e}' "paths: [$logs/a.log]"
	json_lines >"$logs/a.log"
	agent_start
	until_true 10 all_read 12 || fail 'the lines are not read'
	agent_kill
	nowhere "$work/spool"
}

case_dead_letters() {
	database rd_reject
	redact_conf "{type: mongodb, uri: \"$uri\", database: redact_$$}" "parser: json, paths: [$logs/a.log]"
	# shellcheck disable=SC2016
	dbcheck "$uri" command "redact_$$" '{"create": "system_logs", "validator": {"context.n": {"$lt": 1}}}' >/dev/null
	printf '{"message":"harmless password=%s","api_key":"%s","n":17,"end":"nothing is in the last bytes"}\n' "$secret" "$secret" >"$logs/a.log"
	agent_once
	same rejected 1 "$(agent_figure rejected)"
	nowhere "$work/spool/dead-letter"
	nowhere "$work/spool"
}

cases "$@"
