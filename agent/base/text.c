#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FAR 64
#define WORD 48 /* longest word that distances are reckoned for */

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit sizes[] = {
	{"", 1},
	{"B", 1},
	{"KiB", 1LL << 10},
	{"MiB", 1LL << 20},
	{"GiB", 1LL << 30},
	{"TiB", 1LL << 40},
	{"K", 1LL << 10},
	{"M", 1LL << 20},
	{"G", 1LL << 30},
	{"T", 1LL << 40},
	{"kB", 1000},
	{"KB", 1000},
	{"MB", 1000000},
	{"GB", 1000000000},
	{"TB", 1000000000000},
	{NULL, 0},
};

static const struct unit times[] = {
	{"ms", 1},
	{"s", 1000},
	{"sec", 1000},
	{"m", 60000},
	{"min", 60000},
	{"h", 3600000},
	{"d", 86400000},
	{"w", 604800000},
	{NULL, 0},
};

int text_int(const char *s, int64_t *out)
{
	const char *digits = s + (*s == '-' || *s == '+');
	char *end;
	long long v;

	if (!isdigit((unsigned char)*digits))
		return -EINVAL;
	errno = 0;
	v = strtoll(s, &end, 0);
	if (*end)
		return -EINVAL;
	if (errno)
		return -ERANGE;
	*out = v;
	return 0;
}

int text_bool(const char *s, bool *out)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on", NULL};

	for (size_t i = 0; words[i]; i++) {
		if (strcasecmp(s, words[i]) == 0) {
			*out = i % 2;
			return 0;
		}
	}
	return -EINVAL;
}

static const struct unit *unit_find(const struct unit *u, const char *name, size_t n)
{
	for (; u->name; u++) {
		if (strlen(u->name) == n && memcmp(u->name, name, n) == 0)
			return u;
	}
	return NULL;
}

/* Digits with up to six behind a point, in millionths, so that no rounding of doubles comes in. */
static int millionths(const char **s, int64_t *out)
{
	int64_t v = 0, scale = 1000000;
	bool point = false;

	if (!isdigit((unsigned char)**s))
		return -EINVAL;
	for (; isdigit((unsigned char)**s) || (**s == '.' && !point); (*s)++) {
		if (**s == '.') {
			point = true;
			continue;
		}
		if (point && scale == 1)
			return -EINVAL;
		if (point)
			scale /= 10;
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, **s - '0', &v))
			return -ERANGE;
	}
	return __builtin_mul_overflow(v, scale, out) ? -ERANGE : 0;
}

/* One number with its unit. */
static int measure(const char **s, const struct unit *units, int64_t *out)
{
	const struct unit *u;
	const char *name;
	int64_t v = 0;
	int r = millionths(s, &v);
	__int128 whole;

	if (r < 0)
		return r;
	name = *s + (**s == ' ');
	for (*s = name; isalpha((unsigned char)**s);)
		(*s)++;
	u = unit_find(units, name, (size_t)(*s - name));
	if (!u)
		return -EINVAL;
	whole = (__int128)v * u->factor / 1000000;
	if (whole > INT64_MAX)
		return -ERANGE;
	*out = (int64_t)whole;
	return 0;
}

int text_size(const char *s, int64_t *out)
{
	int64_t v = 0;
	int r = measure(&s, sizes, &v);

	if (r == 0 && *s)
		r = -EINVAL;
	if (r == 0)
		*out = v;
	return r;
}

int text_time(const char *s, int64_t *out)
{
	int64_t sum = 0, v = 0;
	int r = 0;

	if (strcmp(s, "0") == 0) {
		*out = 0;
		return 0;
	}
	do {
		r = measure(&s, times, &v);
		if (r == 0 && __builtin_add_overflow(sum, v, &sum))
			r = -ERANGE;
		s += *s == ' ';
	} while (r == 0 && *s);
	if (r == 0)
		*out = sum;
	return r;
}

int text_percent(const char *s, int64_t *out)
{
	char *end;
	long v;

	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	errno = 0;
	v = strtol(s, &end, 10);
	if (strcmp(end, "%") != 0)
		return -EINVAL;
	if (errno || v > 100)
		return -ERANGE;
	*out = v;
	return 0;
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* Damerau and Levenshtein's, by rows; the row before the last is kept for swaps of neighbours. */
int text_distance(const char *a, const char *b)
{
	int rows[3][WORD + 1] = {0};
	size_t na = strlen(a), nb = strlen(b);

	if (na > WORD || nb > WORD)
		return FAR;
	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = (int)j;
	for (size_t i = 1; i <= na; i++) {
		int *row = rows[i % 3], *up = rows[(i - 1) % 3], *upup = rows[(i + 1) % 3];

		row[0] = (int)i;
		for (size_t j = 1; j <= nb; j++) {
			row[j] = least(least(up[j], row[j - 1]) + 1, up[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], upup[j - 2] + 1);
		}
	}
	return rows[na % 3][nb];
}

/* Near enough: a third of the letters wrong, and never a word that shares nothing. */
void text_nearest_try(struct text_nearest *n, const char *name)
{
	int d = text_distance(n->word, name), enough = (int)(strlen(name) + 2) / 3;

	if (d > enough || d >= (int)strlen(name) || (n->best && d >= n->distance))
		return;
	n->best = name;
	n->distance = d;
}
