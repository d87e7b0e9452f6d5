#include "text.h"

#include <stdint.h>
#include <string.h>

static bool eight_ascii(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return !(v & 0x8080808080808080ULL);
}

bool text_is_ascii(const char *p, size_t n)
{
	while (n >= 8) {
		if (!eight_ascii(p))
			return false;
		p += 8;
		n -= 8;
	}
	for (size_t i = 0; i < n; i++)
		if (p[i] & 0x80)
			return false;
	return true;
}
