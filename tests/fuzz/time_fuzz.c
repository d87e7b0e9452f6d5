/* "pattern\ntext": by that pattern, and by the automatic format; what comes out lies within the years promised. */
#include <stdlib.h>
#include <string.h>

#include "event/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 1766399445000LL
#define END 7289654400000LL /* 2201-01-01 */

static void check(const struct time_format *f, const char *p, size_t n)
{
	struct time_result t = {-5, 0};
	int r = time_parse(f, p, n, NOW, &t);

	if (r == 0 && (t.ms < 0 || t.ms >= END))
		abort();
	if (r != 0 && t.ms != -5)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena arena;
	static const struct tz *zone;
	const uint8_t *nl = memchr(data, '\n', size);
	size_t n = nl ? (size_t)(nl - data) : 0, rest = size - n - (nl != NULL);
	struct time_format f = {0};
	char pattern[256];
	char *text = malloc(rest ? rest : 1);

	if (!zone)
		tz_load(&zone, &arena, "Europe/Berlin", NULL);
	if (rest)
		memcpy(text, nl ? nl + 1 : data, rest);
	f.zone = zone;
	check(&f, text, rest);
	if (nl && n < sizeof(pattern)) {
		memcpy(pattern, data, n);
		pattern[n] = 0;
		if (time_format_init(&f, pattern, zone, NULL) == 0)
			check(&f, text, rest);
	}
	free(text);
	return 0;
}
