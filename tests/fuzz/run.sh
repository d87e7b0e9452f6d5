#!/bin/bash
# Runs each fuzzer given for FUZZ_TIME seconds over its corpus.  What is new goes into build/fuzz/new/<name>, a crash
# into build/fuzz/crash-<name>-*: put it into tests/fuzz/corpus/<name>, with a test that is named for it.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

seconds=${FUZZ_TIME:-20}

run_one() {
	local name new log dict=()

	name=$(basename "$1" _fuzz)
	new=build/fuzz/new/$name
	log=build/fuzz/$name.log
	mkdir -p "$new" "tests/fuzz/corpus/$name"
	[ -f "tests/fuzz/$name.dict" ] && dict=("-dict=tests/fuzz/$name.dict")
	if "$1" "-max_total_time=$seconds" -timeout=20 -rss_limit_mb=2048 "-max_len=${FUZZ_MAX_LEN:-8192}" \
		"${dict[@]}" "-artifact_prefix=build/fuzz/crash-$name-" "$new" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
		printf 'ok    %-12s %s\n' "$name" "$(grep -E '^Done [0-9]+ runs' "$log")"
	else
		printf 'FAIL  %s\n%s\n' "$name" "$(tail -40 "$log" | sed 's/^/      /')"
		return 1
	fi
}
export -f run_one
export seconds

# As many at a time as there are processors; xargs tells if one has failed.
printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -I{} bash -c 'run_one "$1"' _ {}
