#include "head.h"

#define PRIORITY_MAX 191

bool head_priority(struct head *h, struct slice digits)
{
	int64_t v;

	if (digits.n > 3 || !scan_digits(digits, &v) || v > PRIORITY_MAX)
		return false;
	h->facility = (int)(v >> 3);
	h->severity = (int)(v & 7);
	return true;
}

static bool take_priority(struct head *h)
{
	const char *shut;

	if (peek(h, 0) != '<')
		return false;
	shut = until(h->p, h->end - h->p > 5 ? h->p + 5 : h->end, '>');
	if (shut == h->end || *shut != '>' || !head_priority(h, slice(h->p + 1, shut)))
		return false;
	h->p = shut + 1;
	return true;
}

/* "Oct 11 22:14:15 " is so usual that it is known by its bytes; a year behind it belongs to it. */
static size_t bsd_time(const struct head *h)
{
	const char *p = h->p;

	if (left(h) < 15 || !is_letter(p[0]) || !is_letter(p[1]) || !is_letter(p[2]) || p[3] != ' ' || is_digit(p[6]))
		return 0;
	if (p[6] == ' ' && p[9] == ':' && p[12] == ':' && is_digit(p[14]) && peek(h, 15) == ' ' &&
		!(is_digit(peek(h, 16)) && is_digit(peek(h, 17))) && !is_letter(peek(h, 18)))
		return genlog_time_len(p, 15);
	return genlog_time_len(p, left(h));
}

static bool has_offset(struct slice t)
{
	return t.n > 6 && (t.p[t.n - 6] == '+' || t.p[t.n - 6] == '-') && t.p[t.n - 3] == ':';
}

static size_t iso_time(struct head *h)
{
	size_t n = left(h) > 19 && h->p[4] == '-' && h->p[13] == ':' ? genlog_time_len(h->p, left(h)) : 0;

	if (n >= 19)
		h->stamp = h->p[10] == 'T' && has_offset((struct slice){h->p, n}) ? STAMP_EXACT : STAMP_ISO;
	return n >= 19 ? n : 0;
}

static bool is_year_first(const struct head *h)
{
	return left(h) > 20 && (h->p[0] == '1' || h->p[0] == '2') && is_digit(h->p[1]) && is_digit(h->p[2]) &&
	       is_digit(h->p[3]) && h->p[4] == ' ' && is_letter(h->p[5]);
}

bool head_time(struct head *h)
{
	size_t n;

	if (is_digit(peek(h, 0)) && is_year_first(h)) {
		n = genlog_time_len(h->p + 5, 15);
		h->year_first = n == 15;
		n += n ? 5 : 0;
		h->stamp = STAMP_BSD;
	} else if (is_digit(peek(h, 0))) {
		n = iso_time(h);
	} else {
		n = bsd_time(h);
		h->stamp = STAMP_BSD;
	}
	if (!n || n >= left(h) || (h->p[n] != ' ' && h->p[n] != ':')) {
		h->stamp = STAMP_NONE;
		return false;
	}
	h->time = (struct slice){h->p, n};
	h->p += n;
	return true;
}

bool is_host(struct slice w)
{
	bool named = false;

	if (!w.n || w.n > 255)
		return false;
	for (size_t i = 0; i < w.n; i++) {
		bool sign = !is_letter(w.p[i]) && !is_digit(w.p[i]) && !(w.p[i] & 0x80);

		if (sign && !strchr(".-_:@/%", w.p[i]))
			return false;
		named = named || !sign;
	}
	return named && !genlog_is_level(w.p, w.n);
}

/* What stands for lines that were left out; before it, the host or nothing. */
static bool is_repeated(const struct head *h)
{
	const char *p = h->p;

	if (starts_with(p, h->end, KEY("--- ")))
		p += 4;
	return starts_with(p, h->end, KEY("last message repeated "));
}

static bool take_host(struct head *h)
{
	struct slice w = word_at(h->p, h->end);

	if (is_tag(w) || !is_host(w) || w.p + w.n == h->end)
		return false;
	h->host = w;
	h->p += w.n;
	skip(h);
	return true;
}

/* Behind the time: who, then which program. */
static void names_read(struct head *h)
{
	bool angle = peek(h, 0) == '<'; /* FreeBSD's words stand before the host, OpenWrt's instead of it */

	h->repeated = is_repeated(h);
	if (h->repeated || esxi_read(h) || cisco_read(h))
		return;
	if ((!take_words(h) || angle) && take_host(h)) {
		h->repeated = is_repeated(h);
		if (h->repeated || cisco_read(h))
			return;
		take_words(h);
	}
	tag_read(h);
}

static bool is_known(const struct head *h, bool priority)
{
	if (h->stamp <= STAMP_BSD || priority || h->device)
		return priority || h->device || h->stamp == STAMP_BSD;
	return h->repeated || (h->host.n && h->program.n && (h->pid.n || h->stamp == STAMP_EXACT));
}

bool head_read(struct head *h)
{
	bool priority = take_priority(h);

	if (priority && ietf_read(h))
		return true;
	if (cisco_read(h))
		return true;
	if (head_time(h)) {
		skip(h);
		names_read(h);
	} else if (priority) {
		tag_read(h);
	}
	return is_known(h, priority);
}
