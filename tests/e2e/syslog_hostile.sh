#!/bin/bash
# Peers that mean no good to input syslog.  Each time memory stays bounded, and others are served.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

port=$(dbcheck port)
tls_port=$(dbcheck port)
most=${GENLOG_E2E_RSS:-$([ -z "${GENLOG_E2E_SANITIZED:-}" ] && echo 64 || echo 1024)} # MiB

peer() { timeout 60 "$e2e_root/tests/e2e/hostile_peer.py" "$1" 127.0.0.1 "${3:-$port}" "${2:-1}"; }

hostile_agent() { # SETTINGS
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test -keyout "$work/key" -out "$work/cert" 2>/dev/null
	agent_conf "$(archive_output)" <<-END
		service: E2E
		inputs:
		  - {type: syslog, templates: no, listen: ["tcp://127.0.0.1:$port", "udp://127.0.0.1:$port", "tls://127.0.0.1:$tls_port"],
		     tls: {cert: "$work/cert", key: "$work/key"}, max_connections: 50000, max_per_peer: 50000${1:+, $1}}
	END
	agent_start
	until_true 5 answers || fail 'the agent does not listen'
}
answers() { (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

rss() { awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$agent_pid/status"; }

# Whoever behaves is served, and the agent is as small as ever.
others=0
others_are_served() {
	others=$((others + 1))
	echo "<13>served $others" >"/dev/tcp/127.0.0.1/$port"
	expect_soon "served $others"
	[ "$(rss)" -lt "$most" ] || fail "the agent has grown to $(rss) MiB"
	figure "${FUNCNAME[1]#case_}: $(rss) MiB"
}

end_well() {
	agent_stop
	archived count >/dev/null || fail 'a document is damaged'
}

case_lengths() {
	hostile_agent
	{
		for _ in {1..20000}; do printf '0 '; done
		printf '10 <13>hello1'
	} | peer raw
	expect_soon hello1
	printf '99999999999999999999 <13>x\n<13>hello2\n' | peer raw
	expect_soon hello2
	printf '999999999 <13>x\n<13>hello3\n' | peer raw
	expect_soon hello3
	printf '00000000010 <13>hello4\n<13>hello5\n' | peer raw
	expect_soon hello5
	printf '100 <13>cut in the middle' | peer raw
	expect_soon 'cut in the middle'
	printf '5' | peer raw
	expect_soon 5
	printf '' | peer raw
	others_are_served
	end_well
	[ "$(agent_figure frames_bad)" -ge 20001 ] || fail "frames_bad: $(agent_figure frames_bad)"
}

case_endless() {
	hostile_agent
	peer endless 100
	expect_soon 'after the endless one'
	others_are_served
	end_well
	same gaps 1 "$(agent_figure gaps)"
	same lines_truncated 1 "$(agent_figure lines_truncated)"
}

case_counted_beyond_the_limit() {
	hostile_agent
	{
		printf '5000012 <13>'
		head -c 5000008 /dev/zero | tr '\0' z
		printf '10 <13>hello1'
	} | peer raw
	expect_soon hello1
	others_are_served
	end_well
}

# with_open WHAT NUMBER: a peer that holds its connections, while others are looked after
with_open() {
	coproc holder { peer "$1" "$2"; }
	local n

	read -rt 60 n <&"${holder[0]}" || fail "$1: the peer could not connect"
	same connections "$2" "$n"
	others_are_served
	eval "exec ${holder[1]}>&-"
	# shellcheck disable=SC2154
	wait "$holder_PID" 2>/dev/null || true
}

case_ten_thousand_idle_connections() {
	local n=10000

	[ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -gt 10500 ] || n=$(($(ulimit -Hn) - 500))
	ulimit -n "$(ulimit -Hn)"
	hostile_agent
	with_open idle $n
	figure "$n connections"
	end_well
}

case_unfinished_messages_of_many() {
	hostile_agent 'memory: 16MiB, message_timeout: 30s'
	with_open unfinished 200
	end_well
}

case_a_byte_at_a_time() {
	local took left

	hostile_agent 'message_timeout: 1s'
	read -r took left < <(peer slow 300)
	figure "closed after $took s"
	same 'connections still open' 0 "$left"
	[ "${took%.*}" -lt 15 ] || fail "it took $took s"
	others_are_served
	end_well
	same connections_idle 300 "$(agent_figure connections_idle)"
}

case_who_is_idle_is_closed() {
	hostile_agent 'idle_timeout: 500ms'
	coproc holder { peer idle 50; }
	read -rt 30 _ <&"${holder[0]}"
	until_true 10 all_are_closed || fail 'idle connections stay open'
	others_are_served
	eval "exec ${holder[1]}>&-"
	end_well
}
all_are_closed() { [ "$(agent_tells connections_open)" = 0 ]; }

case_too_many() {
	hostile_agent 'rate_limit: 0'
	sed -i 's/max_connections: 50000, max_per_peer: 50000/max_connections: 50, max_per_peer: 20/' "$work/agent.yaml"
	agent_stop
	agent_start
	until_true 5 answers || fail 'the agent does not listen'
	coproc holder { peer idle 100; }
	read -rt 30 _ <&"${holder[0]}"
	until_true 5 some_are_refused || fail 'nobody is refused'
	eval "exec ${holder[1]}>&-"
	until_true 5 all_are_closed || fail 'connections stay open'
	others_are_served
	end_well
}
some_are_refused() { [ "$(agent_tells connections_refused)" -ge 80 ]; }

case_garbage() {
	hostile_agent
	peer garbage 200
	peer garbage 200 "$tls_port"
	{
		printf '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'
		head -c 100 /dev/urandom
	} | peer raw 1 "$tls_port"
	others_are_served
	end_well
	[ "$(agent_figure connections_refused)" -ge 200 ] || fail "refused: $(agent_figure connections_refused)"
}

case_half_handshakes() {
	hostile_agent 'message_timeout: 1s'
	coproc holder { peer idle 500 "$tls_port"; }
	read -rt 30 _ <&"${holder[0]}"
	others_are_served
	until_true 15 all_are_closed || fail 'half handshakes stay open'
	eval "exec ${holder[1]}>&-"
	end_well
}

case_datagrams() {
	hostile_agent
	peer datagrams 300
	others_are_served
	end_well
}

# A stream that says more than it may waits; nothing of it is lost.
case_a_rate_is_kept() {
	local began took

	hostile_agent 'rate_limit: 2000'
	began=$(now_ms)
	"$e2e_build/tests/bench/syslog_send" -j -n 6000 "tcp:$port" >/dev/null
	took=$(($(now_ms) - began))
	figure "6000 at 2000 a second: $took ms"
	until_true 5 has_messages 6000 || fail "there are $(count_messages)"
	end_well
	[ "$took" -ge 1000 ] || fail "it took only $took ms"
}

cases "$@"
