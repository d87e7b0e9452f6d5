#!/bin/bash
# alone: it measures how soon the page shows what happens.
# The agent's page in a headless Chromium: it moves, filters, tells what is stuck and that the agent is away, is operated by
# keyboard, fits a small screen, and asks nobody else for anything.  Skipped where Chromium or npm's playwright-core is not to be had.
# GENLOG_TEST_CACHE: where npm's packages are kept (default ~/.cache/genlog-test).  GENLOG_TEST_SHOTS: a folder for screenshots.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cache=${GENLOG_TEST_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/genlog-test}/npm
chromium=$(command -v chromium || command -v chromium-browser || true)
shots=${GENLOG_TEST_SHOTS:-$work/shots}

have_playwright() {
	command -v node >/dev/null && command -v npm >/dev/null || return 1
	[ ! -d "$cache/node_modules/playwright-core" ] || return 0
	mkdir -p "$cache"
	timeout 60 npm install --no-audit --no-fund --prefix "$cache" playwright-core >"$work/npm.log" 2>&1
}

answers() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# watched NAME OUTPUT SPOOL: an agent with a page of its own, which tails $work/NAME/*.log; $port and $agent_pid are set.
watched() {
	port=$(dbcheck port)
	mkdir -p "$work/$1"
	cat >"$work/agent.yaml" <<-END
		node_id: node_$1
		spool: {path: '$work/spool.$1', min_free: 0$3}
		admin: {socket: '', http: '127.0.0.1:$port', tail: yes}
		output: $2
		inputs: [{type: tail, paths: ['$work/$1/*.log']}]
		service: E2E
	END
	agent_start
	until_true 5 answers "$port" || fail 'the page is not served'
}

[ -n "$chromium" ] || { figure 'skipped, there is no chromium'; exit 0; }
have_playwright || { figure 'skipped, npm or its registry is not to be had'; exit 0; }
mkdir -p "$shots"
watched works "$(archive_output)" ''
works=$port works_pid=$agent_pid
watched stuck "{type: mongodb, uri: 'mongodb://127.0.0.1:$(dbcheck port)/?serverSelectionTimeoutMS=200', database: x}" ', max_size: 1MiB'
PLAYWRIGHT=$cache/ CHROMIUM=$chromium SHOTS=$shots WORK=$work WORKS_PORT=$works WORKS_PID=$works_pid STUCK_PORT=$port \
	timeout 90 node "$e2e_root/tests/e2e/page.mjs" >"$work/page.out" 2>"$work/page.err" ||
	fail "$(tail -3 "$work/page.out")"$'\n'"$(head -20 "$work/page.err")"
grep '^# ' "$work/page.out"
agent_end KILL # its output never answers
agent_pid=$works_pid
agent_stop
