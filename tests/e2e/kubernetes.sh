#!/bin/bash
# contrib/k8s: its configuration is whole and ships what a node's pods write, each line with its pod.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

folder=$e2e_root/contrib/k8s
uid=9f3c1f7e-1b1c-4c7a-8a55-0b9c9a4d8f01

# genlog.yaml as it lies in the ConfigMap
configuration() { sed -n '/^  genlog.yaml: |$/,$s/^    //p' "$folder/configmap.yaml"; }

pod() { # FOLDER FILE LINE...
	mkdir -p "$work/pods/$1"
	printf '%s\n' "${@:3}" >>"$work/pods/$1/$2"
}

case_the_configuration_is_whole() {
	configuration >"$work/genlog.yaml"
	NODE_NAME=node-7 "$genlogd" --check -c "$work/genlog.yaml" >"$work/told" 2>&1 || fail "$(<"$work/told")"
}

case_every_line_says_its_pod() {
	pod "shop_cart-6d9f7b5c4-x2x7k_$uid/cart" 0.log '2025-12-22T10:30:45.1Z stdout F {"level":"error","message":"no stock","kubernetes":"a lie"}'
	pod "shop_cart-6d9f7b5c4-x2x7k_$uid/side-car" 3.log '2025-12-22T10:30:45.2Z stderr P Traffic is ' '2025-12-22T10:30:45.3Z stderr F shaped'
	pod "logging_genlog-abcde_$uid/genlog" 0.log '2025-12-22T10:30:45.4Z stderr F its own'
	configuration | sed "s|/var/log/pods|$work/pods|g; s|/var/lib/genlog/spool|$work/spool|; s|min_free: 5%|min_free: 0|;
		s|admin: .*|admin: {socket: ''}|; s|output: .*|output: $(archive_output)|" >"$work/agent.yaml"
	NODE_NAME=node-7 agent_once
	expect_messages 'no stock' 'Traffic is shaped'
	"$e2e_build/contrib/tools/bsonshow" "$(archive_file)" | sed 1d | jq -r '[.context.kubernetes[], .context.stream, .level, .node_id] | map(tostring) | join(" ")' |
		sort >"$work/told"
	same documents "$(printf 'shop cart-6d9f7b5c4-x2x7k %s %s node-7\n' "$uid" 'cart 0 stdout ERROR' "$uid" 'side-car 3 stderr INFO')" "$(<"$work/told")"
}

# What is said of rights holds, and what the manifests name is there.
case_the_manifests() {
	local file=$folder/daemonset.yaml

	for words in 'automountServiceAccountToken: false' 'runAsNonRoot: true' 'readOnlyRootFilesystem: true' 'drop: \[ALL\], add: \[DAC_READ_SEARCH\]' \
		'path: /health' 'path: /ready' 'limits: \{memory'; do
		file_has "$file" "$words" || fail "there is no $words"
	done
	same 'the port of probes and metrics' "$(configuration | sed -n "s/.*http: ':\([0-9]*\)'.*/\1/p")" "$(sed -n 's/.*containerPort: \([0-9]*\).*/\1/p' "$file")"
	same 'the user of the image' "$(sed -n 's/^USER \([0-9]*\):.*/\1/p' "$e2e_root/contrib/oci/Containerfile")" "$(sed -n 's/.*runAsUser: \([1-9][0-9]*\)$/\1/p' "$file")"
	for name in $(sed -n 's/.*- {name: \([a-z]*\), mountPath.*/\1/p' "$file" | sort -u); do
		file_has "$file" "^        - name: $name( #.*)?$" || fail "there is no volume $name"
	done
	command -v kubectl >/dev/null || { figure 'kubectl is not there: the manifests are not read by it'; return 0; }
	cp "$folder"/*.yaml "$work/"
	printf 'resources: [namespace.yaml, configmap.yaml, daemonset.yaml]\n' >"$work/kustomization.yaml"
	kubectl kustomize "$work" >"$work/told" 2>&1 || fail "$(<"$work/told")"
	same kinds 'ConfigMap DaemonSet Namespace ' "$(sed -n 's/^kind: //p' "$work/told" | sort | tr '\n' ' ')"
}

cases "$@"
