#!/bin/bash
# The drop-ins that ship with it: each passes its own samples, and all stand side by side.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

check_with() { # FILE...
	mkdir -p "$work/conf.d"
	rm -f "$work"/conf.d/*
	cp "$@" "$work/conf.d/"
	agent_extra='include: conf.d/*.yaml' agent_conf '{type: "null"}' </dev/null
	"$genlogd" -c "$work/agent.yaml" --check >"$work/said" 2>&1
}

case_each_alone() {
	local file n=0

	for file in "$e2e_root"/conf.d/*.yaml; do
		check_with "$file" || fail "$(basename "$file"): $(<"$work/said")"
		grep -q '^samples:' "$file" || fail "$(basename "$file") has no samples"
		n=$((n + 1))
	done
	figure "$n drop-ins"
	[ "$n" -ge 20 ] || fail "there are only $n drop-ins"
}

case_all_together() {
	check_with "$e2e_root"/conf.d/*.yaml || fail "$(<"$work/said")"
}

# A sample that is wrong is told: else the cases above would say nothing.
case_a_wrong_sample_is_told() {
	sed 's/level: ERROR/level: WARN/' "$e2e_root/conf.d/mes.yaml" >"$work/mes.yaml"
	! check_with "$work/mes.yaml" || fail 'a wrong sample passes'
	grep -q '"level" is "ERROR"' "$work/said" || fail "$(<"$work/said")"
}

# Two paths of two drop-ins that meet would be read twice.
case_no_path_is_named_twice() {
	local twice

	twice=$(sed -n 's/.*paths: \[\(.*\)\].*/\1/p' "$e2e_root"/conf.d/*.yaml | sed 's/\].*//' | tr ',' '\n' | sed "s/[ ']//g" | sort | uniq -d)
	[ -z "$twice" ] || fail "named twice: $twice"
}

# All of them at once, and one line for one of them.
case_a_line_is_read_by_its_own() {
	check_with "$e2e_root"/conf.d/*.yaml || fail "$(<"$work/said")"
	agent_extra='include: conf.d/*.yaml' agent_conf "$(archive_output)" </dev/null
	sed -i "s#/var/#$work/var/#g; s#/run/genlog#$work/run#g" "$work"/conf.d/*.yaml # nothing of this host, nor of other tests
	mkdir -p "$work/var/log/mes" "$work/run"
	put "$work/var/log/mes/a.log" '2025-12-22 10:30:45,123 INFO [OrderService.open] [c-17] user=u42 opened'
	agent_once
	expect_messages opened
}

cases "$@"
