#!/bin/bash
# What lines are made of.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

live="paths: [$logs/a.log]"
flat() { archived flat; }

# once_with SETTINGS: the file is standard input.
once_with() {
	tail_conf "$1"
	cat >"$logs/a.log"
	agent_once
}

case_line_ends_of_windows() {
	printf 'one\r\n\r\ntwo\r\nthree\rhalf\r\n' | once_with "$live"
	expect_messages one two 'three\x0dhalf'
}

case_empty_lines_are_no_events() {
	printf '\n\n one \n\ntwo\n\n' | once_with "$live"
	expect_messages ' one ' two
}

case_a_byte_order_mark() {
	printf '\xef\xbb\xbfone\ntwo\n' | once_with "$live"
	expect_messages one two
}

case_nul_inside_a_line() {
	printf 'be\0fore\nafter\n' | once_with "$live"
	expect_messages 'be\x00fore' after
}

case_nuls_at_the_head() {
	{ head -c 100000 /dev/zero && printf 'one\ntwo\n'; } | once_with "$live"
	expect_messages one two
	agent_once
	expect_messages one two
}

case_invalid_utf8() {
	printf 'a\xffb\xc0\xafc\ngr\xc3\xbc\xc3\x9f\n' | once_with "$live"
	expect_messages $'a\xef\xbf\xbdb\xef\xbf\xbd\xef\xbf\xbdc' 'grüß'
	same 'lines with invalid bytes' 1 "$(agent_figure invalid_utf8)"
}

case_latin1() {
	printf 'gr\xfc\xdf\nzwei\n' | once_with "$live, encoding: ISO-8859-1"
	expect_messages 'grüß' zwei
}

case_utf16() {
	printf '\ufeffgrüß\r\nzwei\u010adrei\n' | iconv -f UTF-8 -t UTF-16LE | once_with "$live, encoding: UTF-16LE"
	expect_messages 'grüß' $'zwei\u010adrei'
}

case_utf16_in_pieces() {
	printf 'eins\n' | iconv -t UTF-16LE | once_with "$live, encoding: UTF-16LE"
	agent_start
	printf 'z\0w\0e' >>"$logs/a.log"
	wait_for 0.1
	printf '\0i\0\n\0' >>"$logs/a.log"
	expect_soon zwei
	agent_stop
	expect_messages eins zwei
}

# original_length counts the bytes of the file, line end included.
case_a_line_of_two_mebibytes() {
	{ echo first && head -c 2097152 /dev/zero | tr '\0' x && echo && echo last; } | once_with "$live"
	same documents 3 "$(flat | grep -c '^message')"
	has_message first && has_message last || fail 'the lines around it are missing'
	flat | grep -qx $'context.truncated\tbool\ttrue' || fail "it is not marked: $(flat | grep -v '^message' | tr '\n\t' '| ')"
	flat | grep -qE $'^context.original_length\tint(32|64)\t2097153$' || fail "its length: $(flat | grep original)"
	same 'what is kept' 1048576 "$(flat | sed -n $'s/^message\tstring\t\\(x*\\)$/\\1/p' | tr -d '\n' | wc -c)"
}

case_a_long_line_comes_in_pieces() {
	local i

	tail_conf "$live"
	echo first >"$logs/a.log"
	agent_start
	expect_soon first
	for i in 1 2 3 4 5 6; do
		head -c 700000 /dev/zero | tr '\0' "$i" >>"$logs/a.log"
		wait_for 0.05
	done
	printf '\nlast\n' >>"$logs/a.log"
	expect_soon last
	agent_stop
	same documents 3 "$(flat | grep -c '^message')"
	flat | grep -qE $'^context.original_length\tint(32|64)\t4200001$' || fail "its length: $(flat | grep original)"
}

case_a_long_line_at_the_head_and_at_the_end() {
	{ head -c 1500000 /dev/zero | tr '\0' a && echo && echo between && head -c 1500000 /dev/zero | tr '\0' b; } |
		once_with "$live"
	same documents 3 "$(flat | grep -c '^message')"
	agent_once
	same documents 3 "$(flat | grep -c '^message')"
	same 'how many were cut' 2 "$(flat | grep -c $'^context.original_length\tint[0-9]*\t150000[01]')"
}

case_places_tile_the_file() {
	local offset=0 at length

	{ seq 1 500 && printf 'x\r\n' && seq 501 600; } | once_with "$live"
	while read -r at length; do
		same 'the next offset' $offset "$at"
		offset=$((at + length))
	done < <(flat | awk -F '\t' '$1 == "source.offset" { at = $3 } $1 == "source.length" { print at, $3 }' | sort -n)
	same 'the end' "$(stat -c %s "$logs/a.log")" $offset
}

# parsed_by SETTINGS: of the input, its parser among them
parsed_by() {
	mkdir -p "$logs"
	agent_conf "$(archive_output)" <<-END
		service: E2E
		inputs:
		  - {type: tail, $live, $1}
	END
}

case_columns_are_known_after_a_restart() {
	parsed_by 'parser: csv'
	put "$logs/a.log" 'order,state' '17,open' '18,closed'
	agent_once
	put "$logs/a.log" '19,lost'
	agent_once
	same documents 3 "$(flat | grep -c $'^message\t')"
	same 'the last state' 1 "$(flat | grep -c $'^context.state\tstring\tlost')"
}

case_fields_of_w3c_are_known_after_a_restart() {
	parsed_by 'parser: auto'
	put "$logs/a.log" '#Software: Server 1' '#Version: 1.0' '#Fields: date time c-ip cs-method cs-uri-stem sc-status' \
		'2025-12-22 10:30:45 10.1.2.3 GET /a 200'
	agent_once
	put "$logs/a.log" '2025-12-22 10:30:46 10.1.2.4 GET /b 404'
	agent_once
	expect_messages 'GET /a 200' 'GET /b 404'
	same addresses 1 "$(flat | grep -c $'^ip_address\tstring\t10.1.2.4')"
}

# Killed while a trace is being written: what was held back is read again, and the trace is whole.
case_a_trace_survives_a_kill() {
	parsed_by 'parser: auto, multiline: {language: auto, timeout: 60s}'
	put "$logs/a.log" '2025-12-22 10:30:45 INFO a.B: before'
	put "$logs/a.log" '2025-12-22 10:30:45 ERROR a.B: bad' 'shop.OrderException: 17' $'\tat shop.Order.check(Order.java:41)'
	agent_start
	expect_soon before
	agent_kill
	put "$logs/a.log" $'\tat shop.Main.main(Main.java:7)' '2025-12-22 10:30:46 INFO a.B: after'
	agent_once
	expect_messages before bad after
	same frames 1 "$(flat | grep -c $'^stack_trace\tstring.*Order.java:41.*Main.java:7')"
}

# What is held back when the file is truncated is shipped, not lost.
case_a_held_line_is_not_lost_by_a_truncation() {
	parsed_by 'parser: auto, multiline: {language: auto, timeout: 60s}'
	agent_start
	put "$logs/a.log" '2025-12-22 10:30:45 INFO a.B: one' '2025-12-22 10:30:45 INFO a.B: two'
	expect_soon one
	: >"$logs/a.log"
	put "$logs/a.log" '2025-12-22 10:30:46 INFO a.B: three' '2025-12-22 10:30:46 INFO a.B: four'
	expect_soon two
	expect_soon three
	agent_stop
}

cases "$@"
