/*
 * parser csv: values between delimiters, quoted as RFC 4180 has it, under the names of the first line or of the
 * settings.  A line is an event: a quoted value that goes on in the next line is cut at its end.
 *
 *	parsers:
 *	  - {name: orders, type: csv, columns: [timestamp, level, order, message]}
 *	  - {name: pg, type: csv, columns: postgresql}
 */
#include "../scan.h"

#define AUTO_DELIMITERS ",;\t|"

enum header { AUTO, YES, NO };

struct csv {
	const char *delimiter, *quote;
	struct genlog_strs columns;
	int header; /* enum header */
	bool has_header;
	const char *const *names;
	size_t n_names;
	char sign, mark; /* sign 0: found in the first line */
};

/* What is known of a source. */
struct source {
	bool begun;
	char sign;
	struct columns columns;
};

static const char *const headers[] = {[AUTO] = "auto", [YES] = "yes", [NO] = "no", NULL};

static const struct genlog_opt opts[] = {
	GENLOG_STR(struct csv, delimiter, .def = "auto",
		.help = "one character or `tab`; auto: the one that the first line has most of: , ; | or a tab"),
	GENLOG_LIST(struct csv, columns, .help = "the columns' names; `postgresql` for its csvlog; `-` leaves one out"),
	GENLOG_CHOICE(struct csv, header, .def = "auto", .choices = headers,
		.help = "whether the first line holds the names; auto: if `columns` is not set"),
	GENLOG_STR(struct csv, quote, .def = "\"", .help = "the character around values that hold the delimiter"),
	{0},
};

static const char *const postgresql[] = {"timestamp", "user_id", "database", "pid", "connection_from", "session_id",
	"session_line", "command_tag", "session_start", "virtual_transaction", "transaction", "level", "error_code",
	"message", "detail", "hint", "internal_query", "internal_query_pos", "error_context", "query", "query_pos",
	"location", "application_name", "backend_type", "leader_pid", "query_id"};

static int csv_open(void *self, struct genlog_err *err)
{
	struct csv *c = self;

	c->sign = strcmp(c->delimiter, "tab") == 0 ? '\t' : *c->delimiter;
	if (strcmp(c->delimiter, "auto") == 0)
		c->sign = 0;
	else if (c->sign != '\t' && (strlen(c->delimiter) != 1 || c->sign & 0x80))
		return genlog_fail_opt(err, "delimiter", EINVAL,
			"\"%.16s\" has to be one ASCII character, \"tab\" or \"auto\"", c->delimiter);
	c->mark = *c->quote;
	if (strlen(c->quote) != 1 || c->mark & 0x80 || (c->sign && c->mark == c->sign))
		return genlog_fail_opt(
			err, "quote", EINVAL, "\"%.16s\" has to be one ASCII character, not the delimiter", c->quote);
	c->names = c->columns.v;
	c->n_names = c->columns.n;
	if (c->n_names == 1 && strcmp(*c->names, "postgresql") == 0) {
		c->names = postgresql;
		c->n_names = sizeof(postgresql) / sizeof(*postgresql);
		c->sign = c->sign ? c->sign : ',';
	}
	if (c->n_names > NAMED_MAX)
		return genlog_fail_opt(err, "columns", EINVAL, "more than %d columns", NAMED_MAX);
	c->has_header = c->header == YES || (c->header == AUTO && !c->n_names);
	return 0;
}

static char find_sign(const char *p, size_t n)
{
	static const char signs[] = AUTO_DELIMITERS;
	size_t count[sizeof(signs)] = {0}, best = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof(signs) - 1; k++)
			count[k] += p[i] == signs[k];
	for (size_t k = 1; k < sizeof(signs) - 1; k++)
		best = count[k] > count[best] ? k : best;
	return signs[best];
}

/* Behind the opening quote: to the one that is not doubled. */
static const char *quoted_end(const char *p, const char *end, char mark, bool *doubled)
{
	while ((p = until(p, end, mark)) < end && p + 1 < end && p[1] == mark) {
		*doubled = true;
		p += 2;
	}
	return p;
}

static int undouble(struct genlog_record *rec, struct slice *s, char mark)
{
	char *text = genlog_rec_alloc(rec, s->n + GENLOG_PAD), *w = text;

	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < s->n; i++) {
		*w++ = s->p[i];
		i += s->p[i] == mark;
	}
	*s = (struct slice){text, (size_t)(w - text)};
	return 0;
}

/* The value at `p`; returns the place of the delimiter behind it.  -ENOMEM in `r`. */
static const char *cell(
	const struct csv *c, char sign, struct genlog_record *rec, const char *p, struct slice *out, int *r)
{
	const char *end = rec->line + rec->len, *from = p, *q;
	bool doubled = false;

	while (p < end && *p == ' ' && sign != ' ')
		p++;
	if (p == end || *p != c->mark) {
		q = until(from, end, sign);
		p = skip_blanks(from, q);
		*out = slice(p, trim_end(p, q));
		return q;
	}
	q = quoted_end(p + 1, end, c->mark, &doubled);
	*out = slice(p + 1, q);
	*r = doubled ? undouble(rec, out, c->mark) : 0;
	return until(q, end, sign);
}

/* The columns' names of the first line. */
static int take_header(const struct csv *c, struct source *s, struct genlog_record *rec)
{
	const char *p = rec->line, *end = p + rec->len;
	struct slice name;
	int r = 0;

	if (starts_with(p, end, KEY("\xef\xbb\xbf")))
		p += 3;
	for (;; p++) {
		p = cell(c, s->sign, rec, p, &name, &r);
		if (r < 0)
			return r;
		columns_add(&s->columns, name);
		if (p == end)
			return GENLOG_HEADER;
	}
}

static int put(struct named *f, const struct csv *c, const struct source *s, unsigned i, struct slice value)
{
	char room[COLUMN_ROOM];
	struct slice name = {NULL, 0};

	if (i < c->n_names)
		name = (struct slice){c->names[i], strlen(c->names[i])};
	else if (!c->n_names && i < s->columns.n)
		name = columns_name(&s->columns, i);
	if (value.n == 0 || (name.n == 1 && *name.p == '-'))
		return 0;
	if (c->names == postgresql && i == 12 && slice_is(value, "00000")) /* no error */
		return 0;
	if (!name.n)
		name = column_name(room, i);
	if (c->names == postgresql && i == 5) /* hexadecimal, though it may look like a number */
		return named_put(f, name, genlog_str(value.p, value.n), value);
	return named_put(f, name, scan_value(value), value);
}

static int csv_parse(void *self, struct genlog_record *rec)
{
	const struct csv *c = self;
	struct source *s = rec->source;
	const char *p = rec->line, *end = p + rec->len;
	struct slice value;
	struct named f;
	int r = 0;

	if (!rec->len)
		return GENLOG_NO_MATCH;
	if (!s->begun) {
		s->begun = true;
		s->sign = c->sign ? c->sign : find_sign(p, rec->len);
		if (c->has_header)
			return take_header(c, s, rec);
	}
	named_begin(&f, rec);
	for (unsigned i = 0; i < NAMED_MAX; i++, p++) {
		p = cell(c, s->sign, rec, p, &value, &r);
		if (r == 0)
			r = put(&f, c, s, i, value);
		if (r < 0 || p == end)
			return r;
	}
	return genlog_context_put(rec, KEY("rest"), genlog_str(p, (size_t)(end - p)));
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_PARSER,
	.name = "csv",
	.summary = "values between delimiters, under the names of the first line or of the settings",
	.state_size = sizeof(struct csv),
	.source_size = sizeof(struct source),
	.opts = opts,
	.flags = GENLOG_PARSER_LINES,
	.open = csv_open,
	.parse = csv_parse,
};
