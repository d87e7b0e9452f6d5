# Sourced by the gates: the files that rules hold for.
# shellcheck shell=bash
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

sources() {
	find agent plugins include tests contrib \( -name '*.c' -o -name '*.h' \) -print | sort
}

have() {
	command -v "$1" >/dev/null && return 0
	echo "      $1 is not installed: skipped"
	return 1
}
