#!/bin/bash
# Real logs with ground truth, through the agent without any configuration of formats: time, level, component, message
# and the groups that the mined templates make.  The corpus is no part of the project; without it nothing is tested.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

corpus=${GENLOG_TEST_CORPUS:-$e2e_root/../shared/corpus}/loghub

if [ ! -d "$corpus" ]; then
	figure "skipped: there is no $corpus (GENLOG_TEST_CORPUS names another place)"
	exit 0
fi

run_one() { # SYSTEM
	mkdir -p "$work/$1"
	cat >"$work/$1/genlog.yaml" <<-YAML
		node_id: test
		plugin_dir: $e2e_build/plugins
		spool: {path: $work/$1/spool}
		output: {type: stdout}
		service: $1
		inputs: [{type: tail, paths: ['$corpus/$1/$1_2k.log'], zone: UTC}]
	YAML
	"$genlogd" -c "$work/$1/genlog.yaml" --once --foreground >"$work/$1/out.json" 2>"$work/agent.log" ||
		fail "genlogd ended with $? on $1"
}

systems=()
for folder in "$corpus"/*/; do
	name=$(basename "$folder")
	[ -e "$folder/${name}_2k.log_structured.csv" ] || continue
	run_one "$name"
	systems+=("$name")
done
python3 "$e2e_root/tests/e2e/corpus.py" "$corpus" "$work" "${systems[@]}" | sed 's/^/# /'
exit "${PIPESTATUS[0]}"
