#include "pack.h"

#include <errno.h>
#include <snappy-c.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

static bool none_unpack(const uint8_t *src, size_t n, uint8_t *dst, size_t want)
{
	if (n == want)
		memcpy(dst, src, n);
	return n == want;
}

static bool none_pack(const uint8_t *src, size_t n, uint8_t *dst, size_t *room)
{
	memcpy(dst, src, n);
	*room = n;
	return true;
}

static size_t none_bound(size_t n)
{
	return n;
}

/* snappy_uncompress trusts the length in its input to fit the room, if it is not asked before. */
static bool snappy_unpack(const uint8_t *src, size_t n, uint8_t *dst, size_t want)
{
	size_t said;

	return snappy_uncompressed_length((const char *)src, n, &said) == SNAPPY_OK && said == want &&
	       snappy_uncompress((const char *)src, n, (char *)dst, &said) == SNAPPY_OK;
}

static bool snappy_pack(const uint8_t *src, size_t n, uint8_t *dst, size_t *room)
{
	return snappy_compress((const char *)src, n, (char *)dst, room) == SNAPPY_OK;
}

static bool zlib_unpack(const uint8_t *src, size_t n, uint8_t *dst, size_t want)
{
	uLongf got = want;

	return uncompress(dst, &got, src, n) == Z_OK && got == want;
}

static bool zlib_pack(const uint8_t *src, size_t n, uint8_t *dst, size_t *room)
{
	uLongf got = *room;
	bool ok = compress(dst, &got, src, n) == Z_OK;

	*room = got;
	return ok;
}

static size_t zlib_bound(size_t n)
{
	return compressBound(n);
}

static bool zstd_unpack(const uint8_t *src, size_t n, uint8_t *dst, size_t want)
{
	return ZSTD_decompress(dst, want, src, n) == want;
}

static bool zstd_pack(const uint8_t *src, size_t n, uint8_t *dst, size_t *room)
{
	*room = ZSTD_compress(dst, *room, src, n, 1);
	return !ZSTD_isError(*room);
}

/* By the protocol's numbers. */
static const struct compressor {
	bool (*unpack)(const uint8_t *src, size_t n, uint8_t *dst, size_t want);
	bool (*pack)(const uint8_t *src, size_t n, uint8_t *dst, size_t *room);
	size_t (*bound)(size_t n);
} compressors[] = {
	{none_unpack, none_pack, none_bound},
	{snappy_unpack, snappy_pack, snappy_max_compressed_length},
	{zlib_unpack, zlib_pack, zlib_bound},
	{zstd_unpack, zstd_pack, ZSTD_compressBound},
};

static const struct compressor *find(int compressor)
{
	size_t n = sizeof(compressors) / sizeof(compressors[0]);

	return compressor >= 0 && (size_t)compressor < n ? &compressors[compressor] : NULL;
}

int unpack(int compressor, const uint8_t *src, size_t n, uint8_t *dst, size_t want)
{
	const struct compressor *c = find(compressor);

	return c && c->unpack(src, n, dst, want) ? 0 : -EPROTO;
}

uint8_t *pack(int compressor, const uint8_t *src, size_t n, size_t *packed)
{
	const struct compressor *c = find(compressor);
	uint8_t *dst = c ? malloc(*packed = c->bound(n)) : NULL;

	if (dst && !c->pack(src, n, dst, packed)) {
		free(dst);
		dst = NULL;
	}
	return dst;
}
