/*
 * parser syslog inside: the head of a line in one of the two standards, or in what devices and daemons make of them.
 *
 *	syslog.c   the plugin: how sure it is, and the record of what was found
 *	head.c     priority, time, host, in the order of RFC 3164 and of its dialects
 *	tag.c      the program: "sshd[123]:", "kernel:", "syslogd 1.4.1:"
 *	device.c   Cisco's "%FAC-5-WHAT:", ESXi's "In(182)", OpenWrt's "daemon.info"
 *	ietf.c     RFC 5424, with its structured data
 *
 *	<34>Oct 11 22:14:15 mymachine su[77]: failed for lonvick
 *	└pri└ time ───────┘ └ host ─┘ └ tag ┘ └ message
 *
 * Reading a head writes nothing but the head, so that looks() reads it too.
 */
#ifndef PARSER_SYSLOG_H
#define PARSER_SYSLOG_H

#include "../scan.h"

enum stamp {
	STAMP_NONE,
	STAMP_BSD,   /* Oct 11 22:14:15 */
	STAMP_ISO,   /* a date of numbers, a 'T' or a blank, no offset or only Z */
	STAMP_EXACT, /* as rsyslog writes it: a 'T', and an offset in numbers */
};

struct head {
	const char *p, *end; /* what is left; at last, the message */
	enum stamp stamp;
	bool ietf, year_first, repeated, device;
	int facility, severity; /* -1: not said */
	int64_t sequence;	/* -1: not said */
	struct slice time, device_time, host, program, pid, domain, msgid, code, level, data;
};

/* false: not a line of this kind. */
bool head_read(struct head *h);
bool head_time(struct head *h); /* at h->p; false: none */
bool head_priority(struct head *h, struct slice digits);
bool is_host(struct slice w);

/* tag.c: true: a program was taken, and the message begins at h->p. */
bool tag_read(struct head *h);
bool is_tag(struct slice word); /* by itself, without what follows */

/* device.c */
bool cisco_read(struct head *h);
bool esxi_read(struct head *h);
bool take_words(struct head *h); /* "daemon.info", "<kern.crit>" */
extern const struct slice facility_names[24], severity_names[8];

/* ietf.c: behind the priority; false: it is RFC 3164 after all, and nothing was taken. */
bool ietf_read(struct head *h);
/* The structured data into the context; h->p then is at the message. */
void ietf_data(struct head *h, struct genlog_record *rec);

static inline size_t left(const struct head *h)
{
	return (size_t)(h->end - h->p);
}

static inline char peek(const struct head *h, size_t n)
{
	return left(h) > n ? h->p[n] : 0;
}

/* To the next blank. */
static inline struct slice word_at(const char *p, const char *end)
{
	const char *q = p;

	while (q < end && !is_blank(*q))
		q++;
	return slice(p, q);
}

static inline void skip(struct head *h)
{
	h->p = skip_blanks(h->p, h->end);
}

#endif
