#!/bin/bash
# Stops what up.sh has started, by the recorded pids.
#
#   down.sh                            all, and the instance's folder goes
#   down.sh --keep                     all, cleanly; the folder stays
#   down.sh [--crash] engine           the engine alone; the data stays
#   down.sh [--crash] gateway [NAME]   a gateway alone
#
# --crash is kill -9 instead of an orderly end; the folder stays.
set -euo pipefail
# shellcheck source=contrib/devdb/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

is_dead() { ! is_alive "$1"; }

all_dead() {
	local pid

	for pid in "$@"; do is_dead "$pid" || return 1; done
}

# stop NAME SIGNAL WORD: WORD stands in the command line of the process, for pids are used again.
stop() {
	local file=$devdb_dir/$1.pid pid

	[ -s "$file" ] || return 0
	pid=$(head -1 "$file")
	if grep -qaF -- "$3" "/proc/$pid/cmdline" 2>/dev/null; then
		kill_family "$pid" "$2"
	fi
	rm -f "$file"
}

# kill_family PID SIGNAL: with KILL the children go too.  A server process that outlives the postmaster
# would keep the next one from starting.
kill_family() {
	local family=("$1")

	if [ "$2" = KILL ]; then mapfile -t -O 1 family < <(pgrep -P "$1"); fi
	kill "-$2" "${family[@]}" 2>/dev/null || true
	wait_until 30 all_dead "${family[@]}" || die "pid $1 does not end"
}

# A killed server leaves a segment of System V shared memory, which its next start would remove.
forget_shared_memory() {
	local word=() id

	{ mapfile -t word <"$devdb_dir/data/postmaster.pid"; } 2>/dev/null || return 0
	read -r _ id <<<"${word[6]:-}"
	[ -z "$id" ] || ipcrm -m "$id" 2>/dev/null || true
}

stop_gateways() {
	local pidfile name

	for pidfile in "$devdb_dir"/*.pid; do
		name=$(basename "$pidfile" .pid)
		[ "$name" = '*' ] || [ "$name" = engine ] || stop "$name" "$1" "$devdb_dir"
	done
}

keep='' engine=INT gateway=TERM
while [[ ${1:-} = --* ]]; do
	case $1 in
	--keep) keep=y ;;
	--crash) keep=y engine=KILL gateway=KILL ;;
	*) die "usage: down.sh [--keep | --crash] [engine | gateway [NAME]]" ;;
	esac
	shift
done
case ${1:-all} in
all)
	stop_gateways "$gateway"
	# Nobody will read the data again, so nothing need be written down.
	[ -n "$keep" ] || engine=QUIT
	stop engine "$engine" "$devdb_dir/data"
	[ -n "$keep" ] || { forget_shared_memory && rm -rf "$devdb_dir"; }
	;;
engine) stop engine "$engine" "$devdb_dir/data" ;;
gateway) stop "${2:-gw}" "$gateway" "$devdb_dir" ;;
*) die "usage: down.sh [--keep | --crash] [engine | gateway [NAME]]" ;;
esac
