#!/bin/bash
# What is switched off, and why:
#   missingIncludeSystem  the system's headers are not read
#   unusedStructMember    rows and records are filled by name and read elsewhere
#   constParameter*, constVariable*  callbacks have the type that their table wants
#   variableScope         declarations stand at the head of a function
set -eu
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

have cppcheck || exit 0
mkdir -p build/lint/cppcheck
sources | grep '\.c$' | grep -v '^tests/' | cppcheck --file-list=- --std=c11 --language=c --quiet -j "$(nproc)" \
	--enable=warning,performance,portability --inline-suppr --error-exitcode=1 --cppcheck-build-dir=build/lint/cppcheck \
	-D_GNU_SOURCE -D__BYTE_ORDER__=1234 -D__ORDER_LITTLE_ENDIAN__=1234 '-DGENLOG_PLUGIN_DIR="x"' '-DGENLOG_SCHEMA_DIR="x"' -U__cplusplus \
	-Iinclude -Iagent -Icontrib/devdb --suppress=missingIncludeSystem --suppress=missingInclude \
	--suppress=unusedStructMember --suppress=variableScope --suppress=normalCheckLevelMaxBranches \
	--template='{file}:{line}: {severity}: {message} [{id}]'
