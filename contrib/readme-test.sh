#!/bin/bash
# README.md, word for word, on a bare Debian 12 with git and nothing else: files that it shows are written where it says,
# its shell blocks are run in order, and so is what it shows at a prompt, as far as that needs no database.
# As root; needs debootstrap.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck disable=SC2034 # of root.sh
test_name=readme
# shellcheck source=contrib/root.sh
. contrib/root.sh
ran=0

# blocks KIND: each into a file of its own, $work/KIND.N
blocks() {
	awk -v kind="$1" -v out="$work/$1" '
		/^```/ { if (on) on = 0; else { on = $0 == "```" kind; if (on) n++ }; next }
		on { print >(out "." n) }' README.md
}

# The name of a file stands in its first line, as a comment.
write_files() {
	local block name

	for block in "$work"/yaml.* "$work"/c.*; do
		name=$(sed -nE '1s,^(#|/\*) ([^ ]+)( \*/)?$,\2,p' "$block")
		[ -n "$name" ] || continue
		[[ $name = /* ]] || name=/src/$name
		mkdir -p "$root$(dirname "$name")"
		cp "$block" "$root$name"
		say "written: $name"
	done
}

# All that runs in there, agents that a block has left in the background too.
end_all() {
	local dir

	for dir in /proc/[0-9]*; do
		[ "$(readlink "$dir/root")" != "$root" ] || kill -KILL "${dir#/proc/}" 2>/dev/null || true
	done
}

# run WHAT: a script on standard input
run() {
	cat >"$root/tmp/run"
	inside sh -c 'cd /src && exec bash -eu /tmp/run' >"$work/said" 2>"$work/errors" </dev/null || {
		tail -qn 20 "$work/said" "$work/errors" >&2
		fail "$1"
	}
	ran=$((ran + 1))
	say "ran: $1"
}

said() { grep -qE -- "$1" "$work/said" || fail "it does not say $1: $(tail -20 "$work/said")"; }

# at_prompt START: the line of README.md that begins so behind the prompt
at_prompt() {
	local line

	line=$(sed -n "s/^\\$ \\($1.*\\)/\\1/p" README.md | sed -n 1p)
	[ -n "$line" ] || fail "README.md has no command $1"
	run "$line" <<<"$line"
}

five_minutes() {
	# All tests are what check.sh is; it is run elsewhere.
	run contrib/quickstart.sh < <(grep -v '^contrib/check.sh ' "$work/sh.1")
	said '^MES: 32 documents'
	said '^WMS: 1 documents'
}

program_that_logs() {
	run 'make install, orders.c' <"$work/sh.2"
	said 'Work order 3 status updated to released'
	said 'Torque 12.5 is out of range'
	! grep -E 'not found|warning' "$work/errors" || fail 'that looks like an error'
	at_prompt 'genlogctl status'
	said '^genlogd 0.* on .*: ok$'
}

configuration() {
	write_files
	run 'genlogd --check -c /etc/genlog/genlog.yaml' <<<'genlogd --check -c /etc/genlog/genlog.yaml'
	run 'genlogctl check' <<<'genlogctl check'
	run 'genlogd --help-config' <<<'genlogd --help-config'
	sed -i 's/pattern:/patern:/' "$root/etc/genlog/conf.d/mes.yaml"
	run 'a broken drop-in' <<<'! genlogd --check -c /etc/genlog/genlog.yaml 2>&1'
	said "$(grep -m1 -oE 'mes.yaml:.*did you mean "pattern"' README.md | sed -E 's/[0-9]+:[0-9]+/[0-9]+:[0-9]+/')"
	sed -i 's/patern:/pattern:/' "$root/etc/genlog/conf.d/mes.yaml"
}

files_that_it_speaks_of() {
	cat >"$root/var/log/app.log" <<-'END'
		2025-12-22 10:30:45,100 INFO [Orders] begins
		2025-12-22 10:30:45,123 ERROR [Orders] failed
		java.lang.IllegalStateException: no stock
		    at com.acme.Orders.run(Orders.java:17)
		2025-12-22 10:30:45,200 INFO [Orders] ends
	END
	at_prompt 'genlogd --explain'
	said '^lines 2–4, one event'
	mkdir -p "$root/etc/fluent-bit"
	printf '[INPUT]\n    Name tail\n    Path /var/log/app.log\n' >"$root/etc/fluent-bit/fluent-bit.conf"
	at_prompt 'genlogctl convert'
	inside grep -q /var/log/app.log /etc/genlog/conf.d/app.yaml || fail 'the drop-in is not what it should be'
}

for kind in sh yaml c; do blocks "$kind"; done
make_root bookworm git,ca-certificates
at_end+=(end_all)
mkdir "$root/src"
tar -cf - --exclude=./build --exclude=./.git . | tar -xf - -C "$root/src"
five_minutes
cp "$work"/c.1 "$root/src/orders.c"
program_that_logs
configuration
files_that_it_speaks_of
say "$ran commands and blocks of README.md ran as they stand there"
echo '1 passed, 0 failed'
