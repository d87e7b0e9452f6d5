/*
 * parser access: access logs of Apache, nginx and whoever else writes common or combined log lines.
 *
 * It is the format that is written fastest, so the way of a usual line is straight: one look at each byte, no copy,
 * no search in tables.
 */
#include "access.h"

static const char *const units[] = {[UNIT_AUTO] = "auto", [UNIT_S] = "s", [UNIT_MS] = "ms", [UNIT_US] = "us", NULL};

static const struct genlog_opt opts[] = {
	GENLOG_CHOICE(struct access, time_unit, .def = "auto", .choices = units,
		.help = "of the number behind the line that says how long it took; auto: seconds, if it has a point"),
	{0},
};

struct line {
	struct slice vhost, ip, ident, user, time, request, status, bytes, referer, agent;
	const char *message, *message_end; /* from the request to the bytes */
	const char *rest;
};

static bool is_escaped(const char *from, const char *quote)
{
	const char *p = quote;

	while (p > from && p[-1] == '\\')
		p--;
	return (quote - p) & 1;
}

/* A quote within that nobody has escaped is told by what follows it. */
const char *access_quoted(const char *p, const char *end, struct slice *out)
{
	const char *from = p;

	for (; (p = until(p, end, '"')) < end; p++) {
		if ((p + 1 == end || p[1] == ' ' || p[1] == '\t') && (p[-1] != '\\' || !is_escaped(from, p))) {
			*out = slice(from, p);
			return p + 1;
		}
	}
	return NULL;
}

/* As above; behind it comes a status. */
static const char *request_end(const char *p, const char *end)
{
	const char *from = p;

	for (; (p = until(p, end, '"')) < end; p++)
		if (end - p > 2 && p[1] == ' ' && (is_digit(p[2]) || p[2] == '-') &&
			(p[-1] != '\\' || !is_escaped(from, p)))
			return p;
	return NULL;
}

bool access_is_ip(struct slice w)
{
	size_t dots = 0, colons = 0;

	for (size_t i = 0; i < w.n; i++) {
		char c = w.p[i];

		dots += c == '.';
		colons += c == ':';
		if (!is_digit(c) && c != '.' && c != ':' && c != '%' && c != '[' && c != ']' && !is_letter(c))
			return false;
		if (is_letter(c) && (c | 0x20) > 'f' && colons < 2)
			return false;
	}
	return (dots == 3 && colons == 0 && is_digit(*w.p)) || colons >= 2;
}

static inline struct slice word(const char **p, const char *end)
{
	const char *from = *p, *q = from;

	while (q < end && *q != ' ')
		q++;
	*p = q + (q < end);
	return slice(from, q);
}

static inline bool is_dash(struct slice s)
{
	return s.n == 1 && *s.p == '-';
}

/* Who asked: address, identity, user, and before them perhaps the host that was asked.  A user may have blanks. */
static bool names(struct line *l, const char *p, const char *end)
{
	l->ip = word(&p, end);
	if (!l->ip.n)
		return false;
	if (p < end && !access_is_ip(l->ip)) {
		const char *behind = p;
		struct slice second = word(&behind, end);

		if (access_is_ip(second)) {
			l->vhost = l->ip;
			l->ip = second;
			p = behind;
		}
	}
	l->ident = word(&p, end);
	l->user = slice(p, end > p ? end : p);
	return true;
}

static inline bool is_clf_time(const char *t, const char *end)
{
	return end - t > 28 && t[27] == ']' && t[3] == '/' && t[7] == '/' && t[12] == ':' && t[15] == ':' &&
	       is_digit(t[1]) && is_digit(t[2]) && is_letter(t[4]);
}

/* The bracket that opens the time: the first behind a blank. */
static const char *time_begin(const char *p, const char *end)
{
	const char *from = p, *t;

	while ((t = until(p, end, '[')) < end && (t == from || t[-1] != ' '))
		p = t + 1;
	return t < end ? t : NULL;
}

/* The place behind the time's bracket. */
static const char *take_time(struct line *l, const char *t, const char *end)
{
	const char *shut = t + 27;

	if (!is_clf_time(t, end)) {
		shut = until(t, end - t > 64 ? t + 64 : end, ']');
		if (shut == end || *shut != ']' || genlog_time_len(t + 1, (size_t)(shut - t - 1)) < 8)
			return NULL;
	}
	l->time = slice(t + 1, shut);
	return shut + 1;
}

static bool is_status(struct slice s)
{
	return is_dash(s) || (s.n == 3 && is_digit(s.p[0]) && is_digit(s.p[1]) && is_digit(s.p[2]));
}

static bool is_count(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]))
			return is_dash(s);
	return s.n > 0 && s.n <= 18;
}

static void referer_and_agent(struct line *l, const char *p, const char *end)
{
	const char *q;

	l->rest = p;
	if (p == end || *p != '"' || !(q = access_quoted(p + 1, end, &l->referer)))
		return;
	l->rest = q += q < end;
	if (q == end || *q != '"' || !(q = access_quoted(q + 1, end, &l->agent)))
		return;
	l->rest = q + (q < end);
}

static bool read_line(struct line *l, const char *p, const char *end)
{
	const char *t = time_begin(p, end), *quote;

	l->vhost.n = l->referer.n = l->agent.n = 0;
	if (!t || t - p > 1024 || !names(l, p, t - 1) || !(p = take_time(l, t, end)) || end - p < 7 || p[0] != ' ' ||
		p[1] != '"')
		return false;
	l->message = p + 1;
	quote = request_end(p + 2, end);
	if (!quote)
		return false;
	l->request = slice(p + 2, quote);
	p = quote + 2;
	l->status = word(&p, end);
	if (!is_status(l->status))
		return false;
	l->bytes = word(&p, end);
	if (!is_count(l->bytes)) { /* no more than the status: what this is, is told by its form */
		p = l->bytes.p;
		l->bytes.n = 0;
	}
	l->message_end = l->bytes.n ? l->bytes.p + l->bytes.n : l->status.p + 3;
	referer_and_agent(l, p < end ? p : end, end);
	return true;
}

/* ── the record ── */

static bool is_method(const char *p, const char *end)
{
	if (p == end || end - p > 20)
		return false;
	for (; p < end; p++)
		if ((unsigned)*p - 'A' > 25 && *p != '_' && *p != '-')
			return false;
	return true;
}

/* The blank before "HTTP/1.1", if there is such a thing behind the one at `blank`. */
static const char *protocol(const char *blank, const char *end)
{
	const char *last;

	if (end - blank > 10 && memcmp(end - 9, " HTTP/", 6) == 0)
		return end - 9;
	last = memrchr(blank + 1, ' ', (size_t)(end - blank - 1));
	return last && end - last > 6 && memcmp(last + 1, "HTTP/", 5) == 0 ? last : NULL;
}

/* "GET /a b HTTP/1.1": what is no request of HTTP is kept as it came. */
static void put_request(struct genlog_record *rec, struct slice r)
{
	const char *end = r.p + r.n, *blank = until(r.p, end > r.p + 21 ? r.p + 21 : end, ' ');
	const char *last;

	if (is_dash(r) || !r.n)
		return;
	if (blank == end || *blank != ' ' || !is_method(r.p, blank)) {
		context_text(rec, KEY("request"), r);
		return;
	}
	last = protocol(blank, end);
	context_text(rec, KEY("method"), slice(r.p, blank));
	context_text(rec, KEY("path"), slice(blank + 1, last ? last : end));
	if (last)
		context_text(rec, KEY("protocol"), slice(last + 1, end));
}

static inline void put_count(struct genlog_record *rec, const char *key, size_t n, struct slice s)
{
	int64_t v = 0;

	if (!s.n || is_dash(s))
		return;
	for (size_t i = 0; i < s.n; i++)
		v = v * 10 + (s.p[i] - '0');
	context_int(rec, key, n, v);
}

static inline void put_name(struct genlog_record *rec, const char *key, size_t n, struct slice s)
{
	if (s.n && !is_dash(s))
		context_text(rec, key, n, s);
}

static inline void put_slot(struct genlog_record *rec, enum genlog_slot slot, struct slice s)
{
	if (s.n && !is_dash(s) && !(s.n == 2 && s.p[0] == '"' && s.p[1] == '"'))
		genlog_set_slot(rec, slot, genlog_str(s.p, s.n));
}

static void put_level(struct genlog_record *rec, char class)
{
	genlog_set_slot(rec, GENLOG_SLOT_LEVEL,
		class == '5'   ? genlog_str("ERROR", 5)
		: class == '4' ? genlog_str("WARN", 4)
			       : genlog_str("INFO", 4));
}

static int access_parse(void *self, struct genlog_record *rec)
{
	const char *end = trim_end(rec->line, rec->line + rec->len);
	struct line l;

	if (!read_line(&l, rec->line, end))
		return GENLOG_NO_MATCH;
	put_slot(rec, GENLOG_SLOT_TIMESTAMP, l.time);
	put_slot(rec, GENLOG_SLOT_IP_ADDRESS, l.ip);
	put_slot(rec, GENLOG_SLOT_USER_ID, l.user);
	put_slot(rec, GENLOG_SLOT_USER_AGENT, l.agent);
	put_slot(rec, GENLOG_SLOT_MESSAGE, slice(l.message, l.message_end));
	put_level(rec, *l.status.p);
	put_request(rec, l.request);
	put_count(rec, KEY("status"), l.status);
	put_count(rec, KEY("bytes"), l.bytes);
	put_name(rec, KEY("referer"), l.referer);
	put_name(rec, KEY("vhost"), l.vhost);
	put_name(rec, KEY("ident"), l.ident);
	return l.rest < end ? access_extra(self, rec, slice(l.rest, end), l.vhost.n) : GENLOG_PARSED;
}

static int access_looks(void *self, const char *p, size_t n)
{
	struct line l;

	(void)self;
	if (!read_line(&l, p, trim_end(p, p + n)))
		return 0;
	/* a name without a dot may be a host, or the first word of another head before the line */
	return memchr(l.ip.p, '.', l.ip.n) || memchr(l.ip.p, ':', l.ip.n) || l.ident.n == 1 ? 97 : 0;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_PARSER,
	.name = "access",
	.summary = "access logs of web servers: common, combined, with hosts, times and forwarded addresses",
	.state_size = sizeof(struct access),
	.opts = opts,
	.flags = GENLOG_PARSER_LINES,
	.parse = access_parse,
	.looks = access_looks,
};
