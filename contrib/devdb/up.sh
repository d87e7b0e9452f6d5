#!/bin/bash
# Starts a development database, or the half of one that is down.  The last word on stdout is the URI.
#
#   up.sh                           the engine and a gateway before it, named "gw"
#   up.sh engine                    the engine alone
#   up.sh gateway [NAME [ARG...]]   a gateway alone; ARGs are wiregw's, e.g. --topology replset
#
# What already runs stays as it is.  A gateway that is started again has its former port and arguments.
# The variables are in README.md.
set -euo pipefail
# shellcheck source=contrib/devdb/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

wiregw=${WIREGW:-$devdb_src/../../build/contrib/devdb/wiregw}
deadline=${GENLOG_DEVDB_DEADLINE:-60}

is_running() { [ -s "$devdb_dir/$1.pid" ] && is_alive "$(head -1 "$devdb_dir/$1.pid")"; }

make_data() {
	[ ! -d "$devdb_dir/data" ] || return 0
	mkdir -p "$devdb_dir"
	chmod 755 "$devdb_dir"
	rm -rf "$devdb_dir/data.new"
	mkdir -m 700 "$devdb_dir/data.new"
	give_to_server "$devdb_dir" "$devdb_dir/data.new"
	server_must_reach "$devdb_dir"
	zstd -dcq "$devdb_build/data.tar.zst" | "${as_server[@]}" tar -x -C "$devdb_dir/data.new"
	mv "$devdb_dir/data.new" "$devdb_dir/data"
}

# The engine opens connections to itself, for index builds and drops: they are shown the socket.
engine_options() {
	echo -k "$devdb_dir" -c documentdb.localhost_connection_string=host="$devdb_dir"
	[ "${GENLOG_DEVDB_SYNC:-on}" = on ] || echo -c fsync=off -c synchronous_commit=off
	[ "${GENLOG_DEVDB_CRON:-off}" = on ] || echo -c documentdb.enableBackgroundWorker=off \
		-c shared_preload_libraries=pg_documentdb_core,pg_documentdb \
		-c max_logical_replication_workers=0
}

# The eighth line of postmaster.pid says how far the server is.  After a crash the file of the dead one
# is still there, so its first line has to be ours.
engine_is_ready() {
	local word=()

	is_alive "$1" || die "the engine died: $(tail -5 "$devdb_dir/engine.log")"
	{ mapfile -t word <"$devdb_dir/data/postmaster.pid"; } 2>/dev/null || return 1
	[ "${word[0]:-}" = "$1" ] && [[ "${word[7]:-}" = ready* ]]
}

# PostgreSQL takes a zombie for a living server, and a crashed one may be a zombie for long.
forget_dead_locks() {
	local lock

	for lock in "$devdb_dir"/data/postmaster.pid "$devdb_dir"/.s.PGSQL.*.lock; do
		if [ -f "$lock" ] && ! is_alive "$(head -1 "$lock")"; then rm -f "$lock"; fi
	done
}

start_engine() {
	local options pid

	if is_running engine; then return 0; fi
	"$devdb_src/build.sh"
	make_data
	forget_dead_locks
	mapfile -t options < <(engine_options | tr ' ' '\n')
	cd /
	# shellcheck disable=SC2094 # postmaster.pid is the server's
	setsid "${as_server[@]}" "$devdb_bin/postgres" -D "$devdb_dir/data" "${options[@]}" \
		>>"$devdb_dir/engine.log" 2>&1 </dev/null 9>&- &
	pid=$!
	disown
	echo "$pid" >"$devdb_dir/engine.pid"
	wait_until "$deadline" engine_is_ready "$pid" || die "the engine is not ready in $deadline s"
}

# What a gateway was started with stands beside it, so that it comes back the same.
remember_gateway() {
	local file=$devdb_dir/$1.args

	shift
	if [ $# -gt 0 ] || [ ! -f "$file" ]; then printf '%s\n' "$@" >"$file"; fi
}

gateway_has_begun() { [ -s "$devdb_dir/$1.pid" ] || ! is_alive "$2"; }

start_gateway() {
	local name=$1 file=$devdb_dir/$1 port=${GENLOG_DEVDB_PORT:-27017} args=()

	if is_running "$name"; then return 0; fi
	[ -x "$wiregw" ] || die "there is no $wiregw: make it first, or say where it is in WIREGW"
	mkdir -p "$devdb_dir"
	remember_gateway "$@"
	mapfile -t args < <(grep . "$file.args")
	[ ! -s "$file.port" ] || port=$(cat "$file.port")
	rm -f "$file.pid"
	setsid "$wiregw" --port "$port" --pg "host=$devdb_dir user=docdb dbname=postgres" \
		--ctl "$file.ctl" --pidfile "$file.pid" "${args[@]}" >>"$file.log" 2>&1 </dev/null &
	wait_until 10 gateway_has_begun "$name" $! || die "$name does not answer"
	disown
	is_running "$name" || die "$name died: $(tail -3 "$file.log")"
	sed -n 2p "$file.pid" >"$file.port"
}

print_uri() {
	local query=

	if grep -qx replset "$devdb_dir/$1.args"; then query='?replicaSet=rs0'; fi
	echo "mongodb://127.0.0.1:$(cat "$devdb_dir/$1.port")/$query"
}

umask 022
case ${1:-all} in
all)
	start_engine
	start_gateway gw
	print_uri gw
	;;
engine) start_engine ;;
gateway)
	shift
	[ $# -gt 0 ] || set -- gw
	start_gateway "$@"
	print_uri "$1"
	;;
*) die "usage: up.sh [engine | gateway [NAME [ARG...]]]" ;;
esac
