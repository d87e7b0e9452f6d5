/*
 * The fast path: nineteen bytes "YYYY-MM-DDTHH:MM:SS" are taken as two words.  Exclusive-or with a template leaves
 * digits as 0 to 9 and separators as 0, so that one comparison checks sixteen bytes.
 */
#include "event/time.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "event/time_find.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the fast path reads words as little-endian"
#endif

#define DATE_TEMPLATE 0x2d30302d30303030ULL /* "0000-00-" */
#define TIME_TEMPLATE 0x30303a30303a3030ULL /* "00:00:00" */
#define DATE_SEPARATORS 0xff0000ff00000000ULL
#define TIME_SEPARATORS 0x0000ff0000ff0000ULL

static inline uint64_t word(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline unsigned at(uint64_t x, int byte)
{
	return (unsigned)(x >> (8 * byte)) & 0xff;
}

static inline unsigned pair(uint64_t x, int byte)
{
	return at(x, byte) * 10 + at(x, byte + 1);
}

/* Non-zero: some byte is no digit, or no separator where one has to be. */
static inline uint64_t wrong(uint64_t date, uint64_t time)
{
	uint64_t above9 = (date + 0x0606060606060606ULL) | date | (time + 0x0606060606060606ULL) | time;

	return (above9 & 0xf0f0f0f0f0f0f0f0ULL) | (date & DATE_SEPARATORS) | (time & TIME_SEPARATORS);
}

static inline bool is_t(char c)
{
	return c == 'T' || c == ' ' || c == 't';
}

/* ".fffZ" or "Z" behind the seconds; -1: something else. */
static inline int zulu(const char *p, size_t n)
{
	unsigned a, b, c;

	if (n == 20)
		return p[19] == 'Z' ? 0 : -1;
	if (n != 24 || p[23] != 'Z' || (p[19] != '.' && p[19] != ','))
		return -1;
	a = (unsigned)p[20] - '0';
	b = (unsigned)p[21] - '0';
	c = (unsigned)p[22] - '0';
	return a > 9 || b > 9 || c > 9 ? -1 : (int)(a * 100 + b * 10 + c);
}

/* 0: taken.  -1: not this form, or one that wants a closer look. */
static int fast(const struct tz *zone, const char *p, size_t n, struct time_result *out)
{
	uint64_t date = word(p) ^ DATE_TEMPLATE, time = word(p + 11) ^ TIME_TEMPLATE;
	unsigned d1 = (unsigned)p[8] - '0', d2 = (unsigned)p[9] - '0', day = d1 * 10 + d2;
	unsigned year = pair(date, 0) * 100 + pair(date, 2), month = pair(date, 5);
	unsigned hour = pair(time, 0), min = pair(time, 3), sec = pair(time, 6);
	struct time_scan rest = {p + 19, p + n};
	struct time_civil c;
	int ms;

	if (wrong(date, time) | (d1 > 9) | (d2 > 9) | !is_t(p[10]))
		return -1;
	if ((year - TIME_FIRST_YEAR > TIME_LAST_YEAR - TIME_FIRST_YEAR) | (month - 1 > 11) | (day - 1 > 30) |
		(hour > 23) | (min > 59) | (sec > 59))
		return -1;
	if (day > 28 && (int)day > civil_month_days((int)year, (int)month))
		return -1;
	ms = zulu(p, n);
	if (ms >= 0) {
		int64_t days = civil_days((int)year, (int)month, (int)day);

		*out = (struct time_result){(days * 86400 + hour * 3600 + min * 60 + sec) * 1000 + ms, 0};
		return 0;
	}
	c = (struct time_civil){(int)year, (int)month, (int)day, (int)hour, (int)min, (int)sec, 0, false, 0};
	return time_tail(&rest, &c) && time_reckon(&c, zone, out) ? 0 : -1;
}

bool time_looks_iso(const char *p)
{
	uint64_t date = word(p) ^ DATE_TEMPLATE, time = word(p + 11) ^ TIME_TEMPLATE;

	return !(wrong(date, time) | ((unsigned)p[8] - '0' > 9) | ((unsigned)p[9] - '0' > 9) | !is_t(p[10]));
}

/* The layouts of logs that are no ISO 8601. */
static int by_search(const struct tz *zone, const char *p, size_t n, int64_t now_ms, struct time_result *out)
{
	struct time_reading r = {.s = {p, p + n}};
	struct time_result t = {0};

	if (n > TIME_FIND_MAX || !time_find(&r, now_ms) || r.s.p != r.s.end || !time_conclude(&r, zone, now_ms, &t))
		return -EINVAL;
	*out = t;
	return 0;
}

int time_parse(const struct time_format *f, const char *p, size_t n, int64_t now_ms, struct time_result *out)
{
	const struct tz *zone = f ? f->zone : NULL;

	if (f && f->n)
		return time_by_pattern(f, p, n, now_ms, out);
	if (n >= 19 && fast(zone, p, n, out) == 0)
		return 0;
	return time_iso(zone, p, n, out) == 0 ? 0 : by_search(zone, p, n, now_ms, out);
}

/* The unit by its magnitude: each begins in 1973, where the one before it is beyond 2200 by far. */
int time_from_int(int64_t v, int64_t *ms)
{
	int64_t out;

	if (v < 100000000)
		return -EINVAL;
	if (v < 100000000000)
		out = v * 1000;
	else if (v < 100000000000000)
		out = v;
	else
		out = v < 100000000000000000 ? v / 1000 : v / 1000000;
	if (out >= civil_days(TIME_LAST_YEAR + 1, 1, 1) * 86400000)
		return -EINVAL;
	*ms = out;
	return 0;
}

int time_from_double(double v, int64_t *ms)
{
	if (!(v >= 1e8 && v < 9e18))
		return -EINVAL;
	/* To the nearest microsecond first: 1.005 lies below 1.005. */
	if (v < 1e11)
		return time_from_int((int64_t)(round(v * 1e6) / 1e3), ms);
	return time_from_int((int64_t)v, ms);
}
