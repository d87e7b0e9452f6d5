#!/bin/bash
# input journald: journals made from text by systemd-journal-remote.  GENLOG_E2E_LONG=1: more damage.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

remote=/lib/systemd/systemd-journal-remote
boot=11111111111111111111111111111111
j=$work/journal

if [ ! -x "$remote" ]; then
	figure 'skipped: there is no systemd-journal-remote'
	exit 0
fi

# entry NUMBER FIELD...: an entry in the export format; each second one.
entry() {
	local number=$1

	shift
	printf '__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=%s\n' \
		$((1700000000000000 + number * 1000000)) $((number * 1000000)) "${entry_boot:-$boot}"
	printf '%s\n' "$@" ''
}

# journal NAME: a file of the entries on standard input
journal() {
	mkdir -p "$j"
	"$remote" --output="$j/$1.journal" - >>"$work/remote.log" 2>&1 || fail "journal-remote: $(tail -3 "$work/remote.log")"
}

# journald_conf 'SETTINGS'
journald_conf() {
	agent_conf "$(archive_output)" <<-END
		service: E2E
		inputs:
		  - {type: journald, path: "$j", ${1:-start: beginning}}
	END
}

# once 'SETTINGS' MESSAGE...: from nothing, exactly these
once() {
	rm -rf "$work/spool" "$work/archive"
	journald_conf "$1"
	agent_once
	expect_messages "${@:2}"
}

numbered() { seq "$1" "$2" | while read -r i; do entry "$i" "MESSAGE=$3$i" _SYSTEMD_UNIT=a.service; done; }
flat() { archived flat; }
has_line() { flat | grep -qP -- "$1" || fail "no line \"$1\" in: $(flat | head -80)"; }

case_what_is_there_and_what_comes() {
	numbered 1 3 x | journal a
	journald_conf
	agent_start
	expect_soon x3
	numbered 4 5 x | journal a
	expect_soon x5
	numbered 1 2 y | journal b
	expect_soon y2
	agent_stop
	numbered 6 6 x | journal a
	agent_start
	expect_soon x6
	agent_stop
	expect_messages x{1..6} y{1..2}
}

case_an_older_entry_of_another_host_comes_later() {
	numbered 100 101 x | journal a
	numbered 50 50 y | journal b
	journald_conf
	agent_start
	expect_soon x101
	expect_soon y50
	numbered 51 52 y | journal b
	expect_soon y52
	agent_stop
	expect_messages x100 x101 y50 y51 y52
}

case_a_folder_that_comes_later() {
	journald_conf 'start: end'
	agent_start
	until_true 5 file_has "$work/agent.log" 'there is no .* yet' || fail 'that it waits is not told'
	numbered 1 2 x | journal a
	expect_soon x2
	same 'times it was told' 1 "$(grep -c 'there is no' "$work/agent.log")"
	agent_stop
	expect_messages x1 x2
}

case_one_file_and_the_folders_below() {
	numbered 1 1 x | journal a
	numbered 1 1 y | journal b
	mkdir -p "$j/22222222222222222222222222222222" "$j/22222222222222222222222222222222.web"
	mv "$j/b.journal" "$j/22222222222222222222222222222222/system.journal"
	numbered 1 1 z | journal c
	mv "$j/c.journal" "$j/22222222222222222222222222222222.web/system.journal"
	once 'start: beginning' x1 y1
	once 'start: beginning, namespace: "*"' x1 y1 z1
	once 'start: beginning, namespace: web' x1 z1
	j=$j/a.journal once 'start: beginning' x1
}

case_where_it_begins() {
	local i now

	numbered 1 5 x | journal a
	once 'start: end'
	numbered 6 7 x | journal a
	agent_once
	expect_messages x6 x7
	once 'since: "2023-11-14T22:13:24Z"' x4 x5 x6 x7
	once 'since: 1h'
	now=$(($(now_ms) / 1000 - 1700000000))
	for i in $((now - 7200)) $((now - 60)); do entry "$i" "MESSAGE=y"; done | journal b
	once 'since: 1h' y
	agent_once
	expect_messages y
}

case_filters() {
	{
		entry 1 MESSAGE=a _SYSTEMD_UNIT=shop.service SYSLOG_IDENTIFIER=shop PRIORITY=3
		entry 2 MESSAGE=b _SYSTEMD_UNIT=shop@1.service SYSLOG_IDENTIFIER=shopd PRIORITY=6 ORDER=17
		entry 3 MESSAGE=c _SYSTEMD_UNIT=other.service SYSLOG_IDENTIFIER=other PRIORITY=4 ORDER=18
		entry 4 MESSAGE=d _TRANSPORT=kernel SYSLOG_IDENTIFIER=kernel PRIORITY=0
		entry 5 MESSAGE=e _SYSTEMD_UNIT=init.scope UNIT=shop.service _UID=0 _PID=1 PRIORITY=6
		entry 6 MESSAGE=f _SYSTEMD_UNIT=evil.service UNIT=shop.service _UID=1000 _PID=1
		entry_boot=${boot//1/2} entry 7 MESSAGE=g
	} | journal a
	once 'start: beginning, units: [shop]' a e
	once 'start: beginning, units: ["shop*"]' a b e
	once 'start: beginning, identifiers: ["shop*"]' a b
	once 'start: beginning, priority: warning' a c d
	once 'start: beginning, priority: "3..4"' a c
	once "start: beginning, boot: ${boot//1/2}" g
	once 'start: beginning, matches: [_TRANSPORT=kernel]' d
	once 'start: beginning, matches: [ORDER=17, ORDER=18, SYSLOG_IDENTIFIER=other]' c
	once 'start: beginning, matches: ["ORDER=*"], units: [shop@1]' b
}

# The newest cursor that the spool knows.
position() { find "$work/spool" -type f -exec grep -ahoE 's=[0-9a-f]{32};i=[0-9a-f]+' {} + | sort | tail -1; }

# Nothing of it is wanted, but that it was looked at is known: what comes meanwhile is found from there on.
case_a_quiet_filtered_journal_keeps_its_position() {
	local before

	numbered 1 50 x | journal a
	once 'start: end, units: [wanted]'
	numbered 51 60 x | journal a
	before=$(position)
	agent_once
	[ "$(position)" != "$before" ] || fail 'the position did not move'
	rm "$j/a.journal"
	numbered 1 3 y | journal b
	entry 9 MESSAGE=z _SYSTEMD_UNIT=wanted.service | journal b
	agent_once
	expect_messages z
}

case_fields_and_text_within() {
	{
		entry 1 MESSAGE=plain _SYSTEMD_UNIT=a.service PRIORITY=4 _PID=42 _UID=7 CODE_FILE=a.c CODE_LINE=12 CODE_FUNC=f \
			MESSAGE_ID=$boot _TRANSPORT=journal TAG=x TAG=y _CAP_EFFECTIVE=0 SYSLOG_IDENTIFIER=prog
		entry 2 'MESSAGE={"level":"error","msg":"in json","order":17}' _SYSTEMD_UNIT=a.service PRIORITY=6
		entry 3 $'MESSAGE\n\x0c\0\0\0\0\0\0\0two\nlines.xx'
	} 2>/dev/null | journal a
	once 'start: beginning' plain 'in json' || true
	has_line '^level\tstring\tWARN$'
	has_line '^class_name\tstring\tprog$'
	has_line '^method_name\tstring\tf$'
	has_line '^context.code_line\tint64\t12$'
	has_line '^context.tag\.?\[?1\]?\tstring\ty$'
	has_line '^source.pid\tint32\t42$'
	has_line '^source.unit\tstring\ta.service$'
	has_line '^level\tstring\tERROR$'
	has_line '^context.order\tint32\t17$|^context.order\tint64\t17$'
	! flat | grep -q cap_effective || fail 'capabilities were shipped'
}

case_large_and_binary() {
	{
		printf '__REALTIME_TIMESTAMP=1700000000000000\n__MONOTONIC_TIMESTAMP=1\n_BOOT_ID=%s\n' "$boot"
		printf 'MESSAGE=%s\n\n' "$(head -c 1000000 /dev/zero | tr '\0' m)"
		printf '__REALTIME_TIMESTAMP=1700000001000000\n__MONOTONIC_TIMESTAMP=2\n_BOOT_ID=%s\nBIN\n' "$boot"
		printf '\x05\0\0\0\0\0\0\0a\xff\0b\n\nMESSAGE\n\x07\0\0\0\0\0\0\0x\xfe\ny\x01zw\n\n'
		printf '__REALTIME_TIMESTAMP=1700000002000000\n__MONOTONIC_TIMESTAMP=3\n_BOOT_ID=%s\n' "$boot"
		printf 'MESSAGE=%s\n\n' "$(head -c 3000000 /dev/zero | tr '\0' n)"
	} >"$work/export"
	journal a <"$work/export" || true
	journald_conf
	agent_once
	same 'length of the first' 1000001 "$(messages | grep '^m' | wc -c)"
	same 'entries that were cut' 1 "$(flat | grep -c '^context.truncated')"
	has_line '^context.original_length\tint\d+\t3000000$'
}

case_suppressed_and_dumps() {
	{
		entry 1 'MESSAGE=Suppressed 17 messages from noisy.service' MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e \
			N_DROPPED=17 OBJECT_SYSTEMD_UNIT=noisy.service _TRANSPORT=driver PRIORITY=5
		printf '__REALTIME_TIMESTAMP=1700000009000000\n__MONOTONIC_TIMESTAMP=9\n_BOOT_ID=%s\n' "$boot"
		printf 'MESSAGE_ID=fc2e22bc6ee647b6b90729ab34a250b1\nPRIORITY=2\nCOREDUMP_SIGNAL_NAME=SIGSEGV\nCOREDUMP_UNIT=shop.service\n'
		printf 'COREDUMP_PID=4242\nCOREDUMP_EXE=/usr/bin/shop\nCOREDUMP_ENVIRON=SECRET=1\nCOREDUMP_SIGNAL=11\nMESSAGE\n'
		coredump_text | { text=$(cat); printf '%b' "$(printf '%016x' "${#text}" | sed 's/\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)/\\x\8\\x\7\\x\6\\x\5\\x\4\\x\3\\x\2\\x\1/')"; printf '%s\n\n' "$text"; }
	} >"$work/export"
	journal a <"$work/export"
	journald_conf
	agent_once
	messages | grep -q '^gap: 17 events were lost' || fail "no gap: $(messages)"
	has_line '^source.unit\tstring\tnoisy.service$'
	has_line '^source.unit\tstring\tshop.service$'
	has_line '^level\tstring\tCRITICAL$'
	! flat | grep -q SECRET || fail 'the environment of a program was shipped'
	"$tools/bsonwalk" flat "$(archive_file error_stack_traces)" >"$work/traces"
	grep -qP '^exception_type\tstring\tSIGSEGV$' "$work/traces" || fail "$(cat "$work/traces")"
	grep -qP '^thread\tstring\t4242$' "$work/traces" || fail "$(cat "$work/traces")"
	grep -qP 'function\tstring\ttake_order$' "$work/traces" || fail "$(cat "$work/traces")"
	grep -qP 'module\tstring\tshop$' "$work/traces" || fail "$(cat "$work/traces")"
}

coredump_text() {
	cat <<-'END'
		Process 4242 (shop) of user 1000 dumped core.

		Module libm.so.6 without build-id.
		Stack trace of thread 4242:
		#0  0x000055d0c0a01139 take_order (shop + 0x1139)
		#1  0x00007f12a3c2724a n/a (libc.so.6 + 0x2724a)

		Stack trace of thread 4243:
		#0  0x00007f12a3c2724b poll (libc.so.6 + 0x2724b)
	END
}

# A file that is away for a while is read on where it was left.
case_a_file_that_is_away() {
	numbered 1 10 x | journal a
	once 'start: beginning' x{1..10}
	numbered 11 20 x | journal a
	mv "$j/a.journal" "$work/second"
	numbered 21 22 y | journal b
	agent_once
	expect_messages x{1..10} y{21..22}
	mv "$work/second" "$j/a.journal"
	agent_once
	expect_messages x{1..20} y{21..22}
}

case_a_format_of_the_future() {
	numbered 1 2 x | journal a
	numbered 1 2 y | journal b
	printf '\xff' | dd of="$j/a.journal" bs=1 seek=14 conv=notrunc status=none
	once 'start: beginning' y1 y2 'gap: 2 events were lost: a journal file cannot be read'
	file_has "$work/agent.log" 'newer than this system' || fail 'that the format is newer is not told'
}

# The reader dies of it, not the agent; the other files go on.
case_truncated_under_the_reader() {
	numbered 1 5 x | journal a
	numbered 1 5 y | journal b
	journald_conf
	agent_start
	expect_soon x5
	expect_soon y5
	truncate -s 4096 "$j/a.journal"
	numbered 6 6 y | journal b
	expect_soon y6
	truncate -s 100 "$j/a.journal"
	numbered 7 7 y | journal b
	expect_soon y7
	numbered 1 2 z | journal c
	expect_soon z2
	is_alive "$agent_pid" || fail 'the agent died of it'
	file_has "$work/agent.log" 'died of .*a.journal' || figure 'truncated_under_the_reader: it did not die of it'
	agent_stop
	same 'y and z' 9 "$(messages | grep -c '^[yz]')"
}

# damage FILE COUNT: changes so many of its bytes that are in use, wherever they lie
damage() {
	python3 - "$1" "$2" <<-'END'
		import random, sys
		with open(sys.argv[1], 'r+b') as f:
		    data = f.read()
		    used = [i for i in range(272, len(data)) if data[i]]
		    for i in random.sample(used, min(len(used), int(sys.argv[2]))):
		        f.seek(i)
		        f.write(bytes([data[i] ^ random.randrange(1, 256)]))
	END
}

# Whatever is damaged, it ends, what can be read comes once, and the sound file beside it is whole.
case_corrupt_files() {
	local i rounds=6 got=0 gaps=0

	[ -z "${GENLOG_E2E_LONG:-}" ] || rounds=200
	numbered 1 200 x | journal a
	numbered 1 3 sound | journal b
	mv "$j/a.journal" "$work/sound"
	journald_conf
	for ((i = 0; i < rounds; i++)); do
		rm -f "$j"/a.journal*
		cp "$work/sound" "$j/a.journal~"
		damage "$j/a.journal~" $((1 + i * i * 5))
		rm -rf "$work/spool" "$work/archive"
		agent_once
		same 'of the sound file' 3 "$(messages | grep -c '^sound')"
		same 'entries twice' 0 "$(value ids_twice "$(archived count)")" # a damaged number may be another one's
		got=$((got + $(messages | grep -c -x 'x[0-9]*' || true)))
		gaps=$((gaps + $(messages | grep -c '^gap' || true)))
	done
	figure "$rounds damaged files: $got of $((rounds * 200)) entries read, $gaps gaps told"
	rm "$j/a.journal~"
	head -c 300 /dev/urandom >"$j/a.journal"
	rm -rf "$work/spool" "$work/archive"
	agent_once
	same 'of the sound file' 3 "$(count_messages)"
}

# The spool is full for a while: the reader waits, and nothing is lost or comes twice.
case_a_full_spool() {
	local filler

	filler=$(head -c 2000 /dev/zero | tr '\0' f)
	seq 6000 | while read -r i; do entry "$i" "MESSAGE=x$i" "FILLER=$filler$i"; done | journal a
	spool_extra=', max_size: 4MiB'
	agent_conf '{type: mongodb, uri: "mongodb://127.0.0.1:1/", database: e2e}' <<-END
		service: E2E
		inputs:
		  - {type: journald, path: "$j", start: beginning}
	END
	agent_start
	until_true 20 file_has "$work/agent.log" 'the spool is full' || fail 'the spool does not fill up'
	agent_kill
	journald_conf
	agent_start
	until_true 20 has_message x6000 || fail "only $(count_messages) arrive"
	agent_stop
	same 'entries' 6000 "$(count_messages)"
	same 'entries once' 6000 "$(messages | sort -u | wc -l)"
}

case_a_reader_that_is_killed() {
	local child i

	numbered 1 5 x | journal a
	journald_conf
	agent_start
	expect_soon x5
	for i in 6 7; do
		child=$(pgrep -P "$agent_pid" | head -1)
		kill -KILL "$child"
		numbered $i $i x | journal a
		expect_soon "x$i"
	done
	child=$(pgrep -P "$agent_pid" | head -1)
	agent_kill
	until_true 5 is_gone "$child" || fail 'the reader outlives the agent'
	expect_messages x{1..7}
}

cases "$@"
