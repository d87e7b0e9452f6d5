#!/bin/bash
# The agent over HTTP: what Prometheus, Kubernetes and a browser get, and what those get who should not.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

address=''

# served [OUTPUT] [ADDRESS]: an agent with $http_more among the settings of `admin`, and a tail of $logs/*.log
served() {
	address=${2:-127.0.0.1:$(dbcheck port)}
	mkdir -p "$logs"
	agent_conf "${1:-$(archive_output)}" <<-END
		service: E2E
		inputs: [{type: tail, paths: ['$logs/*.log']}]
	END
	sed -i "s|admin: {socket: \"\"}|admin: {socket: '', http: '$address', tail: ${http_tail:-yes}${http_more:-}}|" "$work/agent.yaml"
	agent_start
	until_true 5 answers || fail 'it is not served'
}

# get PATH [ARG...] of curl: the answer's text; its code is in $work/code.
get() {
	local how=("http://${address/#0.0.0.0/127.0.0.1}$1")

	[[ $address != unix:* ]] || how=(--unix-socket "${address#unix:}" "http://x$1")
	curl -sS -m 10 -o "$work/body" -D "$work/head" -w '%{http_code}' "${@:2}" "${how[@]}" >"$work/code" 2>"$work/curl.err" || return 1
	cat "$work/body" 2>/dev/null || true
}
code() { rm -f "$work/body"; get "$@" >/dev/null || true; cat "$work/code"; }
answers() { [ "$(code /metrics)" = 200 ]; }
code_is() { [ "$(code "${@:2}")" = "$1" ]; }
body_has() { get "$1" | grep -qE -- "$2"; }
metric() { get /metrics | sed -n "s/^$1\\({.*}\\)\\? //p"; }
metric_is() { [ "$(metric "$1")" = "$2" ]; }
expect_metric() { until_true 5 metric_is "$1" "$2" || fail "$1 is $(metric "$1"), not $2"; }
status() { get /api/status | jq -r "$1"; }
status_is() { [ "$(status "$1")" = "$2" ]; }
dead_output() { echo "{type: mongodb, uri: \"mongodb://127.0.0.1:$(dbcheck port)/?serverSelectionTimeoutMS=200\", database: x}"; }

case_metrics() {
	served
	put "$logs/a.log" '{"level":"info","message":"one"}' '{"level":"info","message":"two"}'
	expect_soon two
	expect_metric genlog_input_events_total 2
	expect_metric genlog_output_delivered_total 2
	expect_metric genlog_input_sources 1
	expect_metric genlog_input_behind_bytes 0
	expect_metric genlog_spool_documents 0
	expect_metric genlog_ready 1
	expect_metric genlog_health 0
	same batches "$(metric genlog_output_batches_total)" "$(metric genlog_output_write_duration_seconds_count)"
	file_has "$work/head" '^Content-Type: text/plain; version=0\.0\.4' || fail "$(<"$work/head")"
	get /metrics >"$work/metrics"
	same 'families without help' '' "$(diff <(sed -n 's/^# HELP \([^ ]*\).*/\1/p' "$work/metrics") <(sed -n 's/^# TYPE \([^ ]*\).*/\1/p' "$work/metrics"))"
	if command -v promtool >/dev/null; then
		promtool check metrics <"$work/metrics" >"$work/told" 2>&1 || fail "$(<"$work/told")"
		[ ! -s "$work/told" ] || fail "$(<"$work/told")"
	else
		figure 'metrics: promtool is not there'
	fi
	agent_stop
}

case_ready_says_what_does_not_move() {
	http_more=', ready_after: 1s' served "$(dead_output)"
	same health 200 "$(code /health)"
	same ready 200 "$(code /ready)"
	put "$logs/a.log" one
	until_true 10 code_is 503 /ready || fail 'it is ready, though nothing is delivered'
	body_has /ready '^documents wait, and none was delivered for [0-9]+ s$' || fail "$(get /ready)"
	same 'health, which a restart would not mend' 200 "$(code /health)"
	expect_metric genlog_ready 0
	until_true 5 status_is '.spool.oldest_ms >= 2000' true || fail "what was tried again waits for $(status .spool.oldest_ms) ms only"
	agent_end KILL
}

case_a_full_spool_is_not_ready_and_its_sources_are_stuck() {
	http_more=', ready_after: 1h' spool_extra=', max_size: 1MiB' served "$(dead_output)"
	seq -f 'line %g of very many that find no place to lie' 40000 >"$logs/a.log"
	until_true 10 body_has /ready '^the spool is full$' || fail "$(get /ready)"
	until_true 10 status_is '.sources[0].stuck' true || fail "$(status '.sources')"
	[ "$(status '.sources[0].lag_bytes')" -gt 100000 ] || fail "$(status '.sources')"
	put "$logs/b.log" 'came when it was full'
	expect_metric genlog_input_stuck_sources 1
	same 'what to do' true "$(status '[.problems[].what | test("1 source has more to read and does not move")] | any')"
	same health 200 "$(code /health)"
	agent_end KILL
}

case_what_is_read_is_not_stuck() {
	served
	put "$logs/a.log" one two
	printf 'a line that has no end yet' >>"$logs/a.log"
	expect_soon two
	until_true 5 status_is '.sources[0].lag_bytes' 0 || fail "$(status .sources)"
	agent_stop
	agent_start
	until_true 5 answers || fail 'it is not served'
	put "$logs/b.log" three
	expect_soon three
	until_true 5 status_is '[.sources[].lag_bytes] | add' 0 || fail "after a restart: $(status .sources)"
	same stuck false "$(status '[.sources[].stuck] | any')"
	agent_stop
}

case_a_reader_that_hangs() {
	mkdir -p "$work/plugins" "$work/include"
	ln -s "$e2e_build"/plugins/*.so "$work/plugins/"
	"${CC:-cc}" -std=c11 -D_GNU_SOURCE -fPIC -shared -I"$e2e_root/include" -o "$work/plugins/filter_hang.so" "$e2e_root/tests/e2e/hang/filter_hang.c"
	mkfifo "$work/fifo"
	agent_extra="plugin_dir: '$work/plugins'"$'\n'"filters: [{type: hang, fifo: '$work/fifo'}]" served
	put "$logs/a.log" one
	expect_soon one
	same health 200 "$(code /health)"
	put "$logs/a.log" hang
	until_true 15 code_is 503 /health || fail 'it is healthy, though its reader hangs'
	body_has /health '^a reader has not moved' || fail "$(get /health)"
	body_has /ready '^a reader has not moved for [0-9]+ s' || fail "$(get /ready)"
	: >"$work/fifo" # opened for writing
	until_true 10 code_is 200 /health || fail 'it does not get well again'
	expect_soon hang
	agent_stop
}

case_only_what_is_asked_for_by_its_name() {
	served
	same page 200 "$(code /)"
	file_has "$work/body" '<title>genlog</title>' || fail 'that is not the page'
	file_has "$work/head" "^Content-Security-Policy: default-src 'none'" || fail "$(<"$work/head")"
	for name in localhost "localhost:${address#*:}" 127.0.0.1 '[::1]:9464'; do
		same "Host: $name" 200 "$(code /api/status -H "Host: $name")"
	done
	for name in evil.example 127.0.0.1.evil.example localhost.evil.example '' 'localhost@evil.example' '[::1'; do
		[ "$(code /api/status -H "Host: $name")" != 200 ] || [ "$name" = '[::1' ] || fail "a page at \"$name\" may read the status"
		same "metrics at $name" 0 "$(code /metrics -H "Host: $name" | grep -cv '^[24]')"
	done
	same 'in words' 421 "$(code / -H 'Host: evil.example')"
	file_has "$work/body" 'by its address or as localhost' || fail "$(<"$work/body")"
	same nowhere 404 "$(code /nowhere)"
	file_has "$work/body" '^there are: /metrics /health /ready / /api/status /api/tail$' || fail "$(<"$work/body")"
	for method in POST PUT DELETE OPTIONS PATCH; do same $method 405 "$(code / -X $method)"; done
	same 'POST with a body' 405 "$(code / -d 'a=b')"
	same HEAD 200 "$(code / -I)"
	same 'length of HEAD' "$(get / | wc -c)" "$(code / -I >/dev/null; sed -n 's/^Content-Length: \([0-9]*\).*/\1/p' "$work/head")"
	agent_stop
}

case_others_see_three_paths() {
	served '' "0.0.0.0:$(dbcheck port)"
	for path in /metrics /health /ready; do same "$path" 200 "$(code "$path")"; done
	for path in / /api/status '/api/tail?after=0'; do same "$path" 404 "$(code "$path")"; done
	file_has "$work/body" '^there are: /metrics /health /ready$' || fail "$(<"$work/body")"
	same 'by any name' 200 "$(code /metrics -H 'Host: node7.example')"
	file_has "$work/agent.log" 'which others reach' || fail 'it is not told'
	agent_stop
}

case_a_unix_socket() {
	served '' "unix:$work/http.sock"
	same page 200 "$(code /)"
	same status 200 "$(code /api/status -H 'Host: any.example')"
	same 'the socket is not for others' 660 "$(stat -c %a "$work/http.sock")"
	agent_stop
	[ ! -e "$work/http.sock" ] || fail 'the socket is left behind'
}

tail_has() { get "/api/tail?after=${2:-0}&level=${3:-}" | jq -r '.documents[].document.message' | grep -qxF -- "$1"; }

case_documents_are_not_for_every_user_of_the_host() {
	http_tail=no served
	put "$logs/a.log" '{"level":"info","message":"a secret"}'
	expect_soon 'a secret'
	same 'over TCP' 403 "$(code '/api/tail?after=0')"
	file_has "$work/body" 'admin.tail: yes' || fail "$(<"$work/body")"
	same 'and the page knows' false "$(get /api/status | jq .tail_over_http)"
	agent_stop
	http_tail=no served '' "unix:$work/http.sock"
	same 'over a unix socket' 200 "$(code '/api/tail?after=0')"
	agent_stop
}

case_the_newest_documents() {
	local sequence

	served
	same 'nothing yet' 0 "$(get '/api/tail?after=0' | jq '.documents | length')"
	put "$logs/a.log" '{"level":"info","message":"one"}' '{"level":"error","message":"two"}'
	until_true 5 tail_has two || fail "$(get '/api/tail')"
	same 'by level' two "$(get '/api/tail?after=0&level=error' | jq -r '.documents[].document.message')"
	sequence=$(get '/api/tail?after=0' | jq .sequence)
	same 'nothing new' 0 "$(get "/api/tail?after=$sequence" | jq '.documents | length')"
	put "$logs/a.log" "$(head -c 500000 /dev/zero | tr '\0' a)" "$(head -c 500000 /dev/zero | tr '\0' b)" "$(head -c 500000 /dev/zero | tr '\0' c)"
	seq -f 'many %g' 1000 >>"$logs/a.log"
	until_true 5 tail_has 'many 1000' "$sequence" || fail 'the last one is not seen'
	get "/api/tail?after=$sequence" >"$work/tail"
	same 'what was missed is told' 1003 "$(jq '.missed + (.documents | length)' "$work/tail")"
	for odd in 'after=-5' 'after=99999999999999999999' 'after=x&level=nonsense' 'after=%00&level=%ff'; do
		same "$odd" 200 "$(code "/api/tail?$odd")"
	done
	agent_stop
}

case_strangers() {
	served
	put "$logs/a.log" "$(head -c 900000 /dev/zero | tr '\0' a)"
	python3 "$e2e_root/tests/e2e/http_stranger.py" "${address#*:}" endless >"$work/told" || fail 'a header without end'
	python3 "$e2e_root/tests/e2e/http_stranger.py" "${address#*:}" garbage || fail garbage
	python3 "$e2e_root/tests/e2e/http_stranger.py" "${address#*:}" deaf || fail 'one that does not read'
	until_true 5 code_is 200 /health || fail 'it does not answer any more'
	python3 "$e2e_root/tests/e2e/http_stranger.py" "${address#*:}" crowd >"$work/told" || fail 'a crowd is in the way'
	figure "among 100 that hold their connections: $(<"$work/told")"
	put "$logs/a.log" 'after them'
	expect_metric genlog_output_delivered_total 2
	same health 200 "$(code /health)"
	[ "$(metric process_resident_memory_bytes)" -lt 50000000 ] || fail "it has $(metric process_resident_memory_bytes) bytes"
	agent_stop
}

case_an_address_that_cannot_be_had() {
	local port

	served
	port=${address#*:}
	cp "$work/agent.yaml" "$work/first.yaml"
	sed "s|$work/spool|$work/spool2|; s|$work/archive|$work/archive2|" "$work/first.yaml" >"$work/agent.yaml"
	"$genlogd" -c "$work/agent.yaml" --once 2>"$work/second.log" || fail 'it ends where it should work without'
	file_has "$work/second.log" "admin.http: 127.0.0.1:$port: Address already in use; the agent works without" || fail "$(<"$work/second.log")"
	sed -i "s|127.0.0.1:$port|nonsense|" "$work/agent.yaml"
	"$genlogd" -c "$work/agent.yaml" --once 2>"$work/second.log" || fail 'it ends where it should work without'
	file_has "$work/second.log" '"nonsense" is no address: write it like 127.0.0.1:9464' || fail "$(<"$work/second.log")"
	agent_stop
}

cases "$@"
