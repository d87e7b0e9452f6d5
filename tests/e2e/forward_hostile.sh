#!/bin/bash
# What nobody should send: the connection ends, memory stays bounded, and a well-behaved client that is connected all
# the while has every record acknowledged.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

port=$(dbcheck port)
memory_kb=131072
[ "${e2e_build%/san-*}" = "$e2e_build" ] || memory_kb=1048576
hostile=$e2e_root/tests/e2e/forward_hostile.py
well_behaved=''

listen() { # [SCHEME [MORE]]
	agent_conf "$(archive_output)" <<-END
		service: E2E
		inputs:
		  - type: forward
		    parser: raw
		    listen: ['tcp://127.0.0.1:$port', '${1:-unix:$work/other.sock}']
		    chunk_limit: 4MiB
		    inflated_limit: 16MiB
		    memory: 8MiB
		    message_timeout: 1s
		    ${2:-}
	END
	agent_start
	until_true 5 is_listening || fail 'it does not listen'
}

is_listening() { (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

# Sends a chunk every now and then, over one connection, until it is told to end.
start_well_behaved() {
	timeout 60 python3 "$e2e_root/tests/e2e/forward_send.py" --to "127.0.0.1:$port" --text good --count 100 --chunk 1 \
		--window 1 --ack --pause 0.01 >"$work/good.out" 2>&1 &
	well_behaved=$!
	pids+=("$well_behaved")
}

expect_well_behaved() {
	local peak

	wait "$well_behaved" || fail "the well-behaved client ended with $?: $(<"$work/good.out")"
	same 'the well-behaved client' 'acked=100 resent=0' "$(<"$work/good.out")"
	peak=$(awk '$1 == "VmHWM:" {print $2}' "/proc/$agent_pid/status")
	[ "$peak" -lt $memory_kb ] || fail "memory went up to $peak KiB"
	agent_stop
	same 'its records' 100 "$(messages | grep -c '^good ')"
}

attack() { # WHAT [TO]
	timeout 30 python3 "$hostile" "$1" "${2:-127.0.0.1:$port}" >"$work/attack.out" 2>&1 ||
		fail "$1: $(tail -3 "$work/attack.out")"
}

# One agent bears them all, one after the other.
case_all_that_ends_the_connection() {
	local what n=0

	listen
	start_well_behaved
	for what in a_byte_that_is_no_value no_message text absurd_text absurd_bytes absurd_array absurd_map absurd_within \
		truncated_entries nested nested_maps nested_within gzip_damaged zstd_damaged unknown_compression garbage; do
		attack $what
		n=$((n + 1))
		[ "$(agent_tells frames_bad)" -ge $n ] || fail "$what is not counted"
	done
	expect_well_behaved
}

bears() { # WHAT...
	local what

	listen
	start_well_behaved
	for what; do attack "$what"; done
	expect_well_behaved
}

case_nothing_at_all_and_too_much() { bears empty gzip_bomb zstd_bomb many_keys keys_twice; }
case_messages_without_an_end() { bears endless slowly; }
case_many_idle_connections() { bears idle; }

# Whom a key is asked for may not stay without a word, nor say much.
case_strangers_that_do_not_say_who_they_are() {
	listen "unix:$work/other.sock" "shared_key: s3cret"
	attack says_nothing
	attack says_much
	[ "$(agent_tells connections_refused)" -ge 1 ] || fail 'it is not counted'
	agent_stop
}

case_no_tls() {
	local tls

	tls=$(dbcheck port)
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
		-keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null || { figure 'no_tls: skipped, no openssl'; return 0; }
	listen "tls://127.0.0.1:$tls" "tls: {cert: '$work/cert.pem', key: '$work/key.pem'}"
	start_well_behaved
	attack garbage "127.0.0.1:$tls"
	attack text "127.0.0.1:$tls"
	attack hangs_in_the_handshake "127.0.0.1:$tls"
	expect_well_behaved
}

cases "$@"
