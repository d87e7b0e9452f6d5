#!/bin/bash
# Rotation at full speed, with an agent that runs all the time: nothing is lost where nothing can be, and what is lost
# in a truncation is told.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# run NAME LINES ARG...: the agent follows what logwriter writes; $line is what has arrived of it.
pattern=a.log
run() {
	local name=$1 lines=$2 start

	mkdir "$work/logs"
	agent_conf "$(archive_output)" <<-END
		service: E2E
		inputs:
		  - {type: tail, paths: ['$logs/$pattern'], parser: json}
	END
	agent_start
	start=$(now_ms)
	"$tools/logwriter" -f "$work/logs/a.log" -n "$lines" "${@:3}" >"$work/writer.out"
	until_true 15 has_delivered_all || true
	agent_stop
	line=$(archived count -n "$lines" -v) || fail "$name: the archive is damaged"
	figure "$name: writer: $(<"$work/writer.out") all: ms=$(($(now_ms) - start)) arrived: $line"
	rm -rf "$work/logs" "$work/spool" "$work/archive"
}

# What was read and what was delivered, as the agent says it: no more comes when both agree and stay.
has_delivered_all() {
	local before after

	before=$(agent_tells delivered)
	wait_for 0.5
	after=$(agent_tells delivered)
	[ "$before" = "$after" ] && [ "$after" -ge "$(agent_tells events)" ]
}

run 'renamed 4 times a second' 500000 -r 50000 -m rename -e 250
same 'renamed: lost' 0 "$(value lost "$line")"
same 'renamed: twice' 0 "$(value twice "$line")"
same 'renamed: gaps that are none' 0 "$(value gaps "$line")"

run 'copied and truncated after a pause' 300000 -r 50000 -m copytruncate -e 1700 -q 300
same 'after a pause: lost' 0 "$(value lost "$line")"
same 'after a pause: twice' 0 "$(value twice "$line")"

run 'copied and truncated without a pause' 300000 -r 50000 -m copytruncate -e 500
same 'without a pause: twice' 0 "$(value twice "$line")"
[ "$(value lost "$line")" = 0 ] || [ "$(value gaps "$line")" -gt 0 ] || fail 'lines were lost and nothing was told'

pattern='a.log*'
run 'renamed and compressed, old files watched too' 150000 -r 30000 -m rename -e 300 -z
same 'compressed: lost' 0 "$(value lost "$line")"
same 'compressed: twice' 0 "$(value twice "$line")"
same 'compressed: documents' 150000 "$(value docs "$line")"
