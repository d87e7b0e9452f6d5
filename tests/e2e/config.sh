#!/bin/bash
# Configurations with errors: told at their place, and set aside.  Reload.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# main_conf: the main file with a folder of drop-ins; drop_in NAME: one of them, from standard input.
main_conf() {
	mkdir -p "$work/conf.d" "$logs"
	agent_extra="include: conf.d/*.yaml" agent_conf "$(archive_output)" </dev/null
}
drop_in() { cat >"$work/conf.d/$1.yaml"; }
good_one() { # NAME
	drop_in "$1" <<-END
		service: $1
		inputs:
		  - {type: tail, parser: raw, paths: [$logs/$1.log]}
	END
}

check() { "$genlogd" -c "$work/agent.yaml" --check >"$work/said" 2>&1; }

# refused PATTERN...: --check ends with 1 and says all of these, with a caret.
refused() {
	local code=0 pattern

	check || code=$?
	same 'the exit code of --check' 1 "$code"
	for pattern; do grep -qE -- "$pattern" "$work/said" || fail "\"$pattern\" is not in: $(<"$work/said")"; done
}

# A broken drop-in is set aside and the other runs.
others_run() {
	good_one good
	refused "$@"
	put "$logs/good.log" one
	agent_once
	expect_messages one
}

case_all_is_well() {
	main_conf
	good_one good
	check || fail "$(<"$work/said")"
	grep -q 'all is well' "$work/said" || fail "$(<"$work/said")"
}

case_an_unknown_key() {
	main_conf
	drop_in bad <<-END
		service: BAD
		inputs:
		  - {type: tail, parser: raw, pahts: [/x]}
	END
	others_run 'bad.yaml:3:31: ' pahts '\^' paths
}

case_a_wrong_type() {
	main_conf
	drop_in bad <<-END
		service: BAD
		inputs:
		  - type: tail
		    parser: raw
		    paths: [/x]
		    rotate_wait: soon
	END
	others_run 'bad.yaml:6:18: ' soon '\^'
}

case_a_bad_expression() {
	main_conf
	drop_in bad <<-'END'
		service: BAD
		inputs:
		  - {type: tail, parser: p, paths: [/x]}
		parsers:
		  - name: p
		    type: regex
		    pattern: '(?<a>\d+'
	END
	others_run 'bad.yaml:7:[0-9]+: ' '\^'
}

case_a_parser_twice_in_two_files() {
	main_conf
	for i in one two; do
		drop_in "$i" <<-'END'
			service: X
			parsers:
			  - {name: same, type: regex, pattern: '^(?<message>.*)$'}
		END
	done
	refused 'two.yaml:3:[0-9]+: ' same 'one.yaml:3'
}

case_yaml_that_is_none() {
	main_conf
	drop_in bad <<-END
		service: BAD
		inputs: [
		  - {type: tail
	END
	others_run 'bad.yaml:[0-9]+:[0-9]+: '
}

case_a_plugin_that_is_not_there() {
	main_conf
	drop_in bad <<-END
		service: BAD
		inputs:
		  - {type: tial, parser: raw, paths: [/x]}
	END
	others_run 'bad.yaml:3:12: ' tial tail '\^'
}

case_a_key_twice() {
	main_conf
	drop_in bad <<-END
		service: BAD
		service: WORSE
	END
	others_run 'bad.yaml:2:1: '
}

case_all_errors_in_one_run() {
	main_conf
	drop_in bad1 <<-END
		service: BAD
		colour: red
		size: large
	END
	drop_in bad2 <<-END
		service: BAD
		inputs:
		  - {type: tail, parser: raw, paths: [/x], start: middle}
		  - {type: tail, parser: row, paths: [/x]}
	END
	others_run 'bad1.yaml:2:1: ' 'bad1.yaml:3:1: ' 'bad2.yaml:3:51: ' 'bad2.yaml:4:26: '
}

case_a_file_that_is_not_there() {
	local code=0

	"$genlogd" -c "$work/nowhere.yaml" --check >"$work/said" 2>&1 || code=$?
	same 'exit code' 1 "$code"
	grep -q 'nowhere.yaml' "$work/said" || fail "$(<"$work/said")"
}

case_files_that_are_none() {
	local bytes code

	mkdir -p "$logs"
	for bytes in '' '\0\0\0' '\xff\xfe' '- - - -' '[[[[[[[[[[[[[[[[[[[[' '&a [*a]' '{a: &x [*x, *x]}' 'output' '%%YAML 9.9\n---' 'output: {type: [}' \
		'spool: {max_size: 99999999999999999999GiB}' 'workers: -1'; do
		# shellcheck disable=SC2059
		printf -- "$bytes" >"$work/agent.yaml"
		code=0
		timeout 10 "$genlogd" -c "$work/agent.yaml" --check >"$work/said" 2>&1 || code=$?
		same "exit code for \"$bytes\": $(<"$work/said")" 1 "$code"
		[ -s "$work/said" ] || fail "nothing is said of \"$bytes\""
	done
}

case_an_unknown_option() {
	local code=0

	"$genlogd" --nonsense >"$work/said" 2>&1 || code=$?
	same 'exit code' 2 "$code"
}

# ── reload ──

hup() {
	local before

	before=$(grep -c reload: "$work/agent.log" || true)
	kill -HUP "$agent_pid"
	until_true 10 reloaded "$before" || fail 'nothing is said of the reload'
}
reloaded() { [ "$(grep -c reload: "$work/agent.log" || true)" -gt "$1" ]; }

case_reload_with_a_new_service() {
	main_conf
	good_one first
	put "$logs/first.log" one
	agent_start
	expect_soon one
	put "$logs/second.log" two
	good_one second
	hup
	expect_soon two
	put "$logs/first.log" three
	expect_soon three
	agent_stop
	expect_messages one two three
}

case_reload_without_a_service() {
	main_conf
	good_one first
	good_one second
	put "$logs/first.log" one
	put "$logs/second.log" two
	agent_start
	expect_soon one
	expect_soon two
	rm "$work/conf.d/second.yaml"
	hup
	put "$logs/second.log" no
	put "$logs/first.log" three
	expect_soon three
	agent_stop
	expect_messages one two three
}

case_reload_with_errors_leaves_the_old_one() {
	main_conf
	good_one first
	put "$logs/first.log" one
	agent_start
	expect_soon one
	echo 'service: [' >"$work/conf.d/first.yaml"
	hup
	file_has "$work/agent.log" 'the old configuration stays' || fail 'what happens now is not told'
	put "$logs/first.log" two
	expect_soon two
	agent_stop
	expect_messages one two
}

case_reloads_under_load() {
	local i line n=150000

	main_conf
	drop_in load <<-END
		service: LOAD
		inputs:
		  - {type: tail, parser: json, paths: [$logs/a.log]}
	END
	agent_start
	"$tools/logwriter" -f "$logs/a.log" -n $n -r 30000 -m rename -e 500 >"$work/writer.out" &
	pids+=($!)
	for i in {1..12}; do
		hup
		wait_for 0.2
	done
	wait "${pids[-1]}"
	agent_stop
	agent_once
	line=$(archived count -n $n -v)
	figure "12 reloads under load: $line"
	same lost 0 "$(value lost "$line")"
	same twice 0 "$(value twice "$line")"
	same documents $n "$(value docs "$line")"
}

cases "$@"
