#!/bin/bash
# Lines without a time of their own: nothing but the spool knows that they were sent, and each is there once all the same.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

each=40000 kills=20
lines=$((2 * each))
faults=('drop-after 2' 'drop-before 1' 'error 91 1' 'wce 64 1' 'kill' 'delay 20' 'delay 0' 'drop-after 1 1')

mkdir "$logs"
engine_start
gateway timeless
agent_conf "$(mongo_output "$uri" timeless)" <<-END
	service: E2E
	inputs:
	  - {type: tail, parser: json, paths: [$logs/a.log, $logs/b.log]}
END
"$tools/logwriter" -t timeless -f "$logs/a.log" -n $each -r 4000 -m rename -e 400 >/dev/null &
writers=($!)
"$tools/logwriter" -t timeless -f "$logs/b.log" -n $each -F $each -r 4000 -m copytruncate -e 1500 -q 300 >/dev/null &
writers+=($!)
pids+=("${writers[@]}")
for ((i = 0; i < kills || $(is_alive "${writers[0]}" && echo 1 || echo 0); i++)); do
	agent_start
	gateway_send timeless "${faults[$(below ${#faults[@]})]}" >/dev/null
	wait_for "0.$(printf %03d "$(below 900)")"
	agent_kill
done
wait "${writers[@]}"
gateway_send timeless clear >/dev/null
agent_once
line=$(count_db "$uri" timeless -n $lines -v)
figure "$i kills: written=$lines $line"
same lost 0 "$(value lost "$line")"
same twice 0 "$(value twice "$line")"
