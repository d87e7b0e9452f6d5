#!/bin/bash
# Message templates: what was learned survives the end of the agent, and a template that widens keeps its id.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

users=(bob alice carol dave erin frank grace heidi ivan judy mallory niaj olivia peggy rupert sybil trent victor walter)

run() { # what is new, into $work/out
	"$genlogd" -c "$work/agent.yaml" --once >"$work/out" 2>>"$work/agent.log" || fail "genlogd --once: $?"
}

line() { echo "2025-12-22 10:30:45 INFO rejected login of $1 at the front door" >>"$logs/a.log"; }
last() { tail -1 "$work/out" | jq -r "$1"; }

mkdir -p "$logs"
agent_conf '{type: stdout}' <<-YAML
	service: door
	inputs: [{type: tail, paths: ['$logs/a.log']}]
YAML
for user in "${users[@]}"; do line "$user"; done
run
template=$(last .message_template)
id=$(last .template_id)
same 'the template that was mined' 'rejected login of {} at the front door' "$template"
same 'ids' 1 "$(jq -r .template_id "$work/out" | sort -u | wc -l)"

line zoe
run
same 'documents of the second run' 1 "$(wc -l <"$work/out")"
same 'the template after a restart' "$template" "$(last .message_template)"
same 'its id after a restart' "$id" "$(last .template_id)"

# Damaged: learned anew, with a word about it, and nothing else is wrong.
for state in "$work"/spool/templates-*; do printf 'damage' | dd of="$state" bs=1 seek=40 conv=notrunc 2>/dev/null; done
line adam
run
same 'documents after a damaged state' 1 "$(wc -l <"$work/out")"
grep -q 'message templates .* are learned anew' "$work/agent.log" || fail 'nothing was said of the damage'

# Told not to: none.
sed -i 's/paths/templates: no, paths/' "$work/agent.yaml"
line eve
run
same 'without templates' null "$(last .message_template)"
figure "template \"$template\" $id"
