#!/bin/bash
set -eu
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

have shellcheck || exit 0
find contrib tests -name '*.sh' -print0 | xargs -0r shellcheck -x -f gcc -S warning -e SC1091
