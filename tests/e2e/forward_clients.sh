#!/bin/bash
# Clients that others have written, each as its users have it: npm's fluent-logger and @fluent-org/logger, with
# acknowledgements, with and without a handshake, and Python's fluent-logger.  What is not to be had is skipped.
# GENLOG_TEST_CACHE: where the clients of npm are kept (default ~/.cache/genlog-test).
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cache=${GENLOG_TEST_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/genlog-test}/npm
count=200
port=$(dbcheck port)

listen_with() { # SETTINGS
	agent_conf "$(archive_output)" <<-END
		service: E2E
		inputs:
		  - {type: forward, parser: raw, listen: ['tcp://127.0.0.1:$port'], $1}
	END
	agent_start
	until_true 5 is_listening || fail 'it does not listen'
}

is_listening() { (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

# Whether the clients are there, or can be fetched.
have_npm() {
	command -v node >/dev/null && command -v npm >/dev/null || return 1
	[ ! -d "$cache/node_modules/@fluent-org/logger" ] || [ ! -d "$cache/node_modules/fluent-logger" ] || return 0
	mkdir -p "$cache"
	timeout 60 npm install --no-audit --no-fund --prefix "$cache" fluent-logger @fluent-org/logger \
		>"$work/npm.log" 2>&1
}

node_client() { # NAME [KEY USER PASSWORD]
	NODE_PATH=$cache/node_modules timeout 30 node "$e2e_root/tests/e2e/forward_clients.js" "$1" 127.0.0.1 "$port" $count \
		"${@:2}" >"$work/client.out" 2>&1
}

# All of them, once, with what was put in.
expect_records() { # NAME TAG
	local line

	until_true 10 has_messages $count || fail "there are only $(count_messages) of $count"
	line=$(archived count -n $count)
	same lost 0 "$(value lost "$line")"
	same twice 0 "$(value twice "$line")"
	same messages 1 "$(archived flat | grep -cx $'message\tstring\t'"$1 7")"
	same tags $count "$(archived flat | grep -cx $'context\.tag\tstring\t'"$2")"
	same levels $count "$(archived flat | grep -cx $'level\tstring\tWARN')"
	same types $count "$(archived flat | grep -cE $'^context\.nested\.half\tdouble\t0\.5')"
	agent_stop
}

run_node() { # NAME TAG SETTINGS [KEY USER PASSWORD]
	have_npm || { figure "$1: skipped, npm or its registry is not to be had"; return 0; }
	listen_with "$3"
	node_client "$1" "${@:4}" || fail "the client ended with $?: $(<"$work/client.out")"
	same 'the client says' "acked=$count" "$(tail -1 "$work/client.out")"
	expect_records "$1" "$2"
}

guarded="shared_key: 's3cret', users: ['ann:pass word'], self_hostname: server.example"

case_fluent_logger() { run_node fluent-logger app.node ''; }
case_fluent_logger_with_a_handshake() { run_node fluent-logger app.node "$guarded" s3cret ann 'pass word'; }
case_fluent_org_message() { run_node Message app.node ''; }
case_fluent_org_forward() { run_node Forward app.node ''; }
case_fluent_org_packed() { run_node PackedForward app.node ''; }
case_fluent_org_compressed() { run_node CompressedPackedForward app.node ''; }
case_fluent_org_with_a_handshake() { run_node PackedForward app.node "$guarded" s3cret ann 'pass word'; }

case_a_wrong_key() {
	have_npm || { figure 'a_wrong_key: skipped, npm or its registry is not to be had'; return 0; }
	listen_with "$guarded"
	node_client PackedForward wrong ann 'pass word' || true # whether it tells its user is its own affair
	node_client PackedForward s3cret ann wrong || true
	same refused 2 "$(agent_tells connections_refused)"
	same records 0 "$(count_messages)"
	file_has "$work/agent.log" 'shared key' || fail 'it is not told'
	if file_has "$work/agent.log" 's3cret|pass word'; then fail 'a secret stands in the log'; fi
}

case_python() {
	python3 -c 'import fluent.sender' 2>/dev/null || { figure 'python: skipped, there is no python3-fluent-logger'; return 0; }
	listen_with ''
	timeout 30 python3 - "$port" $count <<-'END' || fail 'the client failed'
		import sys
		from fluent import sender
		s = sender.FluentSender("app", host="127.0.0.1", port=int(sys.argv[1]), nanosecond_precision=True)
		for i in range(int(sys.argv[2])):
		    r = {"message": "python %d" % i, "n": i, "level": "warning", "nested": {"half": 0.5}}
		    assert s.emit("node", r), s.last_error
		s.close()
	END
	expect_records python app.node
}

cases "$@"
