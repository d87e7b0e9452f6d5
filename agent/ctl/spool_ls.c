#include <inttypes.h>
#include <stdio.h>

#include "admin/show.h"
#include "ctl/commands.h"
#include "ctl/spool.h"

struct options {
	const char *spool;
};

static const struct ctl_option rows[] = {SPOOL_OPTION(struct options), {0}};

enum state { READ, READING, WAITING, GONE };
static const char *const states[] = {[READ] = "read", [READING] = "being read", [WAITING] = "waiting", [GONE] = "gone"};

static enum state state_of(const struct look *l, const struct look_segment *g, const struct scanned *s)
{
	if (s->gone)
		return GONE;
	if (!l->has_cursor || g->number > l->cursor.segment)
		return WAITING;
	if (g->number < l->cursor.segment || l->cursor.offset >= s->end)
		return READ;
	return l->cursor.offset <= SEGMENT_HEADER ? WAITING : READING;
}

static void row_json(const struct look *l, const struct look_segment *g, const struct scanned *s)
{
	bson_t d = BSON_INITIALIZER;
	enum state st = state_of(l, g, s);
	char name[24];

	snprintf(name, sizeof(name), "%016" PRIx64, g->number);
	BSON_APPEND_UTF8(&d, "segment", name);
	if (g->head == LOOK_WHOLE)
		BSON_APPEND_DATE_TIME(&d, "created", g->header.created_ms);
	BSON_APPEND_INT64(&d, "bytes", (int64_t)s->end);
	BSON_APPEND_INT64(&d, "file_bytes", (int64_t)g->bytes);
	BSON_APPEND_INT64(&d, "frames", (int64_t)s->frames);
	BSON_APPEND_INT64(&d, "docs", (int64_t)s->docs);
	BSON_APPEND_INT64(&d, "sequence_first", (int64_t)s->first);
	BSON_APPEND_INT64(&d, "sequence_next", (int64_t)s->next);
	BSON_APPEND_INT64(&d, "positions", (int64_t)s->positions);
	BSON_APPEND_UTF8(&d, "state", states[st]);
	if (st == READING)
		BSON_APPEND_INT64(&d, "read_to", (int64_t)l->cursor.offset);
	BSON_APPEND_BOOL(&d, "written", g->last);
	ctl_json(&d);
	bson_destroy(&d);
}

static void row(const struct look *l, const struct look_segment *g, const struct scanned *s)
{
	enum state st = state_of(l, g, s);
	char bytes[CTL_SHORT];

	printf("%016" PRIx64 "  ", g->number);
	if (g->head == LOOK_WHOLE)
		show_time(stdout, g->header.created_ms);
	else
		printf("%-24s", "?");
	printf(" %10s %8" PRIu64 " %10" PRIu64 " %14" PRIu64 " %9" PRIu64 "  %s", ctl_bytes(bytes, (int64_t)s->end),
		s->frames, s->docs, s->first, s->positions, states[st]);
	if (st == READING)
		printf(" at %" PRIu64, l->cursor.offset);
	puts(g->last ? ", the one that is written" : "");
}

static uint64_t waiting(const struct look *l, const struct spool_scan *x)
{
	uint64_t next = l->n ? x->segment[l->n - 1].next : 0, first = l->n ? x->segment[0].first : 0;
	uint64_t from = l->has_cursor ? l->cursor.sequence : first;

	return next > from ? next - from : 0;
}

static void sum_json(const struct look *l, const struct spool_scan *x)
{
	bson_t d = BSON_INITIALIZER;
	char name[24];

	snprintf(name, sizeof(name), "%016" PRIx64, l->cursor.segment);
	if (l->has_cursor) {
		BSON_APPEND_UTF8(&d, "cursor_segment", name);
		BSON_APPEND_INT64(&d, "cursor_offset", (int64_t)l->cursor.offset);
		BSON_APPEND_INT64(&d, "cursor_sequence", (int64_t)l->cursor.sequence);
	}
	BSON_APPEND_INT64(&d, "waiting", (int64_t)waiting(l, x));
	BSON_APPEND_BOOL(&d, "in_use", l->in_use);
	ctl_json(&d);
	bson_destroy(&d);
}

static void sum(const struct look *l, const struct spool_scan *x)
{
	char place[SPOOL_PLACE];

	if (l->has_cursor)
		printf("cursor at %s, sequence %" PRIu64 "; ", ctl_place(place, l->cursor.segment, l->cursor.offset),
			l->cursor.sequence);
	else
		printf("no cursor: all is sent again, and known by its _id; ");
	printf("%" PRIu64 " documents wait; %s\n", waiting(l, x),
		l->in_use ? "an agent is at work" : "no agent has it");
}

static void list(const struct ctl *c, const struct look *l, const struct spool_scan *x)
{
	if (!c->json)
		printf("%-16s  %-24s %10s %8s %10s %14s %9s  %s\n", "SEGMENT", "CREATED", "USED", "FRAMES", "DOCUMENTS",
			"FIRST SEQUENCE", "POSITIONS", "STATE");
	for (size_t i = 0; i < l->n; i++)
		(c->json ? row_json : row)(l, &l->segment[i], &x->segment[i]);
	(c->json ? sum_json : sum)(l, x);
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	const struct options *o = options;
	struct spool_scan x = {0};
	struct look l = {0};
	int r = ctl_spool_look(c, o->spool, &l);

	(void)argc;
	(void)argv;
	if (r == 0)
		r = spool_scan(&x, &l, c);
	if (r == 0)
		list(c, &l, &x);
	spool_scan_fini(&x);
	look_fini(&l);
	return r == 0 ? CTL_OK : CTL_FAILED;
}

const struct ctl_command ctl_spool_ls = {
	.name = "spool ls",
	.summary = "the segments of the spool, and how far they are delivered",
	.text = "Reads the folder, with the agent running or not, and changes nothing.  USED ends behind the last "
		"good\n"
		"frame; POSITIONS are those that a segment begins with.  Exit code 1 where there is no spool.\n"
		"\n"
		"  genlogctl spool ls\n"
		"  genlogctl --json spool ls --spool /var/lib/genlog/spool\n",
	.size = sizeof(struct options),
	.options = rows,
	.run = run,
};
