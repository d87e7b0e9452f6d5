# Sourced by gates that compile: what the Makefile gives to the compiler.
# shellcheck shell=bash
packages=(yaml-0.1 libmicrohttpd libpcre2-8 zlib libzstd liblzma libpq)
for p in mongoc2:libmongoc-1.0 bson2:libbson-1.0; do
	pkg-config --exists "${p%%:*}" && packages+=("${p%%:*}") || packages+=("${p##*:}")
done
mapfile -t includes < <(pkg-config --cflags-only-I "${packages[@]}" 2>/dev/null | tr ' ' '\n' | sed '/^$/d')
# shellcheck disable=SC2034
flags=(-std=c11 -D_GNU_SOURCE '-DGENLOG_PLUGIN_DIR="x"' '-DGENLOG_SCHEMA_DIR="x"' '-DTEST_PLUGIN_DIR="x"' -Iinclude -Iagent -Itests -Iplugins
	-Icontrib/devdb "${includes[@]}")
