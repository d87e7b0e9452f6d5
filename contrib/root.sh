# shellcheck shell=bash disable=SC2034
# Sourced, in the root of the repository, by tests that need a Debian of their own: a clean one in $root, commands in it,
# waiting, and the end.  As root.
# shellcheck source=contrib/mirror.sh
. contrib/mirror.sh
work=$(mktemp -d "/var/tmp/genlog-${test_name:?}.XXXXXX")
root=$work/root
at_end=() # commands, the last one first
chmod 755 "$work"

say() { echo "# $*"; }
fail() {
	echo "FAILED: $*" >&2
	[ ! -s "$work/agent.log" ] || tail -20 "$work/agent.log" >&2
	exit 1
}
skip() {
	say "skipped: $*"
	exit 0
}
clean_up() {
	local code=$? i

	trap - EXIT
	for ((i = ${#at_end[@]} - 1; i >= 0; i--)); do eval "${at_end[i]}" || true; done
	umount "$root/proc" 2>/dev/null || true
	rm -rf --one-file-system "$work"
	exit "$code"
}
trap clean_up EXIT

until_true() { # SECONDS COMMAND...
	local end=$((SECONDS + $1 + 1))

	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		read -rt 0.1 <> <(:) || true
	done
}

in_root=(chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8)
inside() { "${in_root[@]}" "$@"; }

bootstrap() { # SUITE [PACKAGES]
	local script=/usr/share/debootstrap/scripts/$1

	[ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid # of a release that is younger than debootstrap
	debootstrap --variant=minbase ${2:+--include="$2"} "$1" "$root" "$(debian_mirror)" "$script" >"$work/debootstrap.log" 2>&1 || {
		tail -5 "$work/debootstrap.log" >&2
		fail "no clean $1"
	}
}

# make_root SUITE [PACKAGES]: nothing is started in there, and apt asks whom it asks here.
# GENLOG_CLEAN_ROOT: a folder to copy, made before by debootstrap with those packages.
make_root() {
	if [ -n "${GENLOG_CLEAN_ROOT:-}" ]; then
		cp -a --reflink=auto "$GENLOG_CLEAN_ROOT" "$root"
	else
		bootstrap "$@"
	fi
	apt-config dump | grep '^Acquire::' >"$root/etc/apt/apt.conf.d/90acquire" || true
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
	mount -t proc proc "$root/proc"
}

# install_debs NAME...: those of `make deb`, with what they depend on
install_debs() {
	local name

	mkdir -p "$root/debs"
	for name in "$@"; do cp build/deb/"$name"_*.deb "$root/debs/"; done
	inside apt-get -qq update
	inside sh -c 'apt-get -qq -y --no-install-recommends install /debs/*.deb' >"$work/install.log" 2>&1 || {
		tail -20 "$work/install.log" >&2
		fail 'the packages cannot be installed'
	}
}

[ "$(id -u)" = 0 ] || fail 'this needs root'
