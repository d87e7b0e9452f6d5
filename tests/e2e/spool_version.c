/* spool_version FILE VERSION: a segment says that it is of another format, with its checksum made good. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 64

static uint32_t crc32c(const uint8_t *p, size_t n)
{
	uint32_t c = ~0U;

	for (size_t i = 0; i < n; i++) {
		c ^= p[i];
		for (int k = 0; k < 8; k++)
			c = c & 1 ? c >> 1 ^ 0x82f63b78U : c >> 1;
	}
	return ~c;
}

int main(int argc, char **argv)
{
	FILE *f = argc == 3 ? fopen(argv[1], "r+b") : NULL;
	uint8_t h[HEADER];
	uint32_t crc;

	if (!f || fread(h, 1, HEADER, f) != HEADER) {
		fputs("usage: spool_version FILE VERSION\n", stderr);
		return 2;
	}
	h[8] = (uint8_t)strtol(argv[2], NULL, 10);
	crc = crc32c(h, HEADER - 4);
	memcpy(h + HEADER - 4, &crc, 4);
	return fseek(f, 0, SEEK_SET) == 0 && fwrite(h, 1, HEADER, f) == HEADER && fclose(f) == 0 ? 0 : 1;
}
