#!/bin/bash
# The image of Containerfile is built and run: a file's lines become documents, also those of a file that is root's alone,
# as a user that is not root; what was delivered is there after another container has taken the volume over.
# The base image is made by debootstrap, so that no registry is asked.  As root; contrib/install-packages.sh oci.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# Mounts of an engine end with us; crun knows no cgroups of both kinds.
[ -n "${GENLOG_OCI_MOUNTS:-}" ] || GENLOG_OCI_MOUNTS=own exec unshare --mount "$0"
umount /sys/fs/cgroup/unified 2>/dev/null || true
# shellcheck disable=SC2034 # of root.sh
test_name=oci
# shellcheck source=contrib/root.sh
. contrib/root.sh
image=localhost/genlog
base=$(sed -n 's/^FROM \([^ ]*\)$/\1/p' contrib/oci/Containerfile)

engine() { podman --root "$work/store" --runroot "$work/run" --storage-driver vfs --cgroup-manager cgroupfs "$@"; }
at_end+=('umount -R "$work/store" "$work/run" 2>/dev/null' 'engine rm -fa >/dev/null 2>&1')

make_base() {
	make_root bookworm ca-certificates
	umount "$root/proc"
	tar -C "$root" -cf - . | engine import - "$base" >"$work/import.log" 2>&1 || fail "no base image: $(tail -1 "$work/import.log")"
}

build() {
	engine build --pull=never --isolation chroot --network host -t "$image" -f contrib/oci/Containerfile . >"$work/build.log" 2>&1 || {
		tail -20 "$work/build.log" >&2
		fail 'the image cannot be built'
	}
	say "image: $(engine images --format '{{.Size}}' "$image"), base $(engine images --format '{{.Size}}' "$base")"
}

# No more of anything than we have ourselves: raising limits takes a capability that a sandbox may lack.
start() { # NAME
	engine run -d --name "$1" --network none --cgroups=disabled --cap-drop ALL --cap-add DAC_READ_SEARCH --read-only \
		--tmpfs /run/genlog:rw,mode=1777 --ulimit nofile=1024 --ulimit nproc=1024 -v "$work/genlog.yaml:/etc/genlog/genlog.yaml:ro" \
		-v genlog-spool:/var/lib/genlog -v "$work/log:/var/log/box:ro" "$image" >/dev/null 2>"$work/run.log" ||
		fail "the container does not start: $(tail -1 "$work/run.log")"
}

in_it() { engine exec "$@" 2>/dev/null; }
documents() { in_it "$1" genlogctl query --count system_logs | grep -o '^[0-9]*'; }
has_documents() { [ "$(documents "$1")" = "$2" ]; }
expect_documents() { until_true 20 has_documents "$@" || fail "there are $(documents "$1") documents: $(engine logs "$1" 2>&1 | tail -5)"; }

stop() {
	engine stop "$1" >/dev/null
	[ "$(engine inspect "$1" --format '{{.State.ExitCode}}')" = 0 ] || fail "it ends with $(engine inspect "$1" --format '{{.State.ExitCode}}')"
}

write_files() {
	mkdir "$work/log"
	seq -f 'INFO [Orders] line %g' 1 100 >"$work/log/app.log"
	chmod 600 "$work/log/app.log"
	cat >"$work/genlog.yaml" <<-END
		node_id: box
		spool: {path: /var/lib/genlog/spool}
		output: {type: archive, path: /var/lib/genlog/archive, database: box}
		service: BOX
		inputs: [{type: tail, paths: [/var/log/box/*.log]}]
	END
}

command -v podman >/dev/null || skip 'there is no podman'
write_files
make_base
build
start one
expect_documents one 100
[ "$(in_it one id -u)" = 10014 ] || fail "it runs as $(in_it one id)"
in_it one genlogctl status >"$work/status" || fail "status: $(<"$work/status")"
say "$(sed -n 1p "$work/status"); 100 lines, $(documents one) documents"
stop one
seq -f 'INFO [Orders] line %g' 101 120 >>"$work/log/app.log"
start two
expect_documents two 120
stop two
echo '1 passed, 0 failed'
