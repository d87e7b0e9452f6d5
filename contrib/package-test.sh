#!/bin/bash
# The packages of `make deb` in a clean Debian: installed, one drop-in dropped, a line logged, the document in the
# database, removed, purged.  As root; the database is the development one, on loopback.
#
#	contrib/package-test.sh [SUITE]          bookworm where none is named
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck disable=SC2034 # of root.sh
test_name=package
# shellcheck source=contrib/root.sh
. contrib/root.sh
suite=${1:-bookworm}
export WIREGW=${WIREGW:-$PWD/build/contrib/devdb/wiregw} GENLOG_DEVDB_PORT=0
agent=''
# shellcheck disable=SC2016 # as it is by then
at_end+=('[ -z "${GENLOG_DEVDB_DIR:-}" ] || contrib/devdb/down.sh; rm -rf "${GENLOG_DEVDB_DIR:-/nonexistent}"'
	'[ -z "$agent" ] || kill -KILL "$agent"')

install_packages() {
	install_debs genlog libgenlog1 libgenlog-dev
	rm -r "$root/debs"
	say "installed: $(inside dpkg-query -W genlog libgenlog1 libgenlog-dev | tr '\t\n' '  ')"
	[ "$(inside stat -c '%U:%G %a' /etc/genlog/genlog.yaml)" = 'root:genlog 640' ] || fail 'the configuration is for others too'
	inside getent passwd genlog >/dev/null || fail 'there is no user genlog'
	inside test -e /lib/systemd/system/genlogd.service || fail 'there is no unit'
	inside genlogctl version >/dev/null || fail 'genlogctl does not run'
	inside test -s /usr/share/man/man8/genlogctl.8.gz || fail 'no manual'
}

start_database() {
	GENLOG_DEVDB_DIR=$(mktemp -d /dev/shm/genlog-package.XXXXXX)
	export GENLOG_DEVDB_DIR
	[ -x "$WIREGW" ] || make -s wiregw
	chmod 755 "$GENLOG_DEVDB_DIR"
	contrib/devdb/up.sh engine >/dev/null
	uri=$(contrib/devdb/up.sh gateway package --topology standalone | tail -1)
}

# As the unit runs it: its user, and one capability.
caps=-all,+dac_read_search
as_unit=(setpriv --reuid genlog --regid genlog --groups adm "--inh-caps=$caps" "--ambient-caps=$caps" "--bounding-set=$caps" --no-new-privs)

start_agent() {
	sed -i "s|mongodb://127.0.0.1:27017|$uri|" "$root/etc/genlog/genlog.yaml"
	mkdir -p "$root/var/log/app" "$root/run/genlog" "$root/var/lib/genlog"
	chroot "$root" chown genlog: /run/genlog /var/lib/genlog
	cat >"$root/etc/genlog/conf.d/app.yaml" <<-END
		service: APP
		inputs: [{type: tail, paths: [/var/log/app/*.log]}]
	END
	inside genlogctl check >"$work/check" 2>&1 || fail "check: $(<"$work/check")"
	"${in_root[@]}" "${as_unit[@]}" genlogd -c /etc/genlog/genlog.yaml 2>"$work/agent.log" &
	agent=$!
}

is_delivered() { [ "$(inside genlogctl --json status 2>/dev/null | grep -o '"delivered" : [0-9]*' | grep -o '[0-9]*')" = 1 ]; }

log_a_line() {
	printf '2025-12-22 10:30:45,123 INFO [OrderService] Work order WO_001 updated\n' >"$root/var/log/app/app.log"
	chmod 600 "$root/var/log/app/app.log" # of root, and of nobody else: the capability reads it
	until_true 20 is_delivered || fail 'the line is not delivered'
	inside genlogctl status >"$work/status" || fail "status: $(<"$work/status")"
	grep -q ': ok$' "$work/status" || fail "status: $(<"$work/status")"
	inside genlogctl query system_logs message~WO_001 --json >"$work/document" || fail 'query'
	grep -q '"class_name" : "OrderService"' "$work/document" || fail "the document: $(<"$work/document")"
	say "document: $(cut -c1-160 "$work/document")"
	kill -TERM "$agent"
	wait "$agent" || fail "the agent ended with $?"
	agent=''
}

left() { inside find / -xdev \( -path /proc -o -path /var/lib/dpkg -o -path /var/cache -o -path /var/log \) -prune -o -name '*genlog*' -print | sort; }

remove_and_purge() {
	inside apt-get -qq -y remove genlog libgenlog-dev libgenlog1 >"$work/remove.log" 2>&1 || fail "remove: $(<"$work/remove.log")"
	say "left by remove: $(left | tr '\n' ' ')"
	[ "$(left | grep -vE '^/(etc|var/lib|run)/')" = '' ] || fail "remove has left: $(left)"
	inside test -e /etc/genlog/genlog.yaml || fail 'remove took the configuration'
	inside test -e /var/lib/genlog/spool || fail 'remove took the spool'
	inside apt-get -qq -y purge genlog >"$work/purge.log" 2>&1 || fail "purge: $(<"$work/purge.log")"
	[ "$(left)" = '' ] || fail "purge has left: $(left)"
	say 'left by purge: nothing'
}

ls build/deb/genlog_*.deb >/dev/null 2>&1 || make -s deb
make_root "$suite"
install_packages
start_database
start_agent
log_a_line
remove_and_purge
echo '1 passed, 0 failed'
