/* The drop-in as YAML: what is not plainly a word stands in quotes, so that no value is ever read as anything else. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ctl/convert.h"

static const char *const not_plain[] = {"yes", "no", "on", "off", "true", "false", "null", "y", "n", NULL};

static bool is_plain(const char *s)
{
	for (size_t i = 0; not_plain[i]; i++) {
		if (strcasecmp(s, not_plain[i]) == 0)
			return false;
	}
	return (isalpha((unsigned char)*s) || *s == '/' || *s == '_') &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-")] == 0;
}

static bool is_time(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n && s[n] && s[n + strspn(s + n, "smhd")] == 0;
}

/* NAME behind `${`, up to the brace or, where the format has defaults, the colon; 0: it is no variable. */
static size_t variable(const struct convert *c, const char *p)
{
	size_t n = 0;

	while (isalnum((unsigned char)p[n]) || p[n] == '_')
		n++;
	if (n == 0 || n > 255 || isdigit((unsigned char)*p) || c->env == CONV_ENV_NONE)
		return 0;
	if (p[n] == '}' || (c->env == CONV_ENV_COLON && p[n] == ':' && p[n + 1] != '?' && strchr(p + n, '}')))
		return n;
	return 0;
}

/* Of a character that YAML does not take as it is, or as the end of a line: its number, and `bytes`; else 0. */
static unsigned odd(const char *s, size_t *bytes)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned u = 0;

	*bytes = 1;
	if (*p < ' ' || *p == 0x7f)
		return *p;
	if (p[0] == 0xc2 && p[1] < 0xa0)
		u = p[1];
	else if ((p[0] == 0xe2 || p[0] == 0xef) && p[1] && p[2])
		u = (p[0] & 0xfu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
	*bytes = u < 0x100 ? 2 : 3;
	return u < 0x100 || u == 0x2028 || u == 0x2029 || u == 0xfeff || u >= 0xfffe ? u : 0;
}

static size_t put_char(FILE *f, const char *s, bool escaped)
{
	size_t bytes;
	unsigned u = escaped ? odd(s, &bytes) : 0;

	if (u) {
		fprintf(f, "\\u%04x", u);
		return bytes;
	}
	if (escaped && (*s == '"' || *s == '\\'))
		fputc('\\', f);
	else if (!escaped && *s == '\'')
		fputc('\'', f);
	fputc(*s, f);
	return 1;
}

/* `${` stands for itself unless the format means a variable by it, too. */
static void put_text(const struct convert *c, FILE *f, const char *s, bool escaped)
{
	while (*s) {
		size_t n = s[0] == '$' && s[1] == '{' ? variable(c, s + 2) : 0;

		if (n && s[2 + n] == ':') {
			fprintf(f, "${%.*s:-", (int)n, s + 2);
			s += n + 3;
			continue;
		}
		if (s[0] == '$' && s[1] == '{' && !n)
			fputc('$', f);
		s += put_char(f, s, escaped);
	}
}

static void put_scalar(const struct convert *c, FILE *f, const char *s)
{
	bool escaped = false;
	size_t bytes;

	for (const char *p = s; *p; p++)
		escaped |= odd(p, &bytes) != 0;
	if (is_plain(s) || is_time(s)) {
		fputs(s, f);
		return;
	}
	fputc(escaped ? '"' : '\'', f);
	put_text(c, f, s, escaped);
	fputc(escaped ? '"' : '\'', f);
}

static void put_node(const struct convert *c, FILE *f, const struct conv_out *o, int depth);

/* "key: value", where the first of a list's item stands behind its dash. */
static void put_children(const struct convert *c, FILE *f, const struct conv_out *in, int depth, bool behind_dash)
{
	for (const struct conv_out *o = in->first; o; o = o->next, behind_dash = false) {
		fprintf(f, "%*s", behind_dash ? 0 : depth, "");
		if (in->kind == CONV_LIST)
			fputs("- ", f);
		if (o->key) {
			put_scalar(c, f, o->key);
			fputs(":", f);
		}
		put_node(c, f, o, depth);
	}
}

static void put_node(const struct convert *c, FILE *f, const struct conv_out *o, int depth)
{
	if (o->kind == CONV_SCALAR) {
		fputs(o->key ? " " : "", f);
		put_scalar(c, f, o->text ? o->text : "");
		fputc('\n', f);
		return;
	}
	fputs(o->key ? "\n" : "", f);
	put_children(c, f, o, depth + 2, !o->key);
}

static void put_head(const struct convert *c, FILE *f, const char *format)
{
	fprintf(f,
		"# Made of %s's configuration by genlogctl convert; what is not in it was told there, line by line.\n",
		format);
	if (c->hints)
		fputs("# For the main file:\n", f);
	for (const struct conv_note *n = c->hints; n; n = n->next)
		fprintf(f, "#   %s\n", n->what);
}

char *conv_write(const struct convert *c, const char *format, size_t *bytes)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, bytes);
	bool bad;

	if (!f)
		return NULL;
	put_head(c, f, format);
	put_children(c, f, &c->dropin, 0, false);
	bad = ferror(f) != 0;
	if (fclose(f) != 0 || bad) {
		free(text);
		text = NULL;
	}
	return text;
}
