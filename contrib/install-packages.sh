#!/bin/bash
# Installs what genlog needs, by group: build, test.  Says nothing to do when all is there; asks apt only for the rest.
#
#	contrib/install-packages.sh build [test]
set -euo pipefail
list=$(dirname "${BASH_SOURCE[0]}")/packages.list

wanted() {
	local group

	for group in "$@"; do
		sed 's/#.*//' "$list" | awk -v g="$group" '$1 == g { print $2 }'
	done
}

is_installed() {
	[ "$(dpkg-query -W -f='${Status}' "$1" 2>/dev/null)" = "install ok installed" ]
}

missing=()
for package in $(wanted "$@"); do
	is_installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} = 0 ]; then
	echo "packages ($*): all installed"
	exit 0
fi
echo "packages ($*): installing ${missing[*]}"
if [ "$(id -u)" != 0 ]; then
	echo "this needs root; run: apt-get install ${missing[*]}" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
dpkg --configure -a >/dev/null # of an installation that was interrupted before
apt-get -qq update
apt-get -qq -y --no-install-recommends install "${missing[@]}" >/dev/null
