/* Sections as they were read, the drop-in as it is made, and what is to be told. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <genlog/record.h>

#include "ctl/convert.h"

#define WORDS 600

void conv_fini(struct convert *c)
{
	arena_free(&c->arena);
	*c = (struct convert){0};
}

const char *conv_copy(struct convert *c, const char *p, size_t n)
{
	const char *s = arena_copy(&c->arena, p, n);

	return s ? s : "";
}

const char *conv_fmt(struct convert *c, const char *fmt, ...)
{
	char text[WORDS];
	va_list ap, again;
	char *s;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s = n < 0 ? NULL : arena_alloc(&c->arena, (size_t)n + 1);
	if (s)
		vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s ? s : "";
}

/* Control characters would reach the reader's terminal, and end a comment; what is cut ends with a whole character. */
static void tame(char *text, int n)
{
	size_t end = (size_t)n < WORDS ? (size_t)n : WORDS - 1;

	while ((size_t)n >= WORDS && end && ((unsigned char)text[end - 1] & 0xc0) == 0x80)
		end--;
	if ((size_t)n >= WORDS && end && (unsigned char)text[end - 1] >= 0xc0)
		end--;
	text[end] = 0;
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = ' ';
	}
}

static struct conv_note *words(struct convert *c, int line, const char *fmt, va_list ap)
{
	struct conv_note *n = arena_alloc(&c->arena, sizeof(*n));
	char text[WORDS];
	int len = vsnprintf(text, sizeof(text), fmt, ap);

	if (!n || len < 0)
		return NULL;
	tame(text, len);
	n->line = line;
	n->what = conv_copy(c, text, strlen(text));
	return n;
}

static void note(struct convert *c, struct conv_note *n)
{
	struct conv_note **at = &c->notes;

	while (*at && n && (*at)->line <= n->line) {
		if ((*at)->line == n->line && strcmp((*at)->what, n->what) == 0)
			return;
		at = &(*at)->next;
	}
	if (n) {
		n->next = *at;
		*at = n;
	}
}

void conv_note(struct convert *c, int line, const char *fmt, ...)
{
	va_list ap;

	if (c->refused)
		return;
	if (++c->n_notes > CONV_MAX_NOTES) {
		conv_refuse(c, line, "more than %d things to tell; nothing is translated", CONV_MAX_NOTES);
		return;
	}
	va_start(ap, fmt);
	note(c, words(c, line, fmt, ap));
	va_end(ap);
}

void conv_refuse(struct convert *c, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(c, words(c, line, fmt, ap));
	va_end(ap);
	c->refused = true;
}

void conv_hint(struct convert *c, const char *fmt, ...)
{
	struct conv_note *n;
	va_list ap;

	va_start(ap, fmt);
	n = words(c, 0, fmt, ap);
	va_end(ap);
	for (const struct conv_note *i = c->hints; n && i; i = i->next) {
		if (strcmp(i->what, n->what) == 0)
			return;
	}
	if (n && c->last_hint)
		c->last_hint->next = n;
	else if (n)
		c->hints = n;
	c->last_hint = n ? n : c->last_hint;
}

struct conv_section *conv_section(struct convert *c, const char *name, int line)
{
	struct conv_section *s = c->refused ? NULL : arena_alloc(&c->arena, sizeof(*s));

	if (!s)
		return NULL;
	if (++c->n_sections > CONV_MAX_SECTIONS)
		conv_refuse(c, line, "more than %d sections; nothing is translated", CONV_MAX_SECTIONS);
	s->name = name;
	s->line = line;
	if (c->last_section)
		c->last_section->next = s;
	else
		c->sections = s;
	c->last_section = s;
	return s;
}

void conv_pair(struct convert *c, struct conv_section *s, const char *key, const char *value, int line)
{
	struct conv_pair *p = s ? arena_alloc(&c->arena, sizeof(*p)) : NULL;

	if (!p)
		return;
	*p = (struct conv_pair){.key = key, .value = value, .line = line};
	if (s->last)
		s->last->next = p;
	else
		s->first = p;
	s->last = p;
}

const struct conv_pair *conv_find(const struct conv_section *s, const char *key)
{
	const struct conv_pair *p = s ? s->first : NULL;

	while (p && strcasecmp(p->key, key) != 0)
		p = p->next;
	return p;
}

const char *conv_value(const struct conv_section *s, const char *key, const char *usual)
{
	const struct conv_pair *p = conv_find(s, key);

	return p ? p->value : usual;
}

bool conv_on(const char *value)
{
	static const char *const ons[] = {"on", "yes", "true", "1", "enabled", NULL};

	for (size_t i = 0; value && ons[i]; i++) {
		if (strcasecmp(value, ons[i]) == 0)
			return true;
	}
	return false;
}

static struct conv_out *child(struct convert *c, struct conv_out *in, enum conv_kind kind, const char *key)
{
	struct conv_out *o = in ? arena_alloc(&c->arena, sizeof(*o)) : NULL;

	if (!o)
		return NULL;
	o->kind = kind;
	o->key = key;
	if (in->last)
		in->last->next = o;
	else
		in->first = o;
	in->last = o;
	return o;
}

static struct conv_out *get(struct convert *c, struct conv_out *in, enum conv_kind kind, const char *key)
{
	struct conv_out *o = in ? in->first : NULL;

	while (o && strcmp(o->key, key) != 0)
		o = o->next;
	return o ? o : child(c, in, kind, key);
}

const struct conv_out *conv_has(const struct conv_out *in, const char *key)
{
	const struct conv_out *o = in ? in->first : NULL;

	while (o && strcmp(o->key, key) != 0)
		o = o->next;
	return o;
}

struct conv_out *conv_item(struct convert *c, const char *list)
{
	return child(c, get(c, &c->dropin, CONV_LIST, list), CONV_MAP, NULL);
}

struct conv_out *conv_map(struct convert *c, struct conv_out *in, const char *key)
{
	return get(c, in, CONV_MAP, key);
}

void conv_put(struct convert *c, struct conv_out *in, const char *key, const char *text)
{
	struct conv_out *o = get(c, in, CONV_SCALAR, key);

	if (o)
		o->text = text;
}

void conv_add(struct convert *c, struct conv_out *in, const char *key, const char *text)
{
	struct conv_out *o = child(c, get(c, in, CONV_LIST, key), CONV_SCALAR, NULL);

	if (o)
		o->text = text;
}

/* Bytes that no configuration holds, and lines that no person has written. */
void conv_look(struct convert *c)
{
	const char *end = c->text + c->len, *p = c->text, *nl;

	for (int line = 1; p < end && !c->refused; line++, p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		nl = nl ? nl : end;
		if ((size_t)(nl - p) > CONV_MAX_LINE)
			conv_refuse(
				c, line, "a line of more than 64 KiB; this is no configuration, nothing is translated");
		for (const char *i = p; i < nl && !c->refused; i++) {
			if (((unsigned char)*i < ' ' && !strchr("\t\r\f", *i)) || *i == 0 || *i == 0x7f)
				conv_refuse(c, line, "a control character; this is no text, nothing is translated");
		}
		if (!c->refused && genlog_utf8_valid(p, (size_t)(nl - p)) != (size_t)(nl - p))
			conv_refuse(c, line, "not UTF-8; write it so (iconv does), nothing is translated");
	}
}
