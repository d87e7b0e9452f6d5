#!/bin/bash
# What happens to files while the agent is down: each run of it is `--once`.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

live="paths: [$logs/a.log]"

begin_with() {
	tail_conf "${2:-$live}"
	put "$logs/a.log" $1
	agent_once
}

case_nothing_happened() {
	begin_with 'one two three'
	agent_once
	put "$logs/a.log" four
	agent_once
	expect_messages one two three four
}

case_truncated_and_shorter_than_before() {
	begin_with 'one two three'
	printf 'new1\nnew2\n' >"$logs/a.log"
	agent_once
	expect_messages one two three new1 new2
}

case_truncated_and_longer_than_before() {
	begin_with 'one two three'
	printf 'new%d\n' 1 2 3 4 5 6 7 8 9 >"$logs/a.log"
	agent_once
	expect_messages one two three new1 new2 new3 new4 new5 new6 new7 new8 new9
}

case_truncated_with_the_same_first_line() {
	begin_with 'head two three'
	printf '%s\n' head 2nd 3rd 4th 5th >"$logs/a.log"
	agent_once
	expect_messages head two three head 2nd 3rd 4th 5th
}

case_truncated_and_start_at_end() {
	tail_conf "$live, start: end"
	put "$logs/a.log" skipped
	agent_once
	put "$logs/a.log" one
	agent_once
	printf 'new1\n' >"$logs/a.log"
	agent_once
	expect_messages one new1
}

case_replaced_by_another_file() {
	begin_with 'one two three'
	printf '%s\n' x1 x2 >"$logs/b"
	mv "$logs/b" "$logs/a.log"
	agent_once
	expect_messages one two three x1 x2
}

case_deleted_and_made_again() {
	begin_with 'one two three'
	rm "$logs/a.log"
	agent_once
	put "$logs/a.log" x1 x2
	agent_once
	expect_messages one two three x1 x2
}

case_inode_used_again() {
	local inode other n

	begin_with 'one two three'
	inode=$(stat -c %i "$logs/a.log")
	rm "$logs/a.log"
	for ((n = 0; n < 200; n++)); do
		printf '%s\n' other lines of the same length and more of them >"$logs/a.log"
		other=$(stat -c %i "$logs/a.log")
		[ "$inode" != "$other" ] || break
		mv "$logs/a.log" "$logs/other.$n"
	done
	[ "$inode" = "$other" ] || { figure "inode_used_again: skipped, this file system gives no inode out again"; return 0; }
	agent_once
	expect_messages one two three other lines of the same length and more of them
}

case_rotated_once() {
	begin_with 'one two'
	put "$logs/a.log" three
	mv "$logs/a.log" "$logs/a.log.1"
	put "$logs/a.log" x1
	agent_once
	expect_messages one two three x1
}

case_rotated_twice_and_the_middle_one_was_never_seen() {
	begin_with 'one two'
	put "$logs/a.log" three
	mv "$logs/a.log" "$logs/a.log.2"
	put "$logs/a.log.1" m1 m2
	put "$logs/a.log" x1
	agent_once
	expect_messages one two three m1 m2 x1
}

case_rotated_twice_with_dates() {
	begin_with 'one two'
	put "$logs/a.log" three
	mv "$logs/a.log" "$logs/a.log-20251221"
	put "$logs/a.log-20251222" m1 m2
	put "$logs/a.log" x1
	agent_once
	expect_messages one two three m1 m2 x1
}

case_rotated_and_nothing_new_there() {
	begin_with 'one two'
	put "$logs/a.log" three
	mv "$logs/a.log" "$logs/a.log.1"
	agent_once
	expect_messages one two three
}

case_rotated_again_and_again() {
	local i

	begin_with 'g0l1 g0l2'
	for i in 1 2 3 4 5; do
		put "$logs/a.log" "g$((i - 1))last"
		mv "$logs/a.log" "$logs/a.log.$i"
		put "$logs/a.log" "g${i}l1" "g${i}l2"
		agent_once
	done
	agent_once
	expect_messages g{0..5}l{1..2} g{0..4}last
}

# Old archives that were there before the agent came are nobody's business while only the live file is asked for.
case_old_archives_are_not_asked_for() {
	mkdir -p "$logs"
	put "$logs/a.log.2" old1
	put "$logs/a.log.1" old2
	touch -d '1 hour ago' "$logs"/a.log.[12]
	begin_with 'one two'
	put "$logs/a.log" three
	agent_once
	expect_messages one two three
}

compressed_sibling() { # COMMAND ENDING
	begin_with 'one two'
	put "$logs/a.log" three four
	mv "$logs/a.log" "$logs/a.log.1"
	"$1" -q "$logs/a.log.1"
	rm -f "$logs/a.log.1"
	[ -s "$logs/a.log.1$2" ] || fail "there is no a.log.1$2"
	put "$logs/a.log" x1
	agent_once
	expect_messages one two three four x1
	mv "$logs/a.log.1$2" "$logs/a.log.2$2"
	agent_once
	expect_messages one two three four x1
}

case_compressed_by_gzip() { compressed_sibling gzip .gz; }
case_compressed_by_zstd() { compressed_sibling zstd .zst; }
case_compressed_by_xz() { compressed_sibling xz .xz; }

case_compressed_after_all_was_read() {
	begin_with 'one two' "paths: ['$logs/a.log*']"
	mv "$logs/a.log" "$logs/a.log.1"
	gzip "$logs/a.log.1"
	put "$logs/a.log" x1
	agent_once
	mv "$logs/a.log.1.gz" "$logs/a.log.2.gz"
	agent_once
	expect_messages one two x1
}

case_a_compressed_file_that_is_cut() {
	begin_with 'one two' "paths: ['$logs/a.log*']"
	seq 1 20000 | gzip >"$logs/whole.gz"
	head -c 20000 "$logs/whole.gz" >"$logs/a.log.3.gz"
	agent_once
	has_message one || fail "one is missing"
	cp "$logs/whole.gz" "$logs/a.log.3.gz"
	agent_once
	same 'lines of the whole' 20002 "$(count_messages)"
	same 'different lines' 20002 "$(messages | sort -u | wc -l)"
}

stays_damaged() { # REASON
	agent_once
	messages | grep -q "^gap: .*$1" || fail "nothing was said of $(ls "$logs")"
	count_messages >"$work/first"
	agent_once
	same 'documents after a second run' "$(cat "$work/first")" "$(count_messages)"
}

case_a_compressed_file_that_stays_cut() {
	begin_with 'one two' "paths: ['$logs/a.log*']"
	seq 1 20000 | gzip >"$logs/whole.gz"
	head -c 20000 "$logs/whole.gz" >"$logs/a.log.3.gz"
	touch -d '1 hour ago' "$logs/a.log.3.gz"
	stays_damaged 'was cut there'
	cp "$logs/whole.gz" "$logs/a.log.3.gz" # with one line in two pieces, and the gap
	agent_once
	same 'documents when it is whole again' 20004 "$(count_messages)"
	has_message 20000 || fail 'its last line is missing'
}

case_a_compressed_file_that_is_damaged() {
	begin_with 'one two' "paths: ['$logs/a.log*']"
	seq 1 20000 | gzip >"$logs/a.log.3.gz"
	printf 'xxxxxxxxxxxxxxxx' | dd of="$logs/a.log.3.gz" bs=1 seek=20000 conv=notrunc 2>/dev/null
	touch -d '1 hour ago' "$logs/a.log.3.gz"
	stays_damaged 'is damaged there'
	has_message 100 || fail 'what lies before the damage is missing'
}

case_moved_to_another_folder_that_is_watched() {
	mkdir -p "$logs/x" "$logs/y"
	tail_conf "paths: ['$logs/**/*.log']"
	put "$logs/x/a.log" one two
	agent_once
	mv "$logs/x/a.log" "$logs/y/b.log"
	put "$logs/y/b.log" three
	agent_once
	expect_messages one two three
}

case_copied_beside_itself() {
	begin_with 'one two' "paths: ['$logs/a.log*']"
	cp "$logs/a.log" "$logs/a.log.bak"
	agent_once
	put "$logs/a.log" three
	agent_once
	expect_messages one two three
}

case_copied_and_truncated() {
	begin_with 'one two'
	put "$logs/a.log" three
	cp "$logs/a.log" "$logs/a.log.1"
	printf 'x1\nx2\n' >"$logs/a.log"
	agent_once
	expect_messages one two three x1 x2
}

case_an_unfinished_last_line() {
	tail_conf "$live"
	printf 'one\ntw' >"$logs/a.log"
	agent_once
	expect_messages one tw
	printf 'o\nthree\n' >>"$logs/a.log"
	agent_once
	expect_messages one tw o three
}

case_a_file_without_a_line_end() {
	tail_conf "$live"
	printf 'no end' >"$logs/a.log"
	agent_once
	expect_messages 'no end'
}

case_the_same_head_in_every_generation() {
	begin_with 'head one'
	mv "$logs/a.log" "$logs/a.log.1"
	put "$logs/a.log" head two
	agent_once
	mv "$logs/a.log.1" "$logs/a.log.2"
	mv "$logs/a.log" "$logs/a.log.1"
	put "$logs/a.log" head three
	agent_once
	expect_messages head one head two head three
}

case_the_same_head_at_the_first_start() {
	mkdir -p "$logs"
	put "$logs/a.log.2" head one
	put "$logs/a.log.1" head two
	begin_with 'head three' "paths: ['$logs/a.log*']"
	agent_once
	expect_messages head one head two head three
}

case_at_the_end_means_of_the_first_start_only() {
	tail_conf "$live, start: end"
	agent_once
	put "$logs/a.log" one
	agent_once
	expect_messages one
}

case_a_copy_that_is_older_and_the_file_goes_on() {
	begin_with 'one two'
	cp -p "$logs/a.log" "$logs/a.log.bak"
	put "$logs/a.log" three
	agent_once
	put "$logs/a.log" four
	agent_once
	expect_messages one two three four
}

# The first generation held the head alone: the second begins with all that the first was.
case_a_generation_that_is_the_beginning_of_the_next() {
	begin_with 'head'
	mv "$logs/a.log" "$logs/a.log.1"
	put "$logs/a.log" head two
	agent_once
	has_message two || fail 'two does not arrive'
	put "$logs/a.log" three
	agent_once
	has_message three || fail 'three does not arrive'
}

cases "$@"
