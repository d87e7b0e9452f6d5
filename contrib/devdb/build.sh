#!/bin/bash
# Builds what up.sh starts: PostgreSQL 18 with DocumentDB of Debian forky, in a private folder, and a
# template of a data directory.  Once: with the folder there, this returns at once.
#
# forky wants a newer libc than the machine may have, so the programs are started through forky's own
# loader, which needs neither chroot nor root.  Nothing of the system's apt or dpkg is touched.
set -euo pipefail
# shellcheck source=contrib/devdb/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=contrib/mirror.sh
. "$(dirname "${BASH_SOURCE[0]}")/../mirror.sh"

programs=(postgres initdb pg_ctl psql)
extensions=(pg_cron pg_documentdb_core pg_documentdb pg_documentdb_extended_rum
	pg_documentdb_extended_rum_core vector postgis-3 tsm_system_rows plpgsql dict_snowball)
arch=$(dpkg --print-architecture)
case $arch in
amd64) triplet=x86_64-linux-gnu loader=ld-linux-x86-64.so.2 ;;
arm64) triplet=aarch64-linux-gnu loader=ld-linux-aarch64.so.1 ;;
*) die "no engine for $arch" ;;
esac

need_tools() {
	local tool

	for tool in apt-get dpkg-deb flock setpriv sha256sum tar zstd; do
		command -v "$tool" >/dev/null || die "$tool is missing"
	done
	[ -r /usr/share/keyrings/debian-archive-keyring.gpg ] ||
		die "the package debian-archive-keyring is missing"
}

# apt_state DIR: an apt of its own, with the system's settings for fetching (proxies) and no others.
# A frozen mirror is past its Valid-Until; signatures are checked all the same.
apt_state() {
	mkdir -p "$1"/{lists/partial,cache/archives/partial,debs}
	: >"$1/status"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(debian_mirror) forky main" \
		>"$1/sources.list"
	apt-config dump | grep '^Acquire::' >"$1/apt.conf" || true
	cat >>"$1/apt.conf" <<-END
		Dir::State "$1"; Dir::State::lists "$1/lists"; Dir::State::status "$1/status";
		Dir::Cache "$1/cache"; Dir::Etc::sourcelist "$1/sources.list";
		Dir::Etc::main "/dev/null"; Dir::Etc::parts "/dev/null";
		Dir::Etc::sourceparts "/dev/null"; Dir::Etc::preferencesparts "/dev/null";
		APT::Architecture "$arch"; APT::Architectures "$arch"; APT::Sandbox::User "";
		Acquire::Languages "none"; Acquire::Check-Valid-Until "false";
	END
}

fetch() {
	local names

	mapfile -t names < <(grep -v -e '^#' -e '^$' "$devdb_src/packages.list")
	apt_state "$1"
	say "fetching ${#names[@]} packages of forky"
	APT_CONFIG=$1/apt.conf apt-get -qq update >&2
	(cd "$1/debs" && APT_CONFIG=$1/apt.conf apt-get -qq download "${names[@]}" >&2)
}

# unpack DEBS ROOT: without what a server at work does not read.
unpack() {
	local deb drop=(./etc ./var ./lib/systemd ./usr/share/{doc,man,locale,lintian} '*/18/man'
		'*/bitcode' '*/contrib' '*/pgxs' '*/gconv' '*--unpackaged--*' '*--ANY--*'
		'*postgis*--*--*' '*tiger*' '*address_standardizer*' '*postgis_topology*'
		'*postgis_raster*' '*postgis_sfcgal*')

	say "unpacking"
	mkdir "$2"
	for deb in "$1"/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$2" --no-same-owner "${drop[@]/#/--exclude=}"
	done
	ln -s postgis-3.control "$2/usr/share/postgresql/18/extension/postgis.control"
}

# wrap ROOT: every program becomes a script that starts it through the loader beside it.
wrap() {
	local bin=$1/usr/lib/postgresql/18/bin p

	for p in "${programs[@]}"; do
		mv "$bin/$p" "$bin/$p.elf"
		cat >"$bin/$p" <<-END
			#!/bin/sh
			bin=\$(dirname "\$(readlink -f "\$0")")
			root=\${bin%/usr/lib/postgresql/18/bin}
			lib=\$root/usr/lib/$triplet
			exec "\$lib/$loader" --argv0 "\$bin/$p" \\
				--library-path "\$lib:\$root/usr/lib/postgresql/18/lib" "\$bin/$p.elf" "\$@"
		END
		chmod 755 "$bin/$p"
	done
}

# check_libraries ROOT: each ELF file finds all of its libraries inside the tree.
check_libraries() {
	local pg=$1/usr/lib/postgresql/18 lib=$1/usr/lib/$triplet elf missing=

	for elf in "${programs[@]/%/.elf}"; do
		missing+=$("$lib/$loader" --library-path "$lib:$pg/lib" --list "$pg/bin/$elf" |
			grep 'not found' || true)
	done
	for elf in "${extensions[@]/%/.so}"; do
		missing+=$("$lib/$loader" --library-path "$lib:$pg/lib" --list "$pg/lib/$elf" |
			grep 'not found' || true)
	done
	[ -z "$missing" ] || die "libraries have moved in forky, mend packages.list: $missing"
}

# make_template ROOT WORK: initdb, and the extension made once so that no test waits for it.
make_template() {
	local bin=$1/usr/lib/postgresql/18/bin data=$2/data

	say "making the template database"
	mkdir "$data"
	give_to_server "$2" "$data"
	"${as_server[@]}" "$bin/initdb" -D "$data" -U docdb --auth=trust --no-sync --locale=C \
		--encoding=UTF8 >"$2/log" 2>&1 || { cat "$2/log" >&2; die "initdb failed"; }
	"${as_server[@]}" tee "$data/genlog.conf" <"$devdb_src/engine.conf" >/dev/null
	echo "include = 'genlog.conf'" | "${as_server[@]}" tee -a "$data/postgresql.conf" >/dev/null
	"${as_server[@]}" "$bin/pg_ctl" -s -w -D "$data" -l "$data/log" -o "-k $2 -F" start ||
		{ cat "$data/log" >&2; die "the engine does not start"; }
	"${as_server[@]}" "$bin/psql" -X -q -h "$2" -U docdb -d postgres -v ON_ERROR_STOP=1 \
		-c 'SET client_min_messages = warning' -c 'CREATE EXTENSION documentdb CASCADE' \
		-c CHECKPOINT >&2
	"${as_server[@]}" "$bin/pg_ctl" -s -w -D "$data" -m fast stop
	rm -f "$data/log"
}

# build WORK: all of it inside WORK/new, which is then put in its place in one step.
build() {
	local start=$SECONDS tmpl

	chmod 755 "$1"
	mkdir "$1/new"
	server_must_reach "$1/new"
	fetch "$1/apt"
	unpack "$1/apt/debs" "$1/new/root"
	wrap "$1/new/root"
	check_libraries "$1/new/root"
	tmpl=$(mktemp -d "$devdb_tmp/genlog-tmpl.XXXXXX")
	# shellcheck disable=SC2064 # both are wanted as they are now
	trap "rm -rf '$1' '$tmpl'" EXIT
	make_template "$1/new/root" "$tmpl"
	tar -C "$tmpl/data" --owner=0 --group=0 -c . | zstd -q -6 -T0 -o "$1/new/data.tar.zst"
	mv -T "$1/new" "$devdb_build"
	say "built in $((SECONDS - start)) s, $(du -sh "$devdb_build" | cut -f1)"
}

main() {
	local work

	[ ! -d "$devdb_build" ] || return 0
	need_tools
	mkdir -p "$devdb_home"
	exec 9>"$devdb_home/lock"
	flock -n 9 || { say "waiting for another build"; flock 9; }
	[ ! -d "$devdb_build" ] || return 0
	say "building the engine in $devdb_build, once"
	work=$(mktemp -d "$devdb_home/building.XXXXXX")
	# shellcheck disable=SC2064
	trap "rm -rf '$work'" EXIT
	build "$work"
}

umask 022
main "$@"
