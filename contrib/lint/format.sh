#!/bin/bash
# `make format` puts right what this finds.
set -eu
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

have clang-format || exit 0
found=$(sources | xargs clang-format --style=file --dry-run -Werror 2>&1 |
	grep -E '^[^ ].*:[0-9]+:[0-9]+: error' | sort -u -t: -k1,1 |
	sed 's/error: .*/not in the house form; run `make format`/' || true)
[ -n "$found" ] || exit 0
echo "$found"
exit 1
