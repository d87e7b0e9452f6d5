/* Keys and names by rows, and the texts that all three formats have: patterns, fields, times, lists. */
#include <ctype.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <genlog/pattern.h>

#include "base/text.h"
#include "ctl/convert.h"
#include "event/time.h"

static bool is_key(const char *row, const char *key)
{
	size_t n = strlen(row);

	return n && row[n - 1] == '*' ? strncasecmp(row, key, n - 1) == 0 : strcasecmp(row, key) == 0;
}

static bool is_number(const char *text, int64_t least, int64_t most)
{
	int64_t n;

	return *text && text[strspn(text, "0123456789")] == 0 && text_int(text, &n) == 0 && n >= least && n <= most;
}

const char *conv_port(struct convert *c, const struct conv_pair *p, const char *value, const char *usual)
{
	const char *digits = value + strspn(value, "0");

	if (is_number(digits, 1, 65535))
		return digits;
	if (p)
		conv_note(c, p->line, "%s: not a port; %s instead", p->key, usual);
	return usual;
}

static bool is_wait(struct convert *c, const char **text)
{
	int64_t ms;

	if (is_number(*text, 0, 86400))
		*text = conv_fmt(c, "%ss", *text);
	return text_time(*text, &ms) == 0 && ms >= 100 && ms <= 86400000;
}

/* "plain" is filebeat's word for UTF-8. */
static bool is_encoding(const char *text)
{
	iconv_t x = iconv_open("UTF-8", text);

	if (x != (iconv_t)-1)
		iconv_close(x);
	return *text && x != (iconv_t)-1;
}

static bool fits(struct convert *c, enum conv_how how, const char **text)
{
	bool yes;

	switch (how) {
	case CONV_WAIT: return is_wait(c, text);
	case CONV_COUNT: return is_number(*text, 1, 100000);
	case CONV_OCTAL: return **text && (*text)[strspn(*text, "01234567")] == 0 && strtol(*text, NULL, 8) <= 0777;
	case CONV_YES: return text_bool(*text, &yes) == 0;
	default: return is_encoding(*text);
	}
}

static void put_checked(struct convert *c, const struct conv_row *r, const struct conv_pair *p, struct conv_out *out)
{
	const char *text = p->value;

	if (r->how == CONV_CODE && strcasecmp(text, "plain") == 0)
		return;
	if (fits(c, r->how, &text))
		conv_put(c, out, r->to, r->how == CONV_OCTAL ? conv_fmt(c, "0%s", text + strspn(text, "0")) : text);
	else
		conv_note(c, p->line, "%s: not a value that genlog takes; %s keeps its default", p->key, r->to);
}

static void put_many(struct convert *c, const char *value, const char *to, struct conv_out *out)
{
	const char *item;

	while (conv_next(c, &value, ",", &item))
		conv_add(c, out, to, item);
}

static void row(struct convert *c, const struct conv_section *s, const struct conv_row *r, const struct conv_pair *p,
	struct conv_out *out)
{
	switch (r->how) {
	case CONV_TEXT: conv_put(c, out, r->to, p->value); break;
	case CONV_ITEM: conv_add(c, out, r->to, p->value); break;
	case CONV_MANY: put_many(c, p->value, r->to, out); break;
	case CONV_WAIT:
	case CONV_COUNT:
	case CONV_OCTAL:
	case CONV_YES:
	case CONV_CODE: put_checked(c, r, p, out); break;
	case CONV_CALL: r->call(c, s, p, out); break;
	case CONV_TELL: conv_note(c, p->line, "%s: %s", p->key, r->to); break;
	case CONV_USED:
	case CONV_END: break;
	}
}

void conv_apply(struct convert *c, const struct conv_section *s, const struct conv_row *rows, struct conv_out *out)
{
	for (const struct conv_pair *p = s->first; p; p = p->next) {
		const struct conv_row *r = rows;

		while (r->how != CONV_END && !is_key(r->key, p->key))
			r++;
		if (r->how == CONV_END)
			conv_note(c, p->line, "%s: has no counterpart; left out", p->key);
		else
			row(c, s, r, p, out);
	}
}

const struct conv_name *conv_name_find(const struct conv_name *names, const char *name)
{
	while (names->name && strcasecmp(names->name, name) != 0)
		names++;
	return names->name ? names : NULL;
}

bool conv_regex(struct convert *c, int line, const char *key, const char *pattern)
{
	struct genlog_err err = {0};
	struct genlog_pattern *x = genlog_pattern_new(pattern, false, (struct genlog_where){"pattern", -1}, &err);

	if (!x)
		conv_note(c, line, "%s: the pattern is left out, for PCRE2 does not take it: %s", key, err.text);
	genlog_pattern_free(x);
	return x != NULL;
}

const char *conv_literal(struct convert *c, const char *text, bool whole)
{
	size_t n = 0;
	char *out = arena_alloc(&c->arena, 2 * strlen(text) + 5);

	if (!out)
		return "";
	if (whole)
		out[n++] = '^';
	for (; *text; text++) {
		if (strchr("\\^$.|?*+()[]{}#-", *text))
			out[n++] = '\\';
		out[n++] = *text;
	}
	if (whole) {
		out[n++] = '\\';
		out[n++] = 'z';
	}
	return out;
}

const char *conv_field(struct convert *c, const char *name)
{
	char *out = arena_alloc(&c->arena, strlen(name) + 1);
	size_t n = 0;

	if (!out)
		return "";
	name += *name == '$';
	for (; *name; name++) {
		if (*name == '[')
			out[n++] = '.';
		else if (!strchr("]'\"", *name))
			out[n++] = *name;
	}
	return strcmp(out, "log") == 0 ? "message" : out;
}

bool conv_next(struct convert *c, const char **at, const char *separators, const char **item)
{
	const char *p = *at, *end;

	while (*p && (isspace((unsigned char)*p) || strchr(separators, *p)))
		p++;
	end = p + strcspn(p, separators);
	*at = end;
	while (end > p && isspace((unsigned char)end[-1]))
		end--;
	*item = end > p ? conv_copy(c, p, (size_t)(end - p)) : NULL;
	return *item != NULL;
}

void conv_time_format(struct convert *c, int line, const char *format, struct conv_out *parser)
{
	struct time_format f;
	struct genlog_err err = {0};

	if (time_format_init(&f, format, NULL, &err) < 0)
		conv_note(c, line, "time format: %s; genlog recognizes the time by itself instead", err.text);
	else
		conv_put(c, conv_map(c, parser, "time"), "timestamp", format);
}

size_t conv_count(const struct convert *c, const char *name)
{
	size_t n = 0;

	for (const struct conv_section *s = c->sections; s; s = s->next)
		n += strcmp(s->name, name) == 0;
	return n;
}

/* A filter does its lists in an order of its own: another list is another filter, unless it is the same that goes on.
 */
void conv_modify(struct convert *c, const char *list, const char *item, bool fresh)
{
	struct conv_out *filters = NULL, *out;

	for (struct conv_out *o = c->dropin.first; o; o = o->next)
		filters = strcmp(o->key, "filters") == 0 ? o : filters;
	out = filters && !fresh ? filters->last : NULL;
	if (!out || !conv_has(out, list)) {
		out = conv_item(c, "filters");
		conv_put(c, out, "type", "modify");
	}
	conv_add(c, out, list, item);
}
