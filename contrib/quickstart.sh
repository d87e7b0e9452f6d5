#!/bin/bash
# From a fresh Debian 12 to documents: installs what the build needs, builds genlog, and ships this machine's own
# logs and the log of a made-up service into an archive, as mongodump writes them.  No server is needed.
# Quick the second time; all it makes lies in build/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
place=$PWD/build/quickstart

step() { printf '\n== %s\n' "$*"; }

# A service that logs as ours do: JSON, with a line that is none, and a text log with a trace of trouble.
write_logs() {
	local now i level=INFO

	[ ! -e "$place/log/stock.txt" ] || return 0
	mkdir -p "$place/log"
	now=$(date -u +%Y-%m-%dT%H:%M)
	for i in $(seq 10 40); do
		[ $((i % 7)) = 0 ] && level=warning || level=info
		printf '{"timestamp":"%s:%02d.250Z","level":"%s","logger":"WorkOrderService","msg":"Work order WO_%03d updated","order":{"id":"WO_%03d","quantity":%d},"duration_ms":%d.5,"user_id":%d}\n' \
			"$now" "$i" "$level" "$i" "$i" $((i * 3)) $((i * 2)) $((4700 + i))
	done > "$place/log/orders.log"
	echo 'this line is not JSON, and is kept all the same' >> "$place/log/orders.log"
	printf '%s:41,007 ERROR [StockReservation] Reservation 4711 failed: no stock left in bin A-17\n' \
		"$(date '+%Y-%m-%d %H:%M')" > "$place/log/stock.txt"
}

write_config() {
	mkdir -p "$place/conf.d"
	cat > "$place/genlog.yaml" <<-YAML
		node_id: $(uname -n)
		environment: trial
		spool: {path: $place/spool, max_size: 256MiB}
		output: {type: archive, path: $place/archive, database: genims_production}
		include: conf.d/*.yaml
	YAML
	cat > "$place/conf.d/orders.yaml" <<-YAML
		service: MES
		fields: {version: 1.0.0, tags: [quickstart]}
		inputs:
		  - {type: tail, paths: [$place/log/*.log], parser: json}
	YAML
	cat > "$place/conf.d/stock.yaml" <<-YAML
		service: WMS
		inputs:
		  - {type: tail, paths: [$place/log/*.txt], parser: stock_text}
		parsers:
		  - name: stock_text
		    type: regex
		    pattern: '^(?<timestamp>\S+ \S+) (?<level>\w+) \[(?<class_name>[^]]+)\] (?<message>.*)$'
		    time: {timestamp: '%Y-%m-%d %H:%M:%S,%L'}
	YAML
	cat > "$place/conf.d/this-machine.yaml" <<-YAML
		service: host
		inputs:
		  - {type: tail, paths: [/var/log/dpkg.log], parser: dpkg_line}
		  - {type: tail, paths: [/var/log/*.log, /var/log/apt/*.log], exclude: [dpkg.log], parser: auto}
		parsers:
		  - name: dpkg_line
		    type: regex
		    pattern: '^(?<timestamp>\S+ \S+) (?<message>(?<action>\S+) .*)$'
		    time: {timestamp: '%Y-%m-%d %H:%M:%S'}
	YAML
}

step "1/5 packages"
contrib/install-packages.sh build
step "2/5 build"
make -s -j"$(nproc)" all build/contrib/tools/bsonshow
step "3/5 logs and configuration in $place"
write_logs
write_config
build/genlogd -c "$place/genlog.yaml" --check
step "4/5 ship them: genlogd -c $place/genlog.yaml --once"
build/genlogd -c "$place/genlog.yaml" --once
step "5/5 what is in $place/archive/genims_production/system_logs.bson"
build/contrib/tools/bsonshow --last 1 --module MES --module WMS --module host "$place/archive/genims_production/system_logs.bson"

cat <<TEXT

That was the main job.  Run this again: lines that were shipped are not shipped twice.  What to do next:
  - read the configuration above and its reference:  build/genlogd --help-config | less
  - into MongoDB: in $place/genlog.yaml write
        output: {type: mongodb, uri: "mongodb://HOST:27017", database: genims_production}
  - a database to try it with:   contrib/check.sh installs what it needs; then  make devdb
  - keep it running:             make install && genlogd -c /etc/genlog/genlog.yaml
  - all tests:                   contrib/check.sh
TEXT
