/*
 * parser docker: the files of containers' output as Docker's json-file driver writes them.
 *
 *	{"log":"text\n","stream":"stdout","attrs":{"tag":"x"},"time":"2016-10-06T00:17:09.669794202Z"}
 *
 * A `log` that does not end with a newline goes on in the next line of its stream.
 */
#include <errno.h>

#include "../scan.h"

static const char *const streams[] = {"stdout", "stderr"};

/* Texts as they stand between their quotes. */
struct line {
	struct slice log, stream, time, attrs;
	bool has_log, escaped; /* `log` holds a backslash before its last newline */
	bool newline;
};

/* The closing quote of the text at `p`; NULL: none.  Each byte is looked at once by each of the two searches. */
static const char *text_end(const char *p, const char *end, const char **backslash)
{
	const char *quote = until(p, end, '"'), *slash = until(p, quote, '\\');

	*backslash = slash < quote ? slash : NULL;
	while (slash < quote) {
		p = slash + 2;
		if (p > quote)
			quote = until(p, end, '"');
		slash = until(p, quote, '\\');
	}
	return quote < end ? quote : NULL;
}

static const char *skip_space(const char *p, const char *end)
{
	while (p < end && (is_blank(*p) || *p == '\r'))
		p++;
	return p;
}

/* Behind a value that is no text: objects and arrays in each other, numbers, words. */
static const char *value_end(const char *p, const char *end)
{
	const char *slash;
	size_t depth = 0;

	for (; p < end; p++) {
		if (*p == '"') {
			p = text_end(p + 1, end, &slash);
			if (!p)
				return NULL;
		} else if (*p == '{' || *p == '[') {
			depth++;
		} else if (*p == '}' || *p == ']' || *p == ',') {
			if (depth == 0)
				return p;
			depth -= *p != ',';
		}
	}
	return NULL;
}

/* `log`'s text without its last newline, and whether there is more in it that has to be unescaped. */
static void take_log(struct line *l, const char *p, const char *quote, const char *backslash)
{
	l->has_log = true;
	l->log = slice(p, quote);
	l->escaped = backslash != NULL;
	l->newline = false;
	if (!backslash || quote - p < 2 || quote[-1] != 'n' || quote[-2] != '\\')
		return;
	if (backslash <
		quote - 2) { /* "\\n" at the end is a backslash and an n, if the number of backslashes is even */
		const char *q = quote - 2;

		while (q > p && q[-1] == '\\')
			q--;
		if ((quote - 1 - q) % 2 == 0)
			return;
	}
	l->newline = true;
	l->log.n -= 2;
	l->escaped = backslash < quote - 2;
}

static const char *member(struct line *l, const char *p, const char *end)
{
	const char *slash, *key_end, *from;
	struct slice key;

	if (p == end || *p != '"' || !(key_end = text_end(p + 1, end, &slash)))
		return NULL;
	key = slice(p + 1, key_end);
	p = skip_space(key_end + 1, end);
	if (p == end || *p != ':')
		return NULL;
	p = skip_space(p + 1, end);
	if (p == end || *p != '"') {
		from = p;
		p = value_end(p, end);
		if (p && slice_is(key, "attrs"))
			l->attrs = slice(from, p);
		return p;
	}
	from = p + 1;
	p = text_end(from, end, &slash);
	if (!p)
		return NULL;
	if (slice_is(key, "log"))
		take_log(l, from, p, slash);
	else if (slice_is(key, "stream"))
		l->stream = slice(from, p);
	else if (slice_is(key, "time"))
		l->time = slice(from, p);
	return p + 1;
}

static bool read_line(struct line *l, const char *p, size_t n)
{
	const char *end = p + n;

	*l = (struct line){0};
	if (n < 10 || *p != '{')
		return false;
	do {
		p = member(l, skip_space(p + 1, end), end);
		p = p ? skip_space(p, end) : NULL;
	} while (p && p < end && *p == ',');
	return p && p < end && *p == '}' && skip_space(p + 1, end) == end && l->has_log &&
	       (slice_is(l->stream, streams[0]) || slice_is(l->stream, streams[1]));
}

/* ── escapes ── */

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
	return v;
}

static char *put_utf8(char *to, unsigned c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		if (c >= 0x10000) {
			*to++ = (char)(0xf0 | c >> 18);
			*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		} else {
			*to++ = (char)(0xe0 | c >> 12);
		}
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

/* Behind "\u": the character, of one or of two such; half of a pair alone is U+FFFD. */
static const char *unicode(const char *p, const char *end, char **to)
{
	int c = hex4(p, end), low;

	if (c < 0) {
		*to = put_utf8(*to, 0xfffd);
		return p;
	}
	p += 4;
	if (c >= 0xd800 && c <= 0xdbff && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
		low = hex4(p + 2, end);
		if (low >= 0xdc00 && low <= 0xdfff) {
			*to = put_utf8(*to, 0x10000 + ((unsigned)(c - 0xd800) << 10) + (unsigned)(low - 0xdc00));
			return p + 6;
		}
	}
	*to = put_utf8(*to, c >= 0xd800 && c <= 0xdfff ? 0xfffd : (unsigned)c);
	return p;
}

static size_t unescape(char *to, struct slice s)
{
	static const char meaning[128] = {['n'] = '\n', ['t'] = '\t', ['r'] = '\r', ['b'] = '\b', ['f'] = '\f'};
	const char *p = s.p, *end = s.p + s.n, *slash;
	char *w = to;

	for (;;) {
		slash = until(p, end, '\\');
		memcpy(w, p, (size_t)(slash - p));
		w += slash - p;
		if (slash == end || slash + 1 == end)
			return (size_t)(w - to);
		p = slash + 2;
		if (slash[1] == 'u')
			p = unicode(p, end, &w);
		else
			*w++ = slash[1] > 0 && meaning[(unsigned char)slash[1]] ? meaning[(unsigned char)slash[1]]
										: slash[1];
	}
}

/* The program's text: of the line itself where nothing in it is escaped.  "\u" cut short grows by a byte. */
static int text_of(struct genlog_record *rec, const struct line *l, struct slice *out)
{
	char *p;

	*out = l->log;
	if (!l->escaped)
		return 0;
	p = genlog_rec_alloc(rec, 2 * l->log.n + GENLOG_PAD);
	if (!p)
		return -ENOMEM;
	*out = (struct slice){p, unescape(p, l->log)};
	return 0;
}

static int docker_unwrap(void *self, struct genlog_record *rec, struct genlog_unwrapped *out)
{
	struct slice text;
	struct line l;

	(void)self;
	if (!read_line(&l, rec->line, rec->len))
		return GENLOG_NO_MATCH;
	if (text_of(rec, &l, &text) < 0)
		return -ENOMEM;
	out->time = l.time.n ? genlog_str(l.time.p, l.time.n) : (struct genlog_value){.type = GENLOG_V_NONE};
	out->p = text.p;
	out->n = text.n;
	out->stream = slice_is(l.stream, streams[1]);
	out->partial = !l.newline;
	out->stream_name = streams[out->stream];
	return GENLOG_PARSED;
}

/* For use without the host's joining: each piece is an event. */
static int docker_parse(void *self, struct genlog_record *rec)
{
	struct slice text;
	struct line l;

	(void)self;
	if (!read_line(&l, rec->line, rec->len))
		return GENLOG_NO_MATCH;
	if (text_of(rec, &l, &text) < 0)
		return -ENOMEM;
	slot_text(rec, GENLOG_SLOT_TIMESTAMP, l.time);
	genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, genlog_str(text.p, text.n));
	context_text(rec, KEY("stream"), l.stream);
	if (!l.newline)
		context_bool(rec, KEY("partial"), true);
	if (l.attrs.n)
		context_text(rec, KEY("attrs"), l.attrs);
	return GENLOG_PARSED;
}

/* Surer than JSON is of it. */
static int docker_looks(void *self, const char *p, size_t n)
{
	struct line l;

	(void)self;
	return read_line(&l, p, n) && starts_with(p, p + n, KEY("{\"log\":\"")) ? 100 : 0;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_PARSER,
	.name = "docker",
	.summary = "containers' output in the files of Docker's json-file driver",
	.parse = docker_parse,
	.unwrap = docker_unwrap,
	.looks = docker_looks,
};
