/* fluent-bit's own format: [SECTION], and below it indented lines of a key and the rest of the line as its value. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "ctl/convert.h"

#define VARIABLES 64 /* in one value */

static const char *set_of(const struct convert *c, const char *p, size_t n)
{
	for (const struct conv_pair *s = c->sets ? c->sets->first : NULL; s; s = s->next) {
		if (strlen(s->key) == n && memcmp(s->key, p, n) == 0)
			return s->value;
	}
	return NULL;
}

/* ${NAME} that @SET has set; others are for the environment. */
static const char *put_in(struct convert *c, const char *value, int line)
{
	const char *at = value, *dollar, *end, *set, *out = "";

	for (int n = 0; (dollar = strstr(at, "${")) && (end = strchr(dollar, '}')); at = end + 1) {
		if (++n > VARIABLES) {
			conv_refuse(c, line, "more than %d variables in one value; nothing is translated", VARIABLES);
			return value;
		}
		set = set_of(c, dollar + 2, (size_t)(end - dollar - 2));
		if (!set)
			conv_note(c, line,
				"%.*s}: is taken from genlogd's environment; without it the drop-in is set aside",
				(int)(end - dollar), dollar);
		out = conv_fmt(c, "%s%.*s%s", out, (int)(dollar - at), at,
			set ? set : conv_copy(c, dollar, (size_t)(end - dollar + 1)));
	}
	return at == value ? value : conv_fmt(c, "%s%s", out, at);
}

static void set(struct convert *c, const char *p, int line)
{
	const char *equals = strchr(p, '=');

	if (!c->sets)
		c->sets = arena_alloc(&c->arena, sizeof(*c->sets));
	if (equals)
		conv_pair(c, c->sets, conv_copy(c, p, (size_t)(equals - p)), equals + 1, line);
}

static struct conv_section *head(struct convert *c, const char *p, int line)
{
	const char *end = strchr(p, ']');

	if (!end || end[1]) {
		conv_refuse(c, line, "a section's name that does not end with \"]\"; nothing is translated");
		return NULL;
	}
	return conv_section(c, conv_copy(c, p + 1, (size_t)(end - p - 1)), line);
}

static struct conv_section *one_line(struct convert *c, struct conv_section *s, const char *p, int line)
{
	size_t n = strcspn(p, " \t");
	const char *value = p + n + strspn(p + n, " \t");

	if (*p == '[')
		return head(c, p, line);
	if (strncasecmp(p, "@SET", 4) == 0)
		set(c, value, line);
	else if (strncasecmp(p, "@INCLUDE", 8) == 0)
		conv_note(c, line, "@INCLUDE: other files are not read; convert each, or put them into this one first");
	else if (s)
		conv_pair(c, s, conv_copy(c, p, n), put_in(c, value, line), line);
	else
		conv_refuse(c, line,
			"a key before the first [SECTION]; this is not fluent-bit's format, nothing is translated");
	return s;
}

void conv_read_bit(struct convert *c)
{
	const char *end = c->text + c->len, *p = c->text, *nl;
	struct conv_section *s = NULL;

	for (int line = 1; p < end && !c->refused; line++, p = nl + 1) {
		const char *a = p, *z;

		nl = memchr(p, '\n', (size_t)(end - p));
		nl = nl ? nl : end;
		z = nl;
		while (a < z && isspace((unsigned char)*a))
			a++;
		while (z > a && isspace((unsigned char)z[-1]))
			z--;
		if (a < z && *a != '#')
			s = one_line(c, s, conv_copy(c, a, (size_t)(z - a)), line);
	}
}
