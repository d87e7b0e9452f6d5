/* Conditions on a record: FIELD, what it is compared by, and with what. */
#include <genlog/pattern.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "event/slots.h"

enum how { IS_THERE, IS_NOT_THERE, IS_ONE, IS_NONE, MATCHES, MATCHES_NOT, AT_LEAST, AT_MOST, LESS, MORE };

/* Two signs before one that they begin with. */
static const struct {
	char sign[3];
	uint8_t how;
} signs[] = {{"!~", MATCHES_NOT}, {"!=", IS_NONE}, {">=", AT_LEAST}, {"<=", AT_MOST}, {"~", MATCHES}, {"=", IS_ONE},
	{">", MORE}, {"<", LESS}};

struct cond {
	char *field;
	const char *value;
	enum how how;
	struct genlog_pattern *pattern;
	double number;
};

struct genlog_conds {
	size_t n;
	struct cond v[];
};

static int complain(struct genlog_err *err, struct genlog_where where, const char *text)
{
	genlog_fail_opt(err, where.opt, EINVAL,
		"\"%.64s\" is no condition; write it like level=ERROR|CRITICAL, status>=500, message~REGEX or user_id",
		text);
	if (err)
		err->opt_item = where.item;
	return -EINVAL;
}

/* A field's name has none of the signs in it. */
static const char *split(struct cond *c, const char *text)
{
	const char *at = text + strcspn(text, "!~=<>");

	for (size_t i = 0; *at && i < sizeof(signs) / sizeof(*signs); i++) {
		size_t n = strlen(signs[i].sign);

		if (strncmp(at, signs[i].sign, n) == 0) {
			c->how = signs[i].how;
			c->value = at + n;
			return at;
		}
	}
	c->how = IS_THERE;
	return *at ? NULL : at;
}

static int number(struct cond *c)
{
	const char *value = c->value ? c->value : "";
	char *end;

	c->number = strtod(value, &end);
	return end == value || *end || !isfinite(c->number) ? -EINVAL : 0;
}

static int cond_open(struct cond *c, const char *text, struct genlog_where where, struct genlog_err *err)
{
	const char *name = text + (*text == '!'), *end = split(c, name);

	if (name > text) {
		if (end && c->how != IS_THERE)
			end = NULL;
		c->how = IS_NOT_THERE;
	}
	while (end && end > name && end[-1] == ' ')
		end--;
	if (!end || end == name)
		return complain(err, where, text);
	while (c->value && *c->value == ' ')
		c->value++;
	c->field = mem_copy(name, (size_t)(end - name));
	if (!c->field)
		return genlog_fail_opt(err, where.opt, ENOMEM, "no memory for the condition");
	if (c->how >= AT_LEAST && number(c) < 0)
		return complain(err, where, text);
	if (c->how != MATCHES && c->how != MATCHES_NOT)
		return 0;
	c->pattern = genlog_pattern_new(c->value, false, where, err);
	return c->pattern ? 0 : -EINVAL;
}

struct genlog_conds *genlog_conds_new(const struct genlog_strs *text, const char *opt, struct genlog_err *err)
{
	struct genlog_conds *c = mem_calloc(1, sizeof(*c) + text->n * sizeof(*c->v));

	if (!c)
		genlog_fail_opt(err, opt, ENOMEM, "no memory for the conditions");
	for (size_t i = 0; c && i < text->n; i++) {
		c->n++;
		if (cond_open(&c->v[i], text->v[i], (struct genlog_where){opt, (int)i}, err) < 0) {
			genlog_conds_free(c);
			return NULL;
		}
	}
	return c;
}

void genlog_conds_free(struct genlog_conds *c)
{
	for (size_t i = 0; c && i < c->n; i++) {
		genlog_pattern_free(c->v[i].pattern);
		free(c->v[i].field);
	}
	free(c);
}

static bool one_of(const char *words, const struct genlog_value *v)
{
	for (;; words++) {
		size_t n = strcspn(words, "|");

		if (n == v->n && memcmp(words, v->u.p, n) == 0)
			return true;
		words += n;
		if (!*words)
			return false;
	}
}

/* A text that reads as a number counts as one. */
static bool number_of(const struct genlog_value *v, double *d)
{
	char text[GENLOG_TEXT_ROOM], *end;

	if (!v->n || v->n >= sizeof(text))
		return false;
	memcpy(text, v->u.p, v->n);
	text[v->n] = 0;
	*d = strtod(text, &end);
	return end == text + v->n;
}

static bool compares(const struct cond *c, const struct genlog_value *v)
{
	double d;

	if (!number_of(v, &d))
		return false;
	switch (c->how) {
	case AT_LEAST: return d >= c->number;
	case AT_MOST: return d <= c->number;
	case LESS: return d < c->number;
	default: return d > c->number;
	}
}

/* The level that nobody has said is INFO in the document. */
static bool text_of(const struct genlog_record *rec, const char *field, char *room, struct genlog_value *v)
{
	int rank;

	if (genlog_get_text(rec, field, room, v))
		return true;
	if (genlog_slot_of(field, strlen(field), &rank) != GENLOG_SLOT_LEVEL)
		return false;
	*v = genlog_level_name(GENLOG_LEVEL_INFO);
	return true;
}

static bool holds(const struct cond *c, const struct genlog_record *rec)
{
	char room[GENLOG_TEXT_ROOM];
	struct genlog_value v;
	bool is;

	if (c->how <= IS_NOT_THERE)
		return genlog_get(rec, c->field, &v) == (c->how == IS_THERE);
	is = text_of(rec, c->field, room, &v);
	switch (c->how) {
	case IS_ONE: return is && one_of(c->value, &v);
	case IS_NONE: return !is || !one_of(c->value, &v);
	case MATCHES: return is && genlog_pattern_find(c->pattern, v.u.p, v.n, 0, NULL) == 1;
	case MATCHES_NOT: return !is || genlog_pattern_find(c->pattern, v.u.p, v.n, 0, NULL) != 1;
	default: return is && compares(c, &v);
	}
}

bool genlog_conds_hold(const struct genlog_conds *c, const struct genlog_record *rec)
{
	for (size_t i = 0; i < c->n; i++)
		if (!holds(&c->v[i], rec))
			return false;
	return true;
}
