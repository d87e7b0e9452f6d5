/* The head, element by element.  What is no element begins the message. */
#include <string.h>

#include "head.h"

struct word word_at(const char *p, const char *end)
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

bool dash_next(const struct word *w, const char *end)
{
	return end - w->next >= 2 && w->blanks && w->next[0] == '-' && is_blank(w->next[1]);
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

bool head_level(struct head *h, const struct word *w)
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
	return head_level(h, &w) || take_level_name(h, &w) || take_number(h, &w) || head_component(h, &w);
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
