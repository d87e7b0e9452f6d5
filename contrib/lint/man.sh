#!/bin/bash
# Every page of the manual has examples, each command of genlogctl has one in its help, and what the examples call is
# there.  Of what is made from the programs' own tables, as far as the programs are built.
set -eu
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

build=${BUILD:-build}
bad=0
complain() {
	echo "$*"
	bad=1
}

# The lines of a section, without what is for the formatter.
section() { awk -v name="$2" '/^\.SH/ { on = ($2 == name); next } on && !/^\.(nf|fi|PP|TP)/' "$1"; }

check_page() {
	local page=$1 name

	for name in NAME EXAMPLES "SEE"; do
		section "$page" "$name" | grep -q . || complain "$page:1: no section $name, or nothing in it"
	done
	[ "$(sed -n '1s/^\.TH \([^ ]*\) \([0-9]\).*/\L\1.\2/p' "$page")" = "$(basename "$page")" ] || complain "$page:1: .TH names another page"
}

# Commands as genlogctl itself lists them; of two words too.
commands() { "$build/genlogctl" --help | sed -nE 's/^  ([a-z][a-z-]*( [a-z]+)?)  +.*/\1/p'; }

check_help() {
	local name words

	for name in "${known[@]}"; do
		read -ra words <<<"$name"
		"$build/genlogctl" "${words[@]}" --help | grep -qE "^  (.* )?genlogctl .*${words[*]}" || complain "genlogctl $name --help: no example"
	done
}

# genlogctl [OPTION [VALUE]]... COMMAND
check_calls() {
	local page=$1 call

	while read -r call; do
		printf '%s\n' "${known[@]}" | cut -d' ' -f1 | grep -qx -- "$call" || complain "$page:1: EXAMPLES call genlogctl $call, which is not there"
	done < <(section "$page" EXAMPLES | sed 's/\\-/-/g' | grep -oE '(^|[ (|])genlogctl( --json| -[sc] [^ ]+)* [a-z-]+' | sed 's/.* //' | sort -u)
}

pages=(contrib/man/*.[1-9])
known=()
if [ -x "$build/genlogctl" ] && [ -x "$build/genlogd" ]; then
	made=$(mktemp -d)
	trap 'rm -rf "$made"' EXIT
	contrib/man/make.sh "$build" "$made"
	pages+=("$made"/*.[1-9])
	mapfile -t known < <(commands)
	check_help
	for page in "${pages[@]}"; do check_calls "$page"; done
else
	echo "      nothing is built in $build: the pages made of it are skipped"
fi
for page in "${pages[@]}"; do check_page "$page"; done
exit $bad
