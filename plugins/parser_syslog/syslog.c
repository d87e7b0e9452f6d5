/*
 * parser syslog: lines of RFC 5424 and of RFC 3164, with or without a priority, and of the programs and devices that
 * write something like them.
 *
 * The program is `class_name`; host, pid, facility and severity are in the context.  Without a priority the level is
 * what the message begins with ("error: …"), or none.
 */
#include <errno.h>

#include "head.h"

static void begin(struct head *h, const char *p, size_t n)
{
	*h = (struct head){.p = p, .end = trim_end(p, p + n), .facility = -1, .severity = -1, .sequence = -1};
}

/* "error: Received disconnect": nothing else says how bad it is */
static struct slice level_of_message(const struct head *h)
{
	const char *p = h->p, *last = left(h) > 12 ? p + 12 : h->end;

	while (p < last && (is_letter(*p) || is_digit(*p)))
		p++;
	if (p == last || *p != ':' || p - h->p < 3 || !genlog_is_level(h->p, (size_t)(p - h->p)))
		return (struct slice){NULL, 0};
	return slice(h->p, p);
}

static void put_level(const struct head *h, struct genlog_record *rec)
{
	struct slice level = h->level;

	if (h->severity >= 0)
		level = severity_names[h->severity];
	slot_text(rec, GENLOG_SLOT_LEVEL, level.n ? level : level_of_message(h));
}

static void put_pid(const struct head *h, struct genlog_record *rec)
{
	int64_t pid;

	if (h->pid.n && scan_digits(h->pid, &pid))
		context_int(rec, KEY("pid"), pid);
	else if (h->pid.n)
		context_text(rec, KEY("pid"), h->pid);
}

static void put_name(struct genlog_record *rec, const char *key, size_t n, const struct slice *names, int i)
{
	if (i >= 0)
		context_text(rec, key, n, names[i]);
}

static void put_context(const struct head *h, struct genlog_record *rec)
{
	if (h->host.n)
		context_text(rec, KEY("host"), h->host);
	put_pid(h, rec);
	put_name(rec, KEY("facility"), facility_names, h->facility);
	put_name(rec, KEY("severity"), severity_names, h->severity);
	if (h->msgid.n)
		context_text(rec, KEY("msgid"), h->msgid);
	if (h->domain.n)
		context_text(rec, KEY("domain"), h->domain);
	if (h->sequence >= 0)
		context_int(rec, KEY("sequence"), h->sequence);
	if (h->device_time.n)
		context_text(rec, KEY("device_time"), h->device_time);
}

/* "2023 Mar  1 18:46:11": the year goes behind, where it is understood */
static int put_time(const struct head *h, struct genlog_record *rec)
{
	struct slice t = h->time;
	char *p;

	if (h->year_first && t.n == 20) {
		p = genlog_rec_alloc(rec, t.n + GENLOG_PAD);
		if (!p)
			return -ENOMEM;
		memcpy(p, t.p + 5, 15);
		p[15] = ' ';
		memcpy(p + 16, t.p, 4);
		t.p = p;
	}
	slot_text(rec, GENLOG_SLOT_TIMESTAMP, t);
	return 0;
}

static void put_message(struct head *h, struct genlog_record *rec)
{
	if (h->ietf && starts_with(h->p, h->end, KEY("\xef\xbb\xbf")))
		h->p += 3;
	else if (!h->ietf && left(h) && is_blank(*h->p))
		h->p++;
	genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, genlog_str(h->p, left(h)));
}

static int syslog_parse(void *self, struct genlog_record *rec)
{
	struct head h;
	int r;

	(void)self;
	begin(&h, rec->line, rec->len);
	if (!head_read(&h))
		return GENLOG_NO_MATCH;
	put_context(&h, rec);
	r = put_time(&h, rec);
	if (r < 0)
		return r;
	if (h.ietf)
		ietf_data(&h, rec);
	slot_text(rec, GENLOG_SLOT_CLASS_NAME, h.program);
	slot_text(rec, GENLOG_SLOT_ERROR_CODE, h.code);
	put_message(&h, rec);
	put_level(&h, rec);
	return GENLOG_PARSED;
}

/* A time without a year is hardly written by anybody else; one of numbers is, and there the names decide. */
static int syslog_looks(void *self, const char *p, size_t n)
{
	struct head h;

	(void)self;
	begin(&h, p, n);
	if (!head_read(&h))
		return 0;
	if (n && *p == '<')
		return h.ietf ? 98 : h.time.n || h.program.n || h.device ? 95 : 50;
	if (h.device)
		return 92;
	if (h.stamp == STAMP_BSD)
		return h.repeated || h.program.n ? 90 : h.host.n ? 20 : 0;
	return h.stamp == STAMP_EXACT || h.time.p[10] == 'T' ? 85 : 60;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_PARSER,
	.name = "syslog",
	.summary = "RFC 5424 and RFC 3164, and what daemons and devices make of them",
	.flags = GENLOG_PARSER_FIRST | GENLOG_PARSER_OUTER,
	.parse = syslog_parse,
	.looks = syslog_looks,
};
