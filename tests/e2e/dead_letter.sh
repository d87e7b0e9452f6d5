#!/bin/bash
# genlogctl dead-letter: letters are listed, shown, delivered after all or dropped, by an operator who is interrupted,
# and while an agent writes more of them.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

db=dead_$$
ctl() { "$e2e_build/genlogctl" -c "$work/agent.yaml" "$@"; }

# refusing GATEWAY N LINES: lines from N on are refused, and lie in the dead letters.
refusing() {
	mkdir -p "$logs"
	database "$1"
	dbcheck "$uri" command "$db" "{\"create\": \"system_logs\", \"validator\": {\"context.n\": {\"\$lt\": $2}}}" >/dev/null
	agent_conf "{type: mongodb, uri: \"$uri\", database: $db, flush_interval: 30ms}" <<-END
		service: E2E
		inputs:
		  - {type: tail, parser: json, paths: ["$logs/*.log"]}
	END
	"$tools/logwriter" -f "$logs/a.log" -n "$3" >/dev/null
	agent_once
}

accept() { dbcheck "$uri" command "$db" '{"collMod": "system_logs", "validator": {}}' >/dev/null; }
in_database() { dbcheck "$uri" count "$db" system_logs; }
letters() { ctl --json dead-letter show "$@" 2>/dev/null | wc -l; }
drop_database() { [ -z "${uri:-}" ] || dbcheck "$uri" command "$db" '{"dropDatabase": 1}' >/dev/null; }
at_end+=(drop_database)

case_listed_and_shown() {
	local line

	refusing dl_list 50 60
	line=$(ctl --json dead-letter ls)
	same 'groups' 1 "$(wc -l <<<"$line")"
	[[ $line = *'"collection" : "system_logs", "code" : 121,'*'"count" : 10,'* ]] || fail "not listed: $line"
	ctl dead-letter ls | grep -qE '^ +10  system_logs +121 ' || fail "$(ctl dead-letter ls)"
	same 'shown' 10 "$(letters)"
	same 'two of them' 2 "$(letters 3 4)"
	same 'of another code' 0 "$(letters --code 2)"
	ctl --json dead-letter show 1 | grep -q '"reason" : ".*"document" : { "_id"' || fail "$(ctl --json dead-letter show 1)"
	! ctl dead-letter show 99 2>/dev/null || fail 'there is no letter 99'
}

case_retried() {
	refusing dl_retry 50 60
	! ctl dead-letter retry >"$work/said" || fail 'refused ones are no success'
	same 'refused again' '0 delivered, 10 refused again, 0 not taken now' "$(cat "$work/said")"
	same 'they stay' 10 "$(letters)"
	accept
	same 'one' '1 delivered, 0 refused again, 0 not taken now' "$(ctl dead-letter retry 4)"
	same 'left' 9 "$(letters)"
	same 'the others' '9 delivered, 0 refused again, 0 not taken now' "$(ctl dead-letter retry)"
	same 'left' 0 "$(letters)"
	same 'in the database' 60 "$(in_database)"
	same 'none twice' '0 delivered, 0 refused again, 0 not taken now' "$(ctl dead-letter retry)"
	ctl spool verify >/dev/null || fail "$(ctl spool verify)"
}

# Killed anywhere: in the end each is there once, and no letter is left.
case_killed() {
	local rounds=0 killed=0 pid

	refusing dl_killed 100 4000
	same 'letters' 3900 "$(letters)"
	accept
	while [ $rounds -lt 12 ]; do
		ctl dead-letter retry >/dev/null 2>&1 &
		pid=$!
		wait_for "0.0$((rounds % 5))$(below 10)"
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || killed=$((killed + ($? == 137)))
		rounds=$((rounds + 1))
	done
	figure "$(letters) letters left after $killed kills"
	[ "$killed" -ge 2 ] || fail "only $killed of 12 were killed at work"
	ctl dead-letter retry >/dev/null || fail 'the last retry fails'
	same 'left' 0 "$(letters)"
	same 'in the database' 4000 "$(in_database)"
}

# The agent goes on in the same file: what it adds is not touched, and what is done stays done.
case_beside_an_agent() {
	refusing dl_beside 50 60
	agent_start
	accept
	same 'delivered' '10 delivered, 0 refused again, 0 not taken now' "$(ctl dead-letter retry)"
	gateway_send dl_beside 'reject context.n 777' >/dev/null
	printf '{"n": 777, "message": "late"}\n' >>"$logs/b.log"
	until_true 10 one_letter || fail "$(letters) letters"
	ctl dead-letter drop --yes >"$work/said" || fail 'not dropped'
	same 'said' '1 dead letters dropped: their documents are gone' "$(cat "$work/said")"
	same 'left' 0 "$(letters)"
	agent_stop
	same 'in the database' 60 "$(in_database)"
}
one_letter() { [ "$(letters)" = 1 ]; }

case_dropped_only_when_asked() {
	refusing dl_drop 50 60
	! ctl dead-letter drop </dev/null >/dev/null 2>"$work/said" || fail 'dropped without a word'
	grep -q '10 dead letters would be gone for good; say --yes' "$work/said" || fail "$(cat "$work/said")"
	same 'left' 10 "$(letters)"
	ctl dead-letter drop --code 5 --yes >/dev/null
	same 'left' 10 "$(letters)"
	same 'dropped' 10 "$(ctl --json dead-letter drop --yes | grep -c '"dropped"')"
	same 'left' 0 "$(letters)"
}

case_an_output_that_is_away() {
	refusing dl_away 50 60
	sed -i 's|uri: "[^"]*"|uri: "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300"|' "$work/agent.yaml"
	! ctl dead-letter retry >"$work/said" 2>&1 || fail 'delivered to nobody'
	grep -q 'what is not delivered stays in the dead letters' "$work/said" || fail "$(cat "$work/said")"
	same 'left' 10 "$(letters)"
}

cases "$@"
