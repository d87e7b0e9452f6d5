#!/bin/bash
# Input forward as operators have it: every form of message, unix sockets, TLS, handshake, and output forward to several
# servers of which some are not well.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

port=$(dbcheck port)
here=127.0.0.1:$port
declare -A pid_of

receive() { # SETTINGS [LISTEN]
	agent_conf "$(archive_output)" <<-END
		service: E2E
		inputs:
		  - {type: forward, parser: raw, listen: ['${2:-tcp://$here}'], $1}
	END
	agent_start
	until_true 5 is_listening "$port" || fail 'it does not listen'
}

is_listening() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null || [ -S "$work/forward.sock" ]; }
send_to() { timeout 30 python3 "$e2e_root/tests/e2e/forward_send.py" --to "$@" >"$work/sent" 2>&1; }
expect_sent() { send_to "$@" || fail "the sender: $(tail -3 "$work/sent")"; }
expect_numbers() { # COUNT
	local line

	until_true 10 has_messages "$1" || fail "there are only $(count_messages) of $1"
	line=$(archived count -n "$1")
	same lost 0 "$(value lost "$line")"
	same twice 0 "$(value twice "$line")"
}

certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
		-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$work/$1.key" -out "$work/$1.pem" 2>/dev/null
}

case_every_form() {
	local first=0 mode

	receive ''
	for mode in message forward packed str gzip zstd; do
		expect_sent "$here" --mode $mode --first $first --count 50 --chunk 7 --ack
		expect_sent "$here" --mode $mode --first $((first + 50)) --count 50 --chunk 7 --newer
		first=$((first + 100))
	done
	expect_numbers 600
	same 'figure received' 600 "$(agent_tells received)"
	[ "$(agent_figure received_bytes)" -gt 10000 ] || fail 'bytes are not counted'
	same 'figure connections' 12 "$(($(agent_figure connections) - 1))"
	same 'figure acks' 90 "$(agent_figure acks)"
	agent_stop
}

case_a_chunk_comes_twice() {
	receive ''
	expect_sent "$here" --count 100 --chunk 10 --ack --times 3
	same repeated 20 "$(agent_tells repeated)"
	agent_kill
	agent_start
	until_true 5 is_listening "$port" || fail 'it does not listen again'
	expect_sent "$here" --count 100 --chunk 10 --ack
	same 'repeated after a restart' 10 "$(agent_tells repeated)"
	agent_stop
	expect_numbers 100
}

case_a_unix_socket() {
	receive 'mode: 0600' "unix:$work/forward.sock"
	same mode 600 "$(stat -c %a "$work/forward.sock")"
	expect_sent "unix:$work/forward.sock" --count 100 --ack
	expect_numbers 100
	agent_stop
}

case_tls_with_a_handshake() {
	certificate server || { figure 'tls: skipped, no openssl'; return 0; }
	printf 'p:w' >"$work/password"
	receive "tls: {cert: '$work/server.pem', key: '$work/server.key'}, shared_key: geheim, users: ['ann:p:w']" "tls://$here"
	expect_sent "$here" --tls "$work/server.pem" --key geheim --user ann --password p:w --count 100 --ack --mode zstd
	if send_to "$here" --tls "$work/server.pem" --key geheim --user ann --password wrong --ack; then fail 'let in'; fi
	same 'to the wrong password' 'refused: username/password mismatch' "$(<"$work/sent")"
	if send_to "$here" --tls "$work/server.pem" --key wrong --user ann --password p:w --ack; then fail 'let in'; fi
	same 'to the wrong key' 'refused: shared_key mismatch' "$(<"$work/sent")"
	if send_to "$here" --tls "$work/server.pem" --ack; then fail 'let in without a word'; fi
	same 'refused, with the one that only looked' 3 "$(agent_tells connections_refused)"
	expect_numbers 100
	if file_has "$work/agent.log" 'geheim|p:w'; then fail 'a secret stands in the log'; fi
	agent_stop
}

case_a_full_spool_makes_it_wait() {
	mkdir "$work/nowhere"
	spool_extra=', max_size: 2MiB' agent_conf "{type: forward, servers: ['unix:$work/nowhere/sock'], flush_interval: 20ms}" <<-END
		service: E2E
		inputs:
		  - {type: forward, parser: raw, listen: ['tcp://$here']}
	END
	agent_start
	until_true 5 is_listening "$port" || fail 'it does not listen'
	timeout 40 python3 "$e2e_root/tests/e2e/forward_send.py" --to "$here" --count 20000 --pad 300 --chunk 200 --ack --retry \
		--timeout 30 >"$work/sent" 2>&1 &
	sender=$!
	pids+=("$sender")
	until_true 10 file_has "$work/agent.log" 'spool is full' || fail 'the spool does not get full'
	is_alive "$sender" || fail "the sender has ended: $(<"$work/sent")"
	cat >"$work/far.yaml" <<-END
		node_id: far
		spool: {path: "$work/far", min_free: 0}
		admin: {socket: ""}
		output: $(archive_output)
		service: FAR
		inputs:
		  - {type: forward, listen: ['unix:$work/nowhere/sock']}
	END
	"$genlogd" -c "$work/far.yaml" 2>>"$work/agent.log" &
	pids+=($!)
	wait "$sender" || fail "the sender: $(tail -3 "$work/sent")"
	expect_numbers 20000
	agent_stop
}

# ── output forward ──

# server NAME PORT SETTINGS: a receiver with an archive of its own
server() {
	cat >"$work/$1.yaml" <<-END
		node_id: $1
		spool: {path: "$work/spool.$1", min_free: 0}
		admin: {socket: ""}
		output: {type: archive, path: "$work/archive.$1", database: e2e, sync: no, flush_interval: 20ms}
		service: FAR
		inputs:
		  - {type: forward, listen: ['$2'], $3}
	END
	"$genlogd" -c "$work/$1.yaml" 2>>"$work/$1.log" &
	pids+=($!)
	pid_of[$1]=$!
}

in_archive() { if [ -s "$work/archive.$1/e2e/system_logs.bson" ]; then "$tools/bsonwalk" messages "$work/archive.$1/e2e/system_logs.bson"; fi; }
arrived() { { in_archive one; in_archive two; } | sort -u | wc -l; }
have_arrived() { [ "$(arrived)" -ge "$1" ]; }

# forward SETTINGS: an agent that tails, and sends
forward() {
	mkdir -p "$logs"
	agent_conf "{type: forward, flush_interval: 20ms, batch_docs: 50, $1}" <<-END
		service: E2E
		inputs:
		  - {type: tail, paths: ['$logs/*.log'], parser: raw}
	END
	agent_start
}

case_load_goes_to_all_servers_and_fails_over() {
	local two i

	two=$(dbcheck port)
	server one "tcp://$here" ''
	server two "tcp://127.0.0.1:$two" ''
	until_true 5 is_listening "$port" && until_true 5 is_listening "$two" || fail 'they do not listen'
	forward "servers: ['$here', '127.0.0.1:$two'], connect_timeout: 500ms"
	for ((i = 0; i < 1000; i++)); do echo "line $i"; done >"$logs/a.log"
	until_true 10 have_arrived 1000 || fail "only $(arrived) of 1000 have arrived"
	[ "$(in_archive one | wc -l)" -gt 100 ] || fail "the first server has $(in_archive one | wc -l)"
	[ "$(in_archive two | wc -l)" -gt 100 ] || fail "the second server has $(in_archive two | wc -l)"
	kill -KILL "${pid_of[one]}"
	for ((i = 1000; i < 2000; i++)); do echo "line $i"; done >>"$logs/a.log"
	until_true 10 have_arrived 2000 || fail "only $(arrived) of 2000 have arrived after the failure"
	server one "tcp://$here" ''
	until_true 5 is_listening "$port" || fail 'it does not listen again'
	before=$(in_archive one | wc -l)
	more() { echo "more $((++i))" >>"$logs/a.log"; [ "$(in_archive one | wc -l)" -gt "$before" ]; }
	until_true 10 more || fail 'the first server is not taken up again'
	agent_stop
}

case_a_wrong_key_calls_for_an_operator() {
	server one "tcp://$here" 'shared_key: right'
	until_true 5 is_listening "$port" || fail 'it does not listen'
	mkdir -p "$logs"
	put "$logs/a.log" one
	forward "servers: ['$here'], shared_key: wr0ng"
	until_true 5 file_has "$work/agent.log" 'refuses us: shared_key mismatch.*needs an operator' || fail 'it is not told'
	if file_has "$work/agent.log" 'wr0ng|right'; then fail 'a key stands in the log'; fi
	agent_kill
	forward "servers: ['$here']"
	until_true 5 file_has "$work/agent.log" 'it asks for a shared key.*needs an operator' || fail 'it is not told'
	agent_kill
	forward "servers: ['$here'], shared_key: right"
	until_true 5 have_arrived 1 || fail 'with the right one it does not arrive'
	agent_stop
}

case_certificates_are_checked() {
	certificate server && certificate other || { figure 'certificates: skipped, no openssl'; return 0; }
	server one "tls://$here" "tls: {cert: '$work/server.pem', key: '$work/server.key'}"
	until_true 5 is_listening "$port" || fail 'it does not listen'
	mkdir -p "$logs"
	put "$logs/a.log" one
	forward "servers: ['tls://$here'], tls: {ca: '$work/other.pem'}"
	until_true 5 file_has "$work/agent.log" 'certificate is not accepted.*needs an operator' || fail 'it is not told'
	agent_kill
	same arrived 0 "$(arrived)"
	forward "servers: ['tls://$here'], tls: {ca: '$work/server.pem'}, compress: gzip"
	until_true 5 have_arrived 1 || fail 'with the right one it does not arrive'
	agent_stop
}

case_without_acknowledgements() {
	server one "tcp://$here" ''
	until_true 5 is_listening "$port" || fail 'it does not listen'
	forward "servers: ['$here'], require_ack: no"
	for ((i = 0; i < 500; i++)); do echo "line $i"; done >"$logs/a.log"
	until_true 10 have_arrived 500 || fail "only $(arrived) of 500 have arrived"
	agent_stop
}

cases "$@"
