#!/bin/bash
# A journald of the test's own, in a mount namespace: what it writes while it rotates, while old files are deleted, and
# while the agent is killed.  GENLOG_E2E_LONG=1: 200 000 entries and 30 deaths instead of 20 000 and 5.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

journald=/lib/systemd/systemd-journald

in_namespace() {
	[ -z "${GENLOG_E2E_NAMESPACE:-}" ] || return 0
	if [ ! -x "$journald" ] || [ "$(id -u)" != 0 ] || ! unshare -m --propagation private true 2>/dev/null; then
		figure 'skipped: a journald of its own needs systemd, root and mount namespaces'
		exit 0
	fi
	rm -rf "$work"
	GENLOG_E2E_NAMESPACE=1 exec unshare -m --propagation private bash "$0" "$@"
}

journald_start() { # VOLATILE|PERSISTENT...
	mount -t tmpfs none /run
	mkdir -p /run/systemd/journal /run/log/journal "$work/etc"
	mount -t tmpfs none /var/log
	cat >"$work/etc/journald.conf" <<-END
		[Journal]
		Storage=${1:-volatile}
		RateLimitIntervalSec=0
		RateLimitBurst=0
		ReadKMsg=no
		Audit=no
		RuntimeMaxFileSize=${file_size:-8M}
		SystemMaxFileSize=${file_size:-8M}
		RuntimeMaxUse=2G
		SystemMaxUse=2G
		RuntimeMaxFiles=1000
		SystemMaxFiles=1000
		ForwardToSyslog=no
		ForwardToWall=no
	END
	mount --bind "$work/etc" /etc/systemd
	journald_run
}

journald_run() {
	"$journald" </dev/null >>"$work/journald.log" 2>&1 &
	journald_pid=$!
	pids+=("$journald_pid")
	until_true 10 test -S /run/systemd/journal/stdout || { figure 'skipped: systemd-journald does not start here'; exit 0; }
	until_true 10 accepts || { figure 'skipped: systemd-journald takes nothing here'; exit 0; }
}

accepts() { printf 'MESSAGE=accepted\nSYSLOG_IDENTIFIER=test\n' | timeout 2 logger --journald; }
rotate() { kill -USR2 "$journald_pid"; }

live_conf() {
	agent_conf "$(archive_output)" <<-END
		service: E2E
		inputs:
		  - {type: journald, ${1:-start: beginning}}
	END
}

# write FIRST LAST: entries "n<number>" as a service sends them, waiting where journald is slow.
write() {
	python3 - "$1" "$2" <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.connect('/run/systemd/journal/socket')
		for i in range(int(sys.argv[1]), int(sys.argv[2]) + 1):
		    s.send(b'MESSAGE=n%d\nPRIORITY=6\nSYSLOG_IDENTIFIER=writer\nCODE_LINE=%d\n' % (i, i % 100))
	END
}

case_what_services_say() {
	in_namespace what_services_say
	journald_start
	live_conf 'start: end, identifiers: [one, two]'
	agent_start
	until_true 5 pgrep -P "$agent_pid" >/dev/null
	until_true 5 file_has "$work/spool/"*.seg . || true
	wait_for 0.5
	printf 'MESSAGE=by logger\nPRIORITY=3\nSYSLOG_IDENTIFIER=one\nTAG=x\n' | logger --journald
	timeout 5 systemd-cat -t two -p warning echo 'by systemd-cat'
	expect_soon 'by logger'
	expect_soon 'by systemd-cat'
	rotate
	printf 'MESSAGE=after rotation\nSYSLOG_IDENTIFIER=one\n' | logger --journald
	expect_soon 'after rotation'
	agent_stop
	expect_messages 'by logger' 'by systemd-cat' 'after rotation'
	archived flat | grep -qP '^context.transport\tstring\tstdout$' || fail 'no transport'
}

# What is in the volatile journal is copied into the persistent one: it is not read a second time.
case_flushed_to_disk() {
	in_namespace flushed_to_disk
	journald_start persistent
	live_conf
	agent_start
	write 1 100
	expect_soon n100
	mkdir -p /var/log/journal
	kill -USR1 "$journald_pid"
	until_true 10 flushed || fail "it does not flush: $(find /var/log/journal /run/log/journal)"
	write 101 110
	expect_soon n110
	agent_stop
	agent_once
	same 'entries' 110 "$(messages | grep -c '^n')"
}

# Nobody reads while old files go: how many entries went with them is told, and nothing else is missing.
case_vacuumed_while_it_was_down() {
	local missing told

	in_namespace vacuumed_while_it_was_down
	journald_start
	live_conf
	agent_start
	write 1 100
	expect_soon n100
	agent_stop
	write 101 200
	rotate
	until_true 5 has_files 2
	write 201 300
	rotate
	until_true 5 has_files 3
	write 301 400
	vacuum 1
	agent_once
	missing=$((400 - $(messages | grep '^n' | sort -u | wc -l)))
	told=$(gap_events)
	figure "$missing missing, $told told"
	[ "$missing" -ge 100 ] || fail 'nothing was vacuumed'
	{ [ "$told" -ge "$missing" ] && [ "$told" -le $((missing + 20)) ]; } || fail "$missing are missing, $told were told"
	same 'entries twice' 0 "$(messages | grep '^n' | sort | uniq -d | wc -l)"
}

has_files() { [ "$(find "$(journal_folder)" -name '*.journal' | wc -l)" -ge "$1" ]; }

# The same while the agent is not there.
case_flushed_while_it_was_down() {
	in_namespace flushed_while_it_was_down
	journald_start persistent
	live_conf
	agent_start
	write 1 100
	expect_soon n100
	agent_kill
	write 101 105
	mkdir -p /var/log/journal
	kill -USR1 "$journald_pid"
	until_true 10 flushed || fail 'it does not flush'
	write 106 110
	agent_once
	same 'entries' 110 "$(messages | grep -c '^n')"
	same 'entries twice' 0 "$(messages | grep '^n' | sort | uniq -d | wc -l)"
}

flushed() { compgen -G '/var/log/journal/*/system.journal' >/dev/null && ! compgen -G '/run/log/journal/*/*.journal' >/dev/null; }

journal_folder() { echo /run/log/journal/*; }

# Archived files go, oldest first, but for the newest of them.
vacuum() { timeout 20 journalctl -D "$(journal_folder)" --vacuum-files="$1" >>"$work/vacuum.log" 2>&1 || true; }

gap_events() { messages | sed -n 's/^gap: \([0-9]*\) events were lost: they were vacuumed.*/\1/p' | awk '{n += $1} END {print n + 0}'; }

case_killed_rotated_and_vacuumed() {
	local total=20000 deaths=5 i writer missing twice told

	in_namespace killed_rotated_and_vacuumed
	[ -z "${GENLOG_E2E_LONG:-}" ] || { total=200000 deaths=30; }
	journald_start
	live_conf
	agent_start
	write 1 $total &
	writer=$!
	pids+=("$writer")
	for ((i = 1; i <= deaths; i++)); do
		wait_for "0.$((10 + $(below 60)))"
		[ $((i % 2)) = 0 ] || rotate
		[ $((i % 3)) != 0 ] || vacuum $((deaths > 10 ? 8 : 4))
		agent_kill
		[ $((i % 4)) != 0 ] || wait_for 0.2
		agent_start
	done
	wait "$writer" || fail 'the writer failed'
	forget_pid "$writer"
	is_alive "$journald_pid" || fail 'journald died'
	until_true 60 has_message "n$total" || fail "n$total does not arrive"
	agent_stop
	agent_once
	twice=$(messages | grep '^n' | sort | uniq -d | wc -l)
	missing=$((total - $(messages | grep '^n' | sort -u | wc -l)))
	told=$(gap_events)
	figure "$total entries, $deaths deaths: $missing missing, $told told as vacuumed, $twice twice, $(find "$(journal_folder)" -name '*.journal' | wc -l) files left"
	same 'entries twice' 0 "$twice"
	[ "$missing" -le "$told" ] || fail "$missing entries are missing, $told were told: $(messages | grep gap)"
	[ "$missing" = 0 ] || [ "$told" -gt 0 ] || fail 'missing and not told'
	same 'gaps that are none' 0 "$(messages | grep '^gap' | grep -vc 'vacuumed' || true)"
}

cases "$@"
