#include "admin/explain.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "admin/show.h"
#include "base/buf.h"
#include "base/hash.h"
#include "event/record.h"
#include "event/slots.h"
#include "pipe/join.h"

#define FILE_MAX ((size_t)64 << 20)
#define EVENTS_SHOWN 20
#define CHUNK ((size_t)256 << 10)

struct explain {
	struct pipe_watcher watcher;
	const struct explain_options *o;
	struct conf conf;
	struct pipes pipes;
	struct genlog_input *in;
	struct genlog_source *src;
	struct genlog_buf text; /* of the file */
	struct genlog_value said;
	uint64_t before; /* hash of the record before a filter */
	size_t docs;
	int64_t shown, line, first, last;
	uint64_t counted; /* bytes whose lines are in `line` */
	bool wanted;
	const char *parser;
};

/* ── the record as the parser left it ── */

static void show_slot(enum genlog_slot s, const struct genlog_value *v)
{
	static const char *const types[] = {[GENLOG_V_STR] = "string",
		[GENLOG_V_INT] = "long",
		[GENLOG_V_DOUBLE] = "double",
		[GENLOG_V_BOOL] = "bool",
		[GENLOG_V_NULL] = "null",
		[GENLOG_V_DATE] = "date",
		[GENLOG_V_DOC] = "object",
		[GENLOG_V_ARRAY] = "array"};

	printf("    %-20s %-9s ", slot_info(s)->key,
		v->type < sizeof(types) / sizeof(*types) ? types[v->type] : "none");
	if (v->type == GENLOG_V_STR)
		show_text(stdout, v->u.p, v->n);
	else if (v->type == GENLOG_V_INT || v->type == GENLOG_V_BOOL)
		printf("%" PRId64, v->u.i);
	else if (v->type == GENLOG_V_DOUBLE)
		printf("%.15g", v->u.d);
	else if (v->type == GENLOG_V_DATE)
		show_time(stdout, v->u.i);
	putchar('\n');
}

static void show_record(const struct genlog_record *rec)
{
	for (uint64_t set = rec->set; set; set &= set - 1) {
		enum genlog_slot s = (enum genlog_slot)__builtin_ctzll(set);

		show_slot(s, &rec->slot[s]);
	}
	show_elements(stdout, rec->context.p, rec->context.n, 4);
}

/* Whether a filter has changed anything. */
static uint64_t record_hash(const struct genlog_record *rec)
{
	uint64_t h = hash64(rec->context.p, rec->context.n, rec->set);

	for (uint64_t set = rec->set; set; set &= set - 1) {
		const struct genlog_value *v = &rec->slot[__builtin_ctzll(set)];

		h = v->type == GENLOG_V_STR ? hash64(v->u.p, v->n, h) : hash_mix(h, (uint64_t)v->u.i);
	}
	return rec->collection ? hash64(rec->collection, strlen(rec->collection), h) : h;
}

/* ── what the pipe tells ── */

static void count_lines(struct explain *x, const struct event *e)
{
	for (; x->counted < e->offset && x->counted < x->text.n; x->counted++)
		x->line += x->text.p[x->counted] == '\n';
	x->first = x->last = x->line + 1;
	for (uint64_t at = e->offset; at + 1 < e->offset + e->raw_len && at < x->text.n; at++)
		x->last += x->text.p[at] == '\n';
}

static void choose_event(struct explain *x, const struct event *e)
{
	count_lines(x, e);
	x->wanted = x->o->line ? x->o->line >= x->first && x->o->line <= x->last : x->shown < EVENTS_SHOWN;
}

static void parsed(struct pipe_watcher *w, struct genlog_source *src, const struct event *e)
{
	struct explain *x = (struct explain *)(void *)w;
	const struct genlog_record *rec = &src->in->reader->rec;

	choose_event(x, e);
	x->said = rec->set >> GENLOG_SLOT_TIMESTAMP & 1 ? rec->slot[GENLOG_SLOT_TIMESTAMP] : (struct genlog_value){0};
	x->before = record_hash(rec);
	if (!x->wanted)
		return;
	x->shown++;
	if (x->last > x->first)
		printf("lines %" PRId64 "–%" PRId64 ", one event\n", x->first, x->last);
	else
		printf("line %" PRId64 "\n", x->first);
	printf("  bytes    %" PRIu64 " to %" PRIu64 "\n", e->offset, e->offset + e->raw_len);
	if (src->wrapper && src->wrapper != UNWRAPPED)
		printf("  wrapped  by %s\n", src->in->wrappers[src->wrapper - 1].code->name);
	if (rec->parse_error)
		printf("  parser   none: %s\n", rec->parse_error);
	else if (src->read_by)
		printf("  parser   %s%s\n", src->in->parsers[src->read_by - 1].code->name,
			src->in->automatic ? ", found by auto" : "");
	else
		puts("  parser   none knows it: plain text");
	show_record(rec);
}

static void filtered(struct pipe_watcher *w, const char *filter, enum genlog_verdict verdict)
{
	struct explain *x = (struct explain *)(void *)w;
	const struct genlog_record *rec = &x->in->reader->rec;
	uint64_t after = record_hash(rec);

	if (x->wanted) {
		printf("  filter   %s: %s\n", filter,
			verdict == GENLOG_DROP ? "dropped it"
			: after != x->before   ? "changed it"
					       : "left it as it is");
		if (verdict != GENLOG_DROP && after != x->before)
			show_record(rec);
	}
	x->before = after;
}

static void show_how(const struct explain *x, unsigned flags)
{
	static const struct {
		unsigned flag;
		const char *words;
	} rows[] = {{TIME_YEAR_INFERRED, "; the year is not in the text, the nearest to now was taken"},
		{TIME_ZONE_INFERRED, "; no zone in the text, that of the input was taken"},
		{TIME_FOLD, "; the clock showed it twice, the earlier one was taken"},
		{TIME_GAP, "; the clock never showed it, shifted forward"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (flags & rows[i].flag)
			fputs(rows[i].words, stdout);
	if (flags & TIME_ZONE_INFERRED && x->in->defaults.automatic.zone)
		printf(" (%s)", x->in->defaults.automatic.zone->name);
}

static void show_time_read(const struct explain *x, const struct doc_facts *facts)
{
	const struct doc_defaults *d = &x->in->defaults;
	const struct genlog_value *v = &x->said;
	struct time_result t = {0};
	int r = -1;

	fputs("  time     ", stdout);
	show_time(stdout, facts->time_ms);
	if (!facts->own_time) {
		puts(v->type == GENLOG_V_NONE ? ", of its arrival: the line has none"
					      : ", of its arrival: what it has is no time");
		return;
	}
	if (v->type == GENLOG_V_STR) {
		for (size_t i = 0; i < d->n_formats && r < 0; i++)
			r = time_parse(&d->formats[i], v->u.p, v->n, facts->time_ms, &t);
		if (r < 0)
			(void)time_parse(&d->automatic, v->u.p, v->n, facts->time_ms, &t);
		fputs(" from ", stdout);
		show_text(stdout, v->u.p, v->n);
	}
	show_how(x, t.flags);
	putchar('\n');
}

static void written(struct pipe_watcher *w, const struct doc_facts *facts)
{
	struct explain *x = (struct explain *)(void *)w;
	const struct spool_batch *b = &x->in->reader->batch;
	const uint8_t *p = b->docs.p + x->docs, *end = b->docs.p + b->docs.n, *bson;
	uint16_t name;
	uint8_t level;
	uint32_t len;

	if (x->wanted)
		show_time_read(x, facts);
	while (x->wanted && p < end && frame_next_doc(&p, end, &name, &level, &bson, &len)) {
		const uint8_t *said = b->names.p + b->name_at[name]; /* its length in two bytes, and the name */

		printf("  document in %.*s\n", said[0] | said[1] << 8, (const char *)said + 2);
		show_doc(stdout, bson, len, 4);
	}
	x->docs = b->docs.n;
	if (x->wanted)
		putchar('\n');
}

/* ── the same for programs ── */

static void parsed_quietly(struct pipe_watcher *w, struct genlog_source *src, const struct event *e)
{
	struct explain *x = (struct explain *)(void *)w;

	choose_event(x, e);
	x->shown += x->wanted;
	x->parser = src->read_by ? src->in->parsers[src->read_by - 1].code->name : "";
}

static void filtered_quietly(struct pipe_watcher *w, const char *filter, enum genlog_verdict verdict)
{
	struct explain *x = (struct explain *)(void *)w;

	if (x->wanted && verdict == GENLOG_DROP)
		x->o->told(x->o->told_arg,
			&(struct explained){
				.first = x->first, .last = x->last, .parser = x->parser, .dropped = filter});
}

static void written_quietly(struct pipe_watcher *w, const struct doc_facts *facts)
{
	struct explain *x = (struct explain *)(void *)w;
	const struct spool_batch *b = &x->in->reader->batch;
	const uint8_t *p = b->docs.p + x->docs, *end = b->docs.p + b->docs.n, *bson;
	char collection[128];
	uint16_t name;
	uint8_t level;
	uint32_t len;

	(void)facts;
	while (x->wanted && p < end && frame_next_doc(&p, end, &name, &level, &bson, &len)) {
		const uint8_t *said = b->names.p + b->name_at[name];

		snprintf(collection, sizeof(collection), "%.*s", said[0] | said[1] << 8, (const char *)said + 2);
		x->o->told(
			x->o->told_arg, &(struct explained){x->first, x->last, x->parser, NULL, collection, bson, len});
	}
	x->docs = b->docs.n;
}

/* ── running it ── */

static int slurp(struct explain *x)
{
	int fd = strcmp(x->o->file, "-") == 0 ? STDIN_FILENO : open(x->o->file, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;
	int r = 0;

	if (fd < 0)
		return -errno;
	while (r == 0 && x->text.n < FILE_MAX) {
		r = genlog_buf_reserve(&x->text, CHUNK + GENLOG_PAD);
		if (r == 0)
			n = read(fd, x->text.p + x->text.n, CHUNK);
		if (r == 0 && n < 0)
			r = -errno;
		if (r < 0 || n == 0)
			break;
		x->text.n += (size_t)n;
	}
	if (fd != STDIN_FILENO)
		close(fd);
	return r;
}

/* Without a configuration: one input, and all by default. */
static int default_config(const struct explain_options *o, char *path, size_t cap)
{
	int fd = memfd_create("explain", 0);

	if (fd < 0)
		return -errno;
	dprintf(fd,
		"plugin_dir: %s\noutput: {type: 'null'}\nservice: explain\ninputs: [{type: tail, paths: ['/**']}]\n",
		o->plugin_dir);
	snprintf(path, cap, "/proc/self/fd/%d", fd);
	return fd;
}

static int load(struct explain *x, const char *path)
{
	int r = conf_load(&x->conf, path);

	if (r == 0)
		r = pipes_build(&x->pipes, &x->conf, true);
	if (x->conf.n_errors)
		conf_errors_print(&x->conf, stderr);
	return r;
}

/* The input that reads this file; none does: the first, which says how it would. */
static void choose(struct explain *x, const char *real, struct genlog_source_desc *d)
{
	*d = (struct genlog_source_desc){.type = "tail", .label = "path", .value = real};
	for (size_t i = 0; i < x->pipes.n_inputs; i++) {
		struct genlog_input *in = x->pipes.inputs[i];

		if (in->plug.code->describe && in->plug.code->describe(in->plug.state, in, real, d) == 0) {
			x->in = in;
			if (!x->o->told)
				printf("input      %s of service %s\n", in->plug.code->name, in->service->name);
			return;
		}
	}
	x->in = x->pipes.inputs[0];
	if (!x->o->told)
		printf("input      none reads %s: shown as the first one would, of service %s\n", real,
			x->in->service->name);
}

static int run(struct explain *x)
{
	struct genlog_source_desc d;
	char real[PATH_MAX];
	ssize_t n;

	if (!realpath(x->o->file, real))
		snprintf(real, sizeof(real), "%s", x->o->file);
	choose(x, real, &d);
	x->in->reader->watcher = &x->watcher;
	x->src = genlog_source_open(x->in, &d);
	if (!x->src || genlog_buf_reserve(&x->text, GENLOG_PAD) < 0)
		return -ENOMEM;
	memset(x->text.p + x->text.n, 0, GENLOG_PAD);
	n = genlog_lines(x->src, (const char *)x->text.p, x->text.n, 0, GENLOG_LINES_END);
	genlog_source_close(x->src);
	if (n >= 0 && !x->shown && !x->o->told)
		printf(x->o->line ? "line %" PRId64 " is part of no event\n" : "there is no event in it\n", x->o->line);
	return n < 0 ? (int)n : 0;
}

static int explain(struct explain *x)
{
	char path[64];
	int fd, r = slurp(x);

	if (r < 0) {
		fprintf(stderr, "genlogd: %s: %s\n", x->o->file, strerror(-r));
		return r;
	}
	if (x->o->config || access(EXPLAIN_CONFIG, R_OK) == 0) {
		r = load(x, x->o->config ? x->o->config : EXPLAIN_CONFIG);
	} else {
		fd = default_config(x->o, path, sizeof(path));
		r = fd < 0 ? fd : load(x, path);
		if (fd >= 0)
			close(fd);
	}
	if (r == 0 && !x->pipes.n_inputs) {
		fputs("genlogd: the configuration has no input that works\n", stderr);
		return -EINVAL;
	}
	return r < 0 ? r : run(x);
}

int explain_file(const struct explain_options *o)
{
	static const struct pipe_watcher people = {.parsed = parsed, .filtered = filtered, .written = written};
	static const struct pipe_watcher programs = {
		.parsed = parsed_quietly, .filtered = filtered_quietly, .written = written_quietly};
	struct explain x = {.watcher = o->told ? programs : people, .o = o};
	int r = explain(&x);

	pipes_fini(&x.pipes);
	conf_fini(&x.conf);
	buf_free(&x.text);
	return r < 0 ? 1 : 0;
}
