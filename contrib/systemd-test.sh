#!/bin/bash
# The unit under a systemd: a Debian with the packages of `make deb` is booted in a container with no network but its own
# loopback, and the agent is started, fed, hung, killed, stopped, upgraded and removed there.
# As root; needs debootstrap and systemd-nspawn (contrib/install-packages.sh build test deb).
#
#	contrib/systemd-test.sh [CASE...]        all where none is named; watchdog and those with rings need inputs before them
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck disable=SC2034 # of root.sh
test_name=systemd
# shellcheck source=contrib/root.sh
. contrib/root.sh
machine=genlog-systemd-test-$$
container='' # systemd-nspawn
leader=''    # its systemd, as it is called out here
secret=Zq7-not-for-the-journal

# ── the container ──

cgroups() {
	local dir

	for dir in /sys/fs/cgroup/{systemd,unified} /sys/fs/cgroup; do
		[ ! -e "$dir/cgroup.procs" ] || echo "$dir/$machine"
	done
}

# Where nobody manages the cgroups it gets some of its own; systemd of a host gives it a scope.
boot() {
	local how=(--register=no) dir

	if [ ! -d /run/systemd/system ]; then
		how+=(--keep-unit)
		for dir in $(cgroups); do mkdir -p "$dir" && echo "$BASHPID" >"$dir/cgroup.procs"; done
	fi
	exec systemd-nspawn --quiet "${how[@]}" --machine="$machine" --directory="$root" --private-network --link-journal=no \
		--resolv-conf=off --timezone=off --console=read-only --boot
}

finds_leader() { leader=$(pgrep -P "$container" -x systemd); }
box() { nsenter -t "$leader" -a /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
is_booted() { [[ $(box systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]; }
is_gone() { [ ! -e "/proc/$1" ]; }

start_container() {
	umount "$root/proc"
	rm -f "$root/usr/sbin/policy-rc.d"
	(boot) >"$work/console" 2>&1 </dev/null &
	container=$!
	at_end+=(end_container)
	until_true 20 finds_leader || skip "no container can be booted here: $(tail -1 "$work/console")"
	until_true 60 is_booted || fail "the container does not come up: $(tail -3 "$work/console")"
	say "booted: $(box systemctl --version | head -1), $(box systemctl is-system-running)"
}

end_container() {
	local dir

	[ -z "$leader" ] || box systemctl --no-block poweroff >/dev/null 2>&1 || true
	until_true 20 is_gone "$container" || kill -KILL "${leader:-$container}" 2>/dev/null || true
	wait "$container" 2>/dev/null || true
	rmdir "/run/systemd/nspawn/propagate/$machine" 2>/dev/null || true
	for dir in $(cgroups); do find "$dir" -depth -type d -exec rmdir {} + 2>/dev/null || true; done
}

# ── the agent in it ──

property() { box systemctl show -p "$1" --value genlogd; }
is_active() { [ "$(property ActiveState)" = active ]; }
has() { [ "$(property "$1")" = "$2" ]; }
restarts_are() { [ "$(property NRestarts)" = "$1" ] && is_active; }
signal() { box systemctl kill --signal="$1" --kill-whom=main genlogd; }
in_journal() { box journalctl -u genlogd --no-pager | grep -E -- "$1" >/dev/null; }
same() { [ "$2" = "$3" ] || fail "$1: expected $2, got $3"; }

restart() {
	box systemctl reset-failed genlogd
	box systemctl restart genlogd || fail "it does not start: $(box journalctl -u genlogd -n 20 --no-pager)"
}

# in_unit: standard input becomes a drop-in of the unit
in_unit() {
	mkdir -p "$root/etc/systemd/system/genlogd.service.d"
	cat >"$root/etc/systemd/system/genlogd.service.d/test.conf"
	box systemctl daemon-reload
}

# service NAME: standard input becomes a drop-in of the agent
service() { cat >"$root/etc/genlog/conf.d/$1.yaml"; }
reload() { box systemctl reload genlogd || fail "reload: $(box journalctl -u genlogd -n 20 --no-pager)"; }

messages() { box genlogctl --json query --all --fields message system_logs "message~\"^$1 [0-9]{4}\$\"" 2>/dev/null | grep -o '"message" : "[^"]*"' | cut -d'"' -f4 | sort; }
arrived() { [ "$(messages "$1" | wc -l)" = "$2" ]; }
log_lines() { seq -f "$1 %04g" "$2" "$3" >>"$root/var/log/app/app.log"; }

# arrive WORD N: the lines that log_lines has written, each of them once
arrive() {
	until_true 20 arrived "$1" "$2" || fail "of $2 lines of $1 have arrived: $(messages "$1" | wc -l)"
	[ "$(messages "$1")" = "$(seq -f "$1 %04g" 1 "$2")" ] || fail "not each line of $1 once: $(messages "$1" | uniq -d | head -3)"
}

configure() {
	mkdir -p "$root/var/log/app"
	sed -i -E '/^output:/,/^admin:/ { /^admin:/!d }' "$root/etc/genlog/genlog.yaml"
	echo 'output: {type: archive, path: /var/lib/genlog/archive, database: box, flush_interval: 50ms}' >>"$root/etc/genlog/genlog.yaml"
	service app <<<'{service: APP, inputs: [{type: tail, paths: [/var/log/app/*.log]}]}'
	restart
}

# ── the cases, in the order in which they are run ──

# By its installation and a boot alone: no database is there, and that is no reason not to be.
case_starts_at_boot() {
	until_true 20 is_active || fail "not active after the boot: $(box systemctl status genlogd --no-pager)"
	same 'restarts' 0 "$(property NRestarts)"
	same 'user' 'genlog /var/lib/genlog /usr/sbin/nologin' "$(box getent passwd genlog | awk -F: '{ print $1, $6, $7 }')"
	same '/etc/genlog' 'root:genlog 750' "$(box stat -c '%U:%G %a' /etc/genlog)"
	same '/etc/genlog/genlog.yaml' 'root:genlog 640' "$(box stat -c '%U:%G %a' /etc/genlog/genlog.yaml)"
	same '/var/lib/genlog' 'genlog:genlog 700' "$(box stat -c '%U:%G %a' /var/lib/genlog)"
	same '/run/genlog' 'genlog:genlog 755' "$(box stat -c '%U:%G %a' /run/genlog)"
	same '/run/genlog/rings' 'genlog:genlog 3733' "$(box stat -c '%U:%G %a' /run/genlog/rings)"
	same '/run/genlog/admin.sock' 'genlog:adm 660' "$(box stat -c '%U:%G %a' /run/genlog/admin.sock)"
}

# Held before it can say READY=1; the words are those that come with it.
case_active_when_ready() {
	box mkfifo /run/gate
	in_unit <<-'END'
		[Service]
		ExecStart=
		ExecStart=/bin/sh -c 'read -r _ </run/gate; exec /usr/sbin/genlogd -c /etc/genlog/genlog.yaml'
	END
	box systemctl stop genlogd
	box systemctl --no-block start genlogd
	until_true 10 has SubState start || fail "it is $(property SubState)"
	same 'before it is ready' activating "$(property ActiveState)"
	box sh -c 'echo go >/run/gate'
	until_true 10 is_active || fail 'it does not get active'
	say "ready: $(property StatusText)"
	[[ $(property StatusText) = generation\ 1,* ]] || fail "status: $(property StatusText)"
	in_unit </dev/null
	restart
}

# More starts than systemd's own limit; then it is mended, and nobody tells systemd.
case_broken_configuration() {
	sed -i 's/^environment:/enviroment:/' "$root/etc/genlog/genlog.yaml"
	! box systemctl restart genlogd 2>/dev/null || fail 'it starts with a broken configuration'
	in_journal 'genlog.yaml:[0-9]+:[0-9]+: unknown setting "enviroment"' || fail 'nothing says where'
	until_true 20 has_restarted 7 || fail "systemd gives up: $(property SubState), $(property NRestarts) restarts"
	sed -i 's/^enviroment:/environment:/' "$root/etc/genlog/genlog.yaml"
	until_true 5 is_active || fail 'it does not come by itself'
}
has_restarted() { [ "$(property NRestarts)" -ge "$1" ]; }

case_inputs() {
	local before

	before=$(property MainPID)
	service ways <<-END
		service: WAYS
		inputs:
		  - {type: journald}
		  - {type: syslog, listen: ["unix:/run/genlog/syslog.sock"]}
		  - {type: emit}
	END
	reload
	same 'the process after a reload' "$before" "$(property MainPID)"
	[[ $(property StatusText) = generation\ [2-9]*,\ 4\ inputs* ]] || fail "status: $(property StatusText)"
	log_lines file 1 10
	chmod 600 "$root/var/log/app/app.log"
	arrive file 10
	box logger -t app -p user.warning 'by journald 0001'
	arrive 'by journald' 1
	box logger -t app -u /run/genlog/syslog.sock --socket-errors=on 'by syslog 0001' || fail 'the socket is not for everybody'
	arrive 'by syslog' 1
	! in_journal 'Operation not permitted|Permission denied|Read-only file system' || fail 'something is forbidden to it'
}

# What only the unit has: the file that systemd makes of it is 0400 of the agent's user, in memory.
case_credentials() {
	printf '%s' "$secret" >"$root/etc/site.secret"
	chmod 600 "$root/etc/site.secret"
	printf 'MONGODB_USERNAME=box\nMONGODB_PASSWORD=%s\n' "$secret" >"$root/etc/genlog/genlog.env"
	chmod 600 "$root/etc/genlog/genlog.env"
	in_unit <<-END
		[Service]
		LoadCredential=site:/etc/site.secret
	END
	# shellcheck disable=SC2016 # for the agent
	service secret <<<'
service: SECRET
fields: {site: !file "${CREDENTIALS_DIRECTORY}/site"}
inputs: [{type: tail, paths: [/var/log/app/secret.txt]}]'
	restart
	echo 'credential 0001' >"$root/var/log/app/secret.txt"
	arrive credential 1
	box genlogctl --json query system_logs message~credential | grep -q "\"site\" : \"$secret\"" || fail 'it is not what the file holds'
	reload
	box genlogctl status >/dev/null || fail "status: $(box genlogctl status 2>&1)"
	secret_in_errors
	secret_of_the_database
	! in_journal "$secret" || fail "a secret is in the journal: $(box journalctl -u genlogd --no-pager | grep -- "$secret")"
	[[ $(box systemctl show genlogd)$(box genlogctl --json status) != *"$secret"* ]] || fail 'a secret is shown'
	rm "$root"/etc/genlog/{conf.d/secret.yaml,genlog.env}
	in_unit </dev/null
	restart
}

# A setting that is none, beside the secret and with it.
secret_in_errors() {
	# shellcheck disable=SC2016 # for the agent
	service bad <<<'
service: BAD
inputs: [{type: forward, listen: ["tcp://127.0.0.1:24224"], shared_key: !file "${CREDENTIALS_DIRECTORY}/site", backlog: !file "${CREDENTIALS_DIRECTORY}/site"}]'
	box systemctl reload genlogd 2>/dev/null || true
	in_journal 'bad.yaml:[0-9]+' || fail 'the drop-in is not told'
	rm "$root/etc/genlog/conf.d/bad.yaml"
	reload
}

# User and password of the environment, a database that is not there: what is told names the server alone.
secret_of_the_database() {
	cp "$root/etc/genlog/genlog.yaml" "$work/genlog.yaml"
	sed -i 's|^output:.*|output: {type: mongodb, uri: "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200", database: box}|' "$root/etc/genlog/genlog.yaml"
	restart
	log_lines database 1 1
	until_true 20 in_journal 'mongodb.*127\.0\.0\.1:1' || fail "nothing is told of the database: $(box journalctl -u genlogd -n 5 --no-pager)"
	cat "$work/genlog.yaml" >"$root/etc/genlog/genlog.yaml"
	restart
	arrive database 1
}

# Hung, so that it cannot even end itself.
case_watchdog() {
	in_unit <<-END
		[Service]
		WatchdogSec=2
		TimeoutStopSec=3
	END
	restart
	log_lines watchdog 1 50
	signal STOP
	log_lines watchdog 51 100
	box logger -t app 'meanwhile in the journal 0001'
	until_true 30 restarts_are 1 || fail "the watchdog does not act: $(box systemctl status genlogd --no-pager)"
	in_journal 'Watchdog timeout' || fail 'not by the watchdog'
	arrive watchdog 100
	arrive 'meanwhile in the journal' 1
	in_unit </dev/null
	restart
}

case_killed() {
	log_lines killed 1 50
	signal KILL
	log_lines killed 51 100
	until_true 20 restarts_are 1 || fail 'it is not started again'
	log_lines killed 101 150
	arrive killed 150
}

# ── programs that log ──

# writer RUN OPTION...: a program of somebody else, that notes how many of its calls have returned
writer() { box systemd-run --quiet --unit="writer$1" --uid=nobody "${@:2}" emit_writer "$1" "/tmp/notes$1" -t 1 -n 100000000 -p 300 -m 5000; }
calls() { box od -An -N8 -tu8 "/tmp/notes$1" 2>/dev/null | tr -d ' '; }
has_called() { [ "$(calls "$1")" -ge "$2" ]; }
is_ended() { ! box systemctl is-active --quiet "writer$1"; }
end_writer() {
	box systemctl kill --signal=KILL "writer$1"
	until_true 5 is_ended "$1" || fail 'the program lives'
}
records() { box genlogctl --json query --all --fields context system_logs "context.run=$1" 2>/dev/null | grep -oE '"number" : [0-9]+' | sort; }
has_records() { [ "$(records "$1" | wc -l)" -ge "$2" ]; }

# all_records RUN: of each call that has returned, once; the last one may have been under way
all_records() {
	local said n

	said=$(calls "$1")
	until_true 20 has_records "$1" "$said" || fail "of $said records have arrived: $(records "$1" | wc -l)"
	n=$(records "$1" | wc -l)
	[ "$n" -le $((said + 1)) ] && [ -z "$(records "$1" | uniq -d)" ] || fail "records twice: $n of $said"
	say "calls that had returned: $said, arrived: $n"
}

# Records in the memory of a program, which is killed while no agent is there: systemd alone has them.
case_ring_is_kept() {
	in_unit <<-END
		[Service]
		RestartSec=5
	END
	restart
	writer 7 --setenv=GENLOG_RING_DIR=/nowhere
	until_true 10 has NFileDescriptorStore 1 || fail "kept: $(property NFileDescriptorStore)"
	signal STOP
	until_true 10 has_called 7 $(($(calls 7) + 100)) || fail 'the program does not go on without the agent'
	signal KILL
	until_true 5 has SubState auto-restart || fail "the agent is $(property SubState)"
	end_writer 7
	same 'while nobody has the memory' auto-restart "$(property SubState)"
	until_true 20 restarts_are 1 || fail 'it is not started again'
	all_records 7
	until_true 10 has NFileDescriptorStore 0 || fail 'what was read is kept for ever'
	in_unit </dev/null
	restart
}

# A program that begins and ends while there is no agent leaves a file.
case_ring_in_a_file() {
	box systemctl stop genlogd
	writer 8
	until_true 10 has_called 8 100 || fail 'it does not log without an agent'
	end_writer 8
	box systemctl start genlogd
	all_records 8
}

# ── the end ──

case_stops_in_time() {
	local began

	log_lines stop 1 100
	began=${EPOCHREALTIME/[.,]/}
	box systemctl stop genlogd
	say "stopped in $(((${EPOCHREALTIME/[.,]/} - began) / 1000)) ms: $(property Result), code $(property ExecMainStatus)"
	same 'how it ended' 'success 0 inactive' "$(property Result) $(property ExecMainStatus) $(property ActiveState)"
	[ $(((${EPOCHREALTIME/[.,]/} - began) / 1000000)) -lt 5 ] || fail 'that was too long'
	box test -d /run/genlog || fail 'the folder of programs that log is gone'
	box systemctl start genlogd
	arrive stop 100
}

case_score() {
	local told

	told=$(box systemd-analyze security --no-pager genlogd | tail -1)
	say "${told#*→ }"
	[[ $told =~ ([0-9]+)\.([0-9]+)\ OK ]] || fail "no score: $told"
	[ $((BASH_REMATCH[1] * 10 + BASH_REMATCH[2])) -lt 20 ] || fail "the score is not below 2.0: $told"
}

# By dpkg, for there is no network.
case_upgrade() {
	local before

	before=$(property MainPID)
	log_lines upgrade 1 10
	box sh -c 'dpkg --force-confold -i /debs/genlog_*.deb' >"$work/upgrade.log" 2>&1 || fail "upgrade: $(<"$work/upgrade.log")"
	until_true 10 is_active || fail 'not active after the upgrade'
	[ "$(property MainPID)" != "$before" ] || fail 'the old one runs'
	log_lines upgrade 11 20
	arrive upgrade 20
}

case_purge() {
	box dpkg --remove genlog >"$work/remove.log" 2>&1 || fail "remove: $(<"$work/remove.log")"
	! box sh -c 'cat /proc/[0-9]*/comm' | grep -qx genlogd || fail 'it runs without its package'
	box dpkg --purge genlog >"$work/purge.log" 2>&1 || fail "purge: $(<"$work/purge.log")"
	! box ls -d /var/lib/genlog /run/genlog /etc/genlog 2>/dev/null || fail 'purge has left them'
}

# Without a package: what `make install` brings is enough.
case_make_install() {
	make -s install DESTDIR="$root" >"$work/make.log" 2>&1 || fail "make install: $(tail -3 "$work/make.log")"
	box systemd-sysusers 2>/dev/null
	box systemd-tmpfiles --create
	box systemctl daemon-reload
	box systemctl enable --quiet --now genlogd || fail "it does not start: $(box journalctl -u genlogd -n 5 --no-pager)"
	configure
	log_lines install 1 10
	arrive install 10
	same '/run/genlog/rings' 'genlog:genlog 3733' "$(box stat -c '%U:%G %a' /run/genlog/rings)"
	same 'what runs' /usr/local/sbin/genlogd "$(box readlink "/proc/$(property MainPID)/exe")"
}

cases=(starts_at_boot active_when_ready broken_configuration inputs credentials watchdog killed ring_is_kept ring_in_a_file stops_in_time
	score upgrade purge make_install)

for program in debootstrap systemd-nspawn nsenter pgrep; do
	command -v "$program" >/dev/null || skip "there is no $program"
done
{ ls build/deb/genlog_*.deb || make -s deb; } >"$work/make.log" 2>&1 || fail "no packages: $(tail -5 "$work/make.log")"
make -s all build/tests/e2e/emit_writer >"$work/make.log" 2>&1 || fail "it does not build: $(tail -5 "$work/make.log")"
make_root bookworm systemd,systemd-sysv,dbus
install_debs genlog libgenlog1
start_container
install -m 755 build/tests/e2e/emit_writer "$root/usr/bin/"
[ $# = 0 ] || cases=("$@")
for name in "${cases[@]}"; do
	began=$SECONDS
	[ "$name" = starts_at_boot ] || [ -e "$root/etc/genlog/conf.d/app.yaml" ] || [[ $name = @(purge|make_install) ]] || configure
	"case_$name"
	say "$name: good, $((SECONDS - began)) s"
done
echo "${#cases[@]} passed, 0 failed"
