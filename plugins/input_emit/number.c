#include "number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EXACT 9007199254740992.0 /* 2^53: integers up to here are themselves as doubles */

static const char pairs[] =
	"0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
	"5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

static char *digits(char *end, uint64_t v)
{
	while (v >= 100) {
		end -= 2;
		memcpy(end, pairs + 2 * (v % 100), 2);
		v /= 100;
	}
	if (v >= 10) {
		end -= 2;
		memcpy(end, pairs + 2 * v, 2);
		return end;
	}
	*--end = (char)('0' + v);
	return end;
}

size_t number_uint(char *to, uint64_t v)
{
	char room[24], *p = digits(room + sizeof(room), v);
	size_t n = (size_t)(room + sizeof(room) - p);

	memcpy(to, p, n);
	return n;
}

size_t number_int(char *to, int64_t v)
{
	if (v >= 0)
		return number_uint(to, (uint64_t)v);
	*to = '-';
	return 1 + number_uint(to + 1, 0 - (uint64_t)v);
}

size_t number_hex(char *to, uint64_t v)
{
	static const char hex[] = "0123456789abcdef";
	int shift = v ? (63 - __builtin_clzll(v)) / 4 * 4 : 0;
	size_t n = 2;

	memcpy(to, "0x", 2);
	for (; shift >= 0; shift -= 4)
		to[n++] = hex[v >> shift & 15];
	return n;
}

/*
 * A whole number below 2^53 divided by an exact power of ten is rounded correctly: if that gives the number again,
 * these decimals read back as it.  The first such power is the shortest.
 */
static size_t decimals(char *to, double v)
{
	static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
	char room[24], *p;
	size_t n;

	for (unsigned k = 0; k < sizeof(powers) / sizeof(*powers); k++) {
		double scaled = v * powers[k];
		uint64_t whole;

		if (scaled >= EXACT)
			return 0;
		whole = (uint64_t)(scaled + 0.5);
		if ((double)whole / powers[k] != v)
			continue;
		p = digits(room + sizeof(room), whole);
		while (room + sizeof(room) - p <= (ptrdiff_t)k)
			*--p = '0';
		n = (size_t)(room + sizeof(room) - p) - k;
		memcpy(to, p, n);
		if (!k)
			return n;
		to[n] = '.';
		memcpy(to + n + 1, p + n, k);
		return n + 1 + k;
	}
	return 0;
}

size_t number_double(char *to, double v)
{
	double positive = v < 0 ? -v : v;
	size_t n = 0;

	if (v < 0)
		to[n++] = '-';
	if (positive < EXACT && (positive >= 1e-5 || positive == 0)) { /* false for what is no number */
		size_t k = decimals(to + n, positive);

		if (k)
			return n + k;
	}
	for (int digits = 15; digits <= 17; digits++) {
		n = (size_t)snprintf(to, NUMBER_ROOM, "%.*g", digits, v);
		if (digits == 17 || strtod(to, NULL) == v)
			break;
	}
	return n;
}

size_t number_time(char *to, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
	int rest = (int)(ms - (int64_t)seconds * 1000), n;
	struct tm t;

	if (!gmtime_r(&seconds, &t) || t.tm_year < -1900 || t.tm_year > 8099)
		return number_int(to, ms);
	n = snprintf(to, NUMBER_ROOM, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
		t.tm_hour, t.tm_min, t.tm_sec, rest);
	return n < NUMBER_ROOM ? (size_t)n : NUMBER_ROOM - 1;
}
