#!/bin/bash
# The tree as it stands in a clean Debian of another release: the packages of contrib/packages.list are there under
# their names of that release, everything builds without a warning, and the unit tests pass.  As root; needs debootstrap.
#
#	contrib/build-test.sh [SUITE]          forky where none is named
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck disable=SC2034 # of root.sh
test_name=build
# shellcheck source=contrib/root.sh
. contrib/root.sh
suite=${1:-forky}

# What has another name since Debian 12; the first of a row that the release has is taken.
other_names='libmsgpack-dev libmsgpack-c-dev
libbson-dev libbson2-dev
libmongoc-dev libmongoc2-dev'

is_there() { inside apt-cache show --no-all-versions "$1" >/dev/null 2>&1; }

name_here() {
	local name

	for name in $(grep "^$1 " <<<"$other_names" || echo "$1"); do
		is_there "$name" || continue
		echo "$name"
		return
	done
	fail "$suite has no $1"
}

# What the unit tests are built with and run, of the group test: the rest of it is for other gates.
wanted() {
	sed 's/#.*//' contrib/packages.list | awk '$1 == "build" { print $2 }'
	echo libcmocka-dev libpq-dev libsnappy-dev g++ python3 procps util-linux
}

install_packages() {
	local names=() name

	inside apt-get -qq update
	for name in $(wanted); do names+=("$(name_here "$name")"); done
	inside apt-get -qq -y --no-install-recommends install "${names[@]}" >"$work/install.log" 2>&1 || {
		tail -5 "$work/install.log" >&2
		fail 'the packages cannot be installed'
	}
	say "$suite: $(inside gcc --version | sed -n 1p); mongo-c-driver $(inside dpkg-query -W -f '${Version} ' 'libmongoc*-dev')"
}

copy_sources() {
	mkdir "$root/src"
	tar -cf - --exclude=./build --exclude=./.git . | tar -xf - -C "$root/src"
}

build() {
	inside make -C /src -k -j"${JOBS:-$(nproc)}" WERROR=1 all test-programs >"$work/build.log" 2>&1 || {
		grep -E 'error|warning|\*\*\*' "$work/build.log" | head -20 >&2
		fail 'it does not build'
	}
}

run_units() {
	inside make -C /src -s unit >"$work/unit.log" 2>&1 || {
		grep -vE '^ok' "$work/unit.log" | tail -40 >&2
		fail 'unit tests fail'
	}
	tail -1 "$work/unit.log"
}

make_root "$suite"
install_packages
copy_sources
build
run_units
