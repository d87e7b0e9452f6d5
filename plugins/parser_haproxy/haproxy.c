/*
 * parser haproxy: what HAProxy logs of requests (httplog) and of connections (tcplog), without a syslog header.
 *
 *	10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0
 *	    {1wt.eu} {} "GET /index.html HTTP/1.1"
 *	10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0
 */
#include <errno.h>

#include "../scan.h"

#define NUMBERS_MAX 5

struct numbers {
	struct slice v[NUMBERS_MAX];
	unsigned n;
};

struct line {
	struct slice address, time, frontend, backend, server, status, bytes, request_cookie, response_cookie, state;
	struct slice request_headers, response_headers, request, rest, failure;
	struct numbers timers, connections, queues;
	bool http;
};

static struct slice word(const char **p, const char *end)
{
	const char *from = *p, *q = until(from, end, ' ');

	*p = q + (q < end);
	return slice(from, q);
}

/* "10/0/30/-1/+109": a plus says that it was not over yet. */
static bool numbers(struct numbers *out, struct slice w)
{
	const char *p = w.p, *end = w.p + w.n, *q;

	for (out->n = 0; out->n < NUMBERS_MAX; p = q + 1) {
		const char *d = p;

		q = until(p, end, '/');
		d += d < q && (*d == '-' || *d == '+');
		if (d == q || q - d > 18)
			return false;
		for (const char *c = d; c < q; c++)
			if (!is_digit(*c))
				return false;
		out->v[out->n++] = slice(p, q);
		if (q == end)
			return true;
	}
	return false;
}

static bool count(struct slice w)
{
	struct numbers n;

	return numbers(&n, w) && n.n == 1;
}

static bool take_address(struct line *l, const char **p, const char *end)
{
	const char *shut, *colon = *p;

	while (colon < end && *colon != ':' && *colon != ' ')
		colon++;
	if (colon == end || *colon != ':')
		return false;
	l->address = word(p, end);
	if (end - *p < 22 || **p != '[')
		return false;
	shut = until(*p, *p + 32 < end ? *p + 32 : end, ']');
	if (shut == end || *shut != ']' || end - shut < 3 || shut[1] != ' ' || shut - *p < 21 || (*p)[3] != '/' ||
		(*p)[7] != '/')
		return false;
	l->time = slice(*p + 1, shut);
	*p = shut + 2;
	return genlog_time_len(l->time.p, l->time.n) == l->time.n;
}

/* "{a|b} ": what the configuration has captured of headers */
static struct slice braces(const char **p, const char *end)
{
	const char *from = *p + 1, *q = from;

	if (*p == end || **p != '{')
		return (struct slice){NULL, 0};
	while ((q = until(q, end, '}')) < end && q + 1 < end && q[1] != ' ')
		q++;
	*p = q;
	*p += q < end;
	*p += *p < end;
	return slice(from, q);
}

/* The request's line; one that was too long for the log has lost its end. */
static void take_request(struct line *l, const char *p, const char *end)
{
	const char *quote;

	if (p == end || *p != '"') {
		l->rest = slice(p, end);
		return;
	}
	quote = memrchr(p + 1, '"', (size_t)(end - p - 1));
	l->request = slice(p + 1, quote ? quote : end);
	p = quote ? skip_blanks(quote + 1, end) : end;
	l->rest = slice(p, end);
}

static bool behind_timers(struct line *l, const char *p, const char *end)
{
	l->http = l->timers.n == 5 || l->timers.n == 4;
	if (l->http) {
		l->status = word(&p, end);
		if (!count(l->status))
			return false;
	}
	l->bytes = word(&p, end);
	if (l->http) {
		l->request_cookie = word(&p, end);
		l->response_cookie = word(&p, end);
	}
	l->state = word(&p, end);
	if (!count(l->bytes) || l->state.n < 2 || l->state.n > 4 || !numbers(&l->connections, word(&p, end)) ||
		!numbers(&l->queues, word(&p, end)))
		return false;
	l->request_headers = braces(&p, end);
	l->response_headers = braces(&p, end);
	take_request(l, p, end);
	return true;
}

static bool read_line(struct line *l, const char *p, const char *end)
{
	struct line begun;
	struct slice to;
	const char *slash;

	if (end - p < 40 || !take_address(&begun, &p, end))
		return false;
	*l = (struct line){.address = begun.address, .time = begun.time};
	l->frontend = word(&p, end);
	if (l->frontend.n && l->frontend.p[l->frontend.n - 1] == ':') { /* "http-in/1: SSL handshake failure" */
		l->frontend.n--;
		l->failure = slice(p, end);
		return l->failure.n > 0;
	}
	to = word(&p, end);
	slash = until(to.p, to.p + to.n, '/');
	if (!l->frontend.n || slash == to.p + to.n)
		return false;
	l->backend = slice(to.p, slash);
	l->server = slice(slash + 1, to.p + to.n);
	return numbers(&l->timers, word(&p, end)) && l->timers.n >= 3 && behind_timers(l, p, end);
}

/* ── the record ── */

static int64_t number(struct slice s)
{
	int64_t v = -1;

	if (s.n && *s.p == '+') {
		s.p++;
		s.n--;
	}
	return scan_digits(s, &v) ? v : -1; /* -1: it never came so far */
}

static void put_numbers(struct genlog_record *rec, const struct numbers *of, const char *const *names)
{
	for (unsigned i = 0; i < of->n && names[i]; i++)
		if (number(of->v[i]) >= 0)
			context_int(rec, names[i], strlen(names[i]), number(of->v[i]));
}

static void put_text(struct genlog_record *rec, const char *key, size_t n, struct slice s)
{
	if (s.n && !(s.n == 1 && *s.p == '-'))
		context_text(rec, key, n, s);
}

static void put_address(struct genlog_record *rec, struct slice a)
{
	const char *colon = memrchr(a.p, ':', a.n);
	int64_t port;

	if (colon && scan_digits(slice(colon + 1, a.p + a.n), &port)) {
		context_int(rec, KEY("port"), port);
		a = slice(a.p, colon);
	}
	slot_text(rec, GENLOG_SLOT_IP_ADDRESS, a);
}

static void put_times(struct genlog_record *rec, const struct line *l)
{
	static const char *const http[] = {"time_request", "time_queue", "time_connect", "time_response", NULL};
	static const char *const tcp[] = {"time_queue", "time_connect", NULL};
	const struct numbers *t = &l->timers;

	put_numbers(rec, t, l->http ? http : tcp);
	if (t->n && number(t->v[t->n - 1]) >= 0)
		genlog_set_slot(rec, GENLOG_SLOT_DURATION_MS,
			(struct genlog_value){.type = GENLOG_V_INT, .u.i = number(t->v[t->n - 1])});
}

static void put_request(struct genlog_record *rec, struct slice r)
{
	const char *end, *first, *last;

	if (!r.n)
		return;
	end = r.p + r.n;
	first = until(r.p, end, ' ');
	if (first == end || *r.p == '<') { /* <BADREQ> */
		context_text(rec, KEY("request"), r);
		return;
	}
	last = memrchr(first + 1, ' ', (size_t)(end - first - 1));
	if (!last || !starts_with(last + 1, end, KEY("HTTP/")))
		last = end;
	context_text(rec, KEY("method"), slice(r.p, first));
	context_text(rec, KEY("path"), slice(first + 1, last));
	put_text(rec, KEY("protocol"), slice(last < end ? last + 1 : end, end));
}

/* "GET /index.html HTTP/1.1 200" */
static int put_message(struct genlog_record *rec, const struct line *l)
{
	char *p;

	slot_text(rec, GENLOG_SLOT_MESSAGE, l->failure);
	if (!l->status.n)
		slot_text(rec, GENLOG_SLOT_MESSAGE, l->request);
	if (!l->request.n || !l->status.n)
		return 0;
	p = genlog_rec_alloc(rec, l->request.n + 1 + l->status.n + GENLOG_PAD);
	if (!p)
		return -ENOMEM;
	memcpy(p, l->request.p, l->request.n);
	p[l->request.n] = ' ';
	memcpy(p + l->request.n + 1, l->status.p, l->status.n);
	genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, genlog_str(p, l->request.n + 1 + l->status.n));
	return 0;
}

static void put_level(struct genlog_record *rec, const struct line *l)
{
	char class = l->status.n ? *l->status.p : '0';

	if (l->http || l->failure.n)
		genlog_set_slot(rec, GENLOG_SLOT_LEVEL,
			class == '5'				       ? genlog_str("ERROR", 5)
			: class == '4' || class == '-' || l->failure.n ? genlog_str("WARN", 4)
								       : genlog_str("INFO", 4));
}

static void put_context(struct genlog_record *rec, const struct line *l)
{
	static const char *const connections[] = {
		"connections", "frontend_connections", "backend_connections", "server_connections", "retries", NULL};
	static const char *const queues[] = {"server_queue", "backend_queue", NULL};

	put_text(rec, KEY("frontend"), l->frontend);
	put_text(rec, KEY("backend"), l->backend);
	put_text(rec, KEY("server"), l->server);
	put_times(rec, l);
	if (number(l->status) >= 0)
		context_int(rec, KEY("status"), number(l->status));
	if (number(l->bytes) >= 0)
		context_int(rec, KEY("bytes"), number(l->bytes));
	put_text(rec, KEY("request_cookie"), l->request_cookie);
	put_text(rec, KEY("response_cookie"), l->response_cookie);
	put_text(rec, KEY("termination_state"), l->state);
	put_numbers(rec, &l->connections, connections);
	put_numbers(rec, &l->queues, queues);
	put_text(rec, KEY("request_headers"), l->request_headers);
	put_text(rec, KEY("response_headers"), l->response_headers);
	put_request(rec, l->request);
	put_text(rec, KEY("extra"), l->rest);
}

#define HEAD_MAX 160

/* Behind the head that syslog puts before it, up to "haproxy[123]: "; without one, the line's beginning. */
static const char *behind_syslog(const char *p, const char *end)
{
	const char *last = end - p > HEAD_MAX ? p + HEAD_MAX : end;
	const char *open = memchr(p, '[', (size_t)(last - p)), *q;

	if (!open || open == p || open[-1] == ' ')
		return p;
	for (q = open + 1; q < last && is_digit(*q); q++)
		;
	return q > open + 1 && end - q > 3 && memcmp(q, "]: ", 3) == 0 ? q + 3 : p;
}

static int haproxy_parse(void *self, struct genlog_record *rec)
{
	struct line l;

	(void)self;
	if (!read_line(&l, behind_syslog(rec->line, rec->line + rec->len), trim_end(rec->line, rec->line + rec->len)))
		return GENLOG_NO_MATCH;
	slot_text(rec, GENLOG_SLOT_TIMESTAMP, l.time);
	put_address(rec, l.address);
	put_level(rec, &l);
	put_context(rec, &l);
	return put_message(rec, &l);
}

static int haproxy_looks(void *self, const char *p, size_t n)
{
	struct line l;

	(void)self;
	return read_line(&l, behind_syslog(p, p + n), trim_end(p, p + n)) ? 99 : 0;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_PARSER,
	.name = "haproxy",
	.summary = "HAProxy's logs of requests and connections",
	.flags = GENLOG_PARSER_LINES,
	.parse = haproxy_parse,
	.looks = haproxy_looks,
};
