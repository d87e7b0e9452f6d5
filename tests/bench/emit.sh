#!/bin/bash
# What a call costs a program: libgenlog beside spdlog (asynchronous), LTTng's user space tracer and sd_journal_send(), the
# same record for all: five fields, three of them texts.  In one run, one after the other, RUNS times (3).
# BUILD, PEERS as run.sh has them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=${BUILD:-build}
peers=${PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/genlog-bench}/emit
libs=$peers/root/usr/lib/x86_64-linux-gnu
work=$(mktemp -d "${TMPDIR:-/tmp}/genlog-bench.XXXXXX")
session=''
rings=/dev/shm/genlog-bench.$$
clean_up() {
	[ -z "$session" ] || kill "$session" 2>/dev/null || true
	rm -rf "$work" "$rings"
}
trap clean_up EXIT

packages=(libspdlog-dev libspdlog1.10 libfmt-dev libfmt9 liblttng-ust-dev liblttng-ust1 liblttng-ust-common1 liblttng-ust-ctl5
	liblttng-ctl0 lttng-tools liburcu-dev liburcu8 libpopt0 libxml2)

unpack() {
	[ "$(cat "$peers/done" 2>/dev/null)" != "${packages[*]}" ] || return 0
	rm -rf "$peers"
	mkdir -p "$peers/debs"
	(cd "$peers/debs" && apt-get -qq download "${packages[@]}") || return 1
	for deb in "$peers"/debs/*.deb; do dpkg -x "$deb" "$peers/root"; done
	echo "${packages[*]}" >"$peers/done"
}

compile() { # OUT SOURCE FLAGS...
	local out=$work/$1 source=tests/bench/emit/$2 compiler=${CC:-gcc}

	shift 2
	[[ $source != *.cpp ]] || compiler=g++
	"$compiler" -O2 -D_GNU_SOURCE -Iinclude -o "$out" "$source" -pthread "$@"
}

make -s BUILD="$build" libgenlog
compile genlog genlog.c -L"$build" -lgenlog "-Wl,-rpath,$PWD/$build"
compile genlog-inline genlog.c -DGENLOG_INLINE -L"$build" -lgenlog "-Wl,-rpath,$PWD/$build"
compile journal journal.c -lsystemd
have_peers=yes
unpack || have_peers=''
if [ -n "$have_peers" ]; then
	compile spdlog spdlog.cpp -std=c++17 "-I$peers/root/usr/include" -DSPDLOG_COMPILED_LIB -DSPDLOG_FMT_EXTERNAL -DSPDLOG_SHARED_LIB "-L$libs" -lspdlog -lfmt "-Wl,-rpath,$libs" 2>"$work/said" ||
		compile spdlog spdlog.cpp -std=c++17 "-I$peers/root/usr/include" -DSPDLOG_FMT_EXTERNAL -DFMT_HEADER_ONLY
	compile lttng lttng.c -Itests/bench/emit "-I$peers/root/usr/include" "-I$peers/root/usr/include/x86_64-linux-gnu" "-L$libs" -llttng-ust -llttng-ust-common "-Wl,-rpath,$libs" -ldl
fi

# A session's daemon and consumer of its own, as this user.
lttng_session() {
	export LD_LIBRARY_PATH=$libs LTTNG_HOME=$work HOME=$work LTTNG_UST_REGISTER_TIMEOUT=-1
	export LTTNG_SESSION_CONFIG_XSD_PATH=$peers/root/usr/share/xml/lttng
	local bin=$peers/root/usr/bin consumer=$libs/lttng/libexec/lttng-consumerd

	"$bin/lttng-sessiond" --consumerd64-path="$consumer" --consumerd64-libdir="$libs" --no-kernel >"$work/session" 2>&1 &
	session=$!
	for _ in {1..100}; do
		! "$bin/lttng" --no-sessiond list >/dev/null 2>&1 || break
		read -rt 0.05 <> <(:) || true
	done
	"$bin/lttng" --no-sessiond create bench --output="$work/trace" >/dev/null
	"$bin/lttng" --no-sessiond enable-channel -u c --subbuf-size=1M --num-subbuf=4 >/dev/null
	"$bin/lttng" --no-sessiond enable-event -u -c c 'genlog_bench:*' >/dev/null
	"$bin/lttng" --no-sessiond start >/dev/null
}

# A folder in memory for one run.
with_rings() {
	mkdir "$rings"
	"$@" "$rings"
	rm -rf "$rings"
}

uname -sr
grep -m1 'model name' /proc/cpuinfo || true
echo "clocksource $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource), load $(cut -d' ' -f1-3 /proc/loadavg)"
printf '%-28s %8s %8s %8s %8s %9s %8s %8s\n' 'ns a call' 'mean min' 'mean p50' p50 p99 p99.9 'M/s, 1' 'M/s, 2'
for _ in $(seq "${RUNS:-3}"); do
	for clock in tsc realtime coarse; do with_rings "$work/genlog" $clock; done
	for clock in tsc realtime; do with_rings "$work/genlog-inline" $clock; done
	[ -z "$have_peers" ] || "$work/spdlog"
	unshare -m sh -c "mount -t tmpfs none /run && mkdir -p /run/systemd/journal && exec '$work/journal'" || echo 'sd_journal_send: needs root'
	[ -z "$have_peers" ] || (lttng_session && "$work/lttng"; kill "$session") || echo 'lttng-ust: its daemon does not run here'
done
