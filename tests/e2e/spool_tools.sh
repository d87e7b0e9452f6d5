#!/bin/bash
# genlogctl spool: what it says of a spool at rest, at work, and damaged; what is repaired is delivered whole.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ctl() { "$e2e_build/genlogctl" -c "$work/agent.yaml" "$@"; }
nowhere='{type: forward, servers: ["127.0.0.1:1"], flush_interval: 20ms}'

# conf [OUTPUT]
conf() {
	mkdir -p "$logs"
	spool_extra=', max_size: 1MiB' agent_conf "${1:-$nowhere}" <<-END
		service: E2E
		inputs:
		  - {type: tail, parser: raw, paths: ["$logs/*.log"]}
	END
}

# What waits: $1 lines, no agent.
filled() {
	local from to

	conf
	agent_start
	for ((from = 1; from <= $1; from += 500)); do # a frame or more each
		to=$((from + 499 < $1 ? from + 499 : $1))
		seq -f 'line %.0f' "$from" "$to" >>"$logs/a.log"
		until_true 10 waits "$to" || fail "not $to waiting: $(ctl spool ls)"
	done
	agent_stop
}

waits() { ctl --json spool ls 2>/dev/null | grep -q "\"waiting\" : $1,"; }
segment() { basename "$work/spool"/*"$1".seg; }

# damage FILE OFFSET
damage() { printf 'DAMAGE' | dd of="$work/spool/$1" bs=1 seek="$2" conv=notrunc status=none; }
frames_of() { ctl --json spool cat --segment "$1" | sed 's/.*"place" : "[0-9a-f]*:\([0-9]*\)".*/\1/' | uniq; }

case_at_rest() {
	local line

	filled 500
	ctl spool ls >"$work/ls"
	grep -q 'waiting, the one that is written' "$work/ls" || fail "no state: $(cat "$work/ls")"
	grep -q '500 documents wait; no agent has it' "$work/ls" || fail "no sum: $(cat "$work/ls")"
	same 'documents' 500 "$(ctl spool cat | wc -l)"
	same 'limited' 7 "$(ctl spool cat --waiting -n 7 | wc -l)"
	same 'of another collection' 0 "$(ctl spool cat --collection notifications | wc -l)"
	line=$(ctl --json spool cat -n 1)
	[[ $line = *'"message" : "line 1"'* ]] || fail "no document: $line"
	ctl spool verify >"$work/verify" || fail "$(cat "$work/verify")"
	ctl --json spool verify | grep -q '"damaged_places" : 0' || fail 'no sum of verify'
	! ctl spool cat --segment ffff 2>/dev/null || fail 'there is no such segment'
	! ctl spool ls --spool "$work/none" 2>/dev/null || fail 'there is no such spool'
}

# While the agent writes, delivers and gives back: nothing it sees is wrong.
case_at_work() {
	local rounds=0

	conf "$(archive_output)"
	agent_start
	while [ $rounds -lt 25 ]; do
		seq -f "round $rounds line %.0f" 400 >>"$logs/a.log"
		ctl spool ls >"$work/ls" || fail "ls: $(cat "$work/ls")"
		ctl spool verify >"$work/verify" 2>&1 || fail "verify: $(cat "$work/verify")"
		ctl spool cat >"$work/cat" 2>&1 || fail "cat: $(tail -1 "$work/cat")"
		rounds=$((rounds + 1))
	done
	grep -q 'an agent is at work' "$work/ls" || fail 'it does not see the agent'
	! ctl spool repair >"$work/repair" 2>&1 || fail 'repaired under an agent'
	grep -q 'in use by another genlogd; stop it' "$work/repair" || fail "$(cat "$work/repair")"
	until_true 10 has_messages 10000 || fail "$(count_messages) arrived"
	agent_stop
	ctl spool verify >"$work/verify" || fail "$(cat "$work/verify")"
}

case_damaged() {
	local first frames at lost

	filled 3000
	seq -f 'late %.0f' 50 >"$logs/b.log" # a frame of its own
	agent_start
	until_true 10 waits 3050 || fail 'no late ones'
	agent_stop
	first=$(basename "$(find "$work/spool" -name '*.seg' -size +40k | sort | head -1)")
	frames=$(frames_of "${first%.seg}")
	at=$(head -1 <<<"$frames")
	lost=$(ctl --json spool cat --segment "${first%.seg}" | grep -c "\"${first%.seg}:$at\"")
	damage "$first" $((at + 200))
	! ctl spool verify >"$work/verify" || fail 'damage is not seen'
	grep -q "^${first%.seg}:$at  frame, " "$work/verify" || fail "no place: $(cat "$work/verify")"
	ctl spool repair --dry-run >"$work/repair"
	! ctl spool verify >/dev/null || fail 'a dry run mends'
	ctl spool repair >"$work/repair" || fail "$(cat "$work/repair")"
	ctl spool verify >"$work/verify" || fail "damaged after repair: $(cat "$work/verify")"
	grep -q "${first%.seg}:$at  mended" "$work/verify" || fail 'the hole is not told'
	[ -n "$(ls "$work/spool/quarantine")" ] || fail 'nothing in quarantine'
	same 'what is left' $((3050 - lost)) "$(ctl spool cat | wc -l)"
	conf "$(archive_output)"
	agent_once
	[ "$(messages | sort -u | wc -l)" -ge $((3050 - lost)) ] || fail "$(count_messages) delivered, $lost were lost"
	figure "$lost lost, $(messages | sort -u | wc -l) of 3050 delivered"
}

case_torn() {
	local file

	filled 20
	file=$(find "$work/spool" -name '*.seg' | sort | tail -1)
	printf 'half a frame, cut off' >>"$file"
	! ctl spool verify >"$work/verify" || fail 'the torn end is not seen'
	grep -q '  torn, 21 bytes' "$work/verify" || fail "$(cat "$work/verify")"
	ctl spool repair >/dev/null
	ctl spool verify >"$work/verify" || fail "$(cat "$work/verify")"
	mkdir -p "$work/spool/dead-letter"
	printf '\100\0\0\0half' >"$work/spool/dead-letter/000000.bson"
	! ctl spool verify >"$work/verify" || fail 'the torn letter is not seen'
	grep -q '^dead-letter/000000.bson:0  letter, 8 bytes' "$work/verify" || fail "$(cat "$work/verify")"
	ctl spool repair >/dev/null
	ctl spool verify >"$work/verify" || fail "$(cat "$work/verify")"
	conf "$(archive_output)"
	agent_once
	same delivered 20 "$(count_messages)"
}

case_newer() {
	filled 5
	printf '\2' | dd of="$work/spool/cursor" bs=1 seek=8 conv=notrunc status=none # its checksum is wrong too: ignored
	ctl spool ls >/dev/null || fail 'a damaged slot is no reason'
	cp "$(find "$work/spool" -name '*.seg' | sort | tail -1)" "$work/segment"
	"$tools/spool_version" "$work/segment" 2
	cp "$work/segment" "$work/spool/$(basename "$(find "$work/spool" -name '*.seg' | sort | tail -1)")"
	for what in ls cat verify repair "export $work/out"; do
		# shellcheck disable=SC2086
		! ctl spool $what >"$work/said" 2>&1 || fail "$what reads a newer format"
		grep -q 'has format 2, of a newer genlog' "$work/said" || fail "$what: $(cat "$work/said")"
	done
}

case_export() {
	filled 300
	ctl spool export "$work/out" --database plant >"$work/said" || fail "$(cat "$work/said")"
	grep -q 'system_logs .* 300 documents' "$work/said" || fail "$(cat "$work/said")"
	same exported 300 "$("$tools/bsonwalk" messages "$work/out/plant/system_logs.bson" | sort -u | wc -l)"
	grep -q '"collectionName":"system_logs"' "$work/out/plant/system_logs.metadata.json" || fail 'no metadata'
	! ctl spool export "$work/out" --database plant 2>"$work/said" || fail 'it writes over a file'
	grep -q 'nothing is written over' "$work/said" || fail "$(cat "$work/said")"
	conf "$(archive_output)"
	agent_once
	ctl spool export "$work/out2" >"$work/said"
	same 'after delivery' 'nothing waits' "$(cat "$work/said")"
}

cases "$@"
