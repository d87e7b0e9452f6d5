#include "iso.h"

#include <string.h>

#define DAY 86400000LL
#define FIRST (-62167219200000LL) /* 0000-01-01 */
#define LAST 253402300800000LL	  /* 10000-01-01 */

static const char form[] = "0000-00-00T00:00:00.000Z";

/* Days since 1970 of a date of the proleptic Gregorian calendar, and back; years begin in March here. */
static int64_t days_from(int64_t y, int64_t m, int64_t d)
{
	int64_t era, in_era, in_year;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	in_era = y - era * 400;
	in_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static void date_from(int64_t days, int64_t *y, int64_t *m, int64_t *d)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, day = z - era * 146097;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t in_year = day - (365 * year + year / 4 - year / 100), month = (5 * in_year + 2) / 153;

	*d = in_year - (153 * month + 2) / 5 + 1;
	*m = month < 10 ? month + 3 : month - 9;
	*y = year + era * 400 + (*m <= 2);
}

static void number(char *to, int width, int64_t v)
{
	while (width--) {
		to[width] = (char)('0' + v % 10);
		v /= 10;
	}
}

bool iso_write(char out[ISO_LEN + 1], int64_t ms)
{
	int64_t days, rest, y, m, d;

	if (ms < FIRST || ms >= LAST)
		return false;
	days = (ms >= 0 ? ms : ms - DAY + 1) / DAY;
	rest = ms - days * DAY;
	date_from(days, &y, &m, &d);
	memcpy(out, form, ISO_LEN + 1);
	number(out, 4, y);
	number(out + 5, 2, m);
	number(out + 8, 2, d);
	number(out + 11, 2, rest / 3600000);
	number(out + 14, 2, rest / 60000 % 60);
	number(out + 17, 2, rest / 1000 % 60);
	number(out + 20, 3, rest % 1000);
	return true;
}

static int digits(const char *p, int n)
{
	int v = 0;

	while (n--)
		v = v * 10 + *p++ - '0';
	return v;
}

bool iso_read(const char *p, size_t n, int64_t *ms)
{
	char again[ISO_LEN + 1];

	if (n != ISO_LEN)
		return false;
	for (size_t i = 0; i < n; i++)
		if (form[i] == '0' ? p[i] < '0' || p[i] > '9' : p[i] != form[i])
			return false;
	*ms = days_from(digits(p, 4), digits(p + 5, 2), digits(p + 8, 2)) * DAY + digits(p + 11, 2) * 3600000LL +
	      digits(p + 14, 2) * 60000LL + digits(p + 17, 2) * 1000LL + digits(p + 20, 3);
	return iso_write(again, *ms) && memcmp(again, p, n) == 0; /* the 31st of February is none */
}
