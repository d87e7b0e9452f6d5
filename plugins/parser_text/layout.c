/* Heads whose elements mean something by their place alone. */
#include <string.h>

#include "head.h"

static size_t digits(const struct head *h, size_t from)
{
	size_t n = 0;

	while (is_digit(peek(h, from + n)))
		n++;
	return n;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

static void level_at(struct head *h, const char *p)
{
	h->level = (struct slice){p, 1};
	h->have |= HAVE_LEVEL;
}

/* "I1222 10:30:45.123456  1234 file.go:23] msg" of klog and glog; the date may have its year before it. */
static bool klog(struct head *h)
{
	size_t n = digits(h, 1), clock;
	const char *p, *bracket;
	char *text;

	if (!strchr("IWEFD", *h->p) || (n != 4 && n != 8) || peek(h, n + 1) != ' ')
		return false;
	clock = genlog_time_len(h->p + n + 2, left(h) - n - 2);
	bracket = memchr(h->p, ']', left(h) < BRACKET_MAX ? left(h) : BRACKET_MAX);
	if (!clock || !bracket || bracket < h->p + n + 2 + clock)
		return false;
	text = genlog_rec_alloc(h->rec, n + clock + 8);
	if (!text)
		return false;
	/* MM-DD, or YYYY-MM-DD, before the clock */
	p = h->p + 1;
	h->time = (struct slice){text, 0};
	if (n == 8) {
		memcpy(text, p, 4);
		text[4] = '-';
		text += 5;
		p += 4;
	}
	memcpy(text, p, 2);
	text[2] = '-';
	memcpy(text + 3, p + 2, 2);
	text[5] = ' ';
	memcpy(text + 6, p + 5, clock);
	h->time.n = (size_t)(text + 6 + clock - h->time.p);
	h->have |= HAVE_TIME;
	level_at(h, h->p);
	p = skip_blanks(p + 5 + clock, bracket);
	n = word_len(p, bracket);
	if (word_is_number((struct slice){p, n}, &h->pid)) {
		h->have |= HAVE_PID;
		p = skip_blanks(p + n, bracket);
	}
	h->code = slice(p, bracket);
	h->p = bracket + 1;
	return true;
}

/* "I, [2025-12-22T10:30:45.123456 #1234]  INFO -- prog: msg" of Ruby's logger */
static bool ruby(struct head *h)
{
	const char *p;
	size_t n;

	if (!strchr("DIWEFAU", *h->p) || peek(h, 1) != ',' || peek(h, 2) != ' ' || peek(h, 3) != '[')
		return false;
	h->p += 3;
	if (!head_bracket(h) || !(h->have & HAVE_TIME))
		return false;
	p = skip_blanks(h->p, h->end);
	n = word_len(p, h->end);
	if (n && genlog_is_level(p, n)) {
		h->level = (struct slice){p, n};
		h->have |= HAVE_LEVEL;
		p = skip_blanks(p + n, h->end);
	}
	if (h->end - p >= 2 && p[0] == '-' && p[1] == '-')
		p = skip_blanks(p + 2, h->end);
	n = word_len(p, h->end);
	if (n && p[n - 1] == ':') {
		h->component = (struct slice){p, n - 1};
		h->have |= n > 1 ? HAVE_COMPONENT : 0;
		p += n;
	}
	h->p = p;
	return true;
}

/* "1234:M 22 Dec 2025 10:30:45.123 * msg" of redis */
static bool redis(struct head *h)
{
	static const char signs[] = ".-*#", *const levels[] = {"debug", "info", "notice", "warning"};
	size_t n = digits(h, 0), time;
	const char *p, *sign;

	if (!n || n > 10 || peek(h, n) != ':' || !strchr("MSCX", peek(h, n + 1)) || !peek(h, n + 1) ||
		peek(h, n + 2) != ' ')
		return false;
	p = h->p + n + 3;
	time = genlog_time_len(p, (size_t)(h->end - p));
	if (!time || h->end - p < (ptrdiff_t)time + 3 || p[time] != ' ')
		return false;
	sign = strchr(signs, p[time + 1]);
	if (!sign || !p[time + 1] || p[time + 2] != ' ')
		return false;
	word_is_number((struct slice){h->p, n}, &h->pid);
	h->time = (struct slice){p, time};
	h->level = (struct slice){levels[sign - signs], strlen(levels[sign - signs])};
	h->have |= HAVE_TIME | HAVE_LEVEL | HAVE_PID;
	h->p = p + time + 2;
	return true;
}

/* "E/Tag( 1234): msg", what adb's brief layout has, alone or behind a time */
static bool brief(struct head *h)
{
	const char *open, *shut;
	struct slice pid;

	if (!peek(h, 0) || !strchr("VDIWEFA", peek(h, 0)) || peek(h, 1) != '/')
		return false;
	open = memchr(h->p, '(', left(h) < 80 ? left(h) : 80);
	shut = open ? memchr(open, ')', (size_t)(h->end - open) < 12 ? (size_t)(h->end - open) : 12) : NULL;
	if (!shut || shut + 1 >= h->end || shut[1] != ':')
		return false;
	pid = slice(skip_blanks(open + 1, shut), shut);
	if (!word_is_number(pid, &h->pid))
		return false;
	level_at(h, h->p);
	h->component = slice(h->p + 2, open);
	while (h->component.n && is_blank(h->component.p[h->component.n - 1]))
		h->component.n--;
	h->have |= HAVE_PID | (h->component.n ? HAVE_COMPONENT : 0);
	h->p = shut + 2;
	return true;
}

bool layout_read(struct head *h)
{
	static bool (*const rows[])(struct head *) = {klog, ruby, redis, brief};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct head try = *h;

		if (rows[i](&try)) {
			*h = try;
			h->done = true;
			return true;
		}
	}
	return false;
}
