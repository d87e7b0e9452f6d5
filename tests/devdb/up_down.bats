# The scripts themselves: what stays, what goes, who lives beside whom.

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	[ -w /dev/shm ] && under=/dev/shm || under=${TMPDIR:-/tmp}
	export GENLOG_DEVDB_PORT=0 GENLOG_DEVDB_DIR
	GENLOG_DEVDB_DIR=$(mktemp -d -u "$under/genlog-devdb-bats.XXXXXX")
}

teardown() { contrib/devdb/down.sh; }

pid_of() { head -1 "$GENLOG_DEVDB_DIR/$1.pid"; }

@test "up prints the URI, and a second up starts nothing" {
	uri=$(contrib/devdb/up.sh)
	[[ $uri =~ ^mongodb://127.0.0.1:[0-9]+/$ ]]
	engine=$(pid_of engine) gw=$(pid_of gw)
	[ "$(contrib/devdb/up.sh)" = "$uri" ]
	[ "$(pid_of engine)" = "$engine" ]
	[ "$(pid_of gw)" = "$gw" ]
}

@test "down takes the folder and the processes with it" {
	contrib/devdb/up.sh
	engine=$(pid_of engine) gw=$(pid_of gw)
	contrib/devdb/down.sh
	[ ! -e "$GENLOG_DEVDB_DIR" ]
	for pid in "$engine" "$gw"; do
		! grep -q '^State:.[^ZX]' "/proc/$pid/status" 2>/dev/null
	done
}

@test "down --keep keeps the data, and up finds it" {
	uri=$(contrib/devdb/up.sh)
	contrib/devdb/down.sh --keep
	[ -d "$GENLOG_DEVDB_DIR/data" ]
	[ "$(contrib/devdb/up.sh)" = "$uri" ]
}

@test "a gateway comes back with its port and its arguments" {
	uri=$(contrib/devdb/up.sh gateway sink --null-sink --topology replset)
	[[ $uri = *replicaSet=rs0 ]]
	contrib/devdb/down.sh --crash gateway sink
	[ "$(contrib/devdb/up.sh gateway sink)" = "$uri" ]
	"$WIREGW" --ctl "$GENLOG_DEVDB_DIR/sink.ctl" --send stats | grep -q docs=0
}

@test "the engine is started again after a crash" {
	contrib/devdb/up.sh engine
	engine=$(pid_of engine)
	contrib/devdb/down.sh --crash engine
	contrib/devdb/up.sh engine
	[ "$(pid_of engine)" != "$engine" ]
}

@test "two instances live side by side" {
	first=$GENLOG_DEVDB_DIR
	a=$(contrib/devdb/up.sh)
	b=$(GENLOG_DEVDB_DIR=$first.2 contrib/devdb/up.sh)
	[ "$a" != "$b" ]
	GENLOG_DEVDB_DIR=$first.2 contrib/devdb/down.sh
	[ -d "$first" ] && [ ! -e "$first.2" ]
}

@test "a wrong word is told" {
	run contrib/devdb/up.sh sideways
	[ "$status" -ne 0 ]
	[[ $output = *usage* ]]
}

@test "wiregw tells how it is used, and refuses what it does not know" {
	"$WIREGW" --help | grep -q -- --null-sink
	run "$WIREGW" --port 70000 --null-sink
	[ "$status" -eq 2 ]
	run "$WIREGW" --port 0
	[ "$status" -eq 2 ]
	run "$WIREGW" --port 0 --null-sink --fault "no such thing"
	[ "$status" -eq 1 ]
}
