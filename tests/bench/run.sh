#!/bin/bash
# genlog against rsyslog and syslog-ng on the same files in one run, interleaved: lines per CPU-second, wall, peak RSS.
# BUILD, RUNS (3), PEERS (where the peers are unpacked), DATA (where the input lies), ONLY ("genlog rsyslog syslog-ng"),
# WORKLOADS ("W1 W2 W3 W4u W4t W5 W6"), MODES ("null disk mongo")
#
#	null    read, parse, discard
#	disk    read, parse, through the disk buffer (genlog: spool; rsyslog: disk queue; syslog-ng: reliable disk-buffer)
#	mongo   read, parse, disk buffer, into wiregw --null-sink (W1 only)
# genlog has no mode without its spool: its "null" is its "disk".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
BUILD=${BUILD:-build}
RUNS=${RUNS:-3}
DATA=${DATA:-${XDG_CACHE_HOME:-$HOME/.cache}/genlog-bench/data}
work=$(mktemp -d "${TMPDIR:-/tmp}/genlog-bench.XXXXXX")
rd=$work/run
gateway=
cleanup() {
	[ -z "$gateway" ] || kill "$gateway" 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
. tests/bench/peers.sh
. tests/bench/syslog_peers.sh
only=${ONLY:-genlog rsyslog syslog-ng}
workloads=${WORKLOADS:-W1 W2 W3 W4u W4t W5 W6}
modes=${MODES:-null disk mongo}

lines_of() { case $1 in W4*) echo 500000 ;; W5 | W6) echo 2000000 ;; *) echo 1000000 ;; esac; }

make_data() {
	mkdir -p "$DATA"
	for w in $workloads; do
		[[ $w != W[46]* ]] || continue
		[ -s "$DATA/$w.log" ] || "$BUILD/tests/bench/gen" "$w" "$(lines_of $w)" > "$DATA/$w.log"
		cat "$DATA/$w.log" > /dev/null # into the page cache, for all alike
	done
}

genlog_config() {
	local parser=auto output='{type: "null"}' # which finds json, access and text by itself

	[[ $1 != W4* ]] || { w4_genlog "$1"; return; }
	[ "$1" != W6 ] || { w6_genlog; return; }
	[ "$1" != W5 ] || parser=raw
	[ "$2" != mongo ] || output="{type: mongodb, uri: \"mongodb://127.0.0.1:$port\"}"
	cat <<-YAML
		node_id: bench
		spool: {path: $rd/spool, max_size: 8GiB}
		output: $output
		inputs: [{type: tail, paths: [$DATA/$1.log], parser: $parser}]
	YAML
}

w6_genlog() {
	cat <<-YAML
		node_id: bench
		spool: {path: $rd/spool, max_size: 8GiB}
		output: {type: "null"}
		inputs: [{type: emit, socket: $rd/emit.sock, rings: []}]
	YAML
}

# How rsyslog takes the lines apart.
rulebase() {
	echo 'version=2'
	case $1 in
	W2) echo 'rule=:%remote:word% %ident:word% %user:word% [%time:char-to:]%] "%method:word% %path:word% %proto:char-to:"%" %code:number% %size:number% "%referer:char-to:"%" "%agent:char-to:"%"' ;;
	W3) echo 'rule=:%date:word% %time:word% %level:word% [%module:char-to:]%] %logger:word% - %message:rest%' ;;
	esac
}

rsyslog_config() {
	local queue='queue.type="FixedArray" queue.size="100000" queue.dequeueBatchSize="2048" queue.workerThreads="2"'
	local out=/dev/null template='property(name="msg")' action='' lines=''

	[ "$2" != disk ] || {
		queue='queue.type="Disk" queue.filename="mq" queue.maxFileSize="128m" queue.checkpointInterval="10000" queue.size="50000000" queue.dequeueBatchSize="2048" queue.saveOnShutdown="on" queue.maxDiskSpace="20g"'
		out=$rd/out
	}
	[[ $1 != W4* ]] || { w4_rsyslog "$1" "$queue" "$out" "$([ "$2" = null ] && echo "$template" || echo "$w4_rsyslog_fields")"; return; }
	[ "$1" = W5 ] || template='property(name="$!all-json-plain")'
	[ "$2" != null ] || template='constant(value="x")'
	case $1 in
	W1) action='action(type="mmjsonparse" cookie="" useRawMsg="on")' ;;
	W2 | W3)
		action="action(type=\"mmnormalize\" rulebase=\"$rd/rulebase\" useRawMsg=\"on\")"
		rulebase "$1" >"$rd/rulebase"
		;;
	esac
	[ "$1" != W3 ] || lines='startmsg.regex="^[0-9]{4}-[0-9]{2}-[0-9]{2} " readTimeout="2" escapeLF="off"'
	cat <<-CONF
		global(workDirectory="$rd" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off" senders.keepTrack="off" processInternalMessages="off" net.enableDNS="off")
		main_queue($queue)
		module(load="imfile" mode="inotify" sortFiles="off")
		$([ "$1" != W1 ] || echo 'module(load="mmjsonparse")')
		$([[ "$1" != W[23] ]] || echo 'module(load="mmnormalize")')
		$([ "$2" != mongo ] || printf 'module(load="ommongodb")\ntemplate(name="mg" type="subtree" subtree="$!")\n')
		template(name="o" type="list"){ $template constant(value="\n") }
		input(type="imfile" file="$DATA/$1.log" tag="t" ruleset="m" persistStateInterval="10000" freshStartTail="off" addMetadata="off" $lines)
		ruleset(name="m"){
		$action
		$(if [ "$2" = mongo ]; then
			echo "action(type=\"ommongodb\" uristr=\"mongodb://127.0.0.1:$port\" db=\"peers\" collection=\"rs\" template=\"mg\")"
		else
			echo "action(type=\"omfile\" file=\"$out\" template=\"o\" ioBufferSize=\"256k\" flushOnTXEnd=\"on\")"
		fi)
		}
	CONF
}

syslogng_config() {
	local out=/dev/null buffer='' template=x parser='' lines=''

	[ "$2" != disk ] || {
		mkdir -p "$rd/db"
		buffer="disk-buffer(reliable(yes) disk-buf-size(4294967296) mem-buf-size(163840000) dir(\"$rd/db\"))"
		out=$rd/out
		template='$MESSAGE'
	}
	[[ $1 != W4* ]] || { w4_syslogng "$1" "$buffer" "$out" "$([ "$2" = null ] && echo x || echo "$w4_syslogng_fields")"; return; }
	case $1 in
	W1) parser='json-parser(prefix("j."));' ;;
	W2) parser='csv-parser(columns("j.remote","j.ident","j.user","j.time","j.request","j.code","j.size","j.referer","j.agent") flags(escape-double-char,strip-whitespace) delimiters(" ") quote-pairs("\"\"[]")); date-parser(format("%d/%b/%Y:%H:%M:%S %z") template("${j.time}"));' ;;
	W3)
		parser='csv-parser(columns("j.date","j.time","j.level","j.module","j.logger","j.dash","j.message") delimiters(" ") quote-pairs("[]") flags(escape-none,greedy)); date-parser(format("%Y-%m-%d %H:%M:%S,%f") template("${j.date} ${j.time}"));'
		lines='multi-line-mode(prefix-garbage) multi-line-prefix("^[0-9]{4}-[0-9]{2}-[0-9]{2} ") multi-line-timeout(2)'
		;;
	esac
	[ -z "$parser" ] || parser="parser { $parser };"
	[ "$1" = W5 ] || [ "$2" != disk ] || template='$(format-json --key j.* --shift-levels 1)'
	cat <<-CONF
		@version: 3.38
		options { threaded(yes); stats-freq(0); use-dns(no); keep-hostname(yes); log-msg-size(65536); flush-lines(1000); log-fifo-size(200000); };
		source s { file("$DATA/$1.log" flags(no-parse) log-fetch-limit(1000) log-iw-size(100000) follow-freq(0.1) $lines); };
		$(if [ "$2" = mongo ]; then
			echo "destination d { mongodb(uri(\"mongodb://127.0.0.1:$port/peers\") collection(\"sn\") workers(2) value-pairs(key(\"j.*\" rekey(shift-levels(1))))); };"
		else
			echo "destination d { file(\"$out\" template(\"$template\\n\") $buffer); };"
		fi)
		log { source(s); $parser destination(d); flags(flow-control); };
	CONF
}

# run PEER WORKLOAD MODE: "cpu wall rss status"
run() {
	local m=("$BUILD/tests/bench/measure") input=$DATA/$2.log once=--once

	rm -rf "$rd"
	mkdir -p "$rd"
	if [[ $2 = W4* ]]; then # a daemon that is sent something is done when it is quiet
		input=/dev/null once='' m=(unshare -n -- tests/bench/own_net.sh "$(w4_address "$2")" "$(lines_of "$2")" "${m[@]}")
	elif [ "$2" = W6 ]; then
		input=/dev/null once='' m=(tests/bench/own_rings.sh "$rd" "$(lines_of "$2")" "${m[@]}")
	fi
	case $1 in
	genlog)
		genlog_config "$2" "$3" > "$rd/conf"
		[ -n "$once" ] || m+=(-i "$input")
		"${m[@]}" -- "$BUILD/genlogd" -q -c "$rd/conf" ${once:+"$once"} 2> "$rd/err"
		;;
	rsyslog)
		rsyslog_config "$2" "$3" > "$rd/conf"
		LD_LIBRARY_PATH=$RSYSLOG/$LIBS "${m[@]}" -i "$input" -- "$RSYSLOG/usr/sbin/rsyslogd" -n \
			-M "$RSYSLOG/$LIBS/rsyslog" -f "$rd/conf" -i "$rd/pid" 2> "$rd/err"
		;;
	syslog-ng)
		syslogng_config "$2" "$3" > "$rd/conf"
		LD_LIBRARY_PATH=$SYSLOGNG/$LIBS:$SYSLOGNG/usr/lib/syslog-ng "${m[@]}" -i "$input" -- \
			"$SYSLOGNG/usr/sbin/syslog-ng" -F --no-caps --module-path="$SYSLOGNG/usr/lib/syslog-ng/3.38" \
			-f "$rd/conf" -R "$rd/persist" -c "$rd/ctl" -p "$rd/pid" 2> "$rd/err"
		;;
	esac
}

# What came out: lines of the file, documents of the sink, or "-" where nothing can be counted.
came_out() {
	if [ "$3" = mongo ]; then
		"$BUILD/contrib/devdb/wiregw" --ctl "$work/ctl" --send stats | grep -o 'docs=[0-9]*' | cut -d= -f2
	elif [ -s "$rd/out" ]; then
		wc -l < "$rd/out"
	else
		echo -
	fi
}

start_gateway() {
	"$BUILD/contrib/devdb/wiregw" --port 0 --null-sink --ctl "$work/ctl" --pidfile "$work/gw" &
	gateway=$!
	until [ -s "$work/gw" ]; do read -rt 0.05 <> <(:) || true; done
	port=$(sed -n 2p "$work/gw")
}

measure_all() {
	local w=$1 mode=$2 peer row

	for _ in $(seq "$RUNS"); do
		for peer in $only; do
			[ $w != W6 ] || [ $peer = genlog ] || continue # nobody else reads these
			[ $mode != mongo ] || "$BUILD/contrib/devdb/wiregw" --ctl "$work/ctl" --send reset > /dev/null
			row=$(run "$peer" "$w" "$mode") || true
			echo "$peer $w $mode $(lines_of "$w") $row $(came_out "$peer" "$w" "$mode")" | tee -a "$work/rows" >&2
		done
	done
}

# Medians, and the ratio to rsyslog in the same run.
table() {
	printf '%-10s %-3s %-6s %12s %9s %9s %10s %10s\n' what in mode lines/cpu-s cpu-s wall-s rss-MiB came-out
	sort "$work/rows" | awk '
	function flush() {
		if (!n) return
		asort_by(cpu, n); asort_by(wall, n); asort_by(rss, n); m = int((n + 1) / 2)
		printf "%-10s %-3s %-6s %12d %9.2f %9.2f %10.1f %10s\n", p, w, mode, lines / cpu[m], cpu[m], wall[m], rss[m] / 1024, out
		n = 0
	}
	function asort_by(a, k,   i, j, t) { for (i = 2; i <= k; i++) for (j = i; j > 1 && a[j - 1] > a[j]; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t } }
	{ key = $1 $2 $3; if (key != last) flush(); last = key; p = $1; w = $2; mode = $3; lines = $4; cpu[++n] = $5 + 0; wall[n] = $6 + 0; rss[n] = $7 + 0; out = $9 }
	END { flush() }'
}

# Instructions a line, which do not depend on what else the machine does.
instructions() {
	command -v valgrind > /dev/null || return 0
	head -20000 "$DATA/W1.log" > "$work/part.log"
	rm -rf "$rd" && mkdir -p "$rd"
	DATA=$work genlog_config part null > "$rd/conf"
	valgrind --tool=callgrind --callgrind-out-file="$work/callgrind" "$BUILD/genlogd" -q -c "$rd/conf" --once 2>&1 |
		awk '/Collected/ { printf "callgrind: %d instructions a W1 line, all threads, start and end included\n", $4 / 20000 }'
}

make_data
start_gateway
for mode in $modes; do
	for w in $workloads; do
		[ $mode != mongo ] || [ $w = W1 ] || continue
		measure_all $w $mode
	done
done
uname -sr
grep -m1 'model name' /proc/cpuinfo || true
table
instructions
