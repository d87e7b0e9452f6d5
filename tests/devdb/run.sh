#!/bin/bash
# All tests of contrib/devdb, against one engine that is started for them and stopped after.
# BUILD: where the binaries are (default build); CC, SAN_FLAGS: for the test programs, built here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

build=${BUILD:-build}
export WIREGW=${WIREGW:-$PWD/$build/contrib/devdb/wiregw}
export GENLOG_DEVDB_PORT=0
programs=(wiregw_test fault_test null_test auth_test crash_test)
deadline=${DEADLINE:-120} # seconds, for one program
failed=0

die() { echo "$*" >&2; exit 1; }
package() { if pkg-config --exists "$1"; then echo "$1"; else echo "$2"; fi; }

build_programs() {
	local mongoc flags p

	mongoc=$(package mongoc2 libmongoc-1.0)
	mkdir -p "$build/tests/devdb"
	read -ra flags < <(echo "${SAN_FLAGS:-}" "$(pkg-config --cflags --libs "$mongoc")" -lcmocka)
	for p in "${programs[@]}"; do
		"${CC:-cc}" -std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Wshadow -Werror -Itests/devdb \
			-o "$build/tests/devdb/$p" "tests/devdb/$p.c" tests/devdb/{place,raw}.c "${flags[@]}"
	done
}

# A folder that the engine's user can enter.
make_place() {
	local under=/dev/shm

	[ -w $under ] || under=${TMPDIR:-/tmp}
	GENLOG_DEVDB_DIR=$(mktemp -d "$under/genlog-devdb-test.XXXXXX")
	export GENLOG_DEVDB_DIR
	chmod 755 "$GENLOG_DEVDB_DIR"
}

# start NAME UPPER [ARG...]: a gateway, and the environment that place.c looks into.
start() {
	local name=$1 upper=$2

	shift 2
	contrib/devdb/up.sh gateway "$name" "$@" >/dev/null
	export "${upper}_PORT=$(cat "$GENLOG_DEVDB_DIR/$name.port")" "${upper}_CTL=$GENLOG_DEVDB_DIR/$name.ctl"
}

run() {
	timeout "$deadline" "$@" || { failed=1; echo "not ok: $*"; }
}

smoke() {
	local python=/usr/bin/python3

	if [ -x $python ] && $python -c 'import pymongo' 2>/dev/null; then
		run $python tests/devdb/smoke.py "$GW_PORT"
		run $python tests/devdb/smoke.py "$RS_PORT"
	else
		echo "pymongo: skipped, python3-pymongo is not installed"
	fi
}

scripts() {
	if command -v bats >/dev/null; then
		run bats --tap tests/devdb/up_down.bats
	else
		echo "up_down.bats: skipped, bats is not installed"
	fi
}

# A sanitizer writes to the gateway's log, which goes with the folder.
look_into_logs() {
	if grep -h -A 40 -e Sanitizer -e 'runtime error' "$GENLOG_DEVDB_DIR"/*.log; then failed=1; fi
}

[ -x "$WIREGW" ] || die "there is no $WIREGW: make wiregw first"
build_programs
make_place
trap contrib/devdb/down.sh EXIT
contrib/devdb/up.sh engine
export NULL_CAPTURE=$GENLOG_DEVDB_DIR/capture.bson
start gw GW
start rs RS --topology replset
start auth AUTH --auth
start null NULL --null-sink --capture "$NULL_CAPTURE"
for p in "${programs[@]}"; do run "$build/tests/devdb/$p"; done
smoke
scripts
look_into_logs
exit $failed
