/*
 * The instruction takes 3 cycles but a new one may start in each: three streams of LANE bytes are run side by side
 * and joined.  Joining means to move a CRC past LANE zero bytes, which is a linear map; `shift` holds it as four
 * tables, one for each byte of the CRC.
 */
#include <pthread.h>
#include <string.h>

#include "base/crc.h"

#define POLY 0x82f63b78u
#define LANE 1024

static uint32_t byte_table[256];
static uint32_t shift[4][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint32_t crc_bytes(uint32_t crc, const uint8_t *p, size_t n)
{
	while (n--)
		crc = crc >> 8 ^ byte_table[(crc ^ *p++) & 0xff];
	return crc;
}

static uint32_t past_zeros(uint32_t crc, size_t n)
{
	while (n--)
		crc = crc >> 8 ^ byte_table[crc & 0xff];
	return crc;
}

/* Linear: the map of each single bit gives that of every byte. */
static void make_shift(void)
{
	uint32_t bit[32];

	for (int i = 0; i < 32; i++)
		bit[i] = past_zeros(1u << i, LANE);
	for (int k = 0; k < 4; k++)
		for (unsigned b = 0; b < 256; b++)
			for (int i = 0; i < 8; i++)
				shift[k][b] ^= b >> i & 1 ? bit[8 * k + i] : 0;
}

static void make_tables(void)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t c = b;

		for (int i = 0; i < 8; i++)
			c = c >> 1 ^ (c & 1 ? POLY : 0);
		byte_table[b] = c;
	}
	make_shift();
}

uint32_t crc32c_portable(uint32_t crc, const void *p, size_t n)
{
	pthread_once(&once, make_tables);
	return ~crc_bytes(~crc, p, n);
}

#if defined(__x86_64__)
#include <nmmintrin.h>

static uint32_t shifted(uint32_t c)
{
	return shift[0][c & 0xff] ^ shift[1][c >> 8 & 0xff] ^ shift[2][c >> 16 & 0xff] ^ shift[3][c >> 24];
}

static uint64_t word(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

__attribute__((target("sse4.2"))) static uint32_t three_lanes(uint32_t crc, const uint8_t *p)
{
	uint64_t a = crc, b = 0, c = 0;

	for (size_t i = 0; i < LANE; i += 8) {
		a = _mm_crc32_u64(a, word(p + i));
		b = _mm_crc32_u64(b, word(p + LANE + i));
		c = _mm_crc32_u64(c, word(p + 2 * LANE + i));
	}
	return shifted(shifted((uint32_t)a) ^ (uint32_t)b) ^ (uint32_t)c;
}

__attribute__((target("sse4.2"))) static uint32_t crc_hardware(uint32_t crc, const uint8_t *p, size_t n)
{
	for (; n >= 3 * (size_t)LANE; n -= 3 * (size_t)LANE, p += 3 * (size_t)LANE)
		crc = three_lanes(crc, p);
	for (; n >= 8; n -= 8, p += 8)
		crc = (uint32_t)_mm_crc32_u64(crc, word(p));
	while (n--)
		crc = _mm_crc32_u8(crc, *p++);
	return crc;
}

uint32_t crc32c(uint32_t crc, const void *p, size_t n)
{
	pthread_once(&once, make_tables);
	if (__builtin_cpu_supports("sse4.2"))
		return ~crc_hardware(~crc, p, n);
	return ~crc_bytes(~crc, p, n);
}
#else
uint32_t crc32c(uint32_t crc, const void *p, size_t n)
{
	return crc32c_portable(crc, p, n);
}
#endif
