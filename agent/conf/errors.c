/*
 * Errors with a place, kept in the order of files and lines, and printed with the line they are about.
 * A line may hold a password next to the mistake; so what is known or looks like one is covered before it is shown.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conf/parts.h"

#define SHOWN 120      /* columns of a source line */
#define MAX_ERRORS 200 /* kept; the rest is counted */
#define COVER "***"

struct conf_error {
	struct genlog_pos pos;
	const char *text;
	bool hidden;
	struct conf_error *next;
};

static const struct conf_file *file_of(const struct conf *c, const char *path, size_t *order)
{
	const struct conf_file *f = c->files;

	for (*order = 0; f && f->path != path; f = f->next)
		++*order;
	return f;
}

static bool comes_before(const struct conf *c, const struct conf_error *a, const struct conf_error *b)
{
	size_t oa, ob;

	file_of(c, a->pos.file, &oa);
	file_of(c, b->pos.file, &ob);
	if (oa != ob)
		return oa < ob;
	if (a->pos.line != b->pos.line)
		return a->pos.line < b->pos.line;
	return a->pos.col < b->pos.col;
}

static bool same(const struct conf_error *a, const struct conf_error *b)
{
	return a->pos.file == b->pos.file && a->pos.line == b->pos.line && a->pos.col == b->pos.col &&
	       strcmp(a->text, b->text) == 0;
}

static int insert(struct conf *c, struct conf_error *e)
{
	struct conf_error **at = &c->errors;

	while (*at && !comes_before(c, e, *at)) {
		if (same(*at, e))
			return -EINVAL;
		at = &(*at)->next;
	}
	if (++c->n_errors > MAX_ERRORS)
		return -EINVAL;
	e->next = *at;
	*at = e;
	return -EINVAL;
}

static int add(struct conf *c, struct genlog_pos pos, bool hidden, const char *fmt, va_list ap)
{
	struct conf_error *e = arena_alloc(&c->arena, sizeof(*e));
	char text[512];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (!e)
		return -ENOMEM;
	e->pos = pos;
	e->hidden = hidden;
	e->text = arena_str(&c->arena, text);
	return e->text ? insert(c, e) : -ENOMEM;
}

int conf_error(struct conf *c, struct genlog_pos pos, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = add(c, pos, false, fmt, ap);
	va_end(ap);
	return r;
}

int conf_error_hidden(struct conf *c, struct genlog_pos pos, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = add(c, pos, true, fmt, ap);
	va_end(ap);
	return r;
}

int conf_error_take(struct conf *c, const struct genlog_err *err)
{
	return conf_error(c, err->pos, "%s", err->text);
}

int conf_hide(struct conf *c, const char *text)
{
	struct conf_secret *s = arena_alloc(&c->arena, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->text = text;
	s->next = c->secrets;
	c->secrets = s;
	return 0;
}

/* Line `line` of a text, without its newline. */
static const char *line_at(const struct conf_file *f, int line, size_t *n)
{
	const char *p = f->text, *end = f->text ? f->text + f->len : NULL, *nl;

	for (; p && line > 1; line--) {
		nl = memchr(p, '\n', (size_t)(end - p));
		p = nl ? nl + 1 : NULL;
	}
	if (!p || line < 1)
		return NULL;
	nl = memchr(p, '\n', (size_t)(end - p));
	*n = (size_t)((nl ? nl : end) - p);
	return p;
}

static void cover(char *line, const char *secret)
{
	size_t n = strlen(secret);
	char *p = n ? strstr(line, secret) : NULL;

	while (p) {
		memset(p, '*', n);
		p = strstr(p + n, secret);
	}
}

/* Behind the colon of a key whose name says that a secret follows: the rest of the line. */
static void cover_named(char *line)
{
	static const char *const words[] = {
		"pas", "pwd", "secret", "token", "credential", "key_id", "apikey", "api_key", "private", NULL};

	for (size_t i = 0; words[i]; i++) {
		char *p = strcasestr(line, words[i]);

		p = p ? strchr(p, ':') : NULL;
		if (p && p[1])
			memset(p + 1, '*', strlen(p + 1));
	}
}

/* scheme://user:password@host */
static void cover_userinfo(char *line)
{
	char *p = strstr(line, "://");

	for (; p; p = strstr(p + 3, "://")) {
		char *end = p + 3 + strcspn(p + 3, " \t'\"");
		char *colon = memchr(p + 3, ':', (size_t)(end - p - 3));
		char *at = memrchr(p + 3, '@', (size_t)(end - p - 3));

		if (colon && at && colon < at)
			memset(colon + 1, '*', (size_t)(at - colon - 1));
	}
}

/* Control characters would reach the reader's terminal. */
static void tame(char *line)
{
	for (; *line; line++) {
		if ((unsigned char)*line < ' ' || *line == 0x7f)
			*line = ' ';
	}
}

/* Byte of the line at which column `col` stands, columns being characters. */
static size_t byte_of(const char *line, int col)
{
	size_t i = 0;

	for (; line[i] && col > 1; i++) {
		if ((line[i + 1] & 0xc0) != 0x80)
			col--;
	}
	return i;
}

static void show(const struct conf *c, const struct conf_error *e, const char *p, size_t n, FILE *f)
{
	char line[4096];
	int from = e->pos.col > SHOWN ? e->pos.col - SHOWN / 2 : 1;
	size_t a, z;

	n = n < sizeof(line) - 1 ? n : sizeof(line) - 1;
	memcpy(line, p, n);
	line[n] = 0;
	tame(line);
	for (const struct conf_secret *s = c->secrets; s; s = s->next)
		cover(line, s->text);
	cover_named(line);
	cover_userinfo(line);
	a = byte_of(line, from);
	z = byte_of(line, e->hidden ? e->pos.col : from + SHOWN);
	fprintf(f, "%5d | %.*s%s\n", e->pos.line, (int)(z - a), line + a, e->hidden ? COVER : "");
	fprintf(f, "      | %*s^\n", e->pos.col - from, "");
}

static void error_print(const struct conf *c, const struct conf_error *e, FILE *f)
{
	size_t order, n = 0;
	const struct conf_file *file = file_of(c, e->pos.file, &order);
	const char *line = file ? line_at(file, e->pos.line, &n) : NULL;

	if (e->pos.file)
		fprintf(f, "%s:", e->pos.file);
	if (e->pos.line > 0)
		fprintf(f, "%d:%d:", e->pos.line, e->pos.col);
	fprintf(f, "%s%s\n", e->pos.file ? " " : "", e->text);
	if (line && e->pos.col > 0)
		show(c, e, line, n, f);
}

void conf_errors_print(const struct conf *c, FILE *f)
{
	for (const struct conf_error *e = c->errors; e; e = e->next)
		error_print(c, e, f);
	if (c->n_errors > MAX_ERRORS)
		fprintf(f, "… and %zu more\n", c->n_errors - MAX_ERRORS);
}

void conf_errors_each(const struct conf *c, void (*fn)(void *arg, struct genlog_pos pos, const char *text), void *arg)
{
	for (const struct conf_error *e = c->errors; e; e = e->next)
		fn(arg, e->pos, e->text);
}
