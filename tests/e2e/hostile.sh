#!/bin/bash
# Logs that nobody would write on purpose: bounded time and memory, and nothing lost.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

RSS_MAX_KIB=98304 # the event at hand may be a mebibyte, and its trace, and its document
SECONDS_MAX=20

# read_all INPUT: everything below $logs, into $work/agent.out; the time that it took and the memory at its peak.
read_all() {
	local begun row

	agent_conf "{type: 'null'}" <<<"$1"
	begun=$(now_ms)
	row=$("$e2e_build/tests/bench/measure" -- "$genlogd" -c "$work/agent.yaml" --once 2>>"$work/agent.log" ||
		true)
	[ -n "$row" ] || fail 'it cannot be measured'
	figure "$(($(now_ms) - begun)) ms: cpu, wall, rss KiB, end: $row"
	read -r _ _ rss end <<<"$row"
	[ "$end" = ok ] || fail "the agent ended with $end"
	[ "$rss" -lt $RSS_MAX_KIB ] || fail "$rss KiB of memory"
	[ $((($(now_ms) - begun) / 1000)) -lt $SECONDS_MAX ] || fail 'too long'
}

# Every byte of the file that is no line end stands in the range of a document, and no two ranges meet.
tiles() {
	rm -rf "$work/spool"
	agent_conf '{type: stdout}' <<<"$1"
	"$genlogd" -c "$work/agent.yaml" --once >"$work/agent.out" 2>>"$work/agent.log" || fail "genlogd --once: $?"
	python3 "$e2e_root/tests/e2e/tiles.py" "$work/agent.out" "$logs/a.log" ||
		fail "the ranges do not tile the file that begins with $(head -1 "$logs/a.log" | cut -c1-80)"
}

auto="service: x
inputs: [{type: tail, paths: ['$logs/*.log']}]"

case_a_pattern_that_backtracks_without_end() {
	local input="service: x
inputs: [{type: tail, paths: ['$logs/*.log'], parser: bad}]
parsers: [{name: bad, type: regex, pattern: '^(?<message>(a+)+)\$'}]"

	for _ in $(seq 50); do printf 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n'; done >"$logs/a.log"
	read_all "$input"
	tiles "$input"
	same documents 50 "$(wc -l <"$work/agent.out")"
}

case_a_line_of_a_mebibyte() {
	{
		printf '2025-12-22 10:30:45 INFO first\n2025-12-22 10:30:46 INFO '
		head -c 1048000 /dev/zero | tr '\0' 'x'
		printf '\n'
		head -c 3000000 /dev/zero | tr '\0' 'y'
		printf '\n2025-12-22 10:30:47 INFO last\n'
	} >"$logs/a.log"
	read_all "$auto"
	tiles "$auto"
	same documents 4 "$(wc -l <"$work/agent.out")"
}

# Behind a line of each format, so that its parser is the first to look at the rest.
case_garbage() {
	local before

	for before in plain '{"a":1}' 'a=1 b=2 level=info' '2025-12-22 10:30:45 INFO x' $'time:1\ta:b\tc:d' \
		'<13>Dec 22 10:30:45 h app[1]: x' '10.1.2.3 - - [22/Dec/2025:10:30:45 +0000] "GET / HTTP/1.1" 200 1' \
		'2025-12-22T10:30:45.1Z stdout F x' '{"log":"x\n","stream":"stdout","time":"2025-12-22T10:30:45.1Z"}'; do
		{ echo "$before" && head -c 1500000 /dev/urandom | tr '\0' '\1'; } >"$logs/a.log"
		tiles "$auto"
	done
	read_all "$auto"
}

case_a_trace_of_ten_thousand_lines() {
	{
		printf '2025-12-22 10:30:45 ERROR [main] a.B: deep\njava.lang.StackOverflowError: deep\n'
		for i in $(seq 10000); do printf '\tat shop.Order.recurse%d(Order.java:%d)\n' $((i % 7)) "$i"; done
		printf '2025-12-22 10:30:46 INFO [main] a.B: after\n'
	} >"$logs/a.log"
	read_all "$auto"
	tiles "$auto"
	grep -q '"language" : "java"' "$work/agent.out" || fail 'it is no trace'
	grep -q '"after"' "$work/agent.out" || fail 'what comes after it is missing'
}

case_lines_of_nothing_but_signs() {
	for c in '{' '[' '"' '<' '=' ':' ' ' '|' '(' '%' ',' 'a=' '{"a":'; do
		printf "%0.s$c" $(seq 20000) 2>/dev/null || true
		printf '\n'
	done >"$logs/a.log"
	read_all "$auto"
	tiles "$auto"
}

mkdir -p "$logs"
cases "$@"
