#!/bin/bash
# The examples and other languages: each is compiled, run, and what it has left in its rings is held against the text that
# it should be.  No agent runs.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cc=${CC:-gcc}
here=$e2e_root/tests/e2e/bindings
examples=$e2e_root/contrib/examples
flags=(-Wall -Wextra -Werror "-I$e2e_root/include")
libs=("-L$e2e_build" -lgenlog "-Wl,-rpath,$e2e_build")
rings=$work/rings
export GENLOG_RING_DIR=$rings GENLOG_SOCKET=/none

# A library that was built with a sanitizer wants a program that was, too.
[[ $e2e_build != */san-* ]] || { figure 'skipped: programs of users are not built with sanitizers'; exit 0; }
[ -e "$e2e_build/libgenlog.so" ] || fail "there is no $e2e_build/libgenlog.so: make first"

in_c() { "$cc" -std=c11 "${flags[@]}" -o "$work/$1" "${@:2}" "${libs[@]}"; }
in_cpp() { "$1" "-std=$2" "${flags[@]}" -o "$work/$3" "${@:4}" "${libs[@]}"; }

# leaves TEXT PROGRAM...: what the program leaves; its exit code is 1 where it waits for an agent in vain.
leaves() {
	local want=$1 got

	rm -rf "$rings"
	mkdir "$rings"
	"${@:2}" >"$work/said" 2>&1 || [ $? = 1 ] || fail "$2: $(tail -3 "$work/said")"
	got=$("$tools/ringdump" "$rings")
	[ "$got" = "$want" ] || fail "$2 leaves:"$'\n'"$(diff <(echo "$want") <(echo "$got"))"
}

# What there is of them.
compilers() {
	local each

	for each in g++:c++17 g++:c++20 clang++:c++17; do
		if command -v "${each%:*}" >/dev/null; then echo "$each"; fi
	done
}

orders='push production_line=L7
9 Work order {order_id} status updated to {status} | order_id=1 status="released"
9 Work order {order_id} status updated to {status} | order_id=2 status="released"
9 Work order {order_id} status updated to {status} | order_id=3 status="released"'
event='9 in integration_event_log | integration_id="i-1"'

case_c() {
	in_c orders "$examples/orders.c"
	leaves "$orders"'
13 Torque {nm} is out of range | nm=12.5 station="S7"
'"$event"' timestamp=@1767322800000 source_system="MES" target_system="ERP" status="success"
pop' "$work/orders"
	in_c orders-inline -O2 -DGENLOG_INLINE "$examples/orders.c"
	leaves "$("$tools/ringdump" "$rings")" "$work/orders-inline"
	in_c orders-strict -pedantic -Wno-variadic-macros -Wno-gnu-zero-variadic-macro-arguments -Wno-pedantic "$examples/orders.c"
}

case_syslog() {
	local text='13 {message} | message="belt 3 is slow: 0.4 m/s" ident="conveyor" facility="local0" priority=4'

	in_c syslogger "$examples/syslogger.c"
	leaves "$text" "$work/syslogger"
	sed 's|genlog/syslog.h|syslog.h|' "$examples/syslogger.c" >"$work/old.c"
	in_c old -include genlog/syslog.h "$work/old.c"
	leaves "$text" "$work/old"
}

# The times and numbers of a run are not the same twice.
known() { sed -E 's/(execution_id|_time|_ms|_mb)=("[0-9a-f]+"|[@0-9.]+)/\1=?/g'; }

check_cpp() { # COMPILER STANDARD
	in_cpp "$1" "$2" types "$here/types.cpp"
	in_cpp "$1" "$2" types-inline -O1 -DGENLOG_INLINE "$here/types.cpp"
	! in_cpp "$1" "$2" hole -DHOLE "$here/hole.cpp" 2>"$work/said" || fail "$1 -std=$2 takes a hole without an argument"
	file_has "$work/said" 'the template has a hole without an argument' || fail "$1: $(cat "$work/said")"
	in_cpp "$1" "$2" hole "$here/hole.cpp"
	rm -rf "$rings" && mkdir "$rings"
	"$work/types"
	same "$1 $2" "$(cat "$here/types.txt")" "$("$tools/ringdump" "$rings" | known | grep -v 'a text')"
	"$tools/ringdump" "$rings" >"$work/first"
	rm -rf "$rings" && mkdir "$rings"
	"$work/types-inline"
	same "$1 $2, inline" "$(known <"$work/first")" "$("$tools/ringdump" "$rings" | known)"
	[ "$1 $2" != 'g++ c++20' ] || file_has "$work/first" 'a text" logger="" file="[^"]*types.cpp" line=[1-9]' ||
		fail "a text has no place in the source: $(tail -1 "$work/first")"
}

case_cpp() {
	local each

	[ -n "$(compilers)" ] || { figure 'skipped: there is no C++ compiler'; exit 0; }
	for each in $(compilers); do check_cpp "${each%:*}" "${each#*:}"; done
	each=$(compilers | head -1)
	in_cpp "${each%:*}" "${each#*:}" orders "$examples/orders.cpp"
	rm -rf "$rings" && mkdir "$rings"
	"$work/orders" || true
	same 'orders' "$orders" "$("$tools/ringdump" "$rings" | head -4)"
}

case_spdlog() {
	if ! echo '#include <spdlog/spdlog.h>' | g++ -std=c++17 -fsyntax-only -x c++ - 2>/dev/null; then
		figure 'skipped: spdlog is not installed'
		exit 0
	fi
	in_cpp g++ c++17 sink -Wno-error "$here/sink.cpp" -lspdlog -lfmt
	leaves '13 {message} | message="torque 12.5 is out of range" logger="own" file="" line=0 function=""
21 {message} | message="stop" logger="own" file="" line=0 function=""' "$work/sink"
}

case_unload() {
	in_c host "$here/host.c" -ldl
	"$cc" -std=c11 "${flags[@]}" -fPIC -shared -o "$work/plugin.so" "$here/plugin.c" "${libs[@]}"
	leaves '9 plugin {n} {text} | n=1 text="on the stack"
9 plugin {n} {text} | n=2 text="on the stack"
9 plugin {n} {text} | n=3 text="on the stack"
17 unloaded |' "$work/host" "$work/plugin.so"
	rm -rf "$rings" && mkdir "$rings"
	"$work/host" "$work/plugin.so" often
	same 'records of a site that was loaded 3003 times' 3003 "$("$tools/ringdump" "$rings" | grep -c 'plugin {n}')"
	same 'texts of it' 1 "$(strings "$rings"/*.ring | grep -c 'plugin {n} {text}')"
}

# The library itself may be loaded and unloaded by a program, too: a thread that ends later must not run into nothing.
case_library_unload() {
	python3 -c 'import ctypes' 2>/dev/null || { figure 'skipped: there is no python3'; exit 0; }
	rm -rf "$rings" && mkdir "$rings"
	python3 - "$e2e_build/libgenlog.so.1" <<-'END'
		import ctypes, sys, threading, _ctypes
		def run():
		    lib = ctypes.CDLL(sys.argv[1])
		    lib.genlog_thread_init(b"t")
		    _ctypes.dlclose(lib._handle)
		    _ctypes.dlclose(ctypes.CDLL(sys.argv[1])._handle)
		t = threading.Thread(target=run)
		t.start()
		t.join()
	END
}

case_python() {
	local text

	python3 -c 'import ctypes' 2>/dev/null || { figure 'skipped: there is no python3'; exit 0; }
	export PYTHONPATH=$e2e_root/contrib/bindings/python GENLOG_LIBRARY=$e2e_build/libgenlog.so.1 PYTHONDONTWRITEBYTECODE=1
	rm -rf "$rings" && mkdir "$rings"
	python3 "$examples/orders.py"
	text=$("$tools/ringdump" "$rings" | sed 's/stack_trace="Traceback.*/stack_trace/; /^ /d; /^KeyError/d; /^"$/d')
	same 'orders.py' "$orders"'
13 {message} | message="torque 12.5 is out of range" logger="root" station="S7"
17 {message} | message="no such order" logger="root" stack_trace
pop
'"$event"' status="success" timestamp=@1767322800000' "$text"
	rm -rf "$rings" && mkdir "$rings"
	python3 - <<-'END'
		import genlog, os
		genlog.info("{b} {i} {f} {s} {raw}", b=True, i=-1 << 62, f=0.5, s="ümlaut\0x", raw=b"\xff", big=1 << 70, none=None)
		genlog.info("no {value} {{for}} it {x:>8}", x=1)
		genlog.debug("off")
		for n in range(3000):
		    genlog.info("made up %d" % n)
		genlog.warn("{a}", **{"a": 1, "b,c": 2})
		genlog.info("many", **{"f%d" % n: n for n in range(20)})
		if os.fork() == 0:
		    os._exit(0 if genlog.error("child") else 1)
		assert os.wait()[1] == 0
	END
	text=$("$tools/ringdump" "$rings" | tr -d '\0')
	same 'types' '9 {b} {i} {f} {s} {raw} | b=true i=-4611686018427387904 f=0.5 s="ümlaut' "$(grep -a '{raw}' <<<"$text" | cut -d'"' -f1,2 | sed 's/x$//')"
	same 'made up' 3000 "$(grep -ac 'made up' <<<"$text")"
	same 'a child' 1 "$(grep -ac 'child' <<<"$text")"
}

# What `make install` leaves is enough to compile against.
case_install() {
	local libdir

	make -s -C "$e2e_root" install "BUILD=$e2e_build" "DESTDIR=$work/root" PREFIX=/usr >"$work/said" 2>&1 ||
		fail "make install: $(tail -3 "$work/said")"
	libdir=$work/root/usr/lib
	export PKG_CONFIG_PATH=$libdir/pkgconfig PKG_CONFIG_SYSROOT_DIR=$work/root
	read -ra flags < <(pkg-config --cflags genlog)
	read -ra libs < <(pkg-config --libs genlog)
	in_c installed "$examples/orders.c"
	export LD_LIBRARY_PATH=$libdir
	leaves "$orders"'
13 Torque {nm} is out of range | nm=12.5 station="S7"
'"$event"' timestamp=@1767322800000 source_system="MES" target_system="ERP" status="success"
pop' "$work/installed"
	[ -z "$(compilers)" ] || in_cpp "$(compilers | head -1 | cut -d: -f1)" c++17 installed "$examples/orders.cpp"
	same 'version' "$(sed -n 's/.*VERSION "\(.*\)"/\1/p' "$e2e_root/include/genlog/version.h")" "$(pkg-config --modversion genlog)"
	[ -e "$work/root/usr/share/man/man3/genlog.3" ] || fail 'there is no genlog(3)'
	same 'symbols without a version' '' "$(nm -D --defined-only "$libdir/libgenlog.so.1" | awk '$2 != "A" && $3 !~ /@@?GENLOG_1$/ { print $3 }')"
}

cases "$@"
