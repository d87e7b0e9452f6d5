/* What the host does for an input: the functions of genlog/plugin.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "event/record.h"
#include "pipe/join.h"
#include "pipe/parse.h"

/* A batch is written out when it has grown to this, at a point where its positions fit its documents. */
#define BATCH_BYTES (256u << 10)
#define SAY_SPAN_MS 10000
#define SAY_MOST 50

const struct genlog_host *genlog_host(struct genlog_input *in)
{
	return &in->host;
}

struct genlog_watch *genlog_watch(struct genlog_input *in, int fd, uint32_t events, genlog_fd_fn *fn, void *arg)
{
	struct loop_watch *w = loop_watch(&in->reader->loop, fd, events, fn, arg);

	if (w)
		w->owner = in;
	return (struct genlog_watch *)(void *)w;
}

void genlog_unwatch(struct genlog_watch *w)
{
	loop_unwatch((struct loop_watch *)(void *)w);
}

int genlog_watch_set(struct genlog_watch *w, uint32_t events)
{
	return loop_watch_set((struct loop_watch *)(void *)w, events);
}

struct genlog_timer *genlog_timer(struct genlog_input *in, genlog_timer_fn *fn, void *arg)
{
	struct loop_timer *t = loop_timer(&in->reader->loop, fn, arg);

	if (t)
		t->owner = in;
	return (struct genlog_timer *)(void *)t;
}

void genlog_timer_set(struct genlog_timer *t, int64_t ms)
{
	loop_timer_set((struct loop_timer *)(void *)t, ms);
}

void genlog_timer_free(struct genlog_timer *t)
{
	loop_timer_free((struct loop_timer *)(void *)t);
}

struct genlog_source *genlog_source_open(struct genlog_input *in, const struct genlog_source_desc *d)
{
	struct genlog_source *src = mem_calloc(1, sizeof(*src));
	int r;

	if (!src) {
		(void)reader_refused(in->reader, -ENOMEM);
		return NULL;
	}
	src->in = in;
	src->generation = d->generation;
	src->salt = d->salt;
	join_forget(src);
	src->value = d->value ? mem_strdup(d->value) : NULL;
	r = d->value && !src->value ? -ENOMEM : 0;
	if (r == 0)
		r = doc_source(&src->source, &(struct doc_origin){d->type, d->label, d->value, d->more, d->generation});
	source_list(src); /* from here on others look at its name */
	if (r < 0 || (d->head && parse_head(src, d->head, d->head_len) < 0)) {
		genlog_source_close(src);
		(void)reader_refused(in->reader, -ENOMEM);
		return NULL;
	}
	return src;
}

void genlog_source_finish(struct genlog_source *src)
{
	ssize_t n = join_finish(src);

	if (n > 0)
		src->in->plug.code->taken(src->in->plug.state, src, (const char *)src->held.text.p, (size_t)n);
}

void genlog_source_close(struct genlog_source *src)
{
	if (!src)
		return;
	source_unlist(src);
	hold_end(src);
	buf_free(&src->held.text);
	free(src->memory);
	buf_free(&src->source);
	free(src->value);
	free(src);
}

void genlog_source_pid(struct genlog_source *src, int32_t pid)
{
	src->pid = pid;
}

void genlog_source_mark(struct genlog_source *src, void *mark)
{
	src->mark = mark;
}

void *genlog_source_marked(const struct genlog_source *src)
{
	return src->mark;
}

/* Keys of inputs of one kind share a name space: a file moves from one input to another with its position. */
static size_t full_key(const struct genlog_input *in, uint8_t *out, size_t cap, const void *key, size_t n)
{
	size_t kind = strlen(in->plug.code->name) + 1;

	if (kind + n > cap)
		return 0;
	memcpy(out, in->plug.code->name, kind);
	memcpy(out + kind, key, n);
	return kind + n;
}

int genlog_position(struct genlog_input *in, const void *key, size_t key_len, const void *val, size_t len)
{
	uint8_t full[512];
	size_t n = full_key(in, full, sizeof(full), key, key_len);
	int r = n ? batch_position(&in->reader->batch, full, n, val, len) : -EINVAL;

	if (r == 0 && batch_size(&in->reader->batch) >= BATCH_BYTES)
		(void)reader_flush(in->reader); /* the reader keeps what is refused, and tells */
	return r;
}

struct each {
	const char *kind;
	genlog_position_fn *fn;
	void *arg;
};

static void each_of_kind(void *arg, const void *key, size_t key_len, const void *val, size_t len)
{
	const struct each *e = arg;
	size_t n = strlen(e->kind) + 1;

	if (key_len > n && memcmp(key, e->kind, n) == 0)
		e->fn(e->arg, (const char *)key + n, key_len - n, val, len);
}

void genlog_positions(struct genlog_input *in, genlog_position_fn *fn, void *arg)
{
	struct each e = {in->plug.code->name, fn, arg};

	spool_positions(in->reader->spool, each_of_kind, &e);
}

void genlog_resume_soon(struct genlog_input *in)
{
	if (!in->reader->blocked)
		reader_again(in->reader);
}

int genlog_turn_end(struct genlog_input *in)
{
	if (in->reader->blocked)
		return -EAGAIN;
	return batch_is_empty(&in->reader->batch) || reader_flush(in->reader) == 0 ? 0 : -EAGAIN;
}

void genlog_input_done(struct genlog_input *in)
{
	struct reader *r = in->reader;

	if (in->done)
		return;
	__atomic_store_n(&in->done, true, __ATOMIC_RELEASE);
	if (r->idle)
		r->idle(r->idle_arg);
}

void genlog_say(struct genlog_input *in, enum genlog_say level, const char *fmt, ...)
{
	int64_t now = clock_ms();
	char line[1024];
	va_list ap;

	if (now >= in->said_until) {
		in->said = 0;
		in->said_until = now + SAY_SPAN_MS;
	}
	if (++in->said > SAY_MOST)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log_line((enum log_level)level, "%s: %s%s", in->plug.code->name, line,
		in->said == SAY_MOST ? " (more of the next seconds is not said)" : "");
}

void genlog_gauge(struct genlog_input *in, enum genlog_gauge what, int64_t value)
{
	__atomic_store_n(&in->gauges[what], value, __ATOMIC_RELAXED);
}

void genlog_count(struct genlog_input *in, enum genlog_count what, uint64_t n)
{
	count_add(&in->counts[what], n);
}
