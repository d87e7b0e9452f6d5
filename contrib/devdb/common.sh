# shellcheck shell=bash disable=SC2034
# Sourced by build.sh, up.sh and down.sh: where things lie, who runs the server, how to wait.

devdb_src=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
devdb_user=${GENLOG_DEVDB_USER:-nobody}

say() { echo "devdb: $*" >&2; }
die() { say "$*"; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }

# PostgreSQL refuses to run as root, and the stand-in cannot read below /root.
if [ -n "${GENLOG_DEVDB_HOME:-}" ]; then
	devdb_home=$GENLOG_DEVDB_HOME
elif is_root; then
	devdb_home=/var/cache/genlog-devdb
else
	devdb_home=${XDG_CACHE_HOME:-$HOME/.cache}/genlog-devdb
fi

devdb_tmp=/dev/shm
[ -w $devdb_tmp ] || devdb_tmp=${TMPDIR:-/tmp}
devdb_dir=${GENLOG_DEVDB_DIR:-$devdb_tmp/genlog-devdb-$(id -u)}

# Another recipe gives another folder, so checkouts that differ do not disturb each other.
recipe_stamp() {
	cat "$devdb_src"/{packages.list,engine.conf,build.sh} | sha256sum | cut -c1-12
}

devdb_build=$devdb_home/$(recipe_stamp)
devdb_root=$devdb_build/root
devdb_bin=$devdb_root/usr/lib/postgresql/18/bin

# Before a command: runs it as the user that owns the server, with nothing of our environment.
as_server=(env -i PATH=/usr/bin:/bin LC_ALL=C TZ=UTC)
if is_root; then
	as_server=(setpriv --reuid="$devdb_user" --regid="$(id -g "$devdb_user")" --clear-groups
		"${as_server[@]}")
fi

give_to_server() { if is_root; then chown "$devdb_user:$(id -g "$devdb_user")" "$@"; fi; }

server_must_reach() {
	"${as_server[@]}" test -x "$1" || die "user $devdb_user cannot enter $1: choose another folder"
}

# is_alive PID: a zombie is dead, though nobody may have reaped it yet.
is_alive() { grep -q "^State:[[:space:]]*[^ZX[:space:]]" "/proc/$1/status" 2>/dev/null; }

# wait_until SECONDS COMMAND...: true as soon as the command is.
wait_until() {
	local end=$((SECONDS + $1 + 1))

	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.01
	done
}
