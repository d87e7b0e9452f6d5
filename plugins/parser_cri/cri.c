/*
 * parser cri: the files of containers' output as containerd and CRI-O write them.
 *
 *	2016-10-06T00:17:09.669794202Z stdout F text
 *
 * F ends a line of the program, P says that it goes on in the next one of its stream; tags behind a colon are for
 * versions to come.
 */
#include "../scan.h"

#define TIME_MIN 20
#define TIME_MAX 40

static const char *const streams[] = {"stdout", "stderr"};

/* By its shape; the host reads the time itself. */
static const char *time_end(const char *p, const char *end)
{
	const char *q;

	if (end - p < TIME_MIN + 9 || p[4] != '-' || p[7] != '-' || p[10] != 'T' || p[13] != ':' || p[16] != ':')
		return NULL;
	q = until(p + TIME_MIN - 1, end - p > TIME_MAX ? p + TIME_MAX : end, ' ');
	return *q == ' ' && is_digit(*p) ? q : NULL;
}

static bool read_line(const char *p, size_t n, struct genlog_unwrapped *out)
{
	const char *end = p + n, *q = time_end(p, end), *tags;

	if (!q || end - q < 9)
		return false;
	out->time = genlog_str(p, (size_t)(q - p));
	out->stream = memcmp(q, " stderr ", 8) == 0;
	if (!out->stream && memcmp(q, " stdout ", 8) != 0)
		return false;
	out->stream_name = streams[out->stream];
	tags = q + 8;
	q = until(tags, end, ' ');
	if ((*tags != 'F' && *tags != 'P') || (tags + 1 < q && tags[1] != ':') || q == tags)
		return false;
	out->partial = *tags == 'P';
	out->p = q + (q < end);
	out->n = (size_t)(end - out->p);
	return true;
}

static int cri_unwrap(void *self, struct genlog_record *rec, struct genlog_unwrapped *out)
{
	(void)self;
	return read_line(rec->line, rec->len, out) ? GENLOG_PARSED : GENLOG_NO_MATCH;
}

/* For use without the host's joining: each piece is an event. */
static int cri_parse(void *self, struct genlog_record *rec)
{
	struct genlog_unwrapped u = {0};

	(void)self;
	if (!read_line(rec->line, rec->len, &u))
		return GENLOG_NO_MATCH;
	genlog_set_slot(rec, GENLOG_SLOT_TIMESTAMP, u.time);
	genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, genlog_str(u.p, u.n));
	context_text(rec, KEY("stream"), (struct slice){u.stream_name, 6});
	if (u.partial)
		context_bool(rec, KEY("partial"), true);
	return GENLOG_PARSED;
}

static int cri_looks(void *self, const char *p, size_t n)
{
	struct genlog_unwrapped u;

	(void)self;
	return read_line(p, n, &u) ? 99 : 0;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_PARSER,
	.name = "cri",
	.summary = "containers' output in the files of containerd and CRI-O",
	.parse = cri_parse,
	.unwrap = cri_unwrap,
	.looks = cri_looks,
};
