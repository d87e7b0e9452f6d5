#!/bin/bash
# Programs are killed, the agent is there, is killed too, or comes later: every record whose call had returned has
# arrived once and whole; where a ring was full, received and told drops add up.  GENLOG_E2E_LONG=1: 1 000 kills (GENLOG_E2E_LIMIT=400).
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

kills=60
[ -z "${GENLOG_E2E_LONG:-}" ] || kills=1000
notes=$work/notes rings=$work/rings
mkdir "$notes" "$rings"
export GENLOG_SOCKET=$work/emit.sock GENLOG_RING_DIR=$rings
number=0 programs=()

agent_conf "$(archive_output)" <<-END
	service: E2E
	inputs:
	  - {type: emit, socket: "$work/emit.sock", rings: ["$rings"], templates: no}
END

# start [ARG...]: another run of the program
start() {
	number=$((number + 1))
	"$tools/emit_writer" "$number" "$notes/$number" "$@" 2>/dev/null &
	programs+=($!)
	pids+=($!)
}

in_file() { start "$@"; }
in_memory() { GENLOG_RING_DIR=$work/nowhere start "$@"; }

# In turn by signal, and by a fault of its own; with and without last words.
begin_one() {
	local where=in_file how=(-n 100000000 -p 300)

	[ $(($1 % 2)) = 0 ] || where=in_memory
	[ $(($1 % 3)) != 0 ] || how=(-n $((100 + $(below 3000))) -k)
	[ $(($1 % 6)) != 0 ] || how+=(-c)
	[ "$2" = there ] || where=in_file
	$where "${how[@]}" -m 5000
}

end_all() {
	local pid

	for pid in "${programs[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
		forget_pid "$pid"
	done
	programs=()
}

# A program that finds no agent and cannot make a file would have its memory alone.
listens() { grep -q "00010000 .*$work/emit.sock" /proc/net/unix; }
begin_agent() {
	agent_start
	until_true 5 listens || fail 'it does not listen'
}

# What a dead program wrote into memory is with the agent alone.
no_memory() { ! readlink "/proc/$agent_pid/fd/"* 2>/dev/null | grep -q memfd:genlog; }
has_taken_memory() { until_true 10 no_memory || fail 'the memory of dead programs is still held'; }

wait_a_bit() { wait_for "0.$(printf %03d $((5 + $(below 60))))"; }

round() { # AGENT: there, absent, killed (before the programs), together
	[ "$1" = there ] || [ "$1" = absent ] || has_taken_memory
	begin_one "$number" "$1"
	begin_one "$number" "$1"
	wait_a_bit
	case $1 in
	killed)
		agent_kill
		wait_a_bit
		end_all
		begin_agent
		;;
	together)
		kill -KILL "$agent_pid"
		end_all
		agent_kill
		begin_agent
		;;
	absent)
		end_all
		begin_agent
		;;
	*) end_all ;;
	esac
}

# While the agent is away, a program that wrote into memory would be lost with it: those are written to files.
no_files() { ! compgen -G "$rings/*.ring" >/dev/null; }

is_complete() { [ "$(value missing "$("$tools/emit_check" "$notes" "$(archive_file)" 2>/dev/null)")" = 0 ]; }

began=$(now_ms)
begin_agent
while [ "$number" -lt "$kills" ]; do
	case $((number / 2 % 6)) in
	0 | 1 | 2) round there ;;
	3) round killed ;;
	4) round together ;;
	5)
		has_taken_memory
		agent_kill
		round absent
		;;
	esac
done
until_true 20 no_files || fail "files are left: $(ls "$rings")"
until_true 10 is_complete || true
agent_stop
line=$("$tools/emit_check" "$notes" "$(archive_file)")
figure "$number programs killed in $((($(now_ms) - began) / 1000)) s: $line"
same missing 0 "$(value missing "$line")"
same told 0 "$(value told "$line")"
same twice 0 "$(value twice "$line")"
same torn 0 "$(value torn "$line")"
