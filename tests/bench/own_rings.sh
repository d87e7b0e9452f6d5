#!/bin/bash
# own_rings.sh FOLDER COUNT COMMAND...: beside the command, once it listens in FOLDER, a program with two threads that write
# COUNT records with libgenlog as fast as they are taken.
set -eu
export GENLOG_SOCKET=$1/emit.sock GENLOG_RING_DIR=$1/nowhere
write() {
	until [ -S "$GENLOG_SOCKET" ]; do read -rt 0.01 <> <(:) || true; done
	exec "${BUILD:-build}/tests/e2e/emit_writer" -o -t 2 -n $(($2 / 2)) -r 1048576 -m 60000 1 "$1/notes" >/dev/null
}
write "$@" &
shift 2
exec "$@"
