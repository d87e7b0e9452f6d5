#!/bin/bash
# The archive: killed again and again under load, and each document stands in it once; cut nowhere.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

lines=200000 kills=25
mkdir "$logs"
agent_conf "{type: archive, path: \"$work/archive\", database: e2e, flush_interval: 10ms, batch_docs: 200}" <<-END
	service: E2E
	inputs:
	  - {type: tail, parser: json, paths: [$logs/a.log]}
END
"$tools/logwriter" -f "$logs/a.log" -n $lines -r 25000 -m rename -e 700 >"$work/writer.out" &
writer=$!
pids+=("$writer")
for ((i = 0; i < kills || $(is_alive "$writer" && echo 1 || echo 0); i++)); do
	agent_start
	wait_for "0.$(printf %03d $((30 + $(below 400))))"
	agent_kill
done
wait "$writer"
agent_once
line=$(archived count -n $lines -v) || fail 'the archive is damaged'
figure "$i kills, $(<"$work/writer.out") arrived: $line"
same lost 0 "$(value lost "$line")"
same twice 0 "$(value twice "$line")"
same 'ids twice' 0 "$(value ids_twice "$line")"
same documents $lines "$(value docs "$line")"
[ -s "$work/archive/e2e/system_logs.metadata.json" ] || fail 'there is no metadata'

# Documents behind the mark were never committed: they go when the agent comes back.  A torn one too.
head -c 1000 "$(archive_file)" >>"$(archive_file)"
agent_once
same 'after a torn write' "$line" "$(archived count -n $lines)"

# bsonwalk notices what is cut.
head -c -1 "$(archive_file)" >"$work/cut.bson"
! "$tools/bsonwalk" count "$work/cut.bson" 2>/dev/null || fail 'bsonwalk takes a cut file for a whole one'
