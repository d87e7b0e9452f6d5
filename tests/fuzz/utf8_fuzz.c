/* Any bytes: what repair makes of them is valid, and nothing else has changed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <genlog/record.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	size_t good = genlog_utf8_valid(p, size), n;
	char *to = malloc(3 * size + 1);

	n = genlog_utf8_repair(to, p, size);
	if (n > 3 * size || genlog_utf8_valid(to, n) != n)
		abort();
	if (memcmp(to, p, good) != 0)
		abort();
	if (good == size && n != size)
		abort();
	if (good < size && (n < good + 3 || memcmp(to + good, "\xef\xbf\xbd", 3) != 0))
		abort();
	free(to);
	return 0;
}
