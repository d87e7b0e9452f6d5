#!/bin/bash
# All end-to-end tests, or those named: run.sh exactly_once tail_rename
# BUILD: where the binaries are (default build).  GENLOG_E2E_KEEP=1: folders of failed tests stay.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

build=${BUILD:-build}
export BUILD=$build
export WIREGW=${WIREGW:-$PWD/$build/contrib/devdb/wiregw}
[[ $build != /* ]] || export WIREGW=$build/contrib/devdb/wiregw
export GENLOG_DEVDB_PORT=0
limit=${GENLOG_E2E_LIMIT:-180} # seconds, for one test
passed=0 failed=0

die() { echo "$*" >&2; exit 2; }

# The one tool that needs the driver, which the Makefile does not link tools with.
build_dbcheck() {
	local mongoc=libmongoc-1.0 flags out=$build/tests/e2e/dbcheck

	! pkg-config --exists mongoc2 || mongoc=mongoc2
	[ "$out" -ot tests/e2e/dbcheck/dbcheck.c ] || return 0
	read -ra flags < <(pkg-config --cflags --libs "$mongoc")
	mkdir -p "$build/tests/e2e"
	"${CC:-cc}" -std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Wshadow -Werror -o "$out" tests/e2e/dbcheck/dbcheck.c "${flags[@]}"
}

# A folder that the engine's user can enter.
make_place() {
	local under=/dev/shm

	[ -w $under ] || under=${TMPDIR:-/tmp}
	GENLOG_DEVDB_DIR=$(mktemp -d "$under/genlog-devdb-e2e.XXXXXX")
	export GENLOG_DEVDB_DIR
	chmod 755 "$GENLOG_DEVDB_DIR"
	trap 'contrib/devdb/down.sh; rm -rf "$log" "$GENLOG_DEVDB_DIR"' EXIT
}

all_tests() {
	local file

	for file in tests/e2e/*.sh; do
		file=$(basename "$file" .sh)
		[ "$file" = run ] || [ "$file" = lib ] || echo "$file"
	done
}

# A sanitizer writes to the agent's log, or to standard error.
run_test() {
	local start=$EPOCHREALTIME took ok=ok

	timeout -k 10 "$limit" "tests/e2e/$1.sh" >"$log" 2>&1 || ok=FAILED
	took=$(((${EPOCHREALTIME/[.,]/} - ${start/[.,]/}) / 100000))
	printf '%-6s %-20s %3d.%d s\n' "$ok" "$1" $((took / 10)) $((took % 10))
	if [ $ok = ok ]; then
		passed=$((passed + 1))
		grep '^# ' "$log" | sed 's/^#/       /' || true
	else
		failed=$((failed + 1))
		sed 's/^/       | /' "$log"
	fi
}

[ -x "$build/genlogd" ] || die "there is no $build/genlogd: make first"
build_dbcheck
log=$(mktemp)
make_place
[ $# -gt 0 ] || mapfile -t tests < <(all_tests)
[ $# = 0 ] || tests=("$@")
for test in "${tests[@]}"; do
	[ -x "tests/e2e/$test.sh" ] || die "there is no test $test; there are: $(all_tests | tr '\n' ' ')"
	run_test "$test"
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
