#!/bin/bash
# Old documents leave the database for files and come back byte by byte; killed at any point, nothing is lost and nothing
# is there twice.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

genlogctl=$e2e_build/genlogctl
cold=$work/cold

ctl() { "$genlogctl" "$1" --uri "$uri" "${@:2}"; }
archive() { ctl archive --database "$db" --collection system_logs --older-than 30d --to "$cold" "$@"; }
ask() { dbcheck "$uri" command "$db" "$1" >/dev/null; }
left() { dbcheck "$uri" count "$db" system_logs; }

# sums FILE...: a checksum of each document, sorted; documents one behind the other.
sums() {
	cat "$@" | python3 -c '
import hashlib, sys
data, at, sums = sys.stdin.buffer.read(), 0, []
while at < len(data):
    n = int.from_bytes(data[at:at + 4], "little")
    sums.append(hashlib.sha256(data[at:at + n]).hexdigest())
    at += n
print("\n".join(sorted(sums)))'
}
in_archive() { find "$cold" -name '*.bson.gz' ! -name '.*' -exec gunzip -c {} + | sums; }
in_database() { dbcheck "$uri" dump "${1:-$db}" system_logs >"$work/dump" && sums "$work/dump"; }

# begin NAME DAYS DOCUMENTS_A_DAY: documents that the agent made of lines, and their checksums.
begin() {
	local d i

	database "retention_$1"
	db=retention_$1_$$
	at_end+=("dbcheck '$uri' command $db '{\"dropDatabase\": 1}' >/dev/null")
	mkdir "$logs"
	for ((d = 1; d <= $2; d++)); do
		for ((i = 0; i < $3; i++)); do
			printf '{"timestamp":"2026-01-%02dT%02d:00:00.%03dZ","level":"INFO","message":"%d of %d","context":{"n":%d}}\n' \
				"$d" $((i % 24)) $((i % 1000)) "$i" "$d" "$i"
		done
	done >"$logs/a.log"
	agent_conf "$(mongo_output "$uri" "$db")" <<-END
		service: E2E
		inputs:
		  - {type: tail, parser: json, paths: ["$logs/a.log"]}
	END
	agent_once
	same 'documents' $(($2 * $3)) "$(left)"
	in_database >"$work/before"
}

case_there_and_back() {
	local out

	begin there 5 100
	ask '{"insert": "system_logs", "documents": [{"_id": 1, "message": "without a time"}, {"_id": 2, "timestamp": {"$date": "2099-01-01T00:00:00Z"}}]}'
	out=$(archive --keep)
	same 'days kept' 5 "$(grep -c '100 archived in .*, 0 deleted' <<<"$out")"
	same 'again, nothing new' '' "$(archive --keep)"
	same 'still there' 502 "$(left)"
	out=$(archive)
	same 'days deleted' 5 "$(grep -c '0 archived, 100 deleted' <<<"$out")"
	same 'what is young or has no time stays' 2 "$(left)"
	same 'archived' "$(<"$work/before")" "$(in_archive)"
	same 'documents by the manifests' 500 "$(cat "$cold"/*/"$db"/*.manifest.json | jq -s 'map(.documents) | add')"
	same 'checksum by others' "$(jq -r .sha256 "$cold/2026-01-03/$db/system_logs.manifest.json")" \
		"$(gunzip -c "$cold/2026-01-03/$db/system_logs.bson.gz" | sha256sum | cut -d' ' -f1)"
	gunzip -c "$cold/2026-01-03/$db/system_logs.metadata.json.gz" | jq -e '.indexes[0].name == "_id_"' >/dev/null
	[ -z "$(find "$cold" -name '*.tmp')" ] || fail 'a temporary file is left'
	same 'asked of a day' 100 "$("$genlogctl" query system_logs --archive "$cold/2026-01-03" --database "$db" --count)"

	out=$(ctl restore "$cold" --dry-run)
	same 'whole' 5 "$(grep -c '100 documents, whole' <<<"$out")"
	same 'a dry run restores nothing' 2 "$(left)"
	out=$(ctl restore "$cold/2026-01-03" --database "${db}_b")
	at_end+=("dbcheck '$uri' command ${db}_b '{\"dropDatabase\": 1}' >/dev/null")
	grep -q '100 restored, 0 were there, 0 refused' <<<"$out" || fail "$out"
	same 'a day, byte by byte' "$(gunzip -c "$cold/2026-01-03/$db/system_logs.bson.gz" | sums)" "$(in_database "${db}_b")"
	out=$(ctl restore "$cold/2026-01-03/" --database "${db}_b")
	grep -q '0 restored, 100 were there' <<<"$out" || fail "$out"
	ask '{"createIndexes": "system_logs", "indexes": [{"key": {"createdAt": 1}, "name": "ttl", "expireAfterSeconds": 86400}]}'
	out=$("$genlogctl" --json restore "$cold" --uri "$uri" 2>"$work/said" | jq -s 'map(.restored) | add')
	same 'restored' 500 "$out"
	grep -q 'lets documents expire after 86400 s: what is older will be deleted again' "$work/said" || fail "$(<"$work/said")"
	ask '{"delete": "system_logs", "deletes": [{"q": {"_id": {"$in": [1, 2]}}, "limit": 0}]}'
	same 'all of it, byte by byte' "$(<"$work/before")" "$(in_database)"
	out=$("$genlogctl" --json archive --uri "$uri" --database "$db" -C system_logs --older-than 30d --to "$cold")
	same 'what was restored and is archived is only deleted' '5 0 500' \
		"$(jq -rs '[length, (map(.archived) | add), (map(.deleted) | add)] | join(" ")' <<<"$out")"
	same 'no second parts' 5 "$(find "$cold" -name '*.bson.gz' | wc -l)"
}

# Of a day that is archived already: documents that came late, and one that was changed since.
case_late() {
	local out id

	begin late 2 50
	archive >"$work/out"
	ctl restore "$cold/2026-01-01" >"$work/out"
	id=$("$genlogctl" --json query system_logs --uri "$uri" --database "$db" context.n=7 | jq -r '._id."$oid"')
	ask "{\"update\": \"system_logs\", \"updates\": [{\"q\": {\"_id\": {\"\$oid\": \"$id\"}}, \"u\": {\"\$set\": {\"message\": \"changed\"}}}]}"
	ask '{"insert": "system_logs", "documents": [{"_id": 7, "timestamp": {"$date": "2026-01-01T03:00:00Z"}, "message": "late"}]}'
	out=$(archive)
	grep -q "2026-01-01  system_logs: 2 archived in $cold/2026-01-01.2/$db/system_logs, 51 deleted" <<<"$out" || fail "$out"
	same 'left' 0 "$(left)"
	ctl restore "$cold" --collection system_logs >"$work/out" 2>&1
	same 'with what came late' 101 "$(left)"
	same 'the newer one is back' 'changed' "$("$genlogctl" --json query system_logs --uri "$uri" --database "$db" context.n=7 timestamp\<2026-01-02 | jq -r .message)"
}

case_damaged() {
	local file out

	begin damaged 3 50
	archive --keep >"$work/out"
	file=$cold/2026-01-02/$db/system_logs.bson.gz
	cp "$file" "$work/good.gz"
	gunzip -c "$work/good.gz" | sed 's/7 of 2/8 of 2/' | gzip -c >"$file"
	out=$(archive 2>&1) && fail 'deleted in spite of a damaged archive'
	grep -q 'its checksum is not that of the manifest; nothing of this day is touched' <<<"$out" || fail "$out"
	same 'only the day before it is gone' 100 "$(left)"
	head -c 500 "$work/good.gz" >"$file"
	out=$(ctl restore "$cold" --database "${db}_b" 2>&1) && fail 'restored from a cut file'
	at_end+=("dbcheck '$uri' command ${db}_b '{\"dropDatabase\": 1}' >/dev/null")
	grep -q 'it was cut at byte .*; nothing of it is restored' <<<"$out" || fail "$out"
	same 'the others are' 100 "$(dbcheck "$uri" count "${db}_b" system_logs)"
	rm "$cold/2026-01-02/$db/system_logs.manifest.json"
	out=$(ctl restore "$cold" --dry-run 2>&1) && fail 'a part without a manifest'
	grep -q 'it has no manifest: it was never finished' <<<"$out" || fail "$out"
	archive >"$work/out"
	same 'an unfinished part is written anew' "$(<"$work/before")" "$(in_archive)"
	same left 0 "$(left)"
	: >"$cold/.lock"
	exec {locked}<>"$cold/.lock"
	flock "$locked"
	out=$(archive 2>&1) && fail 'two at once'
	grep -q 'in use by another' <<<"$out" || fail "$out"
}

# The connection breaks before and after deletes, and the disk fills: told each time, and the next run goes on.
case_faults() {
	local i failures=0

	begin faults 4 200
	[ ${#gateways[@]} != 0 ] || { figure 'skipped: no gateway here'; return 0; }
	for ((i = 0; i < 24; i++)); do
		case $((i % 4)) in
		0) gateway_send retention_faults "drop-after 1 $((i % 9))" ;;
		1) gateway_send retention_faults "drop-before 1 $((i % 7))" ;;
		2) gateway_send retention_faults "error 11600 1 $((i % 5))" ;;
		3) gateway_send retention_faults "wce 64 1 $((i % 6))" ;;
		esac >"$work/sent"
		archive --batch 20 >>"$work/out" 2>"$work/said" || failures=$((failures + 1))
		gateway_send retention_faults clear >"$work/sent"
		[ "$(left)" != 0 ] || ctl restore "$cold" >>"$work/out"
	done
	archive >>"$work/out"
	same 'left' 0 "$(left)"
	same 'nothing lost, nothing twice' "$(<"$work/before")" "$(in_archive)"
	figure "$failures runs of 24 failed half-way"
	[ $failures -ge 12 ] || fail "only $failures runs failed"

	ctl restore "$cold" >>"$work/out"
	rm -rf "$cold"
	! (trap '' XFSZ; ulimit -f 2; archive) >"$work/out" 2>"$work/said" || fail 'written without room'
	grep -q 'cannot be written: File too large; nothing of this day is deleted' "$work/said" || fail "$(<"$work/said")"
	same 'nothing is deleted' 800 "$(left)"
	[ -z "$(find "$cold" -name '*.tmp' -o -name '*.manifest.json')" ] || fail "left: $(find "$cold")"
	archive >"$work/out"
	same 'with room' "$(<"$work/before")" "$(in_archive)"
}

case_killed() {
	local kills=0 i pid code

	begin killed 12 150
	for ((i = 0; kills < 36 && i < 200; i++)); do
		"$genlogctl" archive --uri "$uri" --database "$db" -C system_logs --older-than 30d --to "$cold" --batch 20 \
			>>"$work/out" 2>>"$work/said" &
		pid=$!
		pids+=("$pid")
		wait_for "0.$(printf %03d $((5 + $(below 75))))"
		kill -KILL "$pid" 2>/dev/null || true
		code=0
		wait "$pid" 2>/dev/null || code=$?
		forget_pid "$pid"
		case $code in
		137) kills=$((kills + 1)) ;;
		0) ctl restore "$cold" >>"$work/out" ;; # all was archived: it comes back, and it goes on
		*) fail "exit code $code: $(tail -3 "$work/said")" ;;
		esac
	done
	archive >>"$work/out"
	same 'left' 0 "$(left)"
	same 'nothing lost, nothing twice' "$(<"$work/before")" "$(in_archive)"
	ctl restore "$cold" >>"$work/out"
	same 'and all of it back' "$(<"$work/before")" "$(in_database)"
	figure "$kills kills, 1800 documents, none lost, none twice"
	[ $kills = 36 ] || fail "only $kills were killed"
}

cases "$@"
