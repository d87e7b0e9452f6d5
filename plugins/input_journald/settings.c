#include "settings.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

static void put_list(struct wire_out *w, const struct genlog_strs *l)
{
	put_u32(w, (uint32_t)l->n);
	for (size_t i = 0; i < l->n; i++)
		put_text(w, l->v[i]);
}

void asked_put(struct wire_out *w, const struct asked *a)
{
	put_text(w, a->path);
	put_text(w, a->namespace_);
	put_text(w, a->match_root);
	put_list(w, &a->units);
	put_list(w, &a->identifiers);
	put_list(w, &a->matches);
	put_u8(w, a->priority_from);
	put_u8(w, a->priority_to);
	put_u8(w, a->by_priority);
	put_u8(w, a->by_boot);
	put_u8(w, a->all_fields);
	put_bytes(w, a->boot, ID_SIZE);
	put_u64(w, a->since);
	put_u8(w, a->start);
	put_u8(w, a->started);
	put_u64(w, a->max_line);
}

static int get_list(struct wire_in *w, struct genlog_strs *l)
{
	size_t n = wire_u32(w);
	const char **v;

	if (w->bad || n > (size_t)(w->end - w->p))
		return -EPROTO;
	v = calloc(n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	l->v = v;
	for (; l->n < n; l->n++)
		v[l->n] = wire_str(w);
	return w->bad ? -EPROTO : 0;
}

int asked_get(struct wire_in *w, struct asked *a)
{
	int r;

	*a = (struct asked){.path = wire_str(w)};
	a->namespace_ = wire_str(w);
	a->match_root = wire_str(w);
	r = get_list(w, &a->units);
	if (r == 0)
		r = get_list(w, &a->identifiers);
	if (r == 0)
		r = get_list(w, &a->matches);
	a->priority_from = wire_u8(w);
	a->priority_to = wire_u8(w);
	a->by_priority = wire_u8(w);
	a->by_boot = wire_u8(w);
	a->all_fields = wire_u8(w);
	wire_copy(w, a->boot, ID_SIZE);
	a->since = wire_u64(w);
	a->start = wire_u8(w);
	a->started = wire_u8(w);
	a->max_line = wire_u64(w);
	return r < 0 ? r : w->bad ? -EPROTO : 0;
}

void asked_free(struct asked *a)
{
	free((void *)(uintptr_t)a->units.v);
	free((void *)(uintptr_t)a->identifiers.v);
	free((void *)(uintptr_t)a->matches.v);
	*a = (struct asked){0};
}

static int one_priority(const char *p, size_t n)
{
	static const char *const words[] = {"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"};

	if (n == 1 && *p >= '0' && *p <= '7')
		return *p - '0';
	if (n == 5 && memcmp(p, "error", 5) == 0)
		return 3;
	if (n == 4 && memcmp(p, "warn", 4) == 0)
		return 4;
	for (int i = 0; i < 8; i++)
		if (strlen(words[i]) == n && memcmp(p, words[i], n) == 0)
			return i;
	return -EINVAL;
}

int priority_parse(const char *text, uint8_t *from, uint8_t *to)
{
	const char *dots = strstr(text, "..");
	int a = dots ? one_priority(text, (size_t)(dots - text)) : 0;
	int b = dots ? one_priority(dots + 2, strlen(dots + 2)) : one_priority(text, strlen(text));

	if (a < 0 || b < 0)
		return -EINVAL;
	*from = (uint8_t)(a < b ? a : b);
	*to = (uint8_t)(a < b ? b : a);
	return 0;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int id_parse(const char *text, uint8_t id[ID_SIZE])
{
	size_t n = 0;

	for (; *text; text++) {
		int v = hex(*text);

		if (*text == '-')
			continue;
		if (v < 0 || n == (size_t)2 * ID_SIZE)
			return -EINVAL;
		id[n / 2] = (uint8_t)(n % 2 ? id[n / 2] | v : v << 4);
		n++;
	}
	return n == (size_t)2 * ID_SIZE ? 0 : -EINVAL;
}

static int since_span(const char *text, uint64_t now, uint64_t *out)
{
	static const struct {
		const char *unit;
		uint64_t seconds;
	} units[] = {{"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}};
	char *end;
	unsigned long long n = strtoull(text, &end, 10);

	if (end == text || n > 1000000000 || *text == '-')
		return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strcmp(end, units[i].unit) == 0) {
			uint64_t us = n * units[i].seconds * 1000000;

			*out = us < now ? now - us : 1;
			return 0;
		}
	return -EINVAL;
}

int since_parse(const char *text, uint64_t now, uint64_t *out)
{
	static const char *const forms[] = {"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"};

	if (since_span(text, now, out) == 0)
		return 0;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		struct tm tm = {.tm_isdst = -1};
		const char *end = strptime(text, forms[i], &tm);
		bool utc = end && strcmp(end, "Z") == 0;
		time_t t;

		if (!end || (*end && !utc))
			continue;
		t = utc ? timegm(&tm) : mktime(&tm);
		if (t < 0)
			return -EINVAL;
		*out = (uint64_t)t * 1000000;
		return 0;
	}
	return -EINVAL;
}
