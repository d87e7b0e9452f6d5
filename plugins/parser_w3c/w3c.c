/*
 * parser w3c: logs that say themselves what their columns are: the extended format of IIS, CloudFront and others, and
 * Zeek's, whose columns stand between tabs.
 *
 *	#Fields: date time c-ip cs-method cs-uri-stem sc-status time-taken
 *	2015-01-13 00:32:17 192.0.2.1 GET /robots.txt 404 157
 *
 * Columns of the schema have their slots, the others go into the context under their own names.  A dash is no value.
 */
#include "../scan.h"

enum role {
	OTHER,
	DATE,
	TIME,
	DATE_LOCAL,
	TIME_LOCAL,
	INSTANT, /* date and time in one */
	ADDRESS,
	AGENT,
	USER,
	TAKEN,
	TAKEN_MS,
	STATUS,
	METHOD,
	STEM,
	QUERY,
	ROLES,
};

static const struct {
	const char *name;
	enum role role;
} roles[] = {
	{"date", DATE},
	{"time", TIME},
	{"date-local", DATE_LOCAL},
	{"time-local", TIME_LOCAL},
	{"c-ip", ADDRESS},
	{"cs(User-Agent)", AGENT},
	{"cs-username", USER},
	{"c-auth-id", USER},
	{"time-taken", TAKEN},
	{"TimeTakenMS", TAKEN_MS},
	{"sc-status", STATUS},
	{"cs-method", METHOD},
	{"cs-uri-stem", STEM},
	{"cs-uri", STEM},
	{"cs-uri-query", QUERY},
	{"ts", INSTANT},
	{"id.orig_h", ADDRESS},
	{"user_agent", AGENT},
	{"method", METHOD},
	{"uri", STEM},
	{"status_code", STATUS},
};

/* What is known of a source. */
struct source {
	bool zeek;
	char date[16]; /* of the last #Date */
	uint8_t date_len;
	uint8_t role[COLUMNS_MAX];
	struct columns columns;
};

/* ── the header ── */

static enum role role_of(struct slice name)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		if (slice_is(name, roles[i].name))
			return roles[i].role;
	return OTHER;
}

static void take_fields(struct source *s, const char *p, const char *end, bool zeek)
{
	bool taken[ROLES] = {false};

	s->zeek = zeek;
	s->columns.n = s->columns.used = 0;
	while ((p = skip_blanks(p, end)) < end) {
		const char *q = p;
		unsigned i = s->columns.n;
		enum role role;

		while (q < end && !is_blank(*q))
			q++;
		role = role_of(slice(p, q));
		columns_add(&s->columns, slice(p, q));
		if (s->columns.n > i) {
			s->role[i] = taken[role] ? OTHER : role;
			taken[role] = true;
		}
		p = q;
	}
}

static void take_date(struct source *s, const char *p, const char *end)
{
	const char *q;

	p = skip_blanks(p, end);
	q = until(p, end, ' ');
	if ((size_t)(q - p) > sizeof(s->date))
		return;
	memcpy(s->date, p, (size_t)(q - p));
	s->date_len = (uint8_t)(q - p);
}

static void take_directive(struct source *s, const char *p, const char *end)
{
	if (starts_with(p, end, KEY("#Fields:")))
		take_fields(s, p + 8, end, false);
	else if (starts_with(p, end, KEY("#fields\t")))
		take_fields(s, p + 8, end, true);
	else if (starts_with(p, end, KEY("#Date:")))
		take_date(s, p + 6, end);
}

/* ── values ── */

struct cells {
	const char *p, *end;
	bool tabs;
};

/* `"a ""b"" c"`: the quotes within stay doubled where the value is copied as it is. */
static const char *quoted_end(const char *p, const char *end)
{
	while ((p = until(p, end, '"')) < end && p + 1 < end && p[1] == '"')
		p += 2;
	return p;
}

static bool next(struct cells *c, struct slice *out)
{
	const char *q;

	if (c->tabs) {
		if (c->p > c->end)
			return false;
		q = until(c->p, c->end, '\t');
		*out = slice(c->p, q);
		c->p = q + 1;
		while (out->n && *out->p == ' ') {
			out->p++;
			out->n--;
		}
		out->n = (size_t)(trim_end(out->p, out->p + out->n) - out->p);
		if (out->n >= 2 && *out->p == '"' && out->p[out->n - 1] == '"')
			*out = (struct slice){out->p + 1, out->n - 2};
		return true;
	}
	c->p = skip_blanks(c->p, c->end);
	if (c->p == c->end)
		return false;
	if (*c->p == '"') {
		q = quoted_end(c->p + 1, c->end);
		*out = slice(c->p + 1, q);
		c->p = q + (q < c->end);
		return true;
	}
	q = until(c->p, c->end, ' ');
	*out = slice(c->p, q);
	c->p = q;
	return true;
}

static bool is_absent(const struct source *s, struct slice v)
{
	return v.n == 0 || (v.n == 1 && *v.p == '-') || (s->zeek && slice_is(v, "(empty)"));
}

/* Where blanks could not be written, a plus stands for one. */
static int put_agent(struct genlog_record *rec, struct slice v)
{
	char *p;

	if (!memchr(v.p, ' ', v.n) && memchr(v.p, '+', v.n)) {
		p = genlog_rec_alloc(rec, v.n + GENLOG_PAD);
		if (!p)
			return -ENOMEM;
		for (size_t i = 0; i < v.n; i++)
			p[i] = v.p[i] == '+' ? ' ' : v.p[i];
		v.p = p;
	}
	slot_text(rec, GENLOG_SLOT_USER_AGENT, v);
	return 0;
}

/* IIS counts milliseconds, and who writes a point writes seconds. */
static int put_taken(struct named *f, struct slice name, struct slice v)
{
	struct genlog_value n = scan_value(v);

	if (n.type == GENLOG_V_STR)
		return named_context(f, name, n);
	if (n.type == GENLOG_V_DOUBLE)
		n.u.d *= 1000;
	genlog_set_slot(f->rec, GENLOG_SLOT_DURATION_MS, n);
	return 0;
}

static int put(struct named *f, enum role role, struct slice name, struct slice v)
{
	switch (role) {
	case DATE:
	case TIME:
	case DATE_LOCAL:
	case TIME_LOCAL: return 0;
	case INSTANT: slot_text(f->rec, GENLOG_SLOT_TIMESTAMP, v); return 0;
	case ADDRESS: slot_text(f->rec, GENLOG_SLOT_IP_ADDRESS, v); return 0;
	case USER: slot_text(f->rec, GENLOG_SLOT_USER_ID, v); return 0;
	case AGENT: return put_agent(f->rec, v);
	case TAKEN:
	case TAKEN_MS: return put_taken(f, name, v);
	case STATUS: return named_context(f, (struct slice){KEY("status")}, scan_value(v));
	default: return named_context(f, name, scan_value(v));
	}
}

static char *add(char *w, struct slice s)
{
	if (s.n)
		memcpy(w, s.p, s.n);
	return w + s.n;
}

/* Date and time are UTC, except where the header says that they are not. */
static int put_time(struct genlog_record *rec, const struct source *s, const struct slice *of)
{
	struct slice date = of[DATE], time = of[TIME];
	bool local = !time.n && of[TIME_LOCAL].n;
	char *p, *w;

	if (local) {
		date = of[DATE_LOCAL];
		time = of[TIME_LOCAL];
	}
	if (!date.n)
		date = (struct slice){s->date, s->date_len};
	if (!time.n)
		return 0;
	p = genlog_rec_alloc(rec, date.n + time.n + 2 + GENLOG_PAD);
	if (!p)
		return -ENOMEM;
	w = add(p, date);
	*w++ = 'T';
	w = add(w, time);
	*w = 'Z';
	w += !local;
	slot_text(rec, GENLOG_SLOT_TIMESTAMP, date.n ? slice(p, w) : time);
	return 0;
}

/* "GET /a?b 404" */
static int put_message(struct genlog_record *rec, const struct slice *of)
{
	char *p, *w;

	if (!of[METHOD].n || !of[STEM].n)
		return 0;
	p = genlog_rec_alloc(rec, of[METHOD].n + of[STEM].n + of[QUERY].n + of[STATUS].n + 3 + GENLOG_PAD);
	if (!p)
		return -ENOMEM;
	w = add(p, of[METHOD]);
	*w++ = ' ';
	w = add(w, of[STEM]);
	if (of[QUERY].n)
		*w++ = '?';
	w = add(w, of[QUERY]);
	if (of[STATUS].n)
		*w++ = ' ';
	w = add(w, of[STATUS]);
	slot_text(rec, GENLOG_SLOT_MESSAGE, slice(p, w));
	return 0;
}

static void put_level(struct genlog_record *rec, struct slice status)
{
	if (status.n != 3 || !is_digit(*status.p))
		return;
	genlog_set_slot(rec, GENLOG_SLOT_LEVEL,
		*status.p == '5'   ? genlog_str("ERROR", 5)
		: *status.p == '4' ? genlog_str("WARN", 4)
				   : genlog_str("INFO", 4));
}

static int read_line(const struct source *s, struct genlog_record *rec)
{
	const char *end = trim_end(rec->line, rec->line + rec->len);
	struct cells c = {.p = rec->line, .end = end, .tabs = s->zeek || memchr(rec->line, '\t', rec->len)};
	struct slice of[ROLES] = {{NULL, 0}}, v;
	char room[COLUMN_ROOM];
	struct named f;
	int r = 0;

	named_begin(&f, rec);
	for (unsigned i = 0; r == 0 && i < NAMED_MAX && next(&c, &v); i++) {
		enum role role = i < s->columns.n ? s->role[i] : OTHER;

		if (is_absent(s, v))
			continue;
		of[role] = v;
		r = put(&f, role, i < s->columns.n ? columns_name(&s->columns, i) : column_name(room, i), v);
	}
	if (r == 0)
		r = put_time(rec, s, of);
	if (r == 0)
		r = put_message(rec, of);
	put_level(rec, of[STATUS]);
	if (r == 0 && c.p < end)
		r = genlog_context_put(rec, KEY("rest"), genlog_str(c.p, (size_t)(end - c.p)));
	return r;
}

/* "#Fields: …", "#separator \\x09", "#close\t…": a word, and what ends it.  What else begins so is a line like others.
 */
static bool is_directive(const char *p, const char *end)
{
	const char *q = p + 1;

	if (p == end || *p != '#')
		return false;
	while (q < end && (((*q | 0x20) >= 'a' && (*q | 0x20) <= 'z') || *q == '-' || *q == '_'))
		q++;
	return q > p + 1 && (q == end || *q == ':' || *q == '\t' || *q == ' ');
}

static int w3c_parse(void *self, struct genlog_record *rec)
{
	struct source *s = rec->source;

	(void)self;
	if (!rec->len)
		return GENLOG_NO_MATCH;
	if (is_directive(rec->line, rec->line + rec->len)) {
		take_directive(s, rec->line, trim_end(rec->line, rec->line + rec->len));
		return GENLOG_HEADER;
	}
	if (!s->columns.n) {
		rec->parse_error = "no #Fields line before this one says what its columns are";
		return GENLOG_NO_MATCH;
	}
	return read_line(s, rec);
}

static int w3c_looks(void *self, const char *p, size_t n)
{
	static const char *const directives[] = {
		"#Fields:", "#Software:", "#Version:", "#Date:", "#Start-Date:", "#fields\t", "#separator \\x"};

	(void)self;
	for (size_t i = 0; i < sizeof(directives) / sizeof(*directives); i++)
		if (starts_with(p, p + n, directives[i], strlen(directives[i])))
			return 100;
	return 0;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_PARSER,
	.name = "w3c",
	.summary = "logs whose #Fields line names their columns: IIS, CloudFront, Zeek",
	.source_size = sizeof(struct source),
	.flags = GENLOG_PARSER_LINES,
	.parse = w3c_parse,
	.looks = w3c_looks,
};
