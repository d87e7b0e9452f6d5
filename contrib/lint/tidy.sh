#!/bin/bash
# clang-tidy on files that have changed since it last found nothing wrong in them; TIDY=all for every file.
set -eu
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. contrib/lint/flags.sh

have clang-tidy || exit 0
good=build/lint/tidy
mkdir -p $good

# A file is known by its own bytes, those of all headers, and the checks.
headers=$(sources | grep '\.h$' | xargs cat .clang-tidy | sha1sum | cut -c1-16)
check() {
	local stamp
	stamp=$good/$(cat "$1" | sha1sum | cut -c1-16).$headers
	[ "${TIDY:-}" != all ] && [ -e "$stamp" ] && return 0
	shift
	if out=$(clang-tidy --quiet "$@" 2>/dev/null) && [ -z "$out" ]; then
		: >"$stamp"
	else
		echo "$out"
		return 1
	fi
}
export -f check
export good headers TIDY=${TIDY:-}

sources | grep '\.c$' | grep -v '^tests/' |
	xargs -P "$(nproc)" -I{} bash -c 'f=$1; shift; check "$f" "$f" -- "$@"' _ {} "${flags[@]}"
