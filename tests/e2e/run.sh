#!/bin/bash
# All end-to-end tests, or those named: run.sh exactly_once tail_rename
# BUILD: where the binaries are (default build).  GENLOG_E2E_KEEP=1: folders of failed tests stay.
# Those that need the database's engine, which some of them crash, run one after the other; the others beside them, and behind them.
# What measures comes first, and by itself; GENLOG_E2E=alone: only that; together: all but that.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

build=${BUILD:-build}
export BUILD=$build
export WIREGW=${WIREGW:-$PWD/$build/contrib/devdb/wiregw}
[[ $build != /* ]] || export WIREGW=$build/contrib/devdb/wiregw
export GENLOG_DEVDB_PORT=0
limit=${GENLOG_E2E_LIMIT:-180} # seconds, for one test

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
	trap 'contrib/devdb/down.sh; rm -rf "$logs" "$GENLOG_DEVDB_DIR"' EXIT
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
	local start=$EPOCHREALTIME took ok=ok log=$logs/$1

	timeout -k 10 "$limit" "tests/e2e/$1.sh" >"$log" 2>&1 || ok=FAILED
	took=$(((${EPOCHREALTIME/[.,]/} - ${start/[.,]/}) / 100000))
	{
		printf '%-6s %-20s %3d.%d s\n' "$ok" "$1" $((took / 10)) $((took % 10))
		if [ $ok = ok ]; then
			grep '^# ' "$log" | sed 's/^#/       /' || true
		else
			sed 's/^/       | /' "$log"
		fi
	} >"$log.told"
	echo "$ok" >>"$logs/.results"
	cat "$log.told"
}

needs_engine() { grep -qE '\b(engine_start|database|gateway)\b' "tests/e2e/$1.sh"; }

measures() { grep -q '^# alone:' "tests/e2e/$1.sh"; }

# The next of those that need no engine, 1: there is none.
next_test() {
	local test

	exec {lock}<"$logs/.lock"
	flock "$lock"
	test=$(head -1 "$logs/.queue")
	sed -i 1d "$logs/.queue"
	exec {lock}<&-
	[ -n "$test" ] && echo "$test"
}

# Those given, then what is left of the others.
run_lane() {
	local test lock

	for test; do run_test "$test"; done
	while test=$(next_test); do run_test "$test"; done
}

[ -x "$build/genlogd" ] || die "there is no $build/genlogd: make first"
build_dbcheck
logs=$(mktemp -d)
make_place
[ $# -gt 0 ] || mapfile -t tests < <(all_tests)
[ $# = 0 ] || tests=("$@")
alone=() one=() other=()
for test in "${tests[@]}"; do
	[ -x "tests/e2e/$test.sh" ] || die "there is no test $test; there are: $(all_tests | tr '\n' ' ')"
	if measures "$test"; then alone+=("$test"); elif needs_engine "$test"; then one+=("$test"); else other+=("$test"); fi
done
case ${GENLOG_E2E:-all} in
alone) one=() other=() ;;
together) alone=() ;;
esac
for test in "${alone[@]}"; do run_test "$test"; done
printf '%s\n' "${other[@]}" >"$logs/.queue"
touch "$logs/.lock" "$logs/.results"
run_lane "${one[@]}" &
run_lane
wait
echo "$(grep -c '^ok' "$logs/.results" || true) passed, $(grep -c FAILED "$logs/.results" || true) failed"
! grep -q FAILED "$logs/.results"
