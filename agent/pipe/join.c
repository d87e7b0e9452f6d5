#include "pipe/join.h"

#include <errno.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/count.h"
#include "pipe/frames.h"

#define MATCH_LIMIT 20000

/* A line without its end. */
struct line {
	const char *p;
	size_t n;
	unsigned high;
	uint64_t at, behind; /* in the source */
};

static bool begins_by_pattern(const struct join *j, const struct line *l)
{
	return pcre2_match(j->start, (PCRE2_SPTR)l->p, l->n, 0, PCRE2_NO_UTF_CHECK, j->match, j->limits) >= 0;
}

static enum trace_link link_of(struct genlog_source *src, const struct line *l)
{
	const struct join *j = &src->in->join;

	if (j->how != CONF_JOIN_START)
		return trace_join(&src->held.state, l->p, l->n);
	return begins_by_pattern(j, l) || !src->held.open ? TRACE_STARTS : TRACE_CONTINUES;
}

/* "INFO: msg", below "Dec 22, 2025 10:30:45 AM com.x.Server start": how java.util.logging writes every record. */
static bool is_second_line(const char *first, size_t n, const struct line *l)
{
	const char *colon = memchr(l->p, ':', l->n < 9 ? l->n : 9), *half;

	if (!colon || colon - l->p < 4 || *l->p < 'A' || *l->p > 'Z' || *first < 'A' || *first > 'S' || n < 30)
		return false;
	half = memmem(first + 18, n - 18 < 12 ? n - 18 : 12, "M ", 2);
	if (!half || (half[-1] != 'A' && half[-1] != 'P') || memchr(half, ':', (size_t)(first + n - half)))
		return false;
	return level_of(&(struct genlog_value){.type = GENLOG_V_STR, .n = (uint32_t)(colon - l->p), .u.p = l->p}) >= 0;
}

/* Bytes of text without the line ends at its end. */
static size_t trimmed(const char *p, size_t n)
{
	while (n && (p[n - 1] == '\n' || p[n - 1] == '\r'))
		n--;
	return n;
}

static int emit(struct genlog_source *src, const char *p, int64_t now_ms)
{
	struct held *h = &src->held;
	struct event e = {.p = p,
		.n = trimmed(p, (size_t)(h->end - h->start)),
		.first = h->first,
		.offset = h->start,
		.raw_len = h->end - h->start,
		.ascii = h->ascii,
		.now_ms = now_ms};
	size_t max = src->in->host.max_line;
	int r;

	if (e.n > max) {
		e.cut = true;
		e.n = max;
	}
	if (e.first > e.n)
		e.first = e.n;
	r = e.n ? event_add(src, &e) : 0;
	if (r == 0) {
		h->open = false;
		h->text.n = 0;
	}
	return r;
}

void join_forget(struct genlog_source *src)
{
	src->held.open = false;
	src->held.text.n = 0;
	trace_join_init(&src->held.state, src->in->join.language);
	hold_end(src);
}

static void begin(struct held *h, const struct line *l)
{
	h->open = true;
	h->start = l->at;
	h->first = l->n;
	h->ascii = true;
}

/* One line more.  `held` is where the open event begins in memory. */
static int take(struct genlog_source *src, const struct line *l, const char **held, int64_t now_ms)
{
	struct held *h = &src->held;
	enum trace_link link;
	int r = 0;

	if (!l->n && !h->open)
		return 0;
	link = link_of(src, l);
	if (link == TRACE_STARTS && h->open && is_second_line(*held, h->first, l))
		link = TRACE_CONTINUES;
	if (h->open && (link == TRACE_STARTS || l->behind - h->start > src->in->host.max_line))
		r = emit(src, *held, now_ms);
	if (r < 0)
		return r;
	if (h->open && link == TRACE_CONTINUES)
		count_add(&src->in->events[PIPE_JOINED], 1);
	else if (!h->open && (!l->n || link == TRACE_BLANK))
		return 0;
	if (!h->open)
		begin(h, l);
	if (h->start == l->at)
		*held = l->p;
	h->ascii = h->ascii && !l->high;
	h->end = l->behind;
	if (src->in->join.how == CONF_JOIN_LANGUAGE && !trace_join_holds(&h->state))
		return emit(src, *held, now_ms);
	return 0;
}

/* Where looking begins: behind what of the open event was looked at before, if it is that event which is handed over.
 */
static const char *resume(struct genlog_source *src, const char *from, size_t n, uint64_t offset)
{
	struct held *h = &src->held;

	if (h->open && h->start == offset && h->end - offset <= n)
		return from + (h->end - offset);
	if (h->open)
		join_forget(src);
	return from + (offset == 0 && n >= 3 && memcmp(from, "\xef\xbb\xbf", 3) == 0 ? 3 : 0);
}

/* Beside the source stands what of the open event the input may not be able to give again. */
static int remember(struct held *h, const char *held)
{
	size_t n = (size_t)(h->end - h->start), have = h->text.n;

	if (have > n)
		have = h->text.n = 0;
	if (genlog_buf_reserve(&h->text, n - have + GENLOG_PAD) < 0)
		return -ENOMEM;
	memcpy(h->text.p + have, held + have, n - have);
	h->text.n = n;
	return 0;
}

ssize_t join_keep(
	struct genlog_source *src, const char *from, size_t taken, uint64_t offset, uint64_t end, bool more_expected)
{
	struct held *h = &src->held;

	h->start = offset + taken;
	h->end = end;
	h->open = end > h->start;
	h->text.n = 0;
	if (!h->open)
		hold_end(src);
	else if (remember(h, from + taken) == 0)
		hold(src, more_expected);
	return (ssize_t)taken;
}

static ssize_t leave(struct genlog_source *src, const char *from, const char *p, const char *held)
{
	struct held *h = &src->held;

	if (!h->open) {
		hold_end(src);
		return p - from;
	}
	if (remember(h, held) < 0)
		h->text.n = 0; /* the input gives it again */
	hold(src, src->in->join.how == CONF_JOIN_LANGUAGE && trace_join_open(&h->state));
	return held - from;
}

ssize_t join_lines(struct genlog_source *src, const char *from, size_t n, uint64_t offset, unsigned flags)
{
	struct held *h = &src->held;
	const char *p = resume(src, from, n, offset), *end = from + n, *held = from;
	int64_t now_ms = clock_wall_ms();
	int r = 0;

	while (p < end) {
		struct line l = {.p = p, .at = offset + (uint64_t)(p - from)};
		const char *nl = line_end(p, end, &l.high);

		if (nl == end && !(flags & GENLOG_LINES_END))
			break;
		l.n = (size_t)(nl - p);
		l.n -= l.n && p[l.n - 1] == '\r';
		l.behind = l.at + (uint64_t)(nl - p) + (nl < end);
		r = take(src, &l, &held, now_ms);
		if (r < 0)
			break;
		p = nl + (nl < end);
	}
	if (r == 0 && h->open && (flags & GENLOG_LINES_END || (held == from && n > src->in->host.max_line)))
		r = emit(src, held, now_ms);
	if (r < 0) {
		ssize_t taken = (h->open ? held : p) - from;

		join_forget(src);
		return taken ? taken : r;
	}
	return leave(src, from, p, held);
}

ssize_t join_finish(struct genlog_source *src)
{
	struct held *h = &src->held;
	size_t n = h->text.n;
	int r;

	if (!h->open || !n || n != h->end - h->start)
		return 0;
	memset(h->text.p + n, 0, GENLOG_PAD);
	if (src->wrapper && src->wrapper != UNWRAPPED)
		return frames_lines(src, (const char *)h->text.p, n, h->start, GENLOG_LINES_END);
	r = emit(src, (const char *)h->text.p, clock_wall_ms());
	trace_join_close(&h->state);
	hold_end(src);
	return r < 0 ? r : (ssize_t)n;
}

static int compile(struct genlog_input *in, struct conf *c, const struct conf_input *ci)
{
	const struct conf_node *node = conf_get(ci->node, "multiline");
	PCRE2_UCHAR why[128];
	PCRE2_SIZE at = 0;
	int code = 0;

	in->join.start = pcre2_compile(
		(PCRE2_SPTR)ci->multiline.start, PCRE2_ZERO_TERMINATED, PCRE2_NEVER_UTF, &code, &at, NULL);
	if (!in->join.start) {
		pcre2_get_error_message(code, why, sizeof(why));
		return conf_error(
			c, conf_where(node, "start", -1), "column %zu of the pattern: %s", at + 1, (char *)why);
	}
	in->join.limits = pcre2_match_context_create(NULL);
	in->join.match = pcre2_match_data_create_from_pattern(in->join.start, NULL);
	(void)pcre2_jit_compile(in->join.start, PCRE2_JIT_COMPLETE); /* where that is forbidden it is interpreted */
	if (!in->join.match || !in->join.limits)
		return -ENOMEM;
	pcre2_set_match_limit(in->join.limits, MATCH_LIMIT);
	return 0;
}

/* Lines are joined as it stands in the configuration; else as the parser wants it. */
int join_open(struct genlog_input *in, struct conf *c, const struct conf_input *ci)
{
	bool lines = in->n_parsers == 1 && in->parsers[0].code && in->parsers[0].code->flags & GENLOG_PARSER_LINES;

	in->join = (struct join){.how = in->plug.code && in->plug.code->taken ? ci->multiline.how : CONF_JOIN_NONE,
		.language = ci->multiline.language,
		.timeout = ci->multiline.timeout};
	if (in->join.how == CONF_JOIN_USUAL)
		in->join.how = lines ? CONF_JOIN_NONE : CONF_JOIN_LANGUAGE;
	return in->join.how == CONF_JOIN_START ? compile(in, c, ci) : 0;
}

void join_close(struct genlog_input *in)
{
	pcre2_match_context_free(in->join.limits);
	pcre2_match_data_free(in->join.match);
	pcre2_code_free(in->join.start);
	in->join = (struct join){0};
}
