#!/bin/bash
# What happens to files while the agent follows them.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

live="paths: [$logs/a.log]"

follow() { # SETTINGS LINE...
	tail_conf "$1"
	[ $# -lt 2 ] || put "$logs/a.log" "${@:2}"
	agent_start
	[ $# -lt 2 ] || expect_soon "${*: -1}"
}

# finish LINE...: these have arrived, and with the end of the agent no others.  That lines may have been lost may be said
# of a file that was truncated right after it was written to; that some were lost may not, for none were.
finish() {
	agent_stop
	messages() { archived messages | grep -v '^gap: lines after offset .* may have been lost' || true; }
	expect_messages "$@"
}

case_globs_with_stars_and_exclude() {
	mkdir -p "$logs"/{x/y/z,w}
	put "$logs/a.log" a
	put "$logs/x/b.log" b
	put "$logs/x/y/z/c.log" c
	put "$logs/x/y/z/c.tmp.log" no1
	put "$logs/x/d.txt" no2
	put "$logs/w/e.log" no3
	tail_conf "paths: ['$logs/**/*.log'], exclude: ['*.tmp.log', '$logs/w/*']"
	agent_start
	expect_soon c
	mkdir -p "$logs/new/deep"
	put "$logs/new/deep/f.log" f
	put "$logs/new/deep/f.tmp.log" no4
	expect_soon f
	finish a b c f
}

case_a_folder_that_comes_later() {
	tail_conf "paths: ['$logs/not/yet/*.log']"
	agent_start
	mkdir -p "$logs/not/yet"
	put "$logs/not/yet/a.log" one
	expect_soon one
	finish one
}

case_a_folder_that_goes_and_comes_again() {
	mkdir -p "$logs/x"
	put "$logs/x/a.log" one
	tail_conf "paths: ['$logs/x/*.log']"
	agent_start
	expect_soon one
	rm -r "$logs/x"
	mkdir "$logs/x"
	put "$logs/x/a.log" two
	expect_soon two
	finish one two
}

case_a_folder_that_is_renamed() {
	mkdir -p "$logs/x"
	put "$logs/x/a.log" one
	tail_conf "paths: ['$logs/*/*.log']"
	agent_start
	expect_soon one
	mv "$logs/x" "$logs/y"
	put "$logs/y/a.log" two
	expect_soon two
	finish one two
}

case_a_link_that_is_pointed_elsewhere() {
	mkdir -p "$work/elsewhere" "$logs"
	put "$work/elsewhere/first" one
	put "$work/elsewhere/second" x1
	ln -s "$work/elsewhere/first" "$logs/a.log"
	follow "$live"
	expect_soon one
	put "$work/elsewhere/first" two
	expect_soon two
	ln -sfn "$work/elsewhere/second" "$logs/a.log"
	expect_soon x1
	put "$work/elsewhere/second" x2
	expect_soon x2
	finish one two x1 x2
}

case_the_target_of_a_link_is_rotated() {
	mkdir -p "$work/elsewhere" "$logs"
	put "$work/elsewhere/real" one
	ln -s "$work/elsewhere/real" "$logs/a.log"
	follow "$live"
	expect_soon one
	mv "$work/elsewhere/real" "$work/elsewhere/real.1"
	put "$work/elsewhere/real.1" two
	expect_soon two
	put "$work/elsewhere/real" three
	expect_soon three
	finish one two three
}

case_links_are_not_followed_when_it_says_so() {
	mkdir -p "$work/elsewhere" "$logs"
	put "$work/elsewhere/real" no
	ln -s "$work/elsewhere/real" "$logs/link.log"
	follow "paths: ['$logs/*.log'], follow_links: no" one
	finish one
}

case_one_file_with_two_names() {
	mkdir -p "$logs"
	put "$logs/a.log" one
	ln "$logs/a.log" "$logs/b.log"
	follow "paths: ['$logs/*.log']"
	expect_soon one
	put "$logs/b.log" two
	expect_soon two
	finish one two
}

case_start_at_the_end() {
	mkdir -p "$logs"
	put "$logs/a.log" skipped
	follow "paths: ['$logs/*.log'], start: end"
	until_true 5 watches 1 || fail 'it does not watch the folder'
	put "$logs/a.log" one
	put "$logs/b.log" two
	expect_soon one
	expect_soon two
	finish one two
}

watches() { [ "$(cat /proc/"$agent_pid"/fdinfo/* 2>/dev/null | grep -c '^inotify')" -ge "$1" ]; }

case_truncated_and_written_again() {
	follow "$live" one two
	printf 'new1\n' >"$logs/a.log"
	expect_soon new1
	printf 'other1\nother2\nother3\nother4\n' >"$logs/a.log"
	expect_soon other4
	finish one two new1 other1 other2 other3 other4
}

case_a_hole_after_a_truncation() {
	follow "$live" one two
	exec {fd}<>"$logs/a.log"
	cat <&"$fd" >/dev/null
	: >"$logs/a.log"
	printf 'after\n' >&"$fd"
	expect_soon after
	printf 'more\n' >&"$fd"
	expect_soon more
	finish one two after more
	[ "$(agent_figure nul_bytes_skipped)" -gt 0 ] || fail 'the hole was not counted'
}

# Copied over the copy before, and truncated: no line twice, whichever of both is seen first.
case_copied_over_the_last_copy_and_truncated_while_the_agent_stood_still() {
	follow "$live" one two
	cp "$logs/a.log" "$logs/a.log.1"
	: >"$logs/a.log"
	put "$logs/a.log" new1 new2
	expect_soon new2
	kill -STOP "$agent_pid"
	cp "$logs/a.log" "$logs/a.log.1"
	: >"$logs/a.log"
	put "$logs/a.log" last1
	kill -CONT "$agent_pid"
	expect_soon last1
	put "$logs/a.log" last2
	expect_soon last2
	finish one two new1 new2 last1 last2
}

# The copy ends before what was read of the file: none of its lines comes twice, whether copies are watched or not.
copied_and_written_to_and_only_then_truncated() { # PATTERN
	local lines=(line' '{1..5}', which is long enough to be told from others') line

	tail_conf "paths: ['$logs/$1']"
	agent_start
	for line in "${lines[@]}"; do
		put "$logs/a.log" "$line"
		expect_soon "$line"
	done
	cp "$logs/a.log" "$work/copy"
	put "$logs/a.log" 'behind the copy 1' 'behind the copy 2'
	expect_soon 'behind the copy 2'
	kill -STOP "$agent_pid"
	mv "$work/copy" "$logs/a.log.1"
	: >"$logs/a.log"
	put "$logs/a.log" 'after the truncation'
	kill -CONT "$agent_pid"
	expect_soon 'after the truncation'
	mv "$logs/a.log.1" "$logs/a.log.2"
	put "$logs/a.log" last
	expect_soon last
	finish "${lines[@]}" 'behind the copy '{1,2} 'after the truncation' last
}
case_copied_and_written_to_and_only_then_truncated() { copied_and_written_to_and_only_then_truncated a.log; }
case_copied_as_before_with_copies_watched() { copied_and_written_to_and_only_then_truncated 'a.log*'; }

case_renamed_and_still_written_to() {
	follow "$live" one
	mv "$logs/a.log" "$logs/a.log.1"
	put "$logs/a.log.1" two
	expect_soon two
	put "$logs/a.log" x1
	expect_soon x1
	put "$logs/a.log.1" three
	expect_soon three
	finish one two three x1
}

case_deleted_while_it_is_read() {
	follow "$live" one
	exec {fd}>>"$logs/a.log"
	rm "$logs/a.log"
	echo two >&"$fd"
	expect_soon two
	put "$logs/a.log" x1
	expect_soon x1
	echo three >&"$fd"
	expect_soon three
	finish one two three x1
}

# Nobody reads while the agent stands still, and then everything at once.
case_rotated_several_times_while_the_agent_stood_still() {
	local i

	follow "$live" g0
	kill -STOP "$agent_pid"
	for i in 1 2 3 4; do
		put "$logs/a.log" "end of $((i - 1))"
		mv "$logs/a.log" "$logs/a.log.$i"
		put "$logs/a.log" "g$i"
	done
	kill -CONT "$agent_pid"
	for i in 1 2 3 4; do
		expect_soon "end of $((i - 1))"
		expect_soon "g$i"
	done
	put "$logs/a.log" last
	expect_soon last
	finish g{0..4} 'end of '{0..3} last
}

# The same with numbers that are shifted, as logrotate has it.
case_shifted_several_times_while_the_agent_stood_still() {
	local i k

	follow "$live" g0
	kill -STOP "$agent_pid"
	for i in 1 2 3 4; do
		for ((k = i - 1; k > 0; k--)); do mv "$logs/a.log.$k" "$logs/a.log.$((k + 1))"; done
		mv "$logs/a.log" "$logs/a.log.1"
		put "$logs/a.log" "g$i"
	done
	kill -CONT "$agent_pid"
	for i in 1 2 3 4; do expect_soon "g$i"; done
	put "$logs/a.log" last
	expect_soon last
	wait_for 0.7 # the file that is live now is not taken for a rotated one
	put "$logs/a.log" 'very last'
	expect_soon 'very last'
	finish g{0..4} last 'very last'
}

case_an_unfinished_last_line_waits() {
	follow "$live" one
	printf 'tw' >>"$logs/a.log"
	wait_for 0.3
	same 'so far' one "$(messages)"
	printf 'o\n' >>"$logs/a.log"
	expect_soon two
	finish one two
}

case_the_first_line_comes_in_pieces() {
	follow "$live"
	printf 'o' >"$logs/a.log"
	wait_for 0.1
	printf 'n' >>"$logs/a.log"
	wait_for 0.1
	printf 'e\n' >>"$logs/a.log"
	expect_soon one
	finish one
}

case_rotated_with_an_unfinished_last_line() {
	follow "$live, rotate_wait: 300ms" one
	printf 'no end' >>"$logs/a.log"
	mv "$logs/a.log" "$logs/a.log.1"
	put "$logs/a.log" x1
	expect_soon x1
	expect_soon 'no end'
	finish one 'no end' x1
}

case_an_unreadable_file() {
	[ "$(id -u)" = 0 ] || { figure 'an_unreadable_file: skipped, only root can become nobody'; return 0; }
	tail_conf "paths: ['$logs/*.log']"
	put "$logs/a.log" one
	put "$logs/b.log" two
	chmod 600 "$logs/a.log"
	mkdir "$work/spool" "$work/archive"
	chown nobody "$work/spool" "$work/archive"
	chmod 644 "$work/agent.yaml"
	cp -r "$genlogd" "$e2e_build/plugins" "$work"
	setpriv --reuid=nobody --regid=nogroup --clear-groups "$work/genlogd" -c "$work/agent.yaml" 2>>"$work/agent.log" &
	agent_pid=$!
	pids+=("$agent_pid")
	expect_soon two
	until_true 5 file_has "$work/agent.log" 'a.log cannot be opened' || fail 'that it cannot be read is not told'
	chmod 644 "$logs/a.log"
	expect_soon one
	finish one two
}

start_without_inotify() { # NAME of the limit
	tail_conf "paths: ['$logs/**/*.log'], poll_interval: 100ms"
	mkdir -p "$logs/x"
	put "$logs/x/a.log" one
	unshare -Ur true 2>/dev/null || return 1
	unshare -Ur bash -c "echo 0 >/proc/sys/user/$1"' && exec "$@"' - "$genlogd" -c "$work/agent.yaml" 2>>"$work/agent.log" &
	agent_pid=$!
	pids+=("$agent_pid")
}

without_inotify() {
	start_without_inotify "$1" || { figure "without_inotify: skipped, there are no user namespaces"; return 0; }
	expect_soon one
	put "$logs/x/a.log" two
	expect_soon two
	mkdir "$logs/y"
	put "$logs/y/b.log" three
	expect_soon three
	mv "$logs/x/a.log" "$logs/x/a.log.1"
	put "$logs/x/a.log.1" four
	put "$logs/x/a.log" x1
	expect_soon x1
	expect_soon four
	finish one two three four x1
	file_has "$work/agent.log" 'looked at every' || fail 'that it polls is not told'
}

case_without_inotify() { without_inotify max_inotify_instances; }
case_without_watches() { without_inotify max_inotify_watches; }

zeros() { head -c "$1" /dev/zero | tr '\0' a; }

# Its end comes with much before it, while nobody looks, and nothing behind it.
case_the_end_of_a_long_line() {
	tail_conf "paths: ['$logs/*.log']"
	agent_start
	put "$logs/a.log" first
	expect_soon first
	zeros 3000 >>"$logs/a.log"
	wait_for 0.3
	kill -STOP "$agent_pid"
	{ zeros 700000; echo; } >>"$logs/a.log"
	kill -CONT "$agent_pid"
	until_true 5 has_messages 2 || fail 'the long line does not come'
	agent_stop
}

cases "$@"
