#!/bin/bash
# Stack traces of every language, written slowly and in pieces into many files at once, between ordinary lines: the
# same documents as those of the finished files, read at once.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

files=100
samples=$e2e_root/tests/agent/trace/samples
read_by() { # NAME: a configuration that reads all files into $work/NAME.out
	agent_conf '{type: stdout}' <<-YAML
		service: traces
		inputs: [{type: tail, paths: ['$logs/*.log']}]
	YAML
	sed -i "s|$work/spool|$work/spool.$1|" "$work/agent.yaml"
	mv "$work/agent.yaml" "$work/$1.yaml"
}

documents() { wc -l <"$work/slow.out"; }
all_are_there() { [ "$(documents)" -ge "$(wc -l <"$work/once.out")" ]; }

mkdir -p "$logs"
read_by slow
read_by once
"$genlogd" -c "$work/slow.yaml" >"$work/slow.out" 2>"$work/agent.log" &
agent_pid=$!
pids+=("$agent_pid")
python3 "$e2e_root/tests/e2e/traces.py" write "$samples" "$logs" "$files"
"$genlogd" -c "$work/once.yaml" --once >"$work/once.out" 2>>"$work/agent.log" || fail "genlogd --once: $?"
until_true 15 all_are_there || true
agent_stop
python3 "$e2e_root/tests/e2e/traces.py" compare "$work/once.out" "$work/slow.out" "$files" >"$work/figures" ||
	fail "$(cat "$work/figures")"
figure "$(cat "$work/figures")"
