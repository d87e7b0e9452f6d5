#!/bin/bash
# Runs the unit tests given: one line for each that passes, all of its output for one that does not.
set -u

limit=${UNIT_TIMEOUT:-120}
passed=0 failed=0
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT

for unit; do
	name=${unit#"${BUILD:-build}"/tests/}
	start=$(date +%s%N)
	if timeout "$limit" "$unit" >"$out" 2>&1; then
		passed=$((passed + 1))
		cases=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test(s)\.$/\1/p' "$out" | paste -sd+ | bc)
		printf 'ok    %-48s %3s tests %5d ms\n' "$name" "${cases:-?}" $((($(date +%s%N) - start) / 1000000))
	else
		status=$?
		failed=$((failed + 1))
		printf 'FAIL  %s: exit status %d%s\n' "$name" $status "$([ $status = 124 ] && echo " (more than $limit s)")"
		sed 's/^/      /' "$out"
	fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
