# shellcheck shell=bash disable=SC2154,SC2034
# Sourced by run.sh: W4u and W4t, messages of RFC 5424 over a unix datagram socket and over TCP, for each of the three.
# genlog and rsyslog and syslog-ng read header and structured data, and write them out.

W4_PORT=5514

w4_address() { if [ "$1" = W4u ]; then echo "unix:$rd/log.sock"; else echo "tcp:$W4_PORT"; fi; }

w4_genlog() {
	local listen="unix:$rd/log.sock"

	[ "$1" = W4u ] || listen=tcp://127.0.0.1:$W4_PORT
	cat <<-YAML
		node_id: bench
		spool: {path: $rd/spool, max_size: 8GiB}
		output: {type: "null"}
		inputs: [{type: syslog, listen: ["$listen"]}]
	YAML
}

w4_rsyslog() { # WORKLOAD QUEUE OUT FIELDS
	local input

	case $1 in
	W4u) input="module(load=\"imuxsock\" SysSock.Use=\"off\")
input(type=\"imuxsock\" Socket=\"$rd/log.sock\" CreatePath=\"off\" UseSpecialParser=\"off\" ParseHostname=\"on\" RateLimit.Interval=\"0\" IgnoreTimestamp=\"off\" FlowControl=\"on\" ruleset=\"m\")" ;;
	W4t) input="module(load=\"imptcp\" threads=\"2\")
input(type=\"imptcp\" address=\"127.0.0.1\" port=\"$W4_PORT\" ruleset=\"m\" rateLimit.interval=\"0\" supportOctetCountedFraming=\"off\" flowControl=\"on\")" ;;
	esac
	cat <<-CONF
		global(workDirectory="$rd" maxMessageSize="64k" senders.keepTrack="off" processInternalMessages="off" net.enableDNS="off")
		main_queue($2)
		module(load="mmpstrucdata")
		template(name="o" type="list"){ $4 constant(value="\n") }
		$input
		ruleset(name="m"){
		action(type="mmpstrucdata")
		action(type="omfile" file="$3" template="o" ioBufferSize="256k" flushOnTXEnd="on")
		}
	CONF
}

w4_syslogng() { # WORKLOAD BUFFER OUT TEMPLATE
	local source="network(transport(tcp) ip(127.0.0.1) port($W4_PORT) flags(syslog-protocol) log-fetch-limit(1000) log-iw-size(100000) max-connections(10));"

	[ "$1" != W4u ] || source="unix-dgram(\"$rd/log.sock\" flags(syslog-protocol) log-fetch-limit(1000) log-iw-size(100000));"
	cat <<-CONF
		@version: 3.38
		options { threaded(yes); stats-freq(0); use-dns(no); keep-hostname(yes); log-msg-size(65536); flush-lines(1000); log-fifo-size(200000); };
		source s { $source };
		destination d { file("$3" template("$4\n") $2); };
		log { source(s); destination(d); flags(flow-control); };
	CONF
}

# What of a message they write.
w4_rsyslog_fields='property(name="pri") constant(value=" ") property(name="timereported" dateFormat="rfc3339") constant(value=" ") property(name="hostname") constant(value=" ") property(name="app-name") constant(value=" ") property(name="procid") constant(value=" ") property(name="msgid") constant(value=" ") property(name="$!rfc5424-sd") constant(value=" ") property(name="msg" format="json")'
w4_syslogng_fields='$(format-json pri=$PRI time=$ISODATE host=$HOST ident=$PROGRAM pid=$PID msgid=$MSGID message=$MESSAGE --key .SDATA.*)'
