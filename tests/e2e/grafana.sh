#!/bin/bash
# The dashboard and the alerts of contrib/grafana: whole, about metrics that the agent has, and the alerts fire when they should.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

folder=$e2e_root/contrib/grafana

metrics() { curl -sS -m 5 "http://127.0.0.1:$port/metrics"; }
serves() { metrics >"$work/metrics" 2>/dev/null; }

have_metrics() {
	port=$(dbcheck port)
	tail_conf "paths: ['$logs/*.log']"
	sed -i "s|admin: {socket: \"\"}|admin: {socket: '', http: '127.0.0.1:$port'}|" "$work/agent.yaml"
	agent_start
	until_true 5 serves || fail 'no metrics'
	sed -n 's/^\([a-z_]*\).*/\1/p' "$work/metrics" | sort -u >"$work/names"
}

names_in() { grep -oE '\b(genlog|process)_[a-z_]+[a-z]' | sort -u; }

case_the_metrics_exist() {
	have_metrics
	jq -r '.. | .expr? // empty, (.query? | strings), (.definition? // empty)' "$folder/genlog.json" | names_in >"$work/dashboard"
	sed -n '/expr:/,/labels:/p' "$folder/alerts.yaml" | names_in >"$work/alerts"
	for what in dashboard alerts; do
		[ "$(wc -l <"$work/$what")" -gt 10 ] || fail "there are too few in the $what: $(<"$work/$what")"
		same "unknown in the $what" '' "$(comm -23 "$work/$what" "$work/names" | tr '\n' ' ')"
		figure "$what: $(wc -l <"$work/$what") metrics, of $(wc -l <"$work/names")"
	done
	agent_stop
}

case_the_dashboard_is_whole() {
	local json=$folder/genlog.json

	same 'schema' true "$(jq '.schemaVersion >= 39 and (.panels | length) > 20' "$json")"
	same 'one id a panel' true "$(jq '[.panels[].id] | length == (unique | length)' "$json")"
	same 'the datasource is the variable' '["${datasource}"]' "$(jq -c '[.panels[] | .datasource?, .targets[]?.datasource | objects | .uid] | unique' "$json")"
	same 'all within 24 columns' true "$(jq '[.panels[].gridPos | .x + .w <= 24] | all' "$json")"
	same 'none over another' 0 "$(jq '[.panels[].gridPos] as $p | [range($p | length) as $i | range($i) as $j |
		select($p[$i].x < $p[$j].x + $p[$j].w and $p[$j].x < $p[$i].x + $p[$i].w and
		$p[$i].y < $p[$j].y + $p[$j].h and $p[$j].y < $p[$i].y + $p[$i].h)] | length' "$json")"
	same 'its variables' 'datasource job instance service' "$(jq -r '[.templating.list[].name] | join(" ")' "$json")"
}

case_the_alerts_fire_when_they_should() {
	command -v promtool >/dev/null || { figure 'alerts: skipped, promtool is not there'; return 0; }
	promtool check rules "$folder/alerts.yaml" >"$work/told" 2>&1 || fail "$(<"$work/told")"
	promtool test rules "$folder/alerts_test.yaml" >"$work/told" 2>&1 || fail "$(<"$work/told")"
	grep -oE 'alert: \w+' "$folder/alerts.yaml" | cut -d' ' -f2 >"$work/alerts"
	while read -r name; do
		[ "$(grep -c "\b$name\b" "$folder/alerts_test.yaml")" -ge 2 ] || fail "$name is not tested both ways"
	done <"$work/alerts"
}

# The expressions of the dashboard, as Prometheus reads them.
case_the_expressions_are_such() {
	command -v promtool >/dev/null || { figure 'expressions: skipped, promtool is not there'; return 0; }
	{
		echo 'groups: [{name: x, rules: ['
		jq -r '.panels[].targets[]?.expr | gsub("\\$__(rate_interval|range|interval)"; "5m") | {record: "x", expr: .} | tojson + ","' "$folder/genlog.json" | awk '{sub(/"record":"x"/, "\"record\":\"x" NR "\""); print}'
		echo ']}]'
	} >"$work/rules.yaml"
	promtool check rules "$work/rules.yaml" >"$work/told" 2>&1 || fail "$(<"$work/told")"
}

cases "$@"
