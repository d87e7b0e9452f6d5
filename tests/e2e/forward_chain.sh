#!/bin/bash
# Two genlogd in a chain: one tails files and sends, the other receives and writes to the database.  Both are killed, and
# every line stands there once, with the `_id` and the types that one agent alone would have given it.
# GENLOG_E2E_LONG=1: more lines and kills.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

lines=20000 kills=10
[ -z "${GENLOG_E2E_LONG:-}" ] || lines=200000 kills=60
socket=$work/forward.sock
declare -A pid_of

# node NAME OUTPUT INPUT: a configuration of its own, with a spool of its own
node() {
	cat >"$work/$1.yaml" <<-END
		node_id: node_$1
		spool: {path: "$work/spool.$1", min_free: 0}
		admin: {socket: ""}
		output: $2
		service: E2E
		inputs:
		  - $3
	END
}

start() {
	"$genlogd" -c "$work/$1.yaml" 2>>"$work/agent.log" &
	pids+=($!)
	pid_of[$1]=$!
}

kill_node() {
	kill -KILL "${pid_of[$1]}"
	wait "${pid_of[$1]}" 2>/dev/null || true
	forget_pid "${pid_of[$1]}"
}

all_there() { [ "$(dbcheck "$uri" count chain system_logs '{"context.n": {"$gte": 0}}')" -ge $lines ]; }
# Rotated files go by another path.
sorted() { "$tools/bsonwalk" flat | grep -v '^source\.path' | awk -v RS= '{gsub(/\n/, "\037"); print}' | sort; }

database chain
mkdir -p "$logs"
tail_input="{type: tail, paths: ['$logs/*.log'], parser: json, templates: no}"
node near "{type: forward, servers: ['unix:$socket'], compress: zstd, shared_key: s3cret, flush_interval: 20ms}" "$tail_input"
sed -i 's/^node_id: .*/node_id: node_e2e/' "$work/near.yaml"
node far "$(mongo_output "$uri" chain)" "{type: forward, listen: ['unix:$socket'], shared_key: s3cret}"
start far
start near
began=$(now_ms)
"$tools/logwriter" -f "$logs/a.log" -n $lines -r $((lines / 8)) -m rename -e 300 >"$work/a.out" &
writer=$!
pids+=("$writer")
for ((i = 0; i < kills; i++)); do
	wait_for "0.$(printf %03d $((200 + $(below 600))))"
	if [ $((i % 2)) = 0 ]; then kill_node far; start far; else kill_node near; start near; fi
done
wait "$writer" || fail 'the writer failed'
until_true 60 all_there || fail "there are only $(dbcheck "$uri" count chain system_logs '{}') of $lines"
line=$(count_db "$uri" chain -n $lines -v)
figure "$kills kills in $((($(now_ms) - began) / 1000)) s: $line"
same lost 0 "$(value lost "$line")"
same twice 0 "$(value twice "$line")"
same 'ids twice' 0 "$(value ids_twice "$line")"
kill_node near
kill_node far

# The same files, read by one agent alone.
agent_conf "$(archive_output)" <<-END
	service: E2E
	inputs:
	  - {type: tail, paths: ['$logs/*.log*'], parser: json, templates: no}
END
agent_once
dbcheck "$uri" dump chain system_logs | sorted >"$work/chain.txt"
sorted <"$(archive_file)" >"$work/alone.txt"
cmp -s "$work/chain.txt" "$work/alone.txt" ||
	fail "the documents differ: $(diff "$work/chain.txt" "$work/alone.txt" | head -4 | tr '\037' ' ' | cut -c1-1500)"
figure "$(wc -l <"$work/alone.txt") documents, equal in _id, fields and types to those of one agent alone"
