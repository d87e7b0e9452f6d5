#include "ship/ship.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "ship/shipper.h"

#define IDLE_MS 1000
#define FLOW_MS 200

const struct ship_name ship_count_names[SHIP_COUNTS] = {
#define NAME(name, key, help) [SHIP_##name] = {key, help},
	SHIP_COUNT_LIST(NAME)
#undef NAME
};

struct plug_ask ship_ask(const struct conf *c)
{
	return (struct plug_ask){.dir = c->agent.plugin_dir,
		.kind = GENLOG_OUTPUT,
		.name = c->output.type,
		.pos = conf_where(c->output.node, "type", -1),
		.settings = c->output.node,
		.host_keys = conf_output_keys};
}

int ship_open(struct ship *sh, struct conf *c)
{
	struct plug_ask ask = ship_ask(c);

	return plug_open(&sh->out, c, &ask);
}

static void tell_damage(struct ship *sh, const struct spool_take *t)
{
	if (!t->damaged && !t->lost_docs)
		return;
	count_add_shared(&sh->counts[SHIP_LOST], t->lost_docs);
	log_error("spool: segment %016llx is damaged before offset %llu: %llu bytes skipped and put into quarantine/, "
		  "%llu documents lost unless their source is read again",
		(unsigned long long)t->segment, (unsigned long long)t->to, (unsigned long long)t->damaged,
		(unsigned long long)t->lost_docs);
}

/* An output that keeps its own mark is told how far it may count on the data. */
static int commit(struct shipper *w)
{
	static struct log_limit limit;
	struct ship *sh = w->ship;
	struct genlog_mark mark = {.sequence = w->take.sequence_end};
	struct genlog_err err = {0};

	memcpy(mark.spool_id, spool_id(sh->spool), sizeof(mark.spool_id));
	while (sh->out.code->commit && w->take.docs && sh->out.code->commit(sh->out.state, &mark, &err) < 0) {
		log_limited(&limit, LOG_LEVEL_ERROR, "output %s: %s; trying again", sh->out.code->name, err.text);
		if (!ship_pause(sh, backoff_ms(w)))
			return -ESHUTDOWN;
	}
	return 0;
}

static int ack(struct shipper *w)
{
	static struct log_limit limit;
	int r = spool_ack(w->ship->spool, &w->take);

	if (r < 0)
		log_limited(&limit, LOG_LEVEL_WARN,
			"spool: the cursor cannot be written (%s); after a crash some documents would be sent again",
			strerror(-r));
	if (w->ship->emptied && spool_is_empty(w->ship->spool))
		w->ship->emptied(w->ship->emptied_arg);
	return 0;
}

static int take_and_deliver(struct shipper *w)
{
	static struct log_limit limit;
	struct ship *sh = w->ship;
	int r;

	if (!flow_allows(&sh->flow, w->number))
		return ship_pause(sh, FLOW_MS) ? 0 : -ESHUTDOWN;
	r = spool_take(sh->spool, &w->take, &sh->limits);
	if (r == 0 || r == -ESHUTDOWN)
		return r;
	if (r < 0) {
		log_limited(&limit, LOG_LEVEL_ERROR, "spool: it cannot be read (%s); trying again", strerror(-r));
		return ship_pause(sh, IDLE_MS) ? 0 : -ESHUTDOWN;
	}
	tell_damage(sh, &w->take);
	while ((r = deliver(w)) < 0) {
		if (r == -ESHUTDOWN || !ship_pause(sh, IDLE_MS))
			return -ESHUTDOWN;
		log_limited(
			&limit, LOG_LEVEL_ERROR, "spool: %s while a batch was prepared; trying again", strerror(-r));
	}
	r = commit(w);
	return r < 0 ? r : ack(w);
}

static void *run(void *arg)
{
	struct shipper *w = arg;
	char name[16];

	snprintf(name, sizeof(name), "ship/%u", w->number);
	pthread_setname_np(pthread_self(), name);
	while (take_and_deliver(w) == 0)
		;
	return NULL;
}

static int start_shipper(struct ship *sh, struct shipper *w, unsigned number)
{
	sigset_t all, old;
	int r;

	w->ship = sh;
	w->number = number;
	w->random = (uint64_t)clock_wall_ms() * 0x9e3779b97f4a7c15ULL + number + 1;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	w->running = r == 0;
	return r;
}

static void init_locks(struct ship *sh)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&sh->lock, NULL);
	pthread_cond_init(&sh->stop_now, &attr);
	pthread_condattr_destroy(&attr);
	sh->ready = true;
}

static void skip_delivered(struct ship *sh)
{
	struct genlog_mark mark = {0};

	memcpy(mark.spool_id, spool_id(sh->spool), sizeof(mark.spool_id));
	if (sh->out.code->resumed && sh->out.code->resumed(sh->out.state, &mark))
		spool_skip_to(sh->spool, mark.sequence);
}

int ship_start(struct ship *sh, struct conf *c, struct spool *spool, void (*emptied)(void *), void *arg,
	struct genlog_err *err)
{
	int r;

	sh->spool = spool;
	sh->emptied = emptied;
	sh->emptied_arg = arg;
	sh->limits = (struct take_limits){.docs = (uint32_t)c->output.batch_docs,
		.bytes = (size_t)c->output.batch_bytes,
		.linger_ms = c->output.flush_interval,
		.wait_ms = IDLE_MS};
	init_locks(sh);
	sh->n = sh->out.code->flags & GENLOG_OUT_SERIAL ? 1 : (size_t)c->output.connections;
	flow_init(&sh->flow, (unsigned)sh->n);
	r = dead_open(&sh->dead, c->agent.spool.path, err);
	if (r < 0)
		return r;
	sh->shippers = mem_calloc(sh->n, sizeof(*sh->shippers));
	if (!sh->shippers)
		return genlog_fail(err, ENOMEM, "no memory for the shippers");
	r = sh->out.code->start ? sh->out.code->start(sh->out.state, NULL, err) : 0;
	if (r < 0)
		return r;
	skip_delivered(sh);
	for (size_t i = 0; i < sh->n && r == 0; i++)
		r = start_shipper(sh, &sh->shippers[i], (unsigned)i);
	return r < 0 ? genlog_fail(err, -r, "a shipper's thread cannot be started") : 0;
}

static void ask_to_stop(struct ship *sh)
{
	pthread_mutex_lock(&sh->lock);
	sh->stopping = true;
	pthread_cond_broadcast(&sh->stop_now);
	pthread_mutex_unlock(&sh->lock);
	if (sh->spool)
		spool_stop(sh->spool);
}

void ship_stop(struct ship *sh)
{
	if (!sh->ready)
		return;
	ask_to_stop(sh);
	for (size_t i = 0; sh->shippers && i < sh->n; i++)
		if (sh->shippers[i].running) {
			pthread_join(sh->shippers[i].thread, NULL);
			sh->shippers[i].running = false;
		}
}

bool ship_stop_within(struct ship *sh, int64_t ms)
{
	int64_t end = clock_of(CLOCK_REALTIME) + ms; /* the clock that all joins know, also those of sanitizers */
	struct timespec until = {.tv_sec = end / 1000, .tv_nsec = end % 1000 * 1000000};

	if (!sh->ready)
		return true;
	ask_to_stop(sh);
	for (size_t i = 0; sh->shippers && i < sh->n; i++)
		if (sh->shippers[i].running) {
			if (pthread_timedjoin_np(sh->shippers[i].thread, NULL, &until))
				return false;
			sh->shippers[i].running = false;
		}
	return true;
}

void ship_fini(struct ship *sh)
{
	ship_stop(sh);
	for (size_t i = 0; sh->shippers && i < sh->n; i++) {
		spool_take_fini(&sh->shippers[i].take);
		sorted_fini(&sh->shippers[i].sorted);
	}
	free(sh->shippers);
	dead_close(&sh->dead);
	plug_close(&sh->out);
	if (sh->ready) {
		flow_fini(&sh->flow);
		pthread_cond_destroy(&sh->stop_now);
		pthread_mutex_destroy(&sh->lock);
	}
	*sh = (struct ship){0};
}

uint64_t ship_count(const struct ship *sh, enum ship_count what)
{
	return count_read(&sh->counts[what]);
}

void ship_why(struct ship *sh, char *out, size_t cap)
{
	*out = 0;
	if (!sh->ready)
		return;
	pthread_mutex_lock(&sh->lock);
	snprintf(out, cap, "%s", sh->why);
	pthread_mutex_unlock(&sh->lock);
}
