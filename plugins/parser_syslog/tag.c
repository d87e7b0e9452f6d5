#include "head.h"

#define TAG_MAX 128
#define PID_MAX 64
#define DOMAIN_MAX 256

static bool ends_tag(const char *q, const char *end)
{
	return q < end && *q == ':' && (q + 1 == end || is_blank(q[1]));
}

/* To the colon, bracket or blank behind a program's name. */
static const char *name_end(const char *p, const char *end)
{
	const char *last = end - p > TAG_MAX ? p + TAG_MAX : end;

	while (p < last && (unsigned char)*p > ' ' && *p != '[' && !ends_tag(p, end))
		p++;
	return p;
}

static const char *pid_end(const char *open, const char *end)
{
	const char *last = end - open > PID_MAX ? open + PID_MAX : end, *q = open + 1;

	while (q < last && *q != ']' && (unsigned char)*q > ' ')
		q++;
	return q < last && *q == ']' && q > open + 1 ? q : NULL;
}

/* A loud word of severity in the program's place is none: "host ERROR: disk full". */
static bool is_loud_level(struct slice w)
{
	for (size_t i = 0; i < w.n; i++)
		if (w.p[i] < 'A' || w.p[i] > 'Z')
			return false;
	return w.n >= 4 && genlog_is_level(w.p, w.n);
}

bool is_tag(struct slice w)
{
	const char *end = w.p + w.n, *q = name_end(w.p, end), *shut;

	if (q == w.p || q == end)
		return false;
	if (*q == ':')
		return true;
	shut = *q == '[' ? pid_end(q, end) : NULL;
	return shut && (shut + 1 == end || shut[1] == ':');
}

/* "(com.apple.xpc.launchd.domain.pid.X):" and "<Notice>:", as macOS puts them behind the process. */
static const char *aside(struct head *h, const char *q)
{
	bool angle = q < h->end && *q == '<';
	const char *last, *shut;

	if (q == h->end || (*q != '(' && !angle))
		return NULL;
	last = h->end - q > DOMAIN_MAX ? q + DOMAIN_MAX : h->end;
	shut = until(q, last, angle ? '>' : ')');
	if (shut == last || !ends_tag(shut + 1, h->end))
		return NULL;
	*(angle ? &h->level : &h->domain) = slice(q + 1, shut);
	return shut + 2;
}

static bool behind_pid(struct head *h, const char *open)
{
	const char *shut = pid_end(open, h->end), *q = shut ? shut + 1 : NULL, *behind;
	int64_t pid;

	if (!shut)
		return false;
	h->pid = slice(open + 1, shut);
	if (q < h->end && *q == ':') {
		h->p = q + 1;
		return true;
	}
	behind = q < h->end && *q == ' ' ? aside(h, q + 1) : NULL;
	h->p = behind ? behind : q;
	if (behind || ((q == h->end || *q == ' ') && scan_digits(h->pid, &pid)))
		return true;
	h->pid.n = 0;
	return false;
}

/* "syslogd 1.4.1: restart." */
static const char *version_end(const char *q, const char *end)
{
	const char *from = q + 1;

	if (q == end || *q != ' ')
		return NULL;
	for (q = from; q < end && (is_digit(*q) || *q == '.'); q++)
		;
	return q > from && ends_tag(q, end) ? q : NULL;
}

bool tag_read(struct head *h)
{
	const char *from = h->p, *name = starts_with(from, h->end, KEY("-- ")) ? from + 3 : from;
	const char *q = name_end(name, h->end), *version = version_end(q, h->end);

	if (q == name || is_loud_level(slice(name, q)))
		return false;
	if (version)
		q = version;
	if (q < h->end && *q == '[') {
		if (!behind_pid(h, q)) {
			h->p = from;
			return false;
		}
	} else if (ends_tag(q, h->end)) {
		h->p = q + 1;
	} else {
		return false;
	}
	h->program = slice(from, q);
	return true;
}
