#!/bin/bash
# Runs the unit tests given: one line for each that passes, all of its output for one that does not.
set -u

export limit=${UNIT_TIMEOUT:-120}
results=$(mktemp -d) || exit 1
trap 'rm -rf "$results"' EXIT
export results

run_one() {
	local name=${1#"${BUILD:-build}"/tests/} start out status cases

	start=$(date +%s%N)
	out=$(mktemp "$results/XXXXXX")
	if timeout "$limit" "$1" >"$out" 2>&1; then
		cases=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test(s)\.$/\1/p' "$out" | paste -sd+ | bc)
		printf 'ok    %-48s %3s tests %5d ms\n' "$name" "${cases:-?}" $((($(date +%s%N) - start) / 1000000))
		echo ok >"$out.result"
	else
		status=$?
		printf 'FAIL  %s: exit status %d%s\n%s\n' "$name" $status "$([ $status = 124 ] && echo " (more than $limit s)")" \
			"$(sed 's/^/      /' "$out")"
		echo FAIL >"$out.result"
	fi
}
export -f run_one

printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -I{} bash -c 'run_one "$1"' _ {}
failed=$(cat "$results"/*.result | grep -c FAIL || true)
echo "$(cat "$results"/*.result | grep -c ok || true) passed, $failed failed"
[ "$failed" = 0 ]
