#!/bin/bash
# A folder of agent/ includes itself and those before it, and ctl/ the shared connection of plugins/mongo/ too; a plugin
# includes genlog/, the system, its own folder, and the headers of inline functions that lie in plugins/.
set -eu
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

layers="base event mine trace conf loop plug spool pipe ship admin"

agent=$(grep -n '^#include "' -r agent --include='*.c' --include='*.h' | awk -F'[:"]' -v layers="$layers" '
	BEGIN { n = split(layers, l, " "); for (i = 1; i <= n; i++) rank[l[i]] = i; rank["ctl"] = rank["emit"] = n + 1 }
	{
		split($1, from, "/"); split($4, to, "/")
		if (from[3] == "" || to[2] == "") next
		if (from[2] == "ctl" && to[1] == "mongo" && system("test -f plugins/" $4) == 0) next
		if (!(to[1] in rank)) printf "%s:%s: \"%s\" is in no layer of agent/\n", $1, $2, $4
		else if (rank[to[1]] > rank[from[2]]) printf "%s:%s: %s/ may not include %s/, which comes after it\n", $1, $2, from[2], to[1]
	}')
plugins=$(grep -n '^#include "' -r plugins --include='*.c' --include='*.h' | awk -F'[:"]' '
	{
		n = split($1, from, "/"); file = $1; sub(/[^\/]*$/, "", file)
		if (n < 3 && $1 ~ /\.h$/ && system("test -f plugins/" $4) == 0) next # inline helpers of several plugins
		if (n < 3) printf "%s:%s: a plugin includes genlog/ and the system only, not \"%s\"\n", $1, $2, $4
		else if (system("test -f " file $4) != 0) printf "%s:%s: \"%s\" is not in the folder of the plugin\n", $1, $2, $4
	}')
host=$(grep -nE '^#include <genlog/' -r agent plugins --include='*.c' --include='*.h' | awk -F'[:<>]' '
	system("test -f include/" $4) != 0 { printf "%s:%s: there is no include/%s\n", $1, $2, $4 }')

[ -z "$agent$plugins$host" ] && exit 0
printf '%s\n' "$agent" "$plugins" "$host" | sed '/^$/d'
exit 1
