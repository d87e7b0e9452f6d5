/* The wire protocol's compressors: none, snappy, zlib, zstd. */
#ifndef DEVDB_PACK_H
#define DEVDB_PACK_H

#include <stddef.h>
#include <stdint.h>

/* Exactly `want` bytes must come out: 0, or -EPROTO. */
int unpack(int compressor, const uint8_t *src, size_t n, uint8_t *dst, size_t want);

/* The caller frees what it gets; NULL when memory is gone or nobody knows the compressor. */
uint8_t *pack(int compressor, const uint8_t *src, size_t n, size_t *packed);

#endif
