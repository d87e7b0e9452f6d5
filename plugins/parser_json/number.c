#include <math.h>
#include <stdlib.h>

#include "json.h"

static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
	1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

struct digits {
	uint64_t m;    /* the digits as one number, as long as they are 19 at most */
	int n;	       /* how many, leading zeros not counted */
	int point;     /* how many of them stand behind the point */
	bool fraction; /* it has a point or an exponent */
	int exponent;
};

static const char *digit_run(const char *p, const char *end, struct digits *d)
{
	for (; p < end && (unsigned)(*p - '0') < 10; p++) {
		if (d->n < 19)
			d->m = d->m * 10 + (unsigned)(*p - '0');
		d->n += d->n > 0 || *p != '0';
	}
	return p;
}

static const char *exponent(struct json *js, const char *p, struct digits *d)
{
	const char *first;
	bool minus;
	int e = 0;

	p++;
	minus = p < js->end && *p == '-';
	if (p < js->end && (*p == '-' || *p == '+'))
		p++;
	for (first = p; p < js->end && (unsigned)(*p - '0') < 10; p++)
		e = e < 100000 ? e * 10 + (*p - '0') : e;
	if (p == first)
		return json_fail(js, p, "a number's exponent has no digits");
	d->exponent = minus ? -e : e;
	d->fraction = true;
	return p;
}

/* -? int frac? exp?, exactly as the grammar has it. */
static const char *scan(struct json *js, const char *p, struct digits *d)
{
	const char *first = p, *q = digit_run(p, js->end, d);

	if (q == first)
		return json_fail(js, p, "a value was expected");
	if (*first == '0' && q > first + 1)
		return json_fail(js, p, "a number begins with 0");
	if (q < js->end && *q == '.') {
		first = q + 1;
		q = digit_run(first, js->end, d);
		if (q == first)
			return json_fail(js, q, "a number's point has no digits behind it");
		d->point = (int)(q - first);
		d->fraction = true;
	}
	return q < js->end && (*q | 0x20) == 'e' ? exponent(js, q, d) : q;
}

/* Exact when digits and power are small enough to be doubles themselves; else the C library's conversion. */
static bool to_double(const struct digits *d, const char *from, const char *to, double *out)
{
	int power = d->exponent - d->point;
	char copy[1024];
	size_t n = (size_t)(to - from);

	if (d->n <= 19 && d->m < 1ULL << 53 && power >= -22 && power <= 22) {
		*out = power < 0 ? (double)d->m / tens[-power] : (double)d->m * tens[power];
		if (*from == '-')
			*out = -*out;
		return true;
	}
	if (n >= sizeof(copy))
		return false;
	memcpy(copy, from, n);
	copy[n] = 0;
	*out = strtod(copy, NULL);
	return isfinite(*out);
}

static bool to_int(const struct digits *d, bool minus, int64_t *out)
{
	uint64_t most = (uint64_t)INT64_MAX + (minus ? 1 : 0);

	if (d->n > 19 || d->m > most)
		return false;
	*out = minus ? (int64_t)(0 - d->m) : (int64_t)d->m;
	return true;
}

/* What Python and JavaScript print although JSON has no word for it. */
static const char *odd_word(struct json *js, const char *p, bool minus, struct genlog_value *out)
{
	out->type = GENLOG_V_DOUBLE;
	if (js->end - p >= 8 && memcmp(p, "Infinity", 8) == 0) {
		out->u.d = minus ? -INFINITY : INFINITY;
		return p + 8;
	}
	if (!minus && js->end - p >= 3 && memcmp(p, "NaN", 3) == 0) {
		out->u.d = NAN;
		return p + 3;
	}
	return json_fail(js, p, "a value was expected");
}

const char *json_number(struct json *js, const char *p, struct genlog_value *out)
{
	const char *from = p;
	struct digits d = {0};
	bool minus = *p == '-';

	p += minus;
	if (p < js->end && (*p == 'I' || *p == 'N'))
		return odd_word(js, p, minus, out);
	p = scan(js, p, &d);
	if (!p)
		return NULL;
	if (!d.fraction && to_int(&d, minus, &out->u.i))
		out->type = GENLOG_V_INT;
	else if (d.fraction && to_double(&d, from, p, &out->u.d))
		out->type = GENLOG_V_DOUBLE;
	else /* beyond both: its digits, unchanged */
		*out = genlog_str(from, (size_t)(p - from));
	return p;
}
