#include <string.h>

#include "head.h"

static const char closing[128] = {['['] = ']', ['<'] = '>', ['{'] = '}', ['('] = ')'};

/* Behind the bracket's other half, or NULL: there is none near enough.  Brackets of its own kind nest. */
static const char *bracket_end(const struct head *h)
{
	char open = *h->p, shut = closing[(uint8_t)open & 127];
	const char *limit = left(h) > BRACKET_MAX ? h->p + BRACKET_MAX : h->end;
	int depth = 0;

	for (const char *q = h->p; q < limit; q++) {
		depth += (*q == open) - (*q == shut);
		if (!depth)
			return q + 1;
	}
	return NULL;
}

static struct slice trim(struct slice s)
{
	while (s.n && is_blank(*s.p)) {
		s.p++;
		s.n--;
	}
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool take_level(struct head *h, struct slice s)
{
	if (h->have & HAVE_LEVEL || !s.n || !genlog_is_level(s.p, s.n))
		return false;
	h->level = s;
	h->have |= HAVE_LEVEL;
	return true;
}

/* "core:error" of Apache, "production.ERROR" of Laravel */
static bool take_module_level(struct head *h, struct slice s)
{
	const char *sep = memrchr(s.p, ':', s.n);
	struct slice module, level;

	if (!sep || s.n > 40)
		return false;
	module = slice(s.p, sep);
	level = slice(sep + 1, s.p + s.n);
	if (level.n < 3 || !word_is_name(module) || !take_level(h, level))
		return false;
	h->component = module;
	h->have |= HAVE_COMPONENT;
	return true;
}

static bool starts(struct slice s, const char *word)
{
	size_t n = strlen(word);

	return s.n >= n && memcmp(s.p, word, n) == 0;
}

/* "1234", "#1234", "1234-1", "1234#0", "pid 1234", "pid 1234:tid 99" */
static bool take_pid(struct head *h, struct slice s)
{
	size_t n = 0;
	int64_t v;

	if (starts(s, "pid "))
		s = slice(s.p + 4, s.p + s.n);
	else if (starts(s, "pid:") || starts(s, "pid="))
		s = trim(slice(s.p + 4, s.p + s.n));
	else if (starts(s, "#"))
		s = slice(s.p + 1, s.p + s.n);
	while (n < s.n && is_digit(s.p[n]))
		n++;
	if (h->have & HAVE_PID || !n || n > 10)
		return false;
	if (n < s.n && s.p[n] != '-' && s.p[n] != '#' && s.p[n] != ':' && s.p[n] != ']')
		return false;
	if (!word_is_number((struct slice){s.p, n}, &v))
		return false;
	h->pid = v;
	h->have |= HAVE_PID;
	return true;
}

/* "main:QuorumPeerConfig@103": thread, class and line, as log4j's %t:%C@%L has them */
static bool take_place(struct head *h, struct slice s)
{
	const char *at = memrchr(s.p, '@', s.n), *colon;
	int64_t line;

	if (!at || !word_is_number(slice(at + 1, s.p + s.n), &line))
		return false;
	colon = memrchr(s.p, ':', (size_t)(at - s.p));
	if (!colon || colon + 1 == at)
		return false;
	h->thread = slice(s.p, colon);
	h->component = slice(colon + 1, at);
	h->line = slice(at + 1, s.p + s.n);
	h->have |= HAVE_THREAD | HAVE_COMPONENT;
	return true;
}

/* The address of the other side; the message begins with it, as people know it. */
static bool is_client(struct head *h, struct slice s)
{
	struct slice ip;
	const char *colon;

	if (!starts(s, "client ") && !starts(s, "remote "))
		return false;
	ip = trim(slice(s.p + 7, s.p + s.n));
	colon = memrchr(ip.p, ':', ip.n);
	if (colon && memchr(ip.p, '.', (size_t)(colon - ip.p)))
		ip.n = (size_t)(colon - ip.p);
	h->ip = ip;
	h->done = true;
	return true;
}

/* An id of the request, as OpenStack, Rails and others have it behind the logger. */
static bool is_request(struct slice s)
{
	static const char *const words[] = {"req-", "req:", "request", "trace", "reqid", "rid", "tid:", "id:"};

	if (s.n == 1 && *s.p == '-')
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (starts(s, words[i]))
			return true;
	return s.n == 36 && s.p[8] == '-' && s.p[13] == '-' && s.p[18] == '-';
}

/* The time in it, and with it the rest of the head: "[2025-12-22T10:30:45Z INFO app]" */
static bool take_inner(struct head *h, struct slice s)
{
	struct head in = *h;
	size_t n = h->have & HAVE_TIME ? 0 : genlog_time_len(s.p, s.n);

	if (!n)
		return false;
	in.time = (struct slice){s.p, n};
	in.have |= HAVE_TIME | HAVE_BARE;
	in.p = s.p + n;
	in.end = s.p + s.n;
	in.done = false;
	in.inner = true;
	head_read(&in);
	in.inner = false;
	in.p = h->p;
	in.end = h->end;
	in.done = h->done;
	*h = in;
	return true;
}

static bool is_uptime(struct slice s)
{
	size_t i = 0;

	while (i < s.n && is_digit(s.p[i]))
		i++;
	if (!i || i + 2 > s.n || s.p[i] != '.' || s.n - i - 1 < 3)
		return false;
	for (i++; i < s.n; i++)
		if (!is_digit(s.p[i]))
			return false;
	return true;
}

/* "MY-010914" */
static bool take_error_code(struct head *h, struct slice s)
{
	size_t n = 0, digits;

	while (n < s.n && s.p[n] >= 'A' && s.p[n] <= 'Z')
		n++;
	if (n < 2 || n > 8 || n == s.n || s.p[n] != '-' || h->error_code.n)
		return false;
	for (digits = n + 1; digits < s.n && is_digit(s.p[digits]); digits++)
		;
	if (digits < s.n || digits - n < 4)
		return false;
	h->error_code = s;
	return true;
}

static bool take_thread(struct head *h, struct slice s)
{
	h->thread = s;
	h->have |= HAVE_THREAD;
	return true;
}

/* Whether the word behind the bracket is a name that is marked as one: then this is none. */
static bool name_follows(const struct head *h, struct slice s)
{
	const char *p = s.p + s.n;
	struct slice w;

	while (p < h->end && (is_blank(*p) || *p == ']' || *p == ')'))
		p++;
	w = (struct slice){p, word_len(p, h->end)};
	if (!w.n)
		return false;
	for (p = w.p + w.n; p < h->end && is_blank(*p); p++)
		;
	if (h->end - p >= 2 && (*p == ':' || *p == '-') && is_blank(p[1]))
		return true;
	return w.n > 1 && w.p[w.n - 1] == ':' && word_is_name((struct slice){w.p, w.n - 1});
}

/* OrderService, but neither main nor Thread-12. */
static bool is_camel(struct slice s)
{
	size_t capitals = 0, smalls = 0;

	for (size_t i = 0; i < s.n; i++) {
		capitals += s.p[i] >= 'A' && s.p[i] <= 'Z';
		smalls += s.p[i] >= 'a' && s.p[i] <= 'z';
	}
	return capitals + smalls == s.n && capitals >= 2 && smalls >= capitals && *s.p <= 'Z';
}

static bool take_name(struct head *h, struct slice s)
{
	bool name = word_is_name(s);

	if (name && name_follows(h, s))
		return take_thread(h, s);
	if (name && (word_is_qualified(s) || is_camel(s) || h->error_code.n)) {
		h->component = s;
		h->have |= HAVE_COMPONENT;
		return true;
	}
	if (!(h->have & HAVE_THREAD))
		return take_thread(h, s);
	if (!name)
		return false;
	h->component = s;
	h->have |= HAVE_COMPONENT;
	return true;
}

static bool classify(struct head *h, struct slice s)
{
	if (!s.n)
		return true;
	if (take_inner(h, s) || take_level(h, s) || take_module_level(h, s) || take_pid(h, s))
		return true;
	if (!(h->have & (HAVE_TIME | HAVE_LEVEL)) && is_uptime(s)) {
		h->uptime = s;
		h->have |= HAVE_UPTIME;
		return true;
	}
	if (!(h->have & (HAVE_TIME | HAVE_LEVEL)))
		return false;
	if (is_client(h, s))
		return true;
	if (!h->id.n && is_request(s)) {
		h->id = s;
		h->done = h->have & HAVE_COMPONENT;
		return true;
	}
	if (*h->p == '(' && h->have & HAVE_COMPONENT)
		return s.n == 4 && memcmp(s.p, "null", 4) == 0;
	if (h->have & HAVE_COMPONENT)
		return !(h->have & (HAVE_THREAD | HAVE_PID)) && word_is_name(s) && take_thread(h, s);
	return take_error_code(h, s) || take_place(h, s) || take_name(h, s);
}

bool head_bracket(struct head *h)
{
	const char *end = bracket_end(h);
	struct slice in;

	if (!end)
		return false;
	in = trim(slice(h->p + 1, end - 1));
	if ((*h->p == '{' || *h->p == '(') && !(h->have & (HAVE_TIME | HAVE_LEVEL)))
		return false;
	if (!classify(h, in))
		return false;
	if (h->ip.n && h->done)
		return true; /* the message begins with the bracket */
	h->p = end;
	h->have |= HAVE_BARE;
	return true;
}
