#!/bin/bash
# Debian packages of the tree as it stands, in build/deb: genlog, libgenlog1, libgenlog-dev.  Needs debhelper.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=$(sed -n 's/^#define GENLOG_VERSION "\(.*\)"/\1/p' include/genlog/version.h)
out=$PWD/build/deb
tree=$out/genlog-$version

command -v dh >/dev/null || {
	echo "make deb needs debhelper: apt-get install debhelper dpkg-dev" >&2
	exit 1
}
rm -rf "$out"
mkdir -p "$tree"
# Without what is built and without git's own; a copy of a release may have no git at all.
tar -cf - --exclude=./build --exclude=./.git . | tar -xf - -C "$tree"
cp -r contrib/debian "$tree/debian"
cp contrib/systemd/genlog.sysusers contrib/systemd/genlog.tmpfiles "$tree/debian/"
sed 's|@SBINDIR@|/usr/sbin|; s|@BINDIR@|/usr/bin|' contrib/systemd/genlogd.service >"$tree/debian/genlog.genlogd.service"
cat >"$tree/debian/changelog" <<-END
	genlog ($version) unstable; urgency=medium

	  * See CHANGELOG.md.

	 -- genlog developers <genlog@localhost>  $(date -R -d "@${SOURCE_DATE_EPOCH:-$(stat -c %Y CHANGELOG.md)}")
END
(cd "$tree" && dpkg-buildpackage -b -us -uc -j"$(nproc)") >"$out/build.log" 2>&1 || {
	tail -40 "$out/build.log" >&2
	exit 1
}
ls "$out"/*.deb
