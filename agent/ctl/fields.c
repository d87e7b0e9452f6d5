/* Fields of documents, and figures as people read them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ctl/ctl.h"

static bool find(const bson_t *doc, const char *path, bson_iter_t *out)
{
	bson_iter_t i;

	return bson_iter_init(&i, doc) && bson_iter_find_descendant(&i, path, out);
}

int64_t ctl_int(const bson_t *doc, const char *path)
{
	bson_iter_t i;

	if (!find(doc, path, &i))
		return 0;
	if (BSON_ITER_HOLDS_DATE_TIME(&i))
		return bson_iter_date_time(&i);
	return BSON_ITER_HOLDS_DOUBLE(&i) ? (int64_t)bson_iter_double(&i) : bson_iter_as_int64(&i);
}

double ctl_double(const bson_t *doc, const char *path)
{
	bson_iter_t i;

	if (!find(doc, path, &i))
		return 0;
	return BSON_ITER_HOLDS_DOUBLE(&i) ? bson_iter_double(&i) : (double)bson_iter_as_int64(&i);
}

bool ctl_bool(const bson_t *doc, const char *path)
{
	bson_iter_t i;

	return find(doc, path, &i) && bson_iter_as_bool(&i);
}

const char *ctl_text(const bson_t *doc, const char *path)
{
	bson_iter_t i;

	return find(doc, path, &i) && BSON_ITER_HOLDS_UTF8(&i) ? bson_iter_utf8(&i, NULL) : "";
}

void ctl_each(const bson_t *doc, const char *path, void (*fn)(void *arg, const bson_t *item), void *arg)
{
	bson_iter_t at, i;

	if (!find(doc, path, &at) || !BSON_ITER_HOLDS_ARRAY(&at) || !bson_iter_recurse(&at, &i))
		return;
	while (bson_iter_next(&i)) {
		const uint8_t *p;
		uint32_t n;
		bson_t item;

		if (!BSON_ITER_HOLDS_DOCUMENT(&i))
			continue;
		bson_iter_document(&i, &n, &p);
		if (bson_init_static(&item, p, n))
			fn(arg, &item);
	}
}

char *ctl_clock(char out[CTL_SHORT], int64_t ms)
{
	time_t t = (time_t)(ms / 1000), now = time(NULL);
	struct tm tm, today;

	localtime_r(&t, &tm);
	localtime_r(&now, &today);
	strftime(out, CTL_SHORT,
		tm.tm_yday == today.tm_yday && tm.tm_year == today.tm_year ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &tm);
	return out;
}

char *ctl_number(char out[CTL_SHORT], int64_t n)
{
	char plain[CTL_SHORT];
	size_t len, w = 0;

	snprintf(plain, sizeof(plain), "%" PRId64, n);
	len = strlen(plain);
	for (size_t i = 0; i < len && w + 2 < CTL_SHORT; i++) {
		if (i && (len - i) % 3 == 0 && plain[i - 1] != '-')
			out[w++] = ' ';
		out[w++] = plain[i];
	}
	out[w] = 0;
	return out;
}

void ctl_put_text(const char *s)
{
	for (; *s; s++)
		putchar((unsigned char)*s < 0x20 || *s == 0x7f ? '?' : *s);
}
