/*
 * parser logfmt: words of a name and a value.
 *
 *	ts=2025-12-22T10:30:45Z level=info msg="order \"WO 1\" done" took=12ms retry
 *
 * A name without a value is true.  The line has to begin with a pair: a text that has some at its end is a text.
 */
#include "../scan.h"

enum separator { AUTO, BLANK, COMMA, SEMICOLON };

struct logfmt {
	int separator; /* enum separator */
};

static const char *const separators[] = {
	[AUTO] = "auto", [BLANK] = "blank", [COMMA] = "comma", [SEMICOLON] = "semicolon", NULL};

static const struct genlog_opt opts[] = {
	GENLOG_CHOICE(struct logfmt, separator, .def = "auto", .choices = separators,
		.help = "what stands between pairs; auto: blanks, with or without a comma or semicolon before them"),
	{0},
};

#define LOOK_WORDS 64

struct pair {
	struct slice key, value;
	bool has_value, quoted, escaped;
};

static char sign_of(int separator)
{
	return separator == COMMA ? ',' : separator == SEMICOLON ? ';' : ' ';
}

static bool is_between(char c, char sign)
{
	return is_blank(c) || c == sign || c == '\n' || c == '\r';
}

static const char *quoted(struct pair *w, const char *p, const char *end)
{
	const char *quote = until(p, end, '"'), *from = p, *slash = until(p, quote, '\\');

	w->quoted = true;
	w->escaped = slash < quote;
	while (slash < quote) {
		p = slash + 2;
		if (p > quote)
			quote = until(p, end, '"');
		slash = until(p, quote, '\\');
	}
	w->value = slice(from, quote);
	return quote < end ? quote + 1 : end;
}

/* The comma of "a=1, b=2" is no part of the value. */
static const char *bare(struct pair *w, const char *p, const char *end, int separator)
{
	const char *from = p;
	char sign = sign_of(separator);

	while (p < end && !is_between(*p, sign))
		p++;
	w->value = slice(from, p);
	if (separator == AUTO && p < end && p > from && (p[-1] == ',' || p[-1] == ';'))
		w->value.n--;
	return p;
}

/* Behind the pair at `p`; its key is empty only where a line begins a word with `=`. */
static const char *pair(struct pair *w, const char *p, const char *end, int separator)
{
	const char *from = p;
	char sign = sign_of(separator);

	*w = (struct pair){0};
	while (p < end && *p != '=' && !is_between(*p, sign))
		p++;
	w->key = slice(from, p);
	if (p == end || *p != '=')
		return p;
	w->has_value = true;
	p++;
	return p < end && *p == '"' ? quoted(w, p + 1, end) : bare(w, p, end, separator);
}

static const char *skip_between(const char *p, const char *end, int separator)
{
	while (p < end && (is_between(*p, sign_of(separator)) || (separator == AUTO && (*p == ',' || *p == ';'))))
		p++;
	return p;
}

static bool is_name(struct slice key)
{
	if (!key.n || key.n > 64 || (!is_letter(*key.p) && *key.p != '_' && *key.p != '@'))
		return false;
	for (size_t i = 1; i < key.n; i++)
		if (!is_letter(key.p[i]) && !is_digit(key.p[i]) && !strchr("_.-@/", key.p[i]))
			return false;
	return true;
}

/* ── values ── */

static int hex4(const char *p, const char *end)
{
	int v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int c = p[i] | 0x20, d = is_digit(p[i]) ? p[i] - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v >= 0xd800 && v <= 0xdfff ? 0xfffd : v;
}

static char *put_utf8(char *to, int c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
	} else {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (c & 0x3f));
	return to;
}

/* An escape that means nothing stays as it is. */
static int unescape(struct genlog_record *rec, struct slice *s)
{
	static const char from[] = "nrt\"\\/", to[] = "\n\r\t\"\\/";
	const char *p = s->p, *end = s->p + s->n, *known;
	char *text = genlog_rec_alloc(rec, s->n + GENLOG_PAD), *w = text;
	int c;

	if (!text)
		return -ENOMEM;
	while (p < end) {
		if (*p != '\\' || p + 1 == end) {
			*w++ = *p++;
		} else if (p[1] == 'u' && (c = hex4(p + 2, end)) > 0) {
			w = put_utf8(w, c);
			p += 6;
		} else {
			known = p[1] ? strchr(from, p[1]) : NULL;
			if (!known)
				*w++ = *p;
			*w++ = known ? to[known - from] : p[1];
			p += 2;
		}
	}
	*s = (struct slice){text, (size_t)(w - text)};
	return 0;
}

static struct genlog_value typed(const struct pair *w)
{
	struct genlog_value v;

	if (!w->quoted && (slice_is(w->value, "true") || slice_is(w->value, "false")))
		return (struct genlog_value){.type = GENLOG_V_BOOL, .u.i = w->value.n == 4};
	if (!w->quoted && scan_number(w->value, &v))
		return v;
	return genlog_str(w->value.p, w->value.n);
}

static double unit_ms(const char **p, const char *end)
{
	static const struct {
		const char *name;
		double ms;
	} units[] = {{"ns", 1e-6}, {"us", 1e-3}, {"\xc2\xb5s", 1e-3}, {"\xce\xbcs", 1e-3}, {"ms", 1}, {"sec", 1000},
		{"s", 1000}, {"min", 60000}, {"m", 60000}, {"h", 3600000}};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (starts_with(*p, end, units[i].name, strlen(units[i].name))) {
			*p += strlen(units[i].name);
			return units[i].ms;
		}
	}
	return 0;
}

/* "12ms", "1m2.5s": numbers with their units, and nothing else. */
static bool duration(struct slice s, double *out)
{
	const char *p = s.p, *end = s.p + s.n, *from;
	struct genlog_value v;
	double unit;

	*out = 0;
	if (!s.n || s.n > 40)
		return false;
	while (p < end) {
		for (from = p; p < end && (is_digit(*p) || *p == '.'); p++)
			;
		if (!scan_number(slice(from, p), &v) || (unit = unit_ms(&p, end)) == 0)
			return false;
		*out += value_double(&v) * unit;
	}
	return true;
}

static bool is_duration_name(struct slice key)
{
	static const char *const names[] = {"duration", "took", "elapsed", "latency", "dur", "time_taken"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (slice_is(key, names[i]))
			return true;
	return false;
}

static int put(struct named *f, struct pair *w, double *ms)
{
	struct genlog_value v = {.type = GENLOG_V_BOOL, .u.i = 1};
	int r = w->escaped ? unescape(f->rec, &w->value) : 0;

	if (r < 0)
		return r;
	if (w->key.n == 0)
		return 0;
	if (!w->has_value)
		return named_put(f, w->key, v, (struct slice){"true", 4});
	if (*ms < 0 && is_duration_name(w->key) && !duration(w->value, ms))
		*ms = -1;
	return named_put(f, w->key, typed(w), w->value);
}

static int logfmt_parse(void *self, struct genlog_record *rec)
{
	const struct logfmt *l = self;
	const char *p = rec->line, *end = trim_end(p, p + rec->len);
	double ms = -1;
	struct named f;
	struct pair w;
	int r = 0;

	p = skip_between(p, end, l->separator);
	pair(&w, p, end, l->separator);
	if (!w.has_value || !w.key.n)
		return GENLOG_NO_MATCH;
	named_begin(&f, rec);
	while (r == 0 && p < end && f.n < NAMED_MAX) {
		p = pair(&w, p, end, l->separator);
		r = put(&f, &w, &ms);
		p = skip_between(p, end, l->separator);
	}
	if (ms >= 0 && !(rec->set >> GENLOG_SLOT_DURATION_MS & 1))
		genlog_set_slot(
			rec, GENLOG_SLOT_DURATION_MS, (struct genlog_value){.type = GENLOG_V_DOUBLE, .u.d = ms});
	return r == 0 && p < end ? genlog_context_put(rec, KEY("rest"), genlog_str(p, (size_t)(end - p))) : r;
}

/* Mostly pairs, the first word among them; a name that logs have makes it sure. */
static int logfmt_looks(void *self, const char *p, size_t n)
{
	const struct logfmt *l = self;
	const char *end = trim_end(p, p + n);
	unsigned words = 0, pairs = 0, known = 0;
	struct pair w;
	int rank;

	for (p = skip_between(p, end, l->separator); p < end && words < LOOK_WORDS; words++) {
		p = pair(&w, p, end, l->separator);
		pairs += w.has_value && is_name(w.key);
		if (!pairs)
			return 0;
		known += w.has_value && genlog_slot_of(w.key.p, w.key.n, &rank) != GENLOG_SLOTS;
		p = skip_between(p, end, l->separator);
	}
	if (pairs < 2 || 2 * pairs <= words)
		return 0;
	return known ? 85 : 50;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_PARSER,
	.name = "logfmt",
	.summary = "lines of name=value pairs",
	.state_size = sizeof(struct logfmt),
	.opts = opts,
	.flags = GENLOG_PARSER_FIRST,
	.parse = logfmt_parse,
	.looks = logfmt_looks,
};
