#!/bin/bash
# All gates, one after the other; each prints file:line and why.  With names, those alone: run.sh size layers
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

gates=(size layers words format man shell cppcheck tidy)
[ $# -gt 0 ] && gates=("$@")
failed=()

for gate in "${gates[@]}"; do
	start=$(date +%s)
	if "contrib/lint/$gate.sh"; then
		printf 'ok    %-10s %3d s\n' "$gate" $(($(date +%s) - start))
	else
		printf 'FAIL  %s\n' "$gate"
		failed+=("$gate")
	fi
done
[ ${#failed[@]} = 0 ] || echo "lint failed: ${failed[*]}"
[ ${#failed[@]} = 0 ]
