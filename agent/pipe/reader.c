#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "event/record.h"
#include "pipe/alerts.h"
#include "pipe/frames.h"
#include "pipe/inner.h"
#include "pipe/templates.h"

#define RETRY_MS 50
#define FILTER_TICK_MS 1000
#define SAVE_MS 60000

static void tell_blocked(struct reader *r, int why)
{
	if (r->told == why)
		return;
	r->told = why;
	if (why == -EAGAIN)
		log_warn("the spool is full: inputs that can wait are not asked until there is room");
	else
		log_error("the spool cannot be written (%s): what was read is kept, and written when it can be",
			strerror(-why));
}

void reader_again(struct reader *r)
{
	if (r->again) /* there is none where lines are only looked at */
		loop_timer_set(r->again, RETRY_MS);
}

static void block(struct reader *r, int why)
{
	tell_blocked(r, why);
	if (!r->blocked)
		r->blocked_since = clock_ms();
	r->blocked = true;
	reader_again(r);
}

ssize_t reader_refused(struct reader *r, ssize_t why)
{
	static struct log_limit limit;

	if (r->blocked)
		return -EAGAIN;
	if (why == -ENOSPC && reader_flush(r) == 0) /* more collections than a frame names; the next has room */
		reader_again(r);
	if (why == -ENOSPC)
		return -EAGAIN;
	if (why != -ENOMEM)
		return why;
	log_limited(&limit, LOG_LEVEL_ERROR, "no memory for an event; its input waits and tries again");
	reader_again(r);
	return -EAGAIN;
}

static void tell_alarms(struct reader *r)
{
	struct alarm_run *list = r->alarms;

	r->alarms = NULL;
	if (list && r->batches) {
		r->batches->alarmed(r->batches, list);
		return;
	}
	for (struct alarm_run *next; list; list = next) {
		next = list->next;
		alarm_run_free(list);
	}
}

/* Who watches sees the batch when it is in the spool; else the shippers may have it. */
static int append(struct reader *r)
{
	int e;

	if (!r->batches || !r->batches->wants(r->batches))
		return spool_give(r->spool, &r->batch);
	e = spool_append(r->spool, &r->batch);
	if (e < 0)
		return e;
	r->batches->appended(r->batches, &r->batch);
	batch_clear(&r->batch);
	return 0;
}

int reader_flush(struct reader *r)
{
	int e = append(r);

	if (e < 0) {
		block(r, e);
		return e;
	}
	tell_alarms(r);
	r->blocked = false;
	return 0;
}

static void resume_inputs(struct reader *r)
{
	for (struct genlog_input *in = r->inputs; in && !r->blocked; in = in->next)
		if (in->started && in->plug.code->resume)
			in->plug.code->resume(in->plug.state);
}

static void try_again(void *arg)
{
	struct reader *r = arg;

	bool was_blocked = r->blocked;

	if (was_blocked && reader_flush(r) < 0)
		return;
	if (was_blocked)
		log_info("the spool takes data again, after %" PRId64 " ms", clock_ms() - r->blocked_since);
	r->told = 0;
	if (r->starting)
		reader_start_inputs(r);
	resume_inputs(r);
}

static void start_input(struct genlog_input *in)
{
	struct genlog_err err = {0};

	if (in->plug.code->start(in->plug.state, in, &err) < 0) {
		log_error("input %s: %s; it does not run", in->plug.code->name, err.text);
		genlog_input_done(in);
		return;
	}
	in->started = true;
}

static void tick_filters(struct genlog_input *in, bool last)
{
	for (size_t i = 0; i < in->n_filters; i++)
		if (in->filters[i].code->tick)
			in->filters[i].code->tick(in->filters[i].state, in, last);
}

static void on_filter_tick(void *arg)
{
	struct reader *r = arg;

	if (!r->blocked) {
		for (struct genlog_input *in = r->inputs; in; in = in->next)
			tick_filters(in, false);
		if (!batch_is_empty(&r->batch))
			(void)reader_flush(r); /* kept and told where refused */
	}
	loop_timer_set(r->filter_tick, FILTER_TICK_MS);
}

static void save_templates(struct reader *r)
{
	for (struct genlog_input *in = r->inputs; in; in = in->next)
		templates_save(in, r->folder);
}

static void on_save(void *arg)
{
	struct reader *r = arg;

	save_templates(r);
	loop_timer_set(r->save, SAVE_MS);
}

static bool filters_tick(const struct reader *r)
{
	for (const struct genlog_input *in = r->inputs; in; in = in->next)
		for (size_t i = 0; i < in->n_filters; i++)
			if (in->filters[i].code->tick)
				return true;
	return false;
}

void reader_tick(struct reader *r)
{
	if (!r->filter_tick && filters_tick(r) && (r->filter_tick = loop_timer(&r->loop, on_filter_tick, r)))
		loop_timer_set(r->filter_tick, FILTER_TICK_MS);
}

/* What it has handed over stays in the batch. */
void reader_stop_input(struct reader *r, struct genlog_input *in)
{
	if (in->started && in->plug.code->stop)
		in->plug.code->stop(in->plug.state);
	tick_filters(in, true);
	templates_save(in, r->folder);
}

void reader_start_inputs(struct reader *r)
{
	r->starting = false;
	for (struct genlog_input *in = r->inputs; in; in = in->next) {
		if (in->started || in->done)
			continue;
		templates_load(in, r->folder);
		alerts_load(in);
		start_input(in);
	}
	reader_tick(r);
}

static void *run(void *arg)
{
	struct reader *r = arg;
	char name[16];
	int e;

	snprintf(name, sizeof(name), "reader/%u", r->number);
	pthread_setname_np(pthread_self(), name);
	reader_start_inputs(r);
	loop_timer_set(r->save, SAVE_MS);
	e = loop_run(&r->loop);
	if (e < 0)
		log_error("reader %u stopped: %s", r->number, strerror(-e));
	reader_ended(r);
	for (struct genlog_input *in = r->inputs; in; in = in->next)
		reader_stop_input(r, in);
	if (!batch_is_empty(&r->batch))
		(void)reader_flush(r); /* refused: its positions are not durable either, and its lines are read again */
	return NULL;
}

static int start_reader(struct reader *r)
{
	sigset_t all, old;
	int e = loop_open(&r->loop);

	if (e < 0)
		return e;
	r->again = loop_timer(&r->loop, try_again, r);
	r->save = loop_timer(&r->loop, on_save, r);
	if (!r->again || !r->save)
		return -ENOMEM;
	r->loop.woken = reader_change;
	r->loop.woken_arg = r;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	e = -pthread_create(&r->thread, NULL, run, r);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	r->running = e == 0;
	return e;
}

int pipes_start(struct pipes *ps, const struct pipes_start *s)
{
	int e = 0;

	for (size_t i = 0; i < ps->n_inputs; i++)
		ps->inputs[i]->placed = true;
	for (size_t i = 0; i < ps->n_readers && e == 0; i++) {
		ps->readers[i].spool = s->spool;
		ps->readers[i].folder = s->folder;
		ps->readers[i].syncs = s->syncs;
		ps->readers[i].idle = s->idle;
		ps->readers[i].idle_arg = s->idle_arg;
		ps->readers[i].batches = s->batches;
		e = start_reader(&ps->readers[i]);
	}
	return e;
}

void pipes_stop(struct pipes *ps)
{
	for (size_t i = 0; i < ps->n_readers; i++)
		if (ps->readers[i].running)
			loop_stop(&ps->readers[i].loop);
	for (size_t i = 0; i < ps->n_readers; i++) {
		if (ps->readers[i].running)
			pthread_join(ps->readers[i].thread, NULL);
		ps->readers[i].running = false;
	}
}

bool pipes_done(const struct pipes *ps)
{
	for (size_t i = 0; i < ps->n_inputs; i++)
		if (!__atomic_load_n(&ps->inputs[i]->done, __ATOMIC_ACQUIRE))
			return false;
	return true;
}

void pipes_fini(struct pipes *ps)
{
	pipes_stop(ps);
	for (size_t i = 0; i < ps->n_inputs; i++)
		input_close(ps->inputs[i]);
	for (size_t i = 0; i < ps->n_readers; i++) {
		loop_close(&ps->readers[i].loop);
		batch_fini(&ps->readers[i].batch);
		record_fini(&ps->readers[i].rec);
		buf_free(&ps->readers[i].elements);
		free(ps->readers[i].trace);
		frames_fini(&ps->readers[i]);
		inner_fini(&ps->readers[i]);
		while (ps->readers[i].alarms) { /* of a batch that the spool has refused: its events come again */
			struct alarm_run *run = ps->readers[i].alarms;

			ps->readers[i].alarms = run->next;
			alarm_run_free(run);
		}
		pthread_cond_destroy(&ps->readers[i].changed);
		pthread_mutex_destroy(&ps->readers[i].lock);
	}
	free(ps->readers);
	free(ps->inputs);
	*ps = (struct pipes){0};
}
