#include "text.h"

#include <stdint.h>
#include <string.h>

#define HIGH 0x8080808080808080ULL

bool text_is_plain_key(const char *p, size_t n)
{
	bool plain = n && *p != '$';

	for (size_t i = 0; i < n; i++)
		plain &= p[i] >= ' ' && p[i] != 0x7f && p[i] != '.';
	return plain;
}
