/* Bytes of a zone file, and the same bytes as a rule: any zone that comes of it answers, in order and in bounds. */
#include <stdlib.h>
#include <string.h>

#include "base/tz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct tz *z)
{
	static const int64_t at[] = {INT64_MIN / 4, -1, 0, 1743301800, 1766399445, 7289654400, INT64_MAX / 4};

	for (size_t i = 1; i < z->n; i++) {
		if (z->at[i] <= z->at[i - 1])
			abort();
	}
	for (size_t i = 0; i < sizeof(at) / sizeof(*at); i++) {
		unsigned flags = 0;
		int64_t utc = tz_to_utc(z, at[i], &flags);

		if (utc < at[i] - 26 * 3600 || utc > at[i] + 26 * 3600)
			abort();
		tz_offset_at(z, at[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct tz z = {0};
	char rule[256];

	if (tz_parse(&z, &a, data, size, NULL) == 0)
		ask(&z);
	if (size < sizeof(rule)) {
		memcpy(rule, data, size);
		rule[size] = 0;
		if (tz_parse_rule(&z, &a, rule, NULL) == 0)
			ask(&z);
	}
	arena_free(&a);
	return 0;
}
