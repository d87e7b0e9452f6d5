#!/bin/bash
# Installs what the tests need, builds everything, and runs all tests: lint, unit, the development database, end to
# end, both compilers, sanitizers, a short fuzz.  Steps can be named: contrib/check.sh unit e2e
# FUZZ_TIME: seconds for each fuzzer (default 3).  Quick the second time, as far as tests can be.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
jobs=$(nproc)
log=build/check
export FUZZ_TIME=${FUZZ_TIME:-3}

step_packages() { contrib/install-packages.sh build test; }
step_build() { make -s -j"$jobs" WERROR=1 all test-programs wiregw; }
step_lint() { make -s lint; }
step_unit() { make -s WERROR=1 unit; }
step_clang() { make -s -j"$jobs" CC=clang OPT='-O1 -g' WERROR=1 all test-programs wiregw; }
step_devdb() { make -s WERROR=1 check-devdb; }
step_e2e() { make -s WERROR=1 e2e; }
step_alone() { GENLOG_E2E=alone make -s WERROR=1 e2e; }
step_together() { GENLOG_E2E=together make -s WERROR=1 e2e; }
step_address() { make -s -j"$jobs" SAN=address OPT='-O1 -g' test-programs && make -s SAN=address unit; }
step_thread() { make -s -j"$jobs" SAN=thread OPT='-O1 -g' test-programs && make -s SAN=thread unit && make -s SAN=thread threads; }
step_fuzz() { make -s -j"$jobs" fuzz; }

# What a step printed is shown when it failed, and its figures always.
run_step() {
	local name=$1 began=$SECONDS

	printf '== %s\n' "$name"
	if "step_$name" > "$log/$name.log" 2>&1; then
		echo good > "$log/$name.result"
		grep -E '^(#|figures|[0-9]+ passed|ok |not ok )' "$log/$name.log" | tail -40 || true
		printf '   %s: good, %d s\n' "$name" $((SECONDS - began))
	else
		echo FAILED > "$log/$name.result"
		tail -80 "$log/$name.log"
		printf '   %s: FAILED after %d s; all of it: %s\n' "$name" $((SECONDS - began)) "$log/$name.log"
	fi
}

# Two at a time: the end-to-end tests mostly wait, but for those that measure (alone); the others compute.
run_beside() { # WAITING COMPUTING
	run_step "$1" > "$log/$1.said" 2>&1 &
	run_step "$2"
	wait
	cat "$log/$1.said"
}

mkdir -p "$log"
rm -f "$log"/*.result
if [ $# != 0 ]; then
	for s in "$@"; do run_step "$s"; done
else
	run_step packages
	run_step build
	if [ "$(cat "$log/build.result")" = good ]; then
		run_step unit
		run_step devdb
		run_step alone
		run_beside together lint
		for s in clang address thread fuzz; do run_step "$s"; done
	fi
fi
passed=$(cat "$log"/*.result | grep -c good || true)
failed=$(cat "$log"/*.result | grep -c FAILED || true)
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
