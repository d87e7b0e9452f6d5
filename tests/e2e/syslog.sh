#!/bin/bash
# Syslog from those who really send it: logger, Python, glibc's syslog(3), rsyslog, syslog-ng, openssl; by UDP, TCP,
# TLS and unix sockets.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/bench/peers.sh
. "$e2e_root/tests/bench/peers.sh" >/dev/null 2>&1

send=$e2e_build/tests/bench/syslog_send

# syslog_agent 'ADDRESS…' [SETTINGS]: an agent that listens there
syslog_agent() {
	agent_conf "$(archive_output)" <<-END
		service: E2E
		inputs:
		  - {type: syslog, templates: no, listen: [$1]${2:+, $2}}
	END
	agent_start
	until_true 5 probe || fail 'the agent does not listen'
}

probe() {
	case ${probe_how:-tcp} in
	tcp) (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null ;;
	unix) [ -S "$work/log.sock" ] ;;
	esac
}

port=$(dbcheck port)

# field NAME MESSAGE: of the document with that message, as `type value`
field() {
	"$tools/bsonwalk" flat "$(archive_file)" | awk -F '\t' -v name="$1" -v message="$2" '
		$1 == "" { if (hit) print found; hit = found = "" }
		$1 == "message" && $3 == message { hit = 1 }
		$1 == name { found = $3 }
		END { if (hit) print found }'
}
expect_field() { # NAME MESSAGE VALUE
	same "$1 of \"$2\"" "$3" "$(field "$1" "$2")"
}

case_logger() {
	probe_how=unix
	syslog_agent "\"udp://127.0.0.1:$port\", \"tcp://127.0.0.1:$port\", \"unix:$work/log.sock\", \"unix-stream:$work/stream.sock\""
	logger -n 127.0.0.1 -P "$port" -d -t app -p local3.err --rfc3164 'udp 3164'
	logger -n 127.0.0.1 -P "$port" -d -t app -p local3.warning --rfc5424 'udp 5424'
	logger -n 127.0.0.1 -P "$port" -T -t app -p local3.crit 'tcp line'
	logger -n 127.0.0.1 -P "$port" -T -t app --octet-count 'tcp counted'
	logger -u "$work/log.sock" -t app 'unix datagram'
	logger -u "$work/log.sock" -t app --id=$$ 'unix with pid'
	logger -u "$work/stream.sock" -t app 'unix stream'
	logger -n 127.0.0.1 -P "$port" -d -t app '{"level":"error","msg":"json within","order":7}'
	expect_soon 'json within'
	until_true 5 has_messages 8 || fail "there are $(count_messages)"
	expect_messages 'udp 3164' 'udp 5424' 'tcp line' 'tcp counted' 'unix datagram' 'unix with pid' 'unix stream' 'json within'
	expect_field level 'udp 3164' ERROR
	expect_field level 'udp 5424' WARN
	expect_field level 'tcp line' CRITICAL
	expect_field class_name 'tcp counted' app
	expect_field source.type 'udp 3164' syslog
	expect_field source.peer 'udp 3164' 127.0.0.1
	expect_field source.uid 'unix datagram' "$(id -u)"
	expect_field source.pid 'unix with pid' $$
	expect_field level 'json within' ERROR
	expect_field context.order 'json within' 7
	expect_field context.facility 'udp 5424' local3
	agent_stop
	same received 8 "$(agent_figure received)"
}

case_ipv6() {
	grep -q . /proc/net/if_inet6 2>/dev/null || { figure 'skipped: no IPv6 here'; return; }
	syslog_agent "\"tcp://:$port\", \"udp://:$port\""
	logger -n ::1 -P "$port" -d -t app 'udp six'
	logger -n ::1 -P "$port" -T -t app 'tcp six'
	logger -n 127.0.0.1 -P "$port" -T -t app 'tcp four'
	until_true 5 has_messages 3 || fail "there are $(count_messages)"
	expect_field source.peer 'udp six' ::1
	expect_field source.peer 'tcp four' 127.0.0.1
	agent_stop
}

case_python() {
	syslog_agent "\"udp://127.0.0.1:$port\", \"tcp://127.0.0.1:$port\", \"unix:$work/log.sock\""
	python3 - "$port" "$work/log.sock" <<-'END'
		import logging, logging.handlers, socket, sys
		def handler(*args, **more):
		    h = logging.handlers.SysLogHandler(*args, **more)
		    h.ident = "py: "
		    return h
		port, path = int(sys.argv[1]), sys.argv[2]
		for name, h in (("udp", handler(("127.0.0.1", port))),
		                ("tcp", handler(("127.0.0.1", port), socktype=socket.SOCK_STREAM)),
		                ("unix", handler(path))):
		    log = logging.getLogger(name)
		    log.addHandler(h)
		    log.error("python by %s", name)
		    log.error("again by %s", name)
		    h.close()
	END
	until_true 5 has_messages 6 || fail "there are $(count_messages): $(messages)"
	expect_messages 'python by udp' 'again by udp' 'python by tcp' 'again by tcp' 'python by unix' 'again by unix'
	expect_field level 'python by tcp' ERROR
	expect_field class_name 'again by tcp' py
	agent_stop
}

# ── TLS ──

# An authority, the server's certificate, and a client's.
make_certificates() {
	local who

	cd "$work"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test-ca -keyout ca.key -out ca.pem 2>/dev/null
	for who in server client stranger; do
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$who.example" -keyout $who.key -out $who.csr 2>/dev/null
		openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out $who.pem \
			-extfile <(echo "subjectAltName=DNS:$who.example,IP:127.0.0.1") 2>/dev/null
	done
	cd - >/dev/null
}

tls_settings() { echo "tls: {cert: \"$work/server.pem\", key: \"$work/server.key\", ca: \"$work/ca.pem\", $1}"; }
s_client() { timeout 10 openssl s_client -quiet -no_ign_eof -connect "127.0.0.1:$port" -CAfile "$work/ca.pem" "$@" >/dev/null 2>&1; }

case_certificates_are_checked_when_asked_for() {
	make_certificates
	syslog_agent "\"tls://127.0.0.1:$port\"" "$(tls_settings 'verify: required, peers: ["client.*"]')"
	printf '23 <13>1 - - tool - - - hi' | s_client -cert "$work/client.pem" -key "$work/client.key" || true
	expect_soon hi
	expect_field source.certificate hi client.example
	printf '23 <13>1 - - tool - - - no' | s_client || true
	printf '23 <13>1 - - tool - - - no' | s_client -cert "$work/stranger.pem" -key "$work/stranger.key" || true
	head -c 5000 /dev/urandom >"/dev/tcp/127.0.0.1/$port" || true
	until_true 5 file_has "$work/agent.log" 'none of tls.peers' || fail 'a stranger is not told of'
	expect_messages hi
	agent_stop
	[ "$(agent_figure connections_refused)" -ge 3 ] || fail "refused: $(agent_figure connections_refused)"
}

# ── daemons ──

run_rsyslog() { # CONFIGURATION on standard input
	mkdir -p "$work/rs"
	cat >"$work/rs/conf"
	LD_LIBRARY_PATH=$RSYSLOG/$LIBS "$RSYSLOG/usr/sbin/rsyslogd" -n -M "$RSYSLOG/$LIBS/rsyslog" -f "$work/rs/conf" -i "$work/rs/pid" \
		>"$work/rs/out" 2>&1 &
	pids+=($!)
}

run_syslogng() {
	mkdir -p "$work/ng"
	cat >"$work/ng/conf"
	LD_LIBRARY_PATH=$SYSLOGNG/$LIBS:$SYSLOGNG/usr/lib/syslog-ng "$SYSLOGNG/usr/sbin/syslog-ng" -F --no-caps \
		--module-path="$SYSLOGNG/usr/lib/syslog-ng/3.38" -f "$work/ng/conf" -R "$work/ng/persist" -c "$work/ng/ctl" -p "$work/ng/pid" \
		>"$work/ng/out" 2>&1 &
	pids+=($!)
}

lines=2000
make_lines() { seq -f 'daemon line %g' "$lines" >"$work/lines.log"; }
expect_lines() { # FILE-OF-THE-DAEMON'S-WORDS
	until_true 20 has_messages "$lines" || fail "there are $(count_messages) of $lines; $(tail -5 "$1")"
	same lines "$(sort "$work/lines.log")" "$(messages | sed 's/^ *//' | sort)"
}

from_rsyslog() { # ACTION-SETTINGS [GLOBAL-SETTINGS]
	[ -n "$RSYSLOG" ] || { figure 'skipped: rsyslog cannot be had'; return 0; }
	make_lines
	run_rsyslog <<-END
		global(workDirectory="$work/rs" ${2:-})
		module(load="imfile" mode="inotify")
		input(type="imfile" file="$work/lines.log" tag="tag" ruleset="r")
		ruleset(name="r") { action(type="omfwd" target="127.0.0.1" port="$port" protocol="tcp" template="RSYSLOG_SyslogProtocol23Format" $1) }
	END
	expect_lines "$work/rs/out"
	agent_stop
}

case_rsyslog_lines() {
	syslog_agent "\"tcp://127.0.0.1:$port\""
	from_rsyslog 'TCP_Framing="traditional"'
}

case_rsyslog_counted() {
	syslog_agent "\"tcp://127.0.0.1:$port\""
	from_rsyslog 'TCP_Framing="octet-counted"'
}

case_rsyslog_tls() {
	make_certificates
	[ -z "$RSYSLOG" ] || [ -e "$RSYSLOG/$LIBS/rsyslog/lmnsd_ossl.so" ] || { figure 'skipped: rsyslog has no TLS'; return; }
	syslog_agent "\"tls://127.0.0.1:$port\"" "$(tls_settings 'verify: required')"
	from_rsyslog 'TCP_Framing="octet-counted" StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="server.example"' \
		"defaultNetstreamDriver=\"ossl\" defaultNetstreamDriverCAFile=\"$work/ca.pem\" defaultNetstreamDriverCertFile=\"$work/client.pem\" defaultNetstreamDriverKeyFile=\"$work/client.key\""
}

from_syslogng() { # DESTINATION
	[ -n "$SYSLOGNG" ] || { figure 'skipped: syslog-ng cannot be had'; return 0; }
	make_lines
	run_syslogng <<-END
		@version: 3.38
		options { keep-hostname(yes); use-dns(no); stats-freq(0); };
		source s { file("$work/lines.log" flags(no-parse) follow-freq(0.1)); };
		destination d { $1; };
		log { source(s); destination(d); flags(flow-control); };
	END
	expect_lines "$work/ng/out"
	agent_stop
}

case_syslogng_network() {
	syslog_agent "\"tcp://127.0.0.1:$port\""
	from_syslogng "network(\"127.0.0.1\" port($port) transport(\"tcp\"))"
}

case_syslogng_syslog_tls() {
	make_certificates
	syslog_agent "\"tls://127.0.0.1:$port\"" "$(tls_settings 'verify: optional')"
	from_syslogng "syslog(\"127.0.0.1\" port($port) transport(\"tls\") tls(ca-file(\"$work/ca.pem\") peer-verify(required-trusted)))"
}

# ── systemd hands over its sockets ──

case_socket_activation() {
	command -v systemd-socket-activate >/dev/null || { figure 'skipped: no systemd-socket-activate'; return; }
	agent_conf "$(archive_output)" <<-END
		service: E2E
		inputs: [{type: syslog, listen: ["systemd:syslog"]}]
	END
	systemd-socket-activate -l "127.0.0.1:$port" --fdname=syslog "$genlogd" -c "$work/agent.yaml" >>"$work/agent.out" 2>>"$work/agent.log" &
	agent_pid=$!
	pids+=("$agent_pid")
	until_true 5 probe || fail 'nobody listens'
	"$send" -n 100 -j "tcp:$port" >/dev/null
	until_true 5 has_messages 100 || fail "there are $(count_messages)"
	agent_stop
}

# ── nothing is lost ──

# numbers ADDRESS COUNT: sends; the number of messages is that of the documents, each once
numbers() {
	"$send" -j -n "$2" ${3:+"$3"} "$1" >/dev/null || fail "$1 does not take them"
}
expect_numbers() {
	local got

	until_true 30 has_messages "$1" || fail "there are $(count_messages) of $1"
	got=$(archived count -F 0 -n "$1")
	figure "$got"
	same lost 0 "$(value lost "$got")"
	same twice 0 "$(value twice "$got")"
}

case_streams_and_unix_lose_nothing() {
	syslog_agent "\"tcp://127.0.0.1:$port\", \"unix:$work/log.sock\""
	"$send" -j -n 30000 "tcp:$port" >/dev/null &
	"$send" -j -n 30000 -f 30000 -o "tcp:$port" >/dev/null &
	"$send" -j -n 30000 -f 60000 "unix:$work/log.sock" >/dev/null &
	expect_numbers 90000
	agent_stop
}

# What UDP cannot hold is counted, and told by a gap document.
case_drops_of_the_kernel_are_told() {
	local got sent=200000 told

	syslog_agent "\"udp://127.0.0.1:$port\", \"tcp://127.0.0.1:$port\"" 'receive_buffer: 8KiB'
	kill -STOP "$agent_pid"
	"$send" -j -n "$sent" "udp:$port" >/dev/null
	kill -CONT "$agent_pid"
	until_true 10 has_some || fail 'nothing arrives'
	"$send" -j -n 1 -f "$sent" "udp:$port" >/dev/null
	until_true 10 is_told || fail 'the kernel drops messages and nobody tells'
	agent_stop
	got=$(archived count -F 0 -n "$((sent + 1))")
	told=$("$tools/bsonwalk" flat "$(archive_file)" | awk -F '\t' '$1 == "context.gap.count" { n += $3 } END { print n }')
	figure "lost $(value lost "$got"), told $told"
	same 'lost messages that were told' "$(value lost "$got")" "$told"
	same kernel_drops "$told" "$(agent_figure kernel_drops)"
}
has_some() { has_messages 2; }
is_told() { archived flat | grep -q 'context.gap.count'; }

# While the database is away the spool takes all; nobody who sends waits for it.
case_a_database_that_is_away_slows_nobody() {
	local began took db=syslog_$$

	agent_conf "{type: mongodb, uri: \"mongodb://127.0.0.1:$(dbcheck port)\", database: $db}" <<-END
		service: E2E
		inputs: [{type: syslog, listen: ["tcp://127.0.0.1:$port"]}]
	END
	agent_start
	until_true 5 probe || fail 'the agent does not listen'
	began=$(now_ms)
	"$send" -j -n 100000 "tcp:$port" >/dev/null
	took=$(($(now_ms) - began))
	figure "100000 messages with no database: $took ms"
	[ "$took" -lt 10000 ] || fail "the sender waited $took ms"
	same received 100000 "$(agent_tells received)"
	agent_stop
}

# A spool that is full makes senders wait; what they sent arrives when there is room again.
case_a_full_spool_makes_senders_wait() {
	local db=syslog_$$ got tcp

	engine_start
	gateway sl_full
	gateway_send sl_full 'refuse on' >/dev/null
	spool_extra=', max_size: 4MiB' agent_conf "$(mongo_output "$uri" $db)" <<-END
		service: E2E
		inputs: [{type: syslog, templates: no, listen: ["tcp://127.0.0.1:$port", "unix:$work/log.sock"]}]
	END
	agent_start
	until_true 5 probe || fail 'the agent does not listen'
	"$send" -j -n 40000 "tcp:$port" >"$work/sent.tcp" &
	tcp=$!
	"$send" -j -n 20000 -f 40000 "unix:$work/log.sock" >"$work/sent.unix" &
	until_true 20 file_has "$work/agent.log" 'the spool is full' || fail 'the spool does not fill'
	is_alive "$tcp" || fail 'the sender did not wait'
	gateway_send sl_full 'refuse off' >/dev/null
	until_true 60 all_sent || fail 'the senders wait for ever'
	until_true 30 nothing_waits || fail 'the spool does not become empty'
	agent_stop
	got=$(count_db "$uri" $db -F 0 -n 60000)
	figure "$got"
	same lost 0 "$(value lost "$got")"
	same twice 0 "$(value twice "$got")"
}

all_sent() { [ -s "$work/sent.tcp" ] && [ -s "$work/sent.unix" ]; }
nothing_waits() { [ "$(agent_tells waiting)" = 0 ]; }

cases "$@"
