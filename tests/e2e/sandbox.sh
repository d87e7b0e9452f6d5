#!/bin/bash
# The agent within the restrictions of its unit, applied by hand: it does all its jobs there.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

unit=$e2e_root/contrib/systemd/genlogd.service
python=/usr/bin/python3 # Debian's own, which has the module

skip() {
	figure "skipped: $*"
	exit 0
}
[ "$(id -u)" = 0 ] || skip 'this needs root'
"$python" -c 'import seccomp' 2>/dev/null || skip 'there is no python3-seccomp'
unshare -m true 2>/dev/null || skip 'no mount namespaces here'

# The folder that the unit may write to holds all that is written; programs are read from the build folder.
boxed_start() {
	chown -R nobody "$work"
	unshare -m "$python" "$e2e_root/tests/e2e/sandbox_enter.py" "$unit" "$work" "$genlogd" -c "$work/agent.yaml" \
		>>"$work/agent.out" 2>>"$work/agent.log" &
	agent_pid=$!
	pids+=("$agent_pid")
}

case_all_that_it_reads() {
	mkdir -p "$logs" "$work/emit" "$work/run"
	printf '%s\n' 'a file of root' >"$logs/root.log"
	chmod 600 "$logs/root.log"
	agent_conf "$(archive_output)" <<-END
		service: BOX
		alerts: [{name: page, command: ['$work/page']}]
		inputs:
		  - {type: tail, paths: ['$logs/*.log'], parser: auto}
		  - {type: syslog, listen: ['unix:$work/run/syslog.sock', 'tcp://127.0.0.1:$(free_port)']}
		  - {type: emit, socket: '$work/run/emit.sock', rings: ['$work/emit']}
	END
	printf '#!/bin/sh\n{ cat; grep CapEff /proc/$$/status; } >%s/paged.new; mv %s/paged.new %s/paged\n' "$work" "$work" "$work" >"$work/page"
	chmod 755 "$work/page"
	boxed_start
	chown root "$logs/root.log"
	expect_soon 'a file of root'
	until_true 5 test -S "$work/run/syslog.sock" || fail 'no syslog socket'
	logger -u "$work/run/syslog.sock" --socket-errors=on -p user.info 'from a socket' || fail logger
	until_true 5 archived_has 'from a socket' || fail 'syslog does not arrive'
	printf '{"level":"error","message":"bad"}\n' >>"$logs/root.log"
	expect_soon bad
	until_true 5 test -s "$work/paged" || fail 'a command of an alert is not run'
	same 'a command has no right of the agent' 'CapEff:	0000000000000000' "$(tail -1 "$work/paged")"
	same 'runs as' nobody "$(stat -c %U "/proc/$agent_pid")"
	same 'capabilities' 0000000000000004 "$(awk '/^CapEff/ { print $2 }' "/proc/$agent_pid/status")"
	same 'system calls are filtered' 2 "$(awk '/^Seccomp:/ { print $2 }' "/proc/$agent_pid/status")"
	kill -HUP "$agent_pid"
	until_true 5 file_has "$work/agent.log" 'reload: generation 2' || fail 'no reload'
	! grep -E 'Operation not permitted|Permission denied|Read-only' "$work/agent.log" || fail 'something is forbidden to it'
	agent_stop
}
archived_has() { archived messages | grep -F -- "$1" >/dev/null; }
free_port() { "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# The folder of rings gives its group to files, which the unit may not do: systemd-tmpfiles makes it.
case_folder_of_rings() {
	mkdir -p "$work/run"
	agent_conf "$(archive_output)" <<-END
		service: BOX
		inputs: [{type: emit, socket: '$work/run/emit.sock', rings: ['$work/run/rings']}]
	END
	boxed_start
	until_true 5 file_has "$work/agent.log" "$work/run/rings cannot have mode 3733 .*genlog.tmpfiles" || fail 'nothing is said'
	agent_stop
	grep -q '^d /run/genlog/rings 3733 genlog genlog -$' "$e2e_root/contrib/systemd/genlog.tmpfiles" || fail 'who makes it?'
}

case_the_score() {
	local told

	told=$(sed 's|@SBINDIR@|/usr/sbin|; s|@BINDIR@|/usr/bin|' "$unit" >"$work/genlogd.service" &&
		systemd-analyze security --offline=true "$work/genlogd.service" 2>/dev/null | tail -1)
	figure "$told"
	[[ $told =~ ([0-9]+)\.([0-9]+)\ OK ]] || fail "no score: $told"
	[ $((BASH_REMATCH[1] * 10 + BASH_REMATCH[2])) -lt 20 ] || fail "the score is not below 2.0: $told"
}

cases "$@"
