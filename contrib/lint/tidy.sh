#!/bin/bash
# clang-tidy on files that have changed since it last found nothing wrong in them; TIDY=all for every file, TIDY=deep
# for every file with the analyser's own bounds: four times as long for paths that are rarely worth it.
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
	[ -z "$TIDY" ] && [ -e "$stamp" ] && return 0
	shift
	if out=$(clang-tidy --quiet --extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang \
		--extra-arg=max-nodes="$nodes" "$@" 2>/dev/null) && [ -z "$out" ]; then
		: >"$stamp"
	else
		echo "$out"
		return 1
	fi
}
export -f check
nodes=50000
[ "${TIDY:-}" != deep ] || nodes=225000
export good headers nodes TIDY=${TIDY:-}

sources | grep '\.c$' | grep -v '^tests/' |
	xargs -P "$(nproc)" -I{} bash -c 'f=$1; shift; check "$f" "$f" -- "$@"' _ {} "${flags[@]}"
