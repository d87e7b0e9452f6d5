#!/bin/bash
# No file over 400 lines, no function over 60.
set -eu
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

file_max=400
function_max=60
bad=0

while read -r lines file; do
	if [ "$file" != total ] && [ "$lines" -gt $file_max ]; then
		echo "$file:$lines: $lines lines in one file; $file_max are the limit"
		bad=1
	fi
done < <(sources | xargs wc -l)

have ctags || exit $bad
# name, file, first and last line of every function
long=$(sources | ctags -L - --languages=C --langmap=C:.c.h --c-kinds=f --fields=+ne --output-format=json -f - 2>/dev/null |
	sed -n 's/.*"name": "\([^"]*\)", "path": "\([^"]*\)".*"line": \([0-9]*\).*"end": \([0-9]*\).*/\1 \2 \3 \4/p' |
	awk -v max=$function_max '$4 - $3 + 1 > max { printf "%s:%d: %s() has %d lines; %d are the limit\n", $2, $3, $1, $4 - $3 + 1, max }')
if [ -n "$long" ]; then
	echo "$long"
	bad=1
fi
exit $bad
