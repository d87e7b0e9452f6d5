#!/bin/bash
# Words that do not stand in our code.  rule: file pattern, expression, why
set -eu
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
bad=0

# Comments and texts are blanked first, with their lines kept, so that they may speak of what is banned.
code() {
	perl -0777 -pe 's{("(?:\\.|[^"\\\n])*"|\x27(?:\\.|[^\x27\\\n])*\x27)|/\*.*?\*/|//[^\n]*}{
		my $all = $&; defined $1 ? "\"\"" : "\n" x ($all =~ tr/\n//)}gsex' "$1"
}

rule() { # files expression why
	local files
	mapfile -t files < <(sources | grep -E "$1" || true)
	[ ${#files[@]} != 0 ] || return 0
	while IFS=: read -r file line rest; do
		echo "$file:$line: $3: $(echo "$rest" | sed 's/^[[:space:]]*//' | cut -c1-80)"
		bad=1
	done < <(cd "$work" && grep -HnE "$2" "${files[@]}")
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
while read -r file; do
	mkdir -p "$work/$(dirname "$file")"
	code "$file" >"$work/$file"
done < <(sources)

rule '' '\b(sprintf|vsprintf|strcpy|strcat|strtok|atoi|atol|atof|alloca|gets)\(' 'banned function'
rule '' '\b(strncpy|strncat|rand|tmpnam|mktemp|system|popen)\(' 'banned function'
rule '^(agent/(base|event|conf|loop|plug|spool|pipe|ship)|plugins|include)/' '\b(printf|puts|perror)\(' 'library code does not print'
rule '^tests/.*_test\.c$' '\b(sleep|usleep|nanosleep)\(' 'a test does not sleep; it waits for what should happen'
rule '' '^typedef (struct|union)' 'no typedef of structs'
rule '^agent/(base|event|conf|loop|plug|spool)/' '\b(exit|abort|_exit)\(' 'library code does not end the program'

marks=$(sources | grep -v '^contrib/lint/' | xargs grep -nE '\b(TODO|FIXME|XXX|HACK)\b' || true)
if [ -n "$marks" ]; then
	sed 's/$/   <- finish it/' <<<"$marks"
	bad=1
fi

# Files that end without a newline, and blanks at the ends of lines.
blanks=$(sources | xargs grep -nE '[[:blank:]]+$' || true)
if [ -n "$blanks" ]; then
	sed 's/$/   <- blanks at the end/' <<<"$blanks"
	bad=1
fi
exit $bad
