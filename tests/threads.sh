#!/bin/bash
# The whole agent with all its threads under ThreadSanitizer: two readers of JSON, raw lines and stack traces, filters,
# four shippers, a small spool that fills up, a reload on the way.  The first race ends it.  BUILD: a build with SAN=thread.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
BUILD=${BUILD:-build/san-thread}
work=$(mktemp -d "${TMPDIR:-/tmp}/genlog-threads.XXXXXX")
trap 'rm -rf "$work"' EXIT
export TSAN_OPTIONS="halt_on_error=1 exitcode=66"
lines=20000

config() {
	cat <<-YAML
		node_id: threads
		workers: 2
		spool: {path: $work/spool-$1, max_size: 4MiB, sync: 10ms}
		output: $2
		inputs:
		  - {type: tail, paths: [$work/a.log], parser: json}
		  - {type: tail, paths: [$work/b.log], parser: raw}
		  - {type: tail, paths: [$work/c.log]}
		filters:
		  - {type: redact, preset: [password, card]}
		  - {type: rate_limit, rate: 100000, key: level}
	YAML
}

"$BUILD/tests/bench/gen" W1 $lines > "$work/a.log"
"$BUILD/tests/bench/gen" W5 $lines > "$work/b.log"
"$BUILD/tests/bench/gen" W3 $lines > "$work/c.log"
config null '{type: "null", connections: 4}' > "$work/null.yaml"
config archive "{type: archive, path: $work/archive}" > "$work/archive.yaml"
for kind in null archive; do
	"$BUILD/genlogd" -c "$work/$kind.yaml" --once 2> "$work/log" &
	pid=$!
	until [ -e "$work/spool-$kind/lock" ] || [ ! -d /proc/$pid ]; do read -rt 0.02 <> <(:) || true; done
	kill -USR1 $pid 2>/dev/null || true
	kill -HUP $pid 2>/dev/null || true
	if ! wait $pid; then
		cat "$work/log"
		echo "not ok threads: $kind"
		exit 1
	fi
	grep -q 'events=40000' "$work/log" || grep -q 'delivered' "$work/log" || { cat "$work/log"; exit 1; }
done
echo "ok threads"
