/* The head, element by element.  What is no element begins the message. */
#include <string.h>

#include "head.h"

#define LOOK_AHEAD 4 /* words between the time and the level */

/* A word as it stands: what ends it, and what comes behind. */
struct word {
	struct slice w;	  /* without the mark */
	char mark;	  /* ':' ',' or '|' that ends it, or 0 */
	const char *next; /* what follows, blanks passed over */
	size_t blanks;
};

static struct word word_at(const char *p, const char *end)
{
	struct word r = {.w = {p, 0}};
	const char *q = p;

	while (q < end && !is_blank(*q) && *q != '|')
		q++;
	r.w.n = (size_t)(q - p);
	if (q < end && *q == '|') {
		r.mark = '|';
		q++;
	} else if (r.w.n > 1 && (q[-1] == ':' || q[-1] == ',')) {
		r.mark = q[-1];
		r.w.n--;
	}
	r.next = q;
	while (r.next < end && is_blank(*r.next))
		r.next++;
	r.blanks = (size_t)(r.next - q);
	return r;
}

static bool dash_next(const struct word *w, const char *end)
{
	return end - w->next >= 2 && w->blanks && w->next[0] == '-' && is_blank(w->next[1]);
}

/* "name   : " as Spring pads it */
static bool colon_next(const struct word *w, const char *end)
{
	return end - w->next >= 2 && w->blanks && w->next[0] == ':' && is_blank(w->next[1]);
}

bool head_time(struct head *h)
{
	size_t n = h->have & HAVE_TIME ? 0 : genlog_time_len(h->p, left(h));

	if (!n)
		return false;
	h->time = (struct slice){h->p, n};
	h->have |= HAVE_TIME;
	h->p += n;
	if (peek(h, 0) == ',' || peek(h, 0) == ':' || peek(h, 0) == '|')
		h->p++;
	return true;
}

/* A single letter, as Android and others have it; behind it stands a name or a bracket. */
static bool is_letter_level(const struct head *h, const struct word *w)
{
	return w->w.n == 1 && strchr("DIWEFVC", *w->w.p) && h->have & HAVE_TIME && !w->mark && w->next < h->end &&
	       ((*w->next >= 'A' && *w->next <= 'Z') || *w->next == '[' || h->have & HAVE_PID);
}

/* In small letters right behind the time: words that no message begins with. */
static bool is_quiet_level(const struct head *h, const struct word *w)
{
	static const char *const words[] = {"debug", "trace", "info", "notice", "warn"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (w->w.n == strlen(words[i]) && memcmp(w->w.p, words[i], w->w.n) == 0)
			return h->have == HAVE_TIME;
	return false;
}

static bool take_loud_level(struct head *h, const struct word *w)
{
	bool loud = w->mark || w->blanks > 1 || is_quiet_level(h, w) || (w->next < h->end && *w->next == '[') ||
		    dash_next(w, h->end);

	if (h->have & HAVE_LEVEL || (!word_is_level(w->w, loud) && !is_letter_level(h, w)))
		return false;
	h->level = w->w;
	h->have |= HAVE_LEVEL;
	h->p = w->next;
	return true;
}

/* "INFO:root:msg" of Python without a layout, "10:30:45,123:INFO:msg" */
static bool take_level_name(struct head *h, const struct word *w)
{
	const char *colon = memchr(h->p, ':', w->w.n), *second;
	struct slice name;

	if (h->have & HAVE_LEVEL || !colon || !word_is_level(slice(h->p, colon), false))
		return false;
	second = memchr(colon + 1, ':', left(h) - (size_t)(colon + 1 - h->p));
	name = second ? slice(colon + 1, second) : (struct slice){0};
	if (!(h->have & HAVE_TIME) && !word_is_name(name))
		return false;
	h->level = slice(h->p, colon);
	h->have |= HAVE_LEVEL;
	h->p = colon + 1;
	if (word_is_name(name) && !(h->have & HAVE_COMPONENT)) {
		h->component = name;
		h->have |= HAVE_COMPONENT;
		h->p = second + 1;
	}
	h->done = true;
	return true;
}

static bool head_goes_on(const struct head *h, const char *p)
{
	struct word w = word_at(p, h->end);
	int64_t n;

	if (p == h->end)
		return false;
	if (*p == '[' || *p == '<' || (*p == '-' && w.w.n <= 3))
		return true;
	if (h->have & HAVE_LEVEL)
		return false;
	return word_is_number(w.w, &n) || word_is_level(w.w, w.mark) || (*p >= 'A' && *p <= 'Z') ||
	       (w.mark == ':' && word_is_name(w.w));
}

static bool put_number(struct head *h, int64_t v)
{
	if (!(h->have & HAVE_PID)) {
		h->pid = v;
		h->have |= HAVE_PID;
		return true;
	}
	if (h->tid >= 0)
		return false;
	h->tid = v;
	return true;
}

/* "1234", "1234#0:"; a number is of the head where the head goes on behind it. */
static bool take_number(struct head *h, const struct word *w)
{
	const char *hash = memchr(w->w.p, '#', w->w.n);
	struct slice n = w->w;
	int64_t v;

	if (hash)
		n = hash == w->w.p ? slice(hash + 1, w->w.p + w->w.n) : slice(w->w.p, hash);
	if (!(h->have & HAVE_TIME) || !word_is_number(n, &v) || n.n > 10)
		return false;
	if (!(hash && w->mark == ':') && w->mark != '|' && !h->prefix.n && !h->inner && !head_goes_on(h, w->next))
		return false;
	if (!put_number(h, v))
		return false;
	h->p = w->next;
	return true;
}

/* "prog[123]" */
static bool split_pid(struct head *h, struct slice *name)
{
	const char *open = name->n > 2 && name->p[name->n - 1] == ']' ? memrchr(name->p, '[', name->n) : NULL;
	int64_t v;

	if (!open || !word_is_number(slice(open + 1, name->p + name->n - 1), &v))
		return false;
	if (!(h->have & HAVE_PID))
		h->pid = v;
	h->have |= HAVE_PID;
	name->n = (size_t)(open - name->p);
	return true;
}

static bool put_component(struct head *h, struct slice name, const char *next)
{
	h->component = name;
	h->have |= HAVE_COMPONENT;
	h->p = next;
	return true;
}

/* What follows "name:" is the message, but for a level that was still missing. */
static bool close_head(struct head *h)
{
	struct word w = word_at(h->p, h->end);

	if (!(h->have & HAVE_LEVEL) && w.w.n)
		take_loud_level(h, &w);
	h->done = true;
	return true;
}

/* "production.ERROR" of Laravel */
static void split_level(struct head *h)
{
	struct slice name = h->component, level;
	const char *dot = memrchr(name.p, '.', name.n);

	level = dot ? slice(dot + 1, name.p + name.n) : (struct slice){0};
	if (h->have & HAVE_LEVEL || !level.n || !word_is_level(level, false))
		return;
	h->level = level;
	h->have |= HAVE_LEVEL;
	h->component = slice(name.p, dot);
}

/* "name: ", "name[12]: " */
static bool take_named(struct head *h, const struct word *w)
{
	struct slice name = w->w;
	bool pid = split_pid(h, &name);

	if (!word_is_name(name) && !pid)
		return false;
	put_component(h, name, w->next);
	split_level(h);
	return close_head(h);
}

/* "module:function:12", "file.go:23" */
static bool take_code(struct head *h, const struct word *w)
{
	const char *last = memrchr(w->w.p, ':', w->w.n), *first;
	int64_t line;

	if (!last || h->code.n || !word_is_number(slice(last + 1, w->w.p + w->w.n), &line))
		return false;
	first = memchr(w->w.p, ':', w->w.n);
	if (!word_is_name(slice(w->w.p, first)) || (first == last && !memchr(w->w.p, '.', (size_t)(first - w->w.p))))
		return false;
	h->line = slice(last + 1, w->w.p + w->w.n);
	if (first == last) {
		h->code = w->w;
	} else {
		h->method = slice(first + 1, last);
		h->component = slice(w->w.p, first);
		h->have |= HAVE_COMPONENT;
	}
	h->p = w->next;
	return true;
}

/* "c.x.Foo.bar(Foo.java:12)" */
static bool take_method(struct head *h, const struct word *w)
{
	const char *open = w->w.p[w->w.n - 1] == ')' ? memchr(w->w.p, '(', w->w.n) : NULL;
	const char *dot = open ? memrchr(w->w.p, '.', (size_t)(open - w->w.p)) : NULL;

	if (!dot || dot == w->w.p || !memchr(open, ':', (size_t)(w->w.p + w->w.n - open)) ||
		!word_is_name(slice(w->w.p, open)))
		return false;
	h->method = slice(dot + 1, open);
	h->code = slice(open + 1, w->w.p + w->w.n - 1);
	return put_component(h, slice(w->w.p, dot), w->next);
}

static bool has_capital_part(struct slice w)
{
	for (size_t i = 0; i < w.n; i++)
		if (w.p[i] >= 'A' && w.p[i] <= 'Z' && (i == 0 || w.p[i - 1] == '.' || w.p[i - 1] == ':'))
			return true;
	return false;
}

/* A name that nothing marks as one but its form, or the columns that it stands in. */
static bool take_bare(struct head *h, const struct word *w)
{
	bool bracket = w->next < h->end && *w->next == '[';

	struct slice name = w->w;

	if (!(h->have & HAVE_LEVEL))
		return false;
	if (w->next == h->end && (split_pid(h, &name) || h->inner)) /* .NET: the message stands in the next line */
		return word_is_name(name) && put_component(h, name, w->next);
	if (!word_is_name(w->w))
		return false;
	if (!(w->blanks > 1 && w->next < h->end) && !(word_is_qualified(w->w) && (bracket || has_capital_part(w->w))))
		return false;
	return put_component(h, w->w, w->next);
}

/* "chrome.exe *64 - " */
static bool take_program(struct head *h, const struct word *w)
{
	struct word mark = word_at(w->next, h->end);

	if (!word_is_name(w->w) || *w->next != '*' || !dash_next(&mark, h->end))
		return false;
	return put_component(h, slice(w->w.p, mark.w.p + mark.w.n), mark.next);
}

/* "R02-M1 RAS KERNEL INFO ": what stands before the level, in columns; the last of them names the component. */
static bool take_columns(struct head *h)
{
	struct word w = word_at(h->p, h->end), last = {0};
	int i = 0;

	if (h->have & (HAVE_LEVEL | HAVE_COMPONENT) || !(h->have & HAVE_TIME))
		return false;
	for (; i < LOOK_AHEAD && w.w.n && word_is_label(w.w) && !word_is_level(w.w, false) && w.mark != ':'; i++) {
		last = w;
		w = word_at(w.next, h->end);
	}
	if (!i || !word_is_level(w.w, false))
		return false;
	if (memchr(last.w.p, '@', last.w.n)) { /* user@database */
		h->thread = last.w;
		h->have |= HAVE_THREAD;
	} else if (word_is_name(last.w)) {
		put_component(h, last.w, w.w.p);
	}
	h->level = w.w;
	h->have |= HAVE_LEVEL;
	h->p = w.next;
	h->done = true;
	return true;
}

/* "host prog[12]: " behind a time that was not the line's first word */
static bool take_host(struct head *h, const struct word *w)
{
	struct word prog = word_at(w->next, h->end);
	struct slice name = prog.w;
	struct head try = *h;

	if (!h->prefix.n || h->have & (HAVE_LEVEL | HAVE_COMPONENT) || w->mark || prog.mark != ':')
		return false;
	if (!split_pid(&try, &name) && !word_is_name(name))
		return false;
	*h = try;
	put_component(h, name, prog.next);
	h->done = true;
	return true;
}

static bool take_component(struct head *h, const struct word *w)
{
	if (!(h->have & (HAVE_TIME | HAVE_LEVEL)) || h->have & HAVE_COMPONENT)
		return false;
	if (take_code(h, w))
		return true;
	if (w->mark == ':' && (w->blanks || w->next == h->end) && take_named(h, w))
		return true;
	if (colon_next(w, h->end) && h->have & HAVE_LEVEL) {
		h->done = true;
		return put_component(h, w->w, w->next + 1);
	}
	if (take_method(h, w))
		return true;
	if (w->mark == '|' && word_is_name(w->w))
		return put_component(h, w->w, w->next);
	if (dash_next(w, h->end) && word_is_name(w->w))
		return put_component(h, w->w, w->next);
	return take_host(h, w) || take_columns(h) || take_program(h, w) || take_bare(h, w);
}

/* Between elements; behind the last of them a dash says that the message begins. */
static bool take_separator(struct head *h)
{
	size_t n = word_len(h->p, h->end);

	if (*h->p == '|') {
		h->p++;
		return true;
	}
	if (!(h->have & (HAVE_TIME | HAVE_LEVEL | HAVE_UPTIME)) || n > 3)
		return false;
	for (size_t i = 0; i < n; i++)
		if (h->p[i] != '-' && h->p[i] != ':')
			return false;
	h->done = h->have & HAVE_COMPONENT && h->have & HAVE_LEVEL && n == 1;
	h->p += n;
	return true;
}

static bool take_word(struct head *h)
{
	struct word w = word_at(h->p, h->end);

	if (head_time(h))
		return true;
	if (!w.w.n || w.w.n > WORD_MAX)
		return false;
	return take_loud_level(h, &w) || take_level_name(h, &w) || take_number(h, &w) || take_component(h, &w);
}

static bool element(struct head *h)
{
	switch (*h->p) {
	case '[':
	case '<':
	case '{':
	case '(': return head_bracket(h);
	case '-':
	case '|':
	case ':': return take_separator(h);
	default: return take_word(h);
	}
}

void head_read(struct head *h)
{
	for (int i = 0; i < HEAD_ELEMENTS && !h->done; i++) {
		while (h->p < h->end && is_blank(*h->p))
			h->p++;
		if (h->p == h->end || !element(h))
			break;
	}
}
