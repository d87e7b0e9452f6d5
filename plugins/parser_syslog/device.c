#include "head.h"

#define MNEMONIC_MAX 64

const struct slice facility_names[24] = {{KEY("kern")}, {KEY("user")}, {KEY("mail")}, {KEY("daemon")}, {KEY("auth")},
	{KEY("syslog")}, {KEY("lpr")}, {KEY("news")}, {KEY("uucp")}, {KEY("cron")}, {KEY("authpriv")}, {KEY("ftp")},
	{KEY("ntp")}, {KEY("audit")}, {KEY("alert")}, {KEY("clock")}, {KEY("local0")}, {KEY("local1")}, {KEY("local2")},
	{KEY("local3")}, {KEY("local4")}, {KEY("local5")}, {KEY("local6")}, {KEY("local7")}};
const struct slice severity_names[8] = {{KEY("emerg")}, {KEY("alert")}, {KEY("crit")}, {KEY("err")}, {KEY("warning")},
	{KEY("notice")}, {KEY("info")}, {KEY("debug")}};

static int find(const struct slice *names, int n, struct slice w)
{
	for (int i = 0; i < n; i++)
		if (names[i].n == w.n && memcmp(names[i].p, w.p, w.n) == 0)
			return i;
	return -1;
}

static int find_severity(struct slice w)
{
	static const struct {
		const char *name;
		int severity;
	} other[] = {{"panic", 0}, {"error", 3}, {"warn", 4}, {"none", -1}};
	int s = find(severity_names, 8, w);

	for (size_t i = 0; s < 0 && i < sizeof(other) / sizeof(*other); i++)
		if (slice_is(w, other[i].name))
			s = other[i].severity;
	return s;
}

/* "daemon.info" of OpenWrt and busybox, "<kern.crit>" and "<3.4>" of FreeBSD's syslogd -v */
bool take_words(struct head *h)
{
	struct slice w = word_at(h->p, h->end), part;
	bool angle = w.n > 2 && *w.p == '<' && w.p[w.n - 1] == '>';
	const char *dot, *end;
	int64_t f, s;

	if (angle)
		w = (struct slice){w.p + 1, w.n - 2};
	end = w.p + w.n;
	dot = until(w.p, end, '.');
	if (dot == end || w.n > 20)
		return false;
	part = slice(dot + 1, end);
	if (!angle || !scan_digits(slice(w.p, dot), &f) || !scan_digits(part, &s)) {
		f = find(facility_names, 24, slice(w.p, dot));
		s = find_severity(part);
	}
	if (f < 0 || f > 23 || s < 0 || s > 7)
		return false;
	h->facility = (int)f;
	h->severity = (int)s;
	h->p = end + angle;
	skip(h);
	return true;
}

static bool is_mnemonic(char c)
{
	return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '-';
}

/* "%SYS-5-CONFIG_I: " and "%ASA-6-302013: ": the last digit alone between dashes is the severity. */
static bool take_mnemonic(struct head *h)
{
	const char *from = h->p + 1, *last = left(h) > MNEMONIC_MAX ? h->p + MNEMONIC_MAX : h->end;
	const char *q = from, *digit = NULL;

	if (peek(h, 0) != '%')
		return false;
	for (; q < last && is_mnemonic(*q); q++)
		if (!digit && *q == '-' && q + 2 < last && q[1] >= '0' && q[1] <= '7' && q[2] == '-')
			digit = q + 1;
	if (!digit || digit == from + 1 || q == last || *q != ':' || q == digit + 2)
		return false;
	h->program = slice(from, digit - 1);
	h->severity = *digit - '0';
	h->code = slice(digit + 2, q);
	h->p = q + 1;
	return true;
}

/* "000123: ", what IOS counts its messages with */
static void take_sequence(struct head *h)
{
	const char *q = h->p;
	int64_t v;

	while (q < h->end && is_digit(*q))
		q++;
	if (h->end - q > 1 && q[0] == ':' && q[1] == ' ' && scan_digits(slice(h->p, q), &v)) {
		h->sequence = v;
		h->p = q + 2;
	}
}

/* A star or a point before the time says how far the device trusts its clock. */
static void take_clock(struct head *h)
{
	struct head try = *h;

	if (peek(&try, 0) == '*' || peek(&try, 0) == '.')
		try.p++;
	if (!head_time(&try))
		return;
	*(h->time.n ? &h->device_time : &h->time) = try.time;
	h->p = try.p;
	h->stamp = h->stamp ? h->stamp : try.stamp;
	h->year_first |= try.year_first;
}

bool cisco_read(struct head *h)
{
	struct head try = *h;

	if (!memchr(h->p, '%', left(h) < 100 ? left(h) : 100))
		return false;
	take_sequence(&try);
	take_clock(&try);
	if (peek(&try, 0) == ':')
		try.p++;
	skip(&try);
	if (!take_mnemonic(&try))
		return false;
	*h = try;
	h->device = true;
	return true;
}

/* "In(182) vobd[2097]: ": a word for the severity, and the priority itself */
static bool esxi_priority(struct head *h)
{
	const char *shut;

	if (left(h) < 6 || !is_letter(h->p[0]) || !is_letter(h->p[1]) || h->p[2] != '(')
		return false;
	shut = until(h->p + 3, left(h) > 8 ? h->p + 8 : h->end, ')');
	if (shut == h->end || *shut != ')' || !head_priority(h, slice(h->p + 3, shut)))
		return false;
	h->p = shut + 1;
	skip(h);
	return true;
}

/* "info hostd[2099] [Originator@6876 sub=Vimsvc] ": the level before the program, and no host */
bool esxi_read(struct head *h)
{
	struct head try = *h;
	struct slice w = word_at(h->p, h->end);

	if (h->stamp == STAMP_BSD || h->stamp == STAMP_NONE)
		return false;
	if (esxi_priority(&try)) {
		tag_read(&try);
		try.device = true;
	} else if (w.n >= 4 && w.n <= 8 && *w.p >= 'a' && genlog_is_level(w.p, w.n)) {
		try.p += w.n;
		skip(&try);
		try.device = tag_read(&try) && try.pid.n && !is_letter(*try.pid.p);
		try.level = w;
	}
	if (try.device)
		*h = try;
	return try.device;
}
