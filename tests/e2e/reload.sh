#!/bin/bash
# A running node gets another configuration: what stays is not disturbed, what is wrong changes nothing.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

reloads_told() { grep -c ' reload: generation\| reload: .* old .* stays' "$work/agent.log" || true; }
more_reloads() { [ "$(reloads_told)" -gt "$1" ]; }
reload() {
	local before

	before=$(reloads_told)
	kill -HUP "$agent_pid"
	until_true 10 more_reloads "$before" || fail 'no answer to a reload'
}
last_reload() { grep ' reload: generation' "$work/agent.log" | tail -1; }
# Rotated files, which stay open for a while, are not counted.
count_fds() { find "/proc/$agent_pid/fd" -type l -printf '%l\n' | grep -cv 'a\.log\.[0-9]'; }
rss_kib() { awk '/^VmRSS/ { print $2 }' "/proc/$agent_pid/status"; }

with_dropins() { # a service of its own in the main file, and drop-ins beside
	mkdir -p "$logs" "$work/conf.d"
	agent_extra="include: [conf.d/*.yaml]"
	agent_conf "$(archive_output)" <<-END
		service: E2E
		inputs:
		  - {type: tail, paths: ['$logs/a.log'], parser: json}
	END
}

dropin() { # NAME LOG [MORE]
	printf 'service: %s\ninputs: [{type: tail, parser: raw, paths: ["%s"]%s}]\n' "$1" "$2" "${3:-}" >"$work/conf.d/$1.yaml"
}

case_what_did_not_change_goes_on() {
	with_dropins
	dropin one "$logs/one.log"
	put "$logs/one.log" one
	agent_start
	expect_soon one
	dropin two "$logs/two.log"
	put "$logs/two.log" two
	reload
	expect_soon two
	[[ $(last_reload) = *'generation 2: 3 services run, 0 are set aside; inputs: 2 stay, 0 stopped, 1 started; the output stays' ]] ||
		fail "$(last_reload)"
	dropin one "$logs/one.log" ', templates: no'
	rm "$work/conf.d/two.yaml"
	reload
	[[ $(last_reload) = *'inputs: 1 stay, 2 stopped, 1 started; the output stays' ]] || fail "$(last_reload)"
	put "$logs/one.log" 'one again'
	put "$logs/two.log" 'nobody reads this'
	expect_soon 'one again'
	agent_stop
	expect_messages one two 'one again'
	same 'events, those of inputs that left too' 3 "$(agent_figure events)"
}

case_a_broken_file_changes_nothing() {
	with_dropins
	dropin one "$logs/one.log"
	agent_start
	put "$logs/one.log" one
	expect_soon one
	dropin one "$logs/one.log" ', patern: x'
	reload
	file_has "$work/agent.log" 'conf.d/one.yaml has errors; the old configuration stays' || fail 'it does not say which file is broken'
	file_has "$work/agent.log" 'did you mean "parser"|unknown setting "patern"' || fail 'it does not say what is wrong'
	put "$logs/one.log" 'one again'
	expect_soon 'one again'
	dropin one "$logs/one.log"
	reload
	[[ $(last_reload) = *'generation 2:'*'inputs: 2 stay, 0 stopped, 0 started'* ]] || fail "$(last_reload)"
	agent_stop
}

case_another_output() {
	with_dropins
	put "$logs/a.log" '{"message":"first"}'
	agent_start
	expect_soon first
	sed -i "s|$work/archive|$work/other|" "$work/agent.yaml"
	reload
	[[ $(last_reload) = *'inputs: 1 stay, 0 stopped, 0 started; the output was opened anew' ]] || fail "$(last_reload)"
	put "$logs/a.log" '{"message":"second"}'
	until_true 5 file_has "$work/other/e2e/system_logs.bson" second || fail 'nothing comes to the new output'
	agent_stop
	expect_messages first
	same 'delivered by both' 2 "$(agent_figure delivered)"
}

# Each turn something else happens to the drop-ins; every fifth one is broken.
turn() {
	local n=$1

	case $((n % 5)) in
	0) dropin "s$((n % 7))" "$logs/none.$n" ;;
	1) rm -f "$work/conf.d/s$((n % 7)).yaml" ;;
	2) dropin steady "$logs/b.log" ", collection: system_logs, zone: $([ $((n % 2)) = 0 ] && echo UTC || echo Europe/Berlin)" ;;
	3) echo 'inputs: [{type: tail, pahts: x}]' >"$work/conf.d/broken.yaml" ;;
	4) rm -f "$work/conf.d/broken.yaml" ;;
	esac
	reload
}

case_two_hundred_reloads_under_load() {
	local i writer line fds now rss size=0 lines=400000

	with_dropins
	: >"$logs/b.log"
	dropin steady "$logs/b.log"
	agent_start
	"$tools/logwriter" -f "$logs/a.log" -n "$lines" -r 40000 -m rename -e 250 >"$work/writer.out" &
	writer=$!
	pids+=("$writer")
	for ((i = 0; i < 20; i++)); do turn "$i"; done
	fds=$(count_fds) rss=$(rss_kib)
	for ((; i < 200; i++)); do
		put "$logs/b.log" "beside $i"
		turn "$i"
		until_true 5 archive_grows "$writer" || fail "nothing arrives after reload $i"
	done
	now=$(count_fds)
	figure "200 reloads: fds $fds then $now, RSS $rss KiB then $(rss_kib) KiB, taken $(grep -c 'reload: generation' "$work/agent.log")"
	[ "$now" -le "$fds" ] || fail 'there are more open files'
	[ "$(rss_kib)" -le $((rss + 8192)) ] || fail 'memory has grown'
	wait "$writer" || fail 'the writer failed'
	put "$logs/b.log" 'the end'
	expect_soon 'the end'
	until_true 20 archive_has_lines "$lines" || true
	agent_stop
	line=$(archived count -n "$lines" -v) || fail 'the archive is damaged'
	figure "$(<"$work/writer.out") arrived: $line"
	same lost 0 "$(value lost "$line")"
	same twice 0 "$(value twice "$line")"
	same 'lines beside' 180 "$(messages | grep -c '^beside ')"
	same 'gaps' 0 "$(value gaps "$line")"
}
archive_grows() {
	local was=$size

	size=$(stat -c %s "$(archive_file)")
	[ "$size" -gt $((was + 300000)) ] || is_gone "$1"
}
archive_has_lines() { [ "$(agent_tells events)" -ge $(($1 + 181)) ]; }

cases "$@"
