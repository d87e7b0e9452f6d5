/*
 * rsyslog: statements to sections.
 *
 *	input(type="imfile" File="/var/log/a")    section "input", a pair a parameter
 *	$InputFileName /var/log/a                 section "$InputFileName", a pair "value"
 *	*.info;mail.none  /var/log/messages       section "*", pairs "select" and "value"
 *	if … then { … }, ruleset(…) { … }         section "if", "ruleset"; what is in them is passed over whole
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "ctl/convert.h"

struct scan {
	struct convert *c;
	const char *p, *end;
	int line;
};

static void step(struct scan *s)
{
	s->line += *s->p == '\n';
	s->p++;
}

static bool is_comment(const struct scan *s)
{
	return *s->p == '#' || (s->end - s->p > 1 && s->p[0] == '/' && s->p[1] == '*');
}

static void comment(struct scan *s)
{
	int line = s->line;
	bool ends = *s->p == '#';
	const char *stop = ends ? "\n" : "*/", *at;

	at = memmem(s->p + (ends ? 0 : 2), (size_t)(s->end - s->p) - (ends ? 0 : 2), stop, strlen(stop));
	if (!at && !ends)
		conv_refuse(s->c, line, "a comment that does not end; nothing is translated");
	at = at ? at + strlen(stop) - ends : s->end;
	while (s->p < at)
		step(s);
}

/* Over blanks, ends of lines and comments. */
static void blanks(struct scan *s)
{
	while (s->p < s->end && !s->c->refused) {
		if (is_comment(s))
			comment(s);
		else if (isspace((unsigned char)*s->p))
			step(s);
		else
			break;
	}
}

/* The quote that ends the text, with a backslash before those within; NULL: none does. */
static const char *quote_end(const struct scan *s)
{
	const char *p = s->p + 1;

	while (p < s->end && *p != *s->p)
		p += *p == '\\' && s->end - p > 1 ? 2 : 1;
	return p < s->end ? p : NULL;
}

/* A text in quotes, without them; a backslash stands before quotes and itself, and before others for itself. */
static const char *quoted(struct scan *s)
{
	const char *end = quote_end(s);
	char quote = *s->p, *out = end ? arena_alloc(&s->c->arena, (size_t)(end - s->p)) : NULL;
	size_t n = 0;

	if (!end)
		conv_refuse(s->c, s->line, "a text in quotes that does not end; nothing is translated");
	if (!out)
		return "";
	for (step(s); s->p < end; step(s)) {
		if (*s->p == '\\' && (s->p[1] == quote || s->p[1] == '\\'))
			step(s);
		out[n++] = *s->p;
	}
	step(s);
	return out;
}

/* A list in square brackets, as it stands. */
static const char *array(struct scan *s)
{
	const char *from = s->p;

	while (s->p < s->end && *s->p != ']')
		step(s);
	if (s->p >= s->end)
		conv_refuse(s->c, s->line, "a \"[\" that does not end; nothing is translated");
	else
		step(s);
	return conv_copy(s->c, from, (size_t)(s->p - from));
}

static const char *word(struct scan *s, const char *more)
{
	const char *from = s->p;

	while (s->p < s->end && (isalnum((unsigned char)*s->p) || strchr(more, *s->p)))
		s->p++;
	return conv_copy(s->c, from, (size_t)(s->p - from));
}

/* NAME="value" … up to the parenthesis. */
static void parameters(struct scan *s, struct conv_section *to)
{
	int line = s->line;

	for (step(s), blanks(s); s->p < s->end && *s->p != ')' && !s->c->refused; blanks(s)) {
		int at = s->line;
		const char *key = word(s, "._-$"), *value;

		blanks(s);
		if (!*key || s->p >= s->end || *s->p != '=') {
			conv_refuse(s->c, at, "a parameter that is not NAME=\"value\"; nothing is translated");
			return;
		}
		step(s);
		blanks(s);
		if (s->p < s->end && strchr("\"'", *s->p))
			value = quoted(s);
		else if (s->p < s->end && *s->p == '[')
			value = array(s);
		else
			value = word(s, "._-$/:*,[]");
		conv_pair(s->c, to, key, value, at);
	}
	if (s->p >= s->end)
		conv_refuse(s->c, line, "a parenthesis that does not end; nothing is translated");
	else
		step(s);
}

static void over_quoted(struct scan *s)
{
	const char *end = quote_end(s);

	if (!end)
		conv_refuse(s->c, s->line, "a text in quotes that does not end; nothing is translated");
	while (end && s->p <= end)
		step(s);
}

/* From one bracket to the one that ends it, quotes and comments in between. */
static void brackets(struct scan *s, char open, char close)
{
	int line = s->line, depth = 0;

	while (s->p < s->end && !s->c->refused) {
		char ch = *s->p;

		if (is_comment(s)) {
			comment(s);
			continue;
		}
		if (ch == '"' || ch == '\'') {
			over_quoted(s);
			continue;
		}
		depth += (ch == open) - (ch == close);
		step(s);
		if (depth == 0)
			return;
	}
	if (!s->c->refused)
		conv_refuse(s->c, line, "a \"%c\" that does not end; nothing is translated", open);
}

static const char *rest(struct scan *s)
{
	const char *from = s->p, *z;

	while (s->p < s->end && *s->p != '\n')
		s->p++;
	for (z = s->p; z > from && isspace((unsigned char)z[-1]);)
		z--;
	return conv_copy(s->c, from, (size_t)(z - from));
}

/* A statement behind `then` or `else`: a block, an object, or the rest of the line. */
static void passed_over(struct scan *s)
{
	blanks(s);
	if (s->p < s->end && *s->p == '{') {
		brackets(s, '{', '}');
		return;
	}
	while (s->p < s->end && *s->p != '\n' && *s->p != '(')
		s->p++;
	if (s->p < s->end && *s->p == '(')
		brackets(s, '(', ')');
}

static bool comes(struct scan *s, const char *name)
{
	size_t n = strlen(name);

	return (size_t)(s->end - s->p) >= n && strncasecmp(s->p, name, n) == 0 &&
	       ((size_t)(s->end - s->p) == n || !isalnum((unsigned char)s->p[n]));
}

static void over_word(struct scan *s)
{
	while (s->p < s->end && (isalnum((unsigned char)*s->p) || *s->p == '_'))
		s->p++;
}

static void condition(struct scan *s)
{
	int line = s->line;

	for (; s->p < s->end && !s->c->refused && !comes(s, "then"); blanks(s)) {
		if (strchr("\"'", *s->p))
			over_quoted(s);
		else if (isalnum((unsigned char)*s->p))
			over_word(s);
		else
			step(s);
	}
	if (s->p >= s->end && !s->c->refused)
		conv_refuse(s->c, line, "an \"if\" without \"then\": it does not end; nothing is translated");
}

static void if_then(struct scan *s)
{
	bool more = true;

	conv_section(s->c, "if", s->line);
	while (more && !s->c->refused) {
		condition(s);
		if (s->c->refused)
			return;
		s->p += strlen("then");
		passed_over(s);
		blanks(s);
		more = comes(s, "else");
		if (!more)
			return;
		s->p += strlen("else");
		blanks(s);
		more = comes(s, "if");
		if (!more)
			passed_over(s);
	}
}

static void object(struct scan *s, const char *name, int line)
{
	struct conv_section *to = conv_section(s->c, name, line);

	parameters(s, to);
	if (strcasecmp(name, "ruleset") != 0 || s->c->refused)
		return;
	blanks(s);
	if (s->p < s->end && *s->p == '{')
		brackets(s, '{', '}');
}

static void directive(struct scan *s, int line)
{
	const char *name = word(s, "$_");
	struct conv_section *to = conv_section(s->c, name, line);

	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
		s->p++;
	conv_pair(s->c, to, "value", rest(s), line);
}

/* SELECTOR  ACTION, or `& ACTION` and the other things that rule a line. */
static void selector(struct scan *s, int line)
{
	struct conv_section *to = conv_section(s->c, "*", line);
	const char *from = s->p;

	while (s->p < s->end && !isspace((unsigned char)*s->p))
		s->p++;
	conv_pair(s->c, to, "select", conv_copy(s->c, from, (size_t)(s->p - from)), line);
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
		s->p++;
	if (s->p < s->end && strncmp(s->p, "action", 6) == 0 && memchr(s->p, '(', (size_t)(s->end - s->p))) {
		s->p += 6;
		blanks(s);
		if (s->p < s->end && *s->p == '(') {
			object(s, "action", line);
			return;
		}
	}
	conv_pair(s->c, to, "value", rest(s), line);
}

static bool is_object(const struct scan *s)
{
	const char *p = s->p;

	while (p < s->end && (isalnum((unsigned char)*p) || *p == '_'))
		p++;
	while (p < s->end && p > s->p && (*p == ' ' || *p == '\t'))
		p++;
	return p < s->end && p > s->p && *p == '(';
}

void conv_read_rsyslog(struct convert *c)
{
	struct scan s = {c, c->text, c->text + c->len, 1};

	for (blanks(&s); s.p < s.end && !c->refused; blanks(&s)) {
		int line = s.line;

		if (*s.p == '$') {
			directive(&s, line);
		} else if (comes(&s, "if")) {
			s.p += strlen("if");
			if_then(&s);
		} else if (is_object(&s)) {
			const char *name = word(&s, "_");

			blanks(&s);
			object(&s, name, line);
		} else {
			selector(&s, line);
		}
	}
}
