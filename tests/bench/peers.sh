#!/bin/bash
# rsyslog and syslog-ng of Debian, which conflict as packages, each unpacked into a folder of its own below $PEERS.
# Sets RSYSLOG and SYSLOGNG, empty where one cannot be had.  To be sourced.
# shellcheck disable=SC2034
PEERS=${PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/genlog-bench}
LIBS=usr/lib/x86_64-linux-gnu

# unpack NAME PACKAGE...: the packages, and those that only they need
unpack() {
	local name=$1

	shift
	[ "$(cat "$PEERS/$name/done" 2>/dev/null)" != "$*" ] || return 0
	mkdir -p "$PEERS/$name/debs"
	(cd "$PEERS/$name/debs" && apt-get -qq download "$@") || return 1
	for deb in "$PEERS/$name/debs"/*.deb; do
		dpkg -x "$deb" "$PEERS/$name/root"
	done
	echo "$*" >"$PEERS/$name/done"
}

RSYSLOG='' SYSLOGNG=''
if unpack rsyslog rsyslog rsyslog-openssl rsyslog-mongodb libestr0 libfastjson4 liblognorm5; then
	RSYSLOG=$PEERS/rsyslog/root
fi
# What is unpacked alone may lack libraries that an installation would bring: then it is as if it were not there.
if unpack syslog-ng syslog-ng-core syslog-ng-mod-mongodb libivykis0 libnet1 libjson-c5 libpcre3 libwrap0 libnsl2 libtirpc3; then
	SYSLOGNG=$PEERS/syslog-ng/root
fi

peer_tells() { # what it says of its version, and whether it starts
	case $1 in
	rsyslog) LD_LIBRARY_PATH=$RSYSLOG/$LIBS "$RSYSLOG/usr/sbin/rsyslogd" -v ;;
	syslog-ng) LD_LIBRARY_PATH=$SYSLOGNG/$LIBS:$SYSLOGNG/usr/lib/syslog-ng "$SYSLOGNG/usr/sbin/syslog-ng" --version ;;
	esac
}

if [ -n "$RSYSLOG" ] && ! peer_tells rsyslog >/dev/null 2>&1; then RSYSLOG=''; fi
if [ -n "$SYSLOGNG" ] && ! peer_tells syslog-ng >/dev/null 2>&1; then SYSLOGNG=''; fi
