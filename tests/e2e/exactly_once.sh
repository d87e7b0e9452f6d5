#!/bin/bash
# Every numbered line stands in the database exactly once, whatever is killed meanwhile: the agent, the engine, answers
# of the database.  Then once more from the start without a spool, and once more from compressed files.
# QUICK=1: fewer lines and kills.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

each=130000 rate=4000 kills=55
[ -z "${QUICK:-}" ] || each=20000 kills=8
lines=$((2 * each))
faults=('drop-after 1' 'drop-after 2 1' 'drop-before 1' 'notprimary 1' 'notprimary 2 2' 'wce 64 1' 'error 91 1' 'error 189 2'
	'kill' 'delay 30' 'delay 0' 'rst on' 'rst off' 'hang on' 'hang off' 'hang off' 'refuse on' 'refuse off' 'refuse off')
names=(eo_single eo_set)
uris=()

# The folder is the same for all configurations; which files are meant, and by which way they go, is not.
configure() { # URI PATTERN PATTERN
	agent_conf "$(mongo_output "$1" eo)" <<-END
		service: E2E
		inputs:
		  - {type: tail, paths: [$2, $3], parser: json}
	END
}

live=("$work/logs/a.log" "$work/logs/b.log")
with_rotated=("'$work/logs/a.log*'" "'$work/logs/b.log*'")

start_writers() {
	mkdir "$work/logs"
	"$tools/logwriter" -f "${live[0]}" -n $each -r $rate -m rename -e 300 >"$work/a.out" &
	writers=($!)
	"$tools/logwriter" -f "${live[1]}" -n $each -F $each -r $rate -m copytruncate -e 1500 -q 300 >"$work/b.out" &
	writers+=($!)
	pids+=("${writers[@]}")
}

writing() { is_alive "${writers[0]}" || is_alive "${writers[1]}"; }

# In turn: the engine stops in good order or dies, and comes back some kills later.
bother_engine() {
	case $(($1 % 16)) in
	5) engine_stop ;;
	13) engine_crash ;;
	7 | 15) engine_start ;;
	esac
}

kill_and_restart() {
	local i

	for ((i = 0; i < kills || $(writing && echo 1 || echo 0); i++)); do
		configure "${uris[$((i / 3 % 2))]}" "${live[@]}"
		agent_start
		gateway_send "${names[$(below 2)]}" "${faults[$(below ${#faults[@]})]}" >/dev/null
		bother_engine "$i"
		wait_for "0.$(printf %03d "$(below 700)")"
		agent_kill
	done
	kills=$i
}

all_is_well() {
	engine_start
	for name in "${names[@]}"; do
		gateway_send "$name" clear >/dev/null
		gateway_send "$name" 'hang off' >/dev/null
		gateway_send "$name" 'refuse off' >/dev/null
	done
}

check() { # WHAT
	local line server

	line=$(count_db "${uris[0]}" eo -n $lines -v) || fail "$1: the database cannot be read"
	server=$(dbcheck "${uris[0]}" count eo system_logs '{"context.n": {"$gte": 0}}')
	figure "$1: written=$lines server_counts=$server $line"
	same "$1: lost" 0 "$(value lost "$line")"
	same "$1: twice" 0 "$(value twice "$line")"
	same "$1: ids twice" 0 "$(value ids_twice "$line")"
	same "$1: the server's own count" $lines "$server"
	same "$1: least" 0 "$(value min "$line")"
	same "$1: greatest" $((lines - 1)) "$(value max "$line")"
}

# Everything that lies there, with an agent that knows nothing of it.
again() { # WHAT
	rm -rf "$work/spool"
	configure "${uris[1]}" "${with_rotated[@]}"
	once_limit=90 agent_once
	same "$1: lines that were read" $lines "$(agent_figure events)"
	check "$1"
}

engine_start
for i in 0 1; do
	gateway ${names[$i]} --topology "$([ $i = 0 ] && echo standalone || echo replset)"
	uris+=("$uri")
done
start_writers
began=$(now_ms)
kill_and_restart
wait "${writers[@]}"
all_is_well
configure "${uris[0]}" "${live[@]}"
agent_once
figure "$kills kills of the agent in $((($(now_ms) - began) / 1000)) s, $(grep -c . "$work/agent.log") lines of its log;" \
	"by rename: $(<"$work/a.out"); by copytruncate: $(<"$work/b.out")"
check 'after the kills'
again 'without a spool, from the start'
gzip "$work"/logs/*.log.*
again 'from compressed files'
