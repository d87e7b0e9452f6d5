/* Values as other types. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <genlog/bson.h>

#include "modify.h"

#define NUMBER_ROOM 48

struct unit {
	const char *name;
	double factor;
};

/* In milliseconds. */
static const struct unit times[] = {{"ns", 1e-6}, {"us", 1e-3}, {"µs", 1e-3}, {"ms", 1}, {"s", 1e3}, {"sec", 1e3},
	{"m", 60e3}, {"min", 60e3}, {"h", 3600e3}, {"d", 86400e3}, {"", 1}};

static const struct unit sizes[] = {{"", 1}, {"B", 1}, {"k", 1e3}, {"kB", 1e3}, {"K", 1024}, {"KB", 1e3}, {"KiB", 1024},
	{"M", 1e6}, {"MB", 1e6}, {"MiB", 1048576}, {"G", 1e9}, {"GB", 1e9}, {"GiB", 1073741824}, {"T", 1e12},
	{"TB", 1e12}, {"TiB", 1099511627776.0}};

#define COUNT_OF(table) (sizeof(table) / sizeof(*(table)))

bool value_keep(struct genlog_record *rec, struct genlog_value *v)
{
	char *p;

	if (v->type != GENLOG_V_STR && v->type != GENLOG_V_DOC && v->type != GENLOG_V_ARRAY)
		return true;
	p = genlog_rec_alloc(rec, (size_t)v->n + GENLOG_PAD);
	if (!p)
		return false;
	if (v->n)
		memcpy(p, v->u.p, v->n);
	v->u.p = p;
	return true;
}

/* The text with a NUL behind it, blanks around it left out. */
static bool number_text(const struct genlog_value *v, char room[NUMBER_ROOM])
{
	const char *p = v->u.p, *end = p + v->n;

	while (p < end && *p == ' ')
		p++;
	while (end > p && end[-1] == ' ')
		end--;
	if (v->type != GENLOG_V_STR || p == end || end - p >= NUMBER_ROOM)
		return false;
	memcpy(room, p, (size_t)(end - p));
	room[end - p] = 0;
	return true;
}

/* What a log calls a number: no hexadecimal, no infinity. */
static bool number_begin(const char *p, char **end, double *d)
{
	size_t n = strspn(p, "0123456789+-.eE");

	*d = strtod(p, end);
	return *end > p && (size_t)(*end - p) <= n && isfinite(*d);
}

static bool set_number(struct genlog_value *v, double d)
{
	if (d == floor(d) && fabs(d) < 9e15)
		*v = (struct genlog_value){.type = GENLOG_V_INT, .u.i = (int64_t)d};
	else
		*v = (struct genlog_value){.type = GENLOG_V_DOUBLE, .u.d = d};
	return true;
}

static bool to_int(struct genlog_value *v)
{
	char text[NUMBER_ROOM], *end;
	long long i;

	if (v->type == GENLOG_V_INT)
		return true;
	if (v->type == GENLOG_V_DOUBLE && fabs(v->u.d) < 9e15) {
		*v = (struct genlog_value){.type = GENLOG_V_INT, .u.i = (int64_t)v->u.d};
		return true;
	}
	if (!number_text(v, text))
		return false;
	errno = 0;
	i = strtoll(text, &end, 10);
	if (*end || errno)
		return false;
	*v = (struct genlog_value){.type = GENLOG_V_INT, .u.i = i};
	return true;
}

static bool to_number(struct genlog_value *v)
{
	char text[NUMBER_ROOM], *end;
	double d;

	if (v->type == GENLOG_V_INT || v->type == GENLOG_V_DOUBLE || to_int(v))
		return true;
	if (!number_text(v, text) || !number_begin(text, &end, &d) || *end)
		return false;
	*v = (struct genlog_value){.type = GENLOG_V_DOUBLE, .u.d = d};
	return true;
}

static bool to_bool(struct genlog_value *v)
{
	static const char *const words[] = {"false", "no", "off", "0", "true", "yes", "on", "1"};
	char text[NUMBER_ROOM];

	if (v->type == GENLOG_V_BOOL)
		return true;
	if (v->type == GENLOG_V_INT) {
		*v = (struct genlog_value){.type = GENLOG_V_BOOL, .u.i = v->u.i != 0};
		return true;
	}
	for (size_t i = 0; number_text(v, text) && i < COUNT_OF(words); i++)
		if (strcasecmp(text, words[i]) == 0) {
			*v = (struct genlog_value){.type = GENLOG_V_BOOL, .u.i = i >= 4};
			return true;
		}
	return false;
}

static const struct unit *unit_find(const struct unit *units, size_t n, const char *p, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(units[i].name) == len && memcmp(units[i].name, p, len) == 0)
			return &units[i];
	return NULL;
}

/* 1h30m, 12.5 ms, 1:02:03.5; without a unit it is milliseconds already. */
static bool to_duration(struct genlog_value *v)
{
	char text[NUMBER_ROOM], *p = text;
	double sum = 0, d;

	if (v->type == GENLOG_V_INT || v->type == GENLOG_V_DOUBLE)
		return true;
	if (!number_text(v, text))
		return false;
	while (*p) {
		const struct unit *u;
		size_t n;

		if (!number_begin(p, &p, &d))
			return false;
		p += *p == ' ';
		if (*p == ':' && p[1]) {
			sum = (sum + d) * 60;
			p++;
			if (!strchr(p, ':')) {
				if (!number_begin(p, &p, &d) || *p)
					return false;
				return set_number(v, (sum + d) * 1e3);
			}
			continue;
		}
		n = strcspn(p, "0123456789 +-.");
		u = unit_find(times, COUNT_OF(times), p, n);
		if (!u)
			return false;
		sum += d * u->factor;
		p += n;
		p += *p == ' ';
	}
	return set_number(v, sum);
}

static bool to_size(struct genlog_value *v)
{
	char text[NUMBER_ROOM], *p = text;
	const struct unit *u;
	double d;

	if (v->type == GENLOG_V_INT)
		return true;
	if (!number_text(v, text) || !number_begin(text, &p, &d))
		return false;
	p += *p == ' ';
	u = unit_find(sizes, COUNT_OF(sizes), p, strlen(p));
	return u && set_number(v, round(d * u->factor));
}

static bool to_text(struct genlog_record *rec, struct genlog_value *v)
{
	char *p;
	int n;

	if (v->type == GENLOG_V_STR)
		return true;
	p = genlog_rec_alloc(rec, NUMBER_ROOM + GENLOG_PAD);
	if (!p)
		return false;
	switch ((enum genlog_vtype)v->type) {
	case GENLOG_V_INT: n = snprintf(p, NUMBER_ROOM, "%lld", (long long)v->u.i); break;
	case GENLOG_V_DOUBLE: n = snprintf(p, NUMBER_ROOM, "%.15g", v->u.d); break;
	case GENLOG_V_BOOL: n = snprintf(p, NUMBER_ROOM, "%s", v->u.i ? "true" : "false"); break;
	default: return false;
	}
	*v = genlog_str(p, (size_t)n);
	return true;
}

/* ASCII letters; the others stay as they are. */
static bool to_case(struct genlog_record *rec, struct genlog_value *v, char from)
{
	char *p;

	if (v->type != GENLOG_V_STR || !value_keep(rec, v))
		return false;
	p = (char *)(uintptr_t)v->u.p;
	for (uint32_t i = 0; i < v->n; i++)
		if (p[i] >= from && p[i] < from + 26)
			p[i] ^= 0x20;
	return true;
}

bool value_convert(struct genlog_record *rec, enum as as, struct genlog_value *v)
{
	switch (as) {
	case AS_INT: return to_int(v);
	case AS_NUMBER: return to_number(v);
	case AS_BOOL: return to_bool(v);
	case AS_TEXT: return to_text(rec, v);
	case AS_LOWER: return to_case(rec, v, 'A');
	case AS_UPPER: return to_case(rec, v, 'a');
	case AS_DURATION: return to_duration(v);
	case AS_SIZE: return to_size(v);
	default: return false;
	}
}

/* One byte of text may make an element of a key and twelve bytes around it. */
bool value_split(struct genlog_record *rec, const char *separators, struct genlog_value *v)
{
	const char *p = v->u.p, *end = p + v->n;
	size_t parts = 1;
	uint8_t *doc, *w;
	char key[16];

	for (const char *c = p; c < end; c++)
		parts += *c && strchr(separators, *c);
	doc = (uint8_t *)genlog_rec_alloc(rec, v->n + parts * GENLOG_BSON_MAX(10, 0) + 16);
	if (!doc)
		return false;
	w = genlog_bson_begin(doc);
	for (size_t i = 0; p <= end; p++) {
		const char *from = p, *to;

		while (p < end && !(*p && strchr(separators, *p)))
			p++;
		for (to = p; to > from && to[-1] == ' ';)
			to--;
		while (from < to && *from == ' ')
			from++;
		if (from == to)
			continue;
		snprintf(key, sizeof(key), "%zu", i++);
		w = genlog_bson_text(genlog_bson_key(w, GENLOG_BSON_STR, key, strlen(key)), from, (size_t)(to - from));
	}
	w = genlog_bson_end(doc, w);
	*v = (struct genlog_value){.type = GENLOG_V_ARRAY, .n = (uint32_t)(w - doc), .u.p = (const char *)doc};
	return true;
}
