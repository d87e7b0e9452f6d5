/*
 * parser text: lines for people, in the layouts that logging libraries and servers write.
 *
 *	[2025-12-22 10:30:45,123] {dag.py:12} INFO - Started
 *	2025/12/22 10:30:45 [error] 12#12: *5 open() failed
 *	E1222 10:30:45.123456  1234 server.go:23] no such host
 *
 * No pattern belongs to one program: a time, a level, brackets, numbers, names and separators are taken from the head
 * of the line in any order, and the message begins where that ends.  Each line is read for itself, so that it becomes
 * the same document whatever stood before it.  A line with neither time nor level is none of its kind.
 */
#include <errno.h>
#include <string.h>

#include "head.h"

#define PREFIX_WORDS 8
#define PREFIX_BYTES 200

struct text {
	bool columns;
};

static const struct genlog_opt opts[] = {
	GENLOG_BOOL(struct text, columns, .def = "yes",
		.help = "look for the time behind other columns, where a line does not begin with it"),
	{0},
};

static bool is_epoch(struct slice w)
{
	size_t i = 0;

	while (i < w.n && is_digit(w.p[i]))
		i++;
	return i == 10 && (i == w.n || w.p[i] == '.') && *w.p <= '4';
}

/* Columns before the time: none of them a word of a sentence.  A number of seconds counts, whatever follows it. */
static bool skip_columns(struct head *h)
{
	const char *start = h->p, *p = h->p, *behind = NULL;
	bool words = false; /* of a sentence, perhaps: only a number of seconds is taken behind them */

	for (int i = 0; i < PREFIX_WORDS && p < h->end && p - start < PREFIX_BYTES; i++) {
		struct slice w = {p, word_len(p, h->end)};
		size_t n = i && !words ? genlog_time_len(p, (size_t)(h->end - p)) : 0;

		if (n && !is_epoch((struct slice){p, n})) {
			if (!(h->have & HAVE_EPOCH))
				h->time = (struct slice){p, n};
			behind = p + n;
			break;
		}
		if (!(h->have & HAVE_EPOCH) && is_epoch(w)) {
			h->time = w;
			h->have |= HAVE_EPOCH;
			behind = p + w.n;
		} else if (!word_is_label(w)) {
			if (!i)
				break;
			words = true;
		}
		for (p += w.n; p < h->end && is_blank(*p); p++)
			;
	}
	if (!behind)
		return false;
	h->have |= HAVE_TIME;
	h->prefix = slice(start, h->time.p > start ? h->time.p : start);
	h->p = behind;
	return true;
}

static void read_line(const struct text *t, struct head *h)
{
	while (h->p < h->end && is_blank(*h->p))
		h->p++;
	if (h->p == h->end || layout_read(h))
		return;
	if (is_digit(*h->p) && genlog_time_len(h->p, left(h)) == 10 && is_epoch((struct slice){h->p, 10}))
		skip_columns(h);
	head_read(h);
	if (h->have & (HAVE_TIME | HAVE_LEVEL | HAVE_UPTIME) || !t->columns)
		return;
	h->p = h->rec->line;
	if (skip_columns(h))
		head_read(h);
}

static int put(struct genlog_record *rec, const char *key, struct slice s)
{
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s.n ? genlog_context_put(rec, key, strlen(key), genlog_str(s.p, s.n)) : 0;
}

static int put_int(struct genlog_record *rec, const char *key, int64_t v)
{
	struct genlog_value i = {.type = GENLOG_V_INT, .u.i = v};

	return v >= 0 ? genlog_context_put(rec, key, strlen(key), i) : 0;
}

static void slot(struct genlog_record *rec, enum genlog_slot s, struct slice v)
{
	if (v.n)
		genlog_set_slot(rec, s, genlog_str(v.p, v.n));
}

static int context(struct genlog_record *rec, const struct head *h)
{
	int r = h->have & HAVE_PID ? put_int(rec, "pid", h->pid) : 0;

	if (r == 0)
		r = put_int(rec, "tid", h->tid);
	if (r == 0)
		r = put(rec, "thread", h->thread);
	if (r == 0)
		r = put(rec, "code", h->code);
	if (r == 0)
		r = h->code.n ? 0 : put(rec, "line", h->line);
	if (r == 0)
		r = put(rec, "request", h->id);
	if (r == 0)
		r = put(rec, "uptime", h->uptime);
	return r == 0 ? put(rec, "prefix", h->prefix) : r;
}

/* "INFO: msg" in the second line: java.util.logging, whose first has the class and the method. */
static void second_line(struct head *h)
{
	const char *space = memchr(h->p, ' ', left(h)), *nl = h->end, *colon;
	struct slice class, method, level;

	if (h->have & (HAVE_LEVEL | HAVE_COMPONENT) || !space || nl == h->all)
		return;
	class = slice(h->p, space);
	method = slice(space + 1, nl);
	colon = memchr(nl, ':', h->all - nl < 12 ? (size_t)(h->all - nl) : 12);
	level = colon ? slice(nl + 1, colon) : (struct slice){0};
	if (!colon || !word_is_qualified(class) || !word_is_name(method) || !word_is_level(level, true))
		return;
	h->component = class;
	h->method = method;
	h->level = level;
	h->p = colon + 1;
}

/* The rest of the line, and what is below it. */
static void message(struct genlog_record *rec, struct head *h)
{
	while (h->p < h->end && is_blank(*h->p))
		h->p++;
	if (h->end < h->all)
		second_line(h);
	while (h->all > h->end && (*h->p == '\n' || *h->p == '\r' || is_blank(*h->p)) && h->p < h->all)
		h->p++;
	h->end = h->all;
	while (h->end > h->p && is_blank(h->end[-1]))
		h->end--;
	genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, genlog_str(h->p, left(h)));
}

/* "started (kafka.server.KafkaServer)": log4j's logger at the end, in a line whose head names none */
static void late_component(struct head *h)
{
	const char *open;
	struct slice name;

	if (h->have & HAVE_COMPONENT || left(h) < 4 || h->end[-1] != ')')
		return;
	open = memrchr(h->p, '(', left(h));
	if (!open || open == h->p || open[-1] != ' ')
		return;
	name = slice(open + 1, h->end - 1);
	if (word_is_qualified(name) && !memchr(name.p, '(', name.n) && memrchr(name.p, '.', name.n - 1))
		h->component = name;
}

static int text_parse(void *self, struct genlog_record *rec)
{
	const char *nl = memchr(rec->line, '\n', rec->len);
	struct head h = {.rec = rec, .p = rec->line, .all = rec->line + rec->len, .tid = -1};

	h.end = nl ? nl : h.all;
	while (h.end > h.p && h.end[-1] == '\r')
		h.end--;
	read_line(self, &h);
	if (!(h.have & (HAVE_TIME | HAVE_LEVEL | HAVE_UPTIME)))
		return GENLOG_NO_MATCH;
	message(rec, &h);
	late_component(&h);
	slot(rec, GENLOG_SLOT_TIMESTAMP, h.time);
	slot(rec, GENLOG_SLOT_LEVEL, h.level);
	slot(rec, GENLOG_SLOT_CLASS_NAME, h.component);
	slot(rec, GENLOG_SLOT_METHOD_NAME, h.method);
	slot(rec, GENLOG_SLOT_IP_ADDRESS, h.ip);
	slot(rec, GENLOG_SLOT_ERROR_CODE, h.error_code);
	return context(rec, &h);
}

/* The last resort: whoever knows a line better goes first. */
static int text_looks(void *self, const char *p, size_t n)
{
	(void)self;
	(void)p;
	return n ? 10 : 0;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_PARSER,
	.name = "text",
	.summary = "lines for people: time, level, component and message in any usual layout",
	.state_size = sizeof(struct text),
	.opts = opts,
	.parse = text_parse,
	.looks = text_looks,
};
