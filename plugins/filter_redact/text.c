/* One text without its secrets. */
#include <errno.h>
#include <string.h>

#include "redact.h"

static find_fn *const finders[FINDERS] = {
	find_url, find_assign, find_option, find_prefix, find_scheme, find_number, find_email, find_ip6};

static int append(struct genlog_buf *out, const char *p, const char *end)
{
	size_t n = (size_t)(end - p);

	if (genlog_buf_reserve(out, n + 1) < 0)
		return -ENOMEM;
	memcpy(out->p + out->n, p, n);
	out->n += n;
	return 0;
}

static bool find_at(const struct redact *x, struct text *t, const char *at, struct hit *h)
{
	for (unsigned set = x->finders[(uint8_t)*at]; set; set &= set - 1)
		if (finders[__builtin_ctz(set)](x, t, at, h) && h->from >= t->done)
			return true;
	return false;
}

/* Behind the next byte that a finder wants to see. */
static const char *next_look(const struct redact *x, const char *p, const char *end)
{
	const uint8_t *f = x->finders;

	while (end - p >= 4 && !(f[(uint8_t)p[0]] | f[(uint8_t)p[1]] | f[(uint8_t)p[2]] | f[(uint8_t)p[3]]))
		p += 4;
	while (p < end && !f[(uint8_t)*p])
		p++;
	return p;
}

/* Into x->out what the text is without its secrets; how many there were, or -ENOMEM. */
static int64_t find_secrets(struct redact *x, const char *p, size_t n)
{
	struct text t = {.p = p, .end = p + n, .done = p, .skip = p};
	int64_t found = 0;
	struct hit h;

	x->out.n = 0;
	for (p = next_look(x, p, t.end); p < t.end; p = next_look(x, p, t.end)) {
		bool hit = find_at(x, &t, p, &h);

		p = p + 1 < t.skip ? t.skip : p + 1;
		if (!hit)
			continue;
		found++;
		if (append(&x->out, t.done, h.from) < 0 ||
			mask_write(x, &x->out, h.kind, h.from, (size_t)(h.to - h.from)) < 0)
			return -ENOMEM;
		p = t.done = t.skip = h.to;
	}
	return found && append(&x->out, t.done, t.end) < 0 ? -ENOMEM : found;
}

/* The text becomes x->out, in memory of the record. */
static int take(struct redact *x, struct genlog_record *rec, struct genlog_value *v)
{
	char *made = genlog_rec_alloc(rec, x->out.n + GENLOG_PAD);

	if (!made)
		return -ENOMEM;
	if (x->out.n)
		memcpy(made, x->out.p, x->out.n);
	*v = genlog_str(made, x->out.n);
	return 0;
}

int redact_whole(struct redact *x, struct genlog_record *rec, struct genlog_value *v, unsigned kind)
{
	x->out.n = 0;
	x->count++;
	if (mask_write(x, &x->out, kind, v->u.p, v->n) < 0)
		return -ENOMEM;
	return take(x, rec, v);
}

/* A text that a pattern cannot be searched in to its end is masked whole. */
static int64_t find_pattern(
	struct redact *x, struct genlog_record *rec, struct genlog_pattern *re, struct genlog_value *v)
{
	const char *p = v->u.p;
	size_t from = 0, done = 0;
	struct genlog_span s;
	int64_t found = 0;
	int r;

	x->out.n = 0;
	while ((r = genlog_pattern_find(re, p, v->n, from, &s)) == 1) {
		if (s.to == s.from) { /* nothing; the next may begin behind the next character */
			for (from = s.to + 1; from < v->n && (p[from] & 0xc0) == 0x80;)
				from++;
			if (from > v->n)
				break;
			continue;
		}
		if (append(&x->out, p + done, p + s.from) < 0 ||
			mask_write(x, &x->out, KIND_PATTERN, p + s.from, s.to - s.from) < 0)
			return -ENOMEM;
		found++;
		from = done = s.to;
	}
	if (r < 0)
		return redact_whole(x, rec, v, KIND_PATTERN) < 0 ? -ENOMEM : 1;
	x->count += (uint64_t)found;
	if (found && (append(&x->out, p + done, p + v->n) < 0 || take(x, rec, v) < 0))
		return -ENOMEM;
	return found;
}

enum genlog_edit redact_text(struct redact *x, struct genlog_record *rec, struct genlog_value *v)
{
	int64_t found = find_secrets(x, v->u.p, v->n), more;

	if (found > 0) {
		x->count += (uint64_t)found;
		if (take(x, rec, v) < 0)
			found = -ENOMEM;
	}
	for (size_t i = 0; found >= 0 && i < x->patterns.n; i++) {
		more = find_pattern(x, rec, x->compiled[i], v);
		found = more < 0 ? more : found + more;
	}
	x->failed |= found < 0;
	return found > 0 ? GENLOG_REPLACE : GENLOG_LEAVE;
}
