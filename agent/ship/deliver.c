#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "ship/shipper.h"

static struct log_limit failing, rejecting;

static void tell_failure(struct shipper *w, const struct genlog_batch *b, int64_t wait)
{
	struct ship *sh = w->ship;

	count_add_shared(&sh->counts[SHIP_FAILURES], 1);
	__atomic_store_n(&sh->alarm, b->alarm, __ATOMIC_RELAXED);
	__atomic_store_n(&sh->failed_ms, clock_wall_ms(), __ATOMIC_RELAXED);
	pthread_mutex_lock(&sh->lock);
	snprintf(sh->why, sizeof(sh->why), "%s", b->why[0] ? b->why : "failed");
	pthread_mutex_unlock(&sh->lock);
	log_limited(&failing, b->alarm ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN,
		"output %s: %s; nothing is lost, trying again in %.1f s%s", sh->out.code->name,
		b->why[0] ? b->why : "failed", (double)wait / 1000.0, b->alarm ? " (this needs an operator)" : "");
}

static void tell_success(struct shipper *w)
{
	int64_t since = __atomic_exchange_n(&w->ship->failing_since, 0, __ATOMIC_RELAXED);

	w->attempt = 0;
	__atomic_store_n(&w->ship->alarm, false, __ATOMIC_RELAXED);
	if (since)
		log_info("output %s: delivering again after %.1f s", w->ship->out.code->name,
			(double)(clock_ms() - since) / 1000.0);
}

static bool back_off(struct shipper *w, const struct genlog_batch *b)
{
	int64_t wait = backoff_ms(w), none = 0;

	__atomic_compare_exchange_n(
		&w->ship->failing_since, &none, clock_ms(), false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	tell_failure(w, b, wait);
	count_add_shared(&w->ship->counts[SHIP_RETRIED], b->n);
	return ship_pause(w->ship, wait);
}

static void free_reasons(struct genlog_doc *docs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(docs[i].reason);
		docs[i].reason = NULL;
	}
}

/* Rejected ones are safe in the dead letters before they count as done. */
static bool bury(struct shipper *w, const struct genlog_batch *b, size_t rejected)
{
	struct ship *sh = w->ship;
	const struct genlog_doc *first = b->docs;

	while (first->outcome != GENLOG_REJECTED)
		first++;
	log_limited(&rejecting, LOG_LEVEL_WARN,
		"output %s: %zu documents of %s were refused for good (code %d: %s); kept in dead-letter/",
		sh->out.code->name, rejected, b->collection, first->code,
		first->reason ? first->reason : "no reason given");
	for (;;) {
		int r = dead_put(&sh->dead, b->collection, b->docs, b->n);

		if (r == 0)
			break;
		log_limited(&failing, LOG_LEVEL_ERROR, "the dead letters cannot be written (%s); trying again",
			strerror(-r));
		if (!ship_pause(sh, backoff_ms(w)))
			return false;
	}
	count_add_shared(&sh->counts[SHIP_REJECTED], rejected);
	return true;
}

/* What has to be sent again moves to the front; how many there are. */
static size_t keep_retries(struct genlog_batch *b)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->n; i++)
		if (b->docs[i].outcome == GENLOG_RETRY)
			b->docs[kept++] = b->docs[i];
	return kept;
}

static size_t count_outcome(const struct genlog_batch *b, enum genlog_outcome o)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += b->docs[i].outcome == (uint32_t)o;
	return n;
}

static bool settle(struct shipper *w, struct genlog_batch *b)
{
	size_t rejected = count_outcome(b, GENLOG_REJECTED), again = count_outcome(b, GENLOG_RETRY);
	bool buried = !rejected || bury(w, b, rejected);

	free_reasons(b->docs, b->n);
	if (!buried)
		return false;
	count_add_shared(&w->ship->counts[SHIP_DELIVERED], b->n - rejected - again);
	b->n = keep_retries(b);
	return true;
}

static int call(struct shipper *w, struct genlog_batch *b)
{
	int64_t before = clock_ns(), took;
	int r;

	for (size_t i = 0; i < b->n; i++)
		b->docs[i].outcome = GENLOG_DELIVERED;
	b->alarm = false;
	b->why[0] = 0;
	r = w->ship->out.code->write(w->ship->out.state, b);
	count_add_shared(&w->ship->counts[SHIP_BATCHES], 1);
	took = clock_ns() - before;
	count_add_shared(&w->ship->counts[SHIP_WRITE_MS], (uint64_t)(took / 1000000));
	latency_add(&w->ship->latency, took);
	if (r == 0)
		__atomic_store_n(&w->ship->delivered_ms, clock_wall_ms(), __ATOMIC_RELAXED);
	if (r == 0)
		flow_report(&w->ship->flow, b->n, took);
	else
		flow_failed(&w->ship->flow);
	return r;
}

static int deliver_docs(struct shipper *w, const char *collection, struct genlog_doc *docs, size_t n);

/* Refused whole as too large: halves; one alone that is too large is never going to fit. */
static int split(struct shipper *w, struct genlog_batch *b)
{
	size_t half = b->n / 2;
	int r;

	if (b->n == 1) {
		b->docs[0].outcome = GENLOG_REJECTED;
		b->docs[0].code = EMSGSIZE;
		return settle(w, b) ? 0 : -ESHUTDOWN;
	}
	r = deliver_docs(w, b->collection, b->docs, half);
	return r < 0 ? r : deliver_docs(w, b->collection, b->docs + half, b->n - half);
}

static int deliver_docs(struct shipper *w, const char *collection, struct genlog_doc *docs, size_t n)
{
	struct genlog_batch b = {
		.size = sizeof(b), .collection = collection, .docs = docs, .n = n, .worker = w->number};

	while (b.n) {
		int r = call(w, &b);

		if (r == -EMSGSIZE)
			return split(w, &b);
		if (r == 0 && !settle(w, &b))
			return -ESHUTDOWN;
		if (b.n && !back_off(w, &b))
			return -ESHUTDOWN;
		if (!b.n)
			tell_success(w);
	}
	return 0;
}

/* Even parts of at most batch_docs: 1400 go as twice 700, not as 1000 and 400. */
static int deliver_group(struct shipper *w, const struct sorted_group *g)
{
	size_t parts = (g->n + w->ship->limits.docs - 1) / w->ship->limits.docs, done = 0;
	int r = 0;

	for (size_t i = 0; i < parts && r == 0; i++) {
		size_t n = (g->n - done) / (parts - i);

		r = deliver_docs(w, g->name, w->sorted.docs + g->from + done, n);
		done += n;
	}
	return r;
}

int deliver(struct shipper *w)
{
	int r = sort_take(&w->sorted, &w->take);

	if (r == -EBADMSG)
		log_error("spool: a frame of segment %016llx contradicts itself; what fits of it is shipped",
			(unsigned long long)w->take.segment);
	else if (r < 0)
		return r;
	r = 0;
	for (size_t i = 0; i < w->sorted.groups && r == 0; i++)
		r = deliver_group(w, &w->sorted.group[i]);
	return r;
}
