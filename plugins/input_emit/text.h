/* UTF-8, and copies of short texts. */
#ifndef INPUT_EMIT_TEXT_H
#define INPUT_EMIT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

bool text_is_ascii(const char *p, size_t n);
size_t text_valid(const char *p, size_t n);	       /* how many bytes from the beginning are; n: all */
size_t text_repair(char *to, const char *p, size_t n); /* U+FFFD for what is not; `to` has room for 3 × n */

/* Two overlapping moves cover each length from 4 to 32. */
static inline uint8_t *text_copy(uint8_t *w, const char *p, size_t n)
{
	if (n > 32) {
		memcpy(w, p, n);
	} else if (n >= 16) {
		memcpy(w, p, 16);
		memcpy(w + n - 16, p + n - 16, 16);
	} else if (n >= 8) {
		memcpy(w, p, 8);
		memcpy(w + n - 8, p + n - 8, 8);
	} else if (n >= 4) {
		memcpy(w, p, 4);
		memcpy(w + n - 4, p + n - 4, 4);
	} else {
		for (size_t i = 0; i < n; i++)
			w[i] = (uint8_t)p[i];
	}
	return w + n;
}

#endif
