/*
 * Behind the fields of the standard every server has its own.  What a word is, is told by its form: a number with a
 * point is a time in seconds, addresses are those that a proxy has forwarded, a name with a dot is a host, `rt=0.005`
 * says it itself.  If there is one that cannot be told, all of them are kept as `extra` too.
 */
#include <errno.h>

#include "access.h"

#define EXTRA_WORDS 32

struct extra {
	const struct access *a;
	struct genlog_record *rec;
	bool took, upstream, forwarded, vhost;
	int result;
};

static bool is_there(const struct extra *x, struct slice key)
{
	const struct genlog_buf *c = &x->rec->context;
	const uint8_t *next;

	return genlog_bson_find(c->p, c->p + c->n, key.p, key.n, &next) != NULL;
}

/* Here keys come from the line too: none is to stand twice. */
static bool put(struct extra *x, struct slice key, struct genlog_value v)
{
	if (is_there(x, key))
		return false;
	if (x->result == 0)
		x->result = genlog_context_put(x->rec, key.p, key.n, v);
	return true;
}

static bool put_as(struct extra *x, const char *key, struct genlog_value v)
{
	return put(x, (struct slice){key, strlen(key)}, v);
}

static double in_ms(int unit, double v)
{
	return unit == UNIT_US ? v / 1000 : unit == UNIT_MS ? v : v * 1000;
}

static void set_took(struct extra *x, int unit, const struct genlog_value *v)
{
	struct genlog_value ms = {.type = GENLOG_V_DOUBLE, .u.d = in_ms(unit, value_double(v))};

	genlog_set_slot(x->rec, GENLOG_SLOT_DURATION_MS, ms);
	x->took = true;
}

/* The first number is the request's time, the next one with a point that of the server behind. */
static bool is_time(struct extra *x, struct slice w)
{
	struct genlog_value v;
	bool point;

	if (!scan_number(w, &v))
		return false;
	point = v.type == GENLOG_V_DOUBLE;
	if (!x->took && (point || x->a->time_unit != UNIT_AUTO)) {
		set_took(x, x->a->time_unit, &v);
		return true;
	}
	if (!point || !x->took || x->upstream)
		return false;
	x->upstream = true;
	return put_as(x, "upstream_time", v);
}

static bool is_forwarded(struct extra *x, struct slice w)
{
	const char *end = w.p + w.n, *comma = until(w.p, end, ',');

	if (x->forwarded || !access_is_ip(slice(w.p, comma)))
		return false;
	x->forwarded = true;
	return put_as(x, "forwarded_for", genlog_str(w.p, w.n));
}

static bool is_vhost(struct extra *x, struct slice w)
{
	if (x->vhost || !memchr(w.p, '.', w.n) || !is_letter(*w.p))
		return false;
	for (size_t i = 0; i < w.n; i++)
		if (!is_letter(w.p[i]) && !is_digit(w.p[i]) && !strchr(".-_:", w.p[i]))
			return false;
	x->vhost = true;
	return put_as(x, "vhost", genlog_str(w.p, w.n));
}

static bool is_said_time(struct slice key)
{
	return slice_is(key, "rt") || slice_is(key, "request_time");
}

/* "rt=0.005", "urt="0.003"": by its own name */
static bool pair(struct extra *x, struct slice key, struct slice value)
{
	struct genlog_value v = scan_value(value);

	if (!x->took && is_said_time(key) && v.type != GENLOG_V_STR) {
		set_took(x, UNIT_S, &v);
		return true;
	}
	return (value.n == 1 && *value.p == '-') || put(x, key, v);
}

/* To the `=` of a word that begins with a name. */
static const char *pair_sign(const char *p, const char *end)
{
	while (p < end && (is_letter(*p) || is_digit(*p) || *p == '_'))
		p++;
	return p < end && *p == '=' ? p : NULL;
}

/* A point and a p say whether nginx has read pipelined requests. */
static bool one(struct extra *x, struct slice w)
{
	return w.n == 0 || (w.n == 1 && strchr("-.p", *w.p)) || is_time(x, w) || is_forwarded(x, w) || is_vhost(x, w);
}

static const char *unquoted(const char *p, const char *end, struct slice *out)
{
	const char *q = until(p, end, ' ');

	*out = slice(p, q);
	return q;
}

static const char *text(const char *p, const char *end, struct slice *out)
{
	const char *q = p < end && *p == '"' ? access_quoted(p + 1, end, out) : NULL;

	return q ? q : unquoted(p, end, out);
}

int access_extra(const struct access *a, struct genlog_record *rec, struct slice rest, bool vhost)
{
	struct extra x = {.a = a, .rec = rec, .vhost = vhost};
	const char *p = rest.p, *end = rest.p + rest.n, *sign;
	bool all = true;
	struct slice w;

	for (int i = 0; p < end; i++) {
		p = skip_blanks(p, end);
		sign = pair_sign(p, end);
		if (i == EXTRA_WORDS) {
			all = false;
			break;
		}
		if (sign && sign > p) {
			struct slice key = slice(p, sign);

			p = text(sign + 1, end, &w);
			all = pair(&x, key, w) && all;
		} else {
			p = text(p, end, &w);
			all = one(&x, w) && all;
		}
	}
	if (!all && x.result == 0)
		x.result = genlog_context_put(rec, KEY("extra"), genlog_str(rest.p, rest.n));
	return x.result;
}
