#!/bin/bash
# A sender has chunks acknowledged and sends again what is not, while the receiver is killed: every record arrives once,
# in the archive too, where no `_id` would hide a second one.  GENLOG_E2E_LONG=1: 200 000 records and 30 kills.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

records=30000 kills=8 pad=100
[ -z "${GENLOG_E2E_LONG:-}" ] || records=200000 kills=30
socket=$work/forward.sock
senders=()

agent_conf "$(archive_output)" <<-END
	service: E2E
	inputs:
	  - {type: forward, parser: raw, listen: ['unix:$socket']}
END

# send NUMBER MODE: its share of the records
send() {
	local share=$((records / 4))

	timeout 170 python3 "$e2e_root/tests/e2e/forward_send.py" --to "unix:$socket" --mode "$2" --text line --pad $pad \
		--first $(($1 * share)) --count $share --chunk 50 --window 3 --pause 0.03 --ack --retry >"$work/sent.$1" 2>"$work/said.$1" &
	senders+=($!)
	pids+=($!)
}

sending() {
	local pid

	for pid in "${senders[@]}"; do if is_alive "$pid"; then return 0; fi; done
	return 1
}

agent_start
until_true 5 test -S "$socket" || fail 'it does not listen'
began=$(now_ms)
send 0 packed
send 1 forward
send 2 gzip
send 3 packed
for ((killed = 0; killed < kills; killed++)); do
	wait_for "0.$(printf %03d $((100 + $(below 300))))"
	sending || break
	agent_kill
	agent_start
done
for pid in "${senders[@]}"; do wait "$pid" || fail "a sender ended with $?: $(cat "$work"/said.*)"; done
until_true 20 has_messages "$records" || fail "there are only $(count_messages) of $records"
repeated=$(agent_tells repeated)
agent_stop
line=$(archived count -n "$records")
figure "$killed kills in $((($(now_ms) - began) / 1000)) s; $(cat "$work"/sent.* | tr '\n' ' ')repeated=$repeated $line"
same lost 0 "$(value lost "$line")"
same twice 0 "$(value twice "$line")"
same 'ids twice' 0 "$(value ids_twice "$line")"
[ "$killed" = "$kills" ] || fail "the senders were done after $killed of $kills kills"
