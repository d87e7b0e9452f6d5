# shellcheck shell=bash disable=SC2034,SC2120
# Sourced by the tests of this folder, which run.sh starts: a work folder, the agent, databases, waiting, counting.
#
# A test prints figures as lines that begin with "# "; what fails says why on standard error and ends with 1.
set -euo pipefail
export LC_ALL=C.UTF-8 # printf '\u…' writes the character, whatever the terminal speaks

e2e_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
e2e_build=${BUILD:-build}
[[ $e2e_build = /* ]] || e2e_build=$e2e_root/$e2e_build
genlogd=$e2e_build/genlogd
tools=$e2e_build/tests/e2e
export WIREGW=${WIREGW:-$e2e_build/contrib/devdb/wiregw} GENLOG_DEVDB_PORT=0

work=$(mktemp -d "${TMPDIR:-/tmp}/genlog-e2e.XXXXXX")
chmod 755 "$work"
pids=() # of what was started here
gateways=()
agent_pid=''
exec {never}<> <(:) # nobody writes into it: reading it with a time limit is waiting

say() { echo "$*" >&2; }
figure() { echo "# $*"; }
fail() {
	say "FAILED: $*"
	if [ -s "$work/agent.log" ]; then tail -15 "$work/agent.log" >&2; fi
	exit 1
}

# ── waiting ──

wait_for() { read -rt "$1" -u "$never" || true; } # a span of time, in seconds

# until_true SECONDS COMMAND...: as soon as the command is true; 1 when the time is over.
until_true() {
	local end=$((SECONDS + $1 + 1))

	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		wait_for 0.02
	done
}

now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }
below() { echo $(($(od -An -N4 -tu4 /dev/urandom) % $1)); }
is_alive() { grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status" 2>/dev/null; }
is_gone() { ! is_alive "$1"; }
file_has() { grep -qE -- "$2" "$1" 2>/dev/null; }

# ── cases ──

# cases "$@": every function case_* in a process and a folder of its own; with a name, that one alone.
cases() {
	local name failed=()

	if [ $# -gt 0 ]; then
		"case_$1"
		return
	fi
	for name in $(compgen -A function case_); do
		[ -z "${GENLOG_E2E_TIMES:-}" ] || figure "$name $SECONDS s"
		bash "$0" "${name#case_}" 2>"$work/said" >"$work/figures" || failed+=("${name#case_}")
		cat "$work/figures"
		[ "${failed[*]: -1}" != "${name#case_}" ] || sed "s/^/${name#case_}: /" "$work/said" >&2
	done
	figure "$(compgen -A function case_ | wc -l) cases, ${#failed[@]} failed"
	[ ${#failed[@]} = 0 ] || fail "cases: ${failed[*]}"
}

# ── the end ──

at_end=()
clean_up() {
	local code=$? pid what

	trap - EXIT
	for what in "${at_end[@]}"; do eval "$what" || true; done
	for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
	for what in "${gateways[@]}"; do "$e2e_root/contrib/devdb/down.sh" gateway "$what" || true; done
	if [ "$code" != 0 ] && [ -n "${GENLOG_E2E_KEEP:-}" ]; then
		say "kept: $work"
	else
		chmod -R u+rwX "$work" 2>/dev/null || true
		rm -rf "$work"
	fi
	exit "$code"
}
trap clean_up EXIT

# ── the agent ──

# agent_conf OUTPUT: standard input is the service part.  $work/agent.yaml, spool in $work/spool.  Lines of $agent_extra
# go to the top level, those of $spool_extra into the spool's settings.
agent_conf() {
	{
		printf 'node_id: node_e2e\n%s\n' "${agent_extra:-}"
		printf 'spool: {path: "%s", min_free: 0%s}\n' "$work/spool" "${spool_extra:-}"
		printf 'admin: {socket: ""}\noutput: %s\n' "$1"
		cat
	} >"$work/agent.yaml"
}

archive_output() { echo "{type: archive, path: \"$work/archive\", database: e2e, sync: no, flush_interval: 20ms}"; }
mongo_output() { echo "{type: mongodb, uri: \"$1\", database: \"$2\", flush_interval: 50ms}"; }

agent_start() {
	"$genlogd" -c "$work/agent.yaml" "$@" >>"$work/agent.out" 2>>"$work/agent.log" &
	agent_pid=$!
	pids+=("$agent_pid")
	until_true 20 hears_signals "$agent_pid" || fail 'the agent does not come up'
}

# It takes SIGHUP, which would have ended it before; or it is gone, as whoever waits for it will see.
hears_signals() {
	local what value name=''

	while read -r what value; do
		case $what in
		Name:) name=$value ;;
		State:) [[ $value != [ZX]* ]] || return 0 ;;
		SigBlk:) [[ $name = genlogd && $value = *[13579bdf] ]] && return 0 ;;
		esac
	done 2>/dev/null <"/proc/$1/status" || return 0
	return 1
}

forget_pid() {
	local left=() pid

	for pid in "${pids[@]}"; do [ "$pid" = "$1" ] || left+=("$pid"); done
	pids=("${left[@]}")
}

# Ends it by a signal; a crash in between is told from the exit code.
agent_end() {
	local signal=$1 code=0

	kill "-$signal" "$agent_pid" 2>/dev/null || true
	wait "$agent_pid" 2>/dev/null || code=$?
	forget_pid "$agent_pid"
	agent_pid=''
	case $signal:$code in
	KILL:137 | TERM:0) ;;
	*) fail "the agent ended with $code after SIG$signal" ;;
	esac
}

agent_kill() { agent_end KILL; }
agent_stop() { agent_end TERM; }

# Reads what there is, delivers it, and ends.
agent_once() {
	timeout -k 3 "${once_limit:-60}" "$genlogd" -c "$work/agent.yaml" --once "$@" >>"$work/agent.out" 2>>"$work/agent.log" ||
		fail "genlogd --once: exit code $?"
}

# Of the figures that the agent told last: agent_figure events
agent_figure() {
	local line

	line=$(grep 'figures:' "$work/agent.log" | tail -1)
	if [[ $line =~ \ $1=([0-9]+) ]]; then echo "${BASH_REMATCH[1]}"; else echo 0; fi
}

figures_told() { grep -c 'figures:' "$work/agent.log" || true; }
more_figures() { [ "$(figures_told)" -gt "$1" ]; }

# Asks a running agent.
agent_tells() {
	local before

	before=$(figures_told)
	kill -USR1 "$agent_pid"
	until_true 5 more_figures "$before" || fail 'the agent does not tell its figures'
	agent_figure "$1"
}

# ── what has arrived ──

archive_file() { echo "$work/archive/e2e/${1:-system_logs}.bson"; }
archived() { if [ -s "$(archive_file)" ]; then "$tools/bsonwalk" "$1" "${@:2}" "$(archive_file)"; fi; }
messages() { archived messages; }
has_message() { messages | grep -xF -- "$1" >/dev/null; }
count_messages() { messages | wc -l; }
has_messages() { [ "$(count_messages)" -ge "$1" ]; }

# value NAME LINE: of `NAME=value` in a line of them.
value() { if [[ " $2 " =~ \ $1=([^ ]*)\  ]]; then echo "${BASH_REMATCH[1]}"; else fail "there is no $1= in: $2"; fi; }

# same WHAT EXPECTED GOT
same() { [ "$2" = "$3" ] || fail "$1: expected \"$2\", got \"$3\""; }

# expect_messages LINE...: exactly these, in any order
expect_messages() {
	local want got

	want=$(printf '%s\n' "$@" | sort)
	got=$(messages | sort)
	[ "$want" = "$got" ] || fail "expected messages:"$'\n'"$want"$'\n'"got:"$'\n'"$got"
}

# ── databases ──

engine_start() { "$e2e_root/contrib/devdb/up.sh" engine; }
engine_stop() { "$e2e_root/contrib/devdb/down.sh" engine; }
engine_crash() { "$e2e_root/contrib/devdb/down.sh" --crash engine; }

# gateway NAME [ARG...]: starts one; $uri is set.
gateway() {
	"$e2e_root/contrib/devdb/up.sh" gateway "$@" >"$work/uri.$1"
	uri=$(tail -1 "$work/uri.$1")
	gateways+=("$1")
}
gateway_send() { "$WIREGW" --ctl "$GENLOG_DEVDB_DIR/$1.ctl" --send "$2"; }

dbcheck() { "$tools/dbcheck" "$@"; }

start_mongod() {
	local port

	port=$(dbcheck port)
	mkdir -p "$work/mongod"
	mongod --dbpath "$work/mongod" --bind_ip 127.0.0.1 --port "$port" >"$work/mongod.log" 2>&1 &
	pids+=($!)
	uri=mongodb://127.0.0.1:$port/
	until_true 30 dbcheck "$uri" command admin '{"ping": 1}' >/dev/null 2>&1 || fail "mongod does not answer"
}

# A database that need not misbehave: a real one where there is one.
database() {
	if [ -n "${GENLOG_TEST_MONGODB_URI:-}" ]; then
		uri=$GENLOG_TEST_MONGODB_URI
	elif command -v mongod >/dev/null; then
		start_mongod
	else
		engine_start
		gateway "$1" --topology "${2:-standalone}"
	fi
}

# count_db URI DATABASE [ARG...]: the line of bsonwalk count
count_db() { dbcheck "$1" dump "$2" system_logs | "$tools/bsonwalk" count "${@:3}"; }

# ── files ──

# tail_conf 'SETTINGS': an input tail with parser raw and the archive behind it; $logs is its folder.
logs=$work/logs
tail_conf() {
	mkdir -p "$logs"
	agent_conf "$(archive_output)" <<-END
		service: E2E
		inputs:
		  - {type: tail, parser: raw, $1}
	END
}

put() { printf '%s\n' "${@:2}" >>"$1"; } # FILE LINE...
expect_soon() { until_true 5 has_message "$1" || fail "\"$1\" does not arrive; the last are: $(messages | tail -20 | cut -c1-200 | tr "\n" "|")"; }
