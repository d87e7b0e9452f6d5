#include <stdlib.h>
#include <string.h>

#include "admin/status.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/count.h"

#define STILL_MS 2500 /* more to take, and nothing taken: it is stuck */

/* ── sources ── */

struct row {
	const struct genlog_source *src; /* for its name; not to be followed once the lock is gone */
	struct source_figures f;
	size_t name, name_len; /* in `names`: the element `source` */
	const struct genlog_input *in;
	uint64_t lag;
};

struct rows {
	struct row *v;
	size_t n, cap;
	struct genlog_buf names;
	bool failed;
};

static uint64_t lag_of(const struct source_figures *f)
{
	return f->size > f->end ? f->size - f->end : 0;
}

/* Since when it has had more to take and has taken nothing; 0: it is level, or moves. */
static int64_t still_since(const struct source_figures *f, int64_t now)
{
	int64_t since = f->taken_ms > f->behind_ms ? f->taken_ms : f->behind_ms;

	return lag_of(f) && since && now - since > STILL_MS ? since : 0;
}

static void add(void *arg, const struct genlog_source *src, const struct source_figures *f)
{
	struct rows *r = arg;

	if (r->n == r->cap) {
		size_t cap = r->cap ? 2 * r->cap : 64;
		struct row *v = mem_realloc(r->v, cap * sizeof(*v));

		if (!v) {
			r->failed = true;
			return;
		}
		r->v = v;
		r->cap = cap;
	}
	r->v[r->n] = (struct row){
		.src = src, .f = *f, .name = r->names.n, .name_len = src->source.n, .in = src->in, .lag = lag_of(f)};
	if (buf_append(&r->names, src->source.p, src->source.n) < 0)
		r->failed = true;
	else
		r->n++;
}

static int by_lag(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->lag != y->lag)
		return x->lag < y->lag ? 1 : -1;
	return (x->f.taken_ms < y->f.taken_ms) - (x->f.taken_ms > y->f.taken_ms);
}

/* How old the newest event was, where there is more to come. */
static int64_t lag_ms(const struct row *r, int64_t now)
{
	return r->lag && r->f.event_ms && now > r->f.event_ms ? now - r->f.event_ms : 0;
}

static void write_row(const struct rows *all, const struct row *r, int64_t now, struct answer *out)
{
	size_t key = strlen("source") + 2;
	int64_t since = still_since(&r->f, now);

	answer_doc(out, NULL);
	answer_text(out, "input", r->in->plug.code->name);
	answer_text(out, "service", r->in->service->name);
	if (r->name_len > key)
		answer_bson(out, "source", all->names.p + r->name + key, r->name_len - key);
	answer_uint(out, "events", r->f.events);
	answer_uint(out, "bytes", r->f.bytes);
	answer_uint(out, "unparsed", r->f.unparsed);
	answer_uint(out, "position", r->f.end);
	if (r->f.size)
		answer_uint(out, "size", r->f.end + r->lag);
	answer_uint(out, "lag_bytes", r->lag);
	answer_int(out, "lag_ms", lag_ms(r, now));
	answer_bool(out, "stuck", since != 0);
	if (since)
		answer_int(out, "still_ms", now - since);
	if (r->f.event_ms)
		answer_time(out, "last_event", r->f.event_ms);
	if (r->f.taken_ms)
		answer_time(out, "last_taken", r->f.taken_ms);
	answer_end(out);
}

void sources_write(struct agent *a, size_t most, struct answer *out)
{
	struct rows r = {0};
	int64_t now = clock_wall_ms();

	pipes_sources(&a->pipes, add, &r);
	if (r.n)
		qsort(r.v, r.n, sizeof(*r.v), by_lag);
	answer_uint(out, "sources_open", r.n);
	answer_array(out, "sources");
	for (size_t i = 0; i < r.n && i < most; i++)
		write_row(&r, &r.v[i], now, out);
	answer_end(out);
	out->failed = out->failed || r.failed;
	free(r.v);
	buf_free(&r.names);
}

/* ── inputs ── */

static void add_up(void *arg, const struct genlog_source *src, const struct source_figures *f)
{
	struct input_sum *s = &src->in->sum;
	uint64_t lag = lag_of(f);
	int64_t now = *(const int64_t *)arg, age = lag && f->event_ms ? now - f->event_ms : 0;

	s->sources++;
	s->stuck += still_since(f, now) != 0;
	s->lag_bytes += lag;
	s->lag_ms = age > s->lag_ms ? age : s->lag_ms;
}

void inputs_sum(struct agent *a)
{
	int64_t now = clock_wall_ms();

	for (size_t i = 0; i < a->pipes.n_inputs; i++)
		a->pipes.inputs[i]->sum = (struct input_sum){0};
	pipes_sources(&a->pipes, add_up, &now);
}

static void write_counts(const struct genlog_input *in, struct answer *out)
{
	for (int i = 0; i < PIPE_COUNTS; i++)
		answer_uint(out, pipe_count_names[i].key, count_read(&in->events[i]));
	answer_doc(out, "counts");
	for (int i = 0; i < GENLOG_COUNTS; i++)
		if (count_read(&in->counts[i]))
			answer_uint(out, input_count_names[i].key, count_read(&in->counts[i]));
	for (int i = 0; i < GENLOG_GAUGES; i++) {
		int64_t v = __atomic_load_n(&in->gauges[i], __ATOMIC_RELAXED);

		if (v)
			answer_int(out, input_gauge_names[i].key, v);
	}
	answer_end(out);
}

static void write_input(const struct genlog_input *in, struct answer *out)
{
	answer_doc(out, NULL);
	answer_text(out, "type", in->plug.code->name);
	answer_text(out, "service", in->service->name);
	answer_text(out, "file", in->service->file);
	answer_bool(out, "runs", !__atomic_load_n(&in->done, __ATOMIC_RELAXED));
	answer_double(out, "events_per_second", in->rate.events.per_second);
	answer_double(out, "bytes_per_second", in->rate.bytes.per_second);
	answer_uint(out, "sources", in->sum.sources);
	answer_uint(out, "stuck", in->sum.stuck);
	answer_uint(out, "lag_bytes", in->sum.lag_bytes);
	answer_int(out, "lag_ms", in->sum.lag_ms);
	write_counts(in, out);
	answer_end(out);
}

void inputs_write(struct agent *a, struct answer *out)
{
	answer_array(out, "inputs");
	for (size_t i = 0; i < a->pipes.n_inputs; i++)
		write_input(a->pipes.inputs[i], out);
	answer_end(out);
}
