#!/bin/bash
# own_net.sh ADDRESS COUNT COMMAND...: in a network namespace of its own (unshare -n), with the length of unix datagram
# queues that systemd sets on real hosts; a sender of COUNT messages runs beside the command.
set -eu
ip link set lo up
echo 512 >/proc/sys/net/unix/max_dgram_qlen
"${BUILD:-build}/tests/bench/syslog_send" -n "$2" "$1" >/dev/null &
shift 2
exec "$@"
