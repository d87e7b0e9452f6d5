/*
 * What goes into the spool, for those who look on.  Nobody looks: a load and a branch for a whole batch.  Somebody
 * does: the batch is copied into a queue that main empties.  The queue is bounded, and what does not fit is counted:
 * looking on never holds up what is looked at.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "admin/actions.h"
#include "admin/admin.h"
#include "base/buf.h"
#include "spool/format.h"

#define QUEUE_MAX ((size_t)4 << 20)

struct live {
	struct batch_watcher watcher;
	struct agent *agent;
	int clients;
	pthread_mutex_t lock;
	struct genlog_buf queue; /* {u32 of names, u32 of documents, names, documents} */
	struct genlog_buf taken;
	uint64_t missed;
};

static bool put(struct live *l, const struct spool_batch *b)
{
	uint32_t head[2] = {(uint32_t)b->names.n, (uint32_t)b->docs.n};
	size_t n = sizeof(head) + b->names.n + b->docs.n;

	if (l->queue.n + n > QUEUE_MAX || genlog_buf_reserve(&l->queue, n) < 0)
		return false;
	(void)buf_append(&l->queue, head, sizeof(head));
	(void)buf_append(&l->queue, b->names.p, b->names.n);
	(void)buf_append(&l->queue, b->docs.p, b->docs.n);
	return true;
}

static bool wants(struct batch_watcher *w)
{
	const struct live *l = (struct live *)(void *)w;

	return __atomic_load_n(&l->clients, __ATOMIC_RELAXED);
}

static void appended(struct batch_watcher *w, const struct spool_batch *b)
{
	struct live *l = (struct live *)(void *)w;

	if (!b->doc_n)
		return;
	pthread_mutex_lock(&l->lock);
	if (!put(l, b))
		l->missed += b->doc_n;
	pthread_mutex_unlock(&l->lock);
	loop_wake(&l->agent->loop);
}

static void alarmed(struct batch_watcher *w, struct alarm_run *list)
{
	struct live *l = (struct live *)(void *)w;

	actions_take(l->agent->actions, list);
	loop_wake(&l->agent->loop);
}

struct live *live_new(struct agent *a)
{
	struct live *l = mem_calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->watcher.wants = wants;
	l->watcher.appended = appended;
	l->watcher.alarmed = alarmed;
	l->agent = a;
	pthread_mutex_init(&l->lock, NULL);
	return l;
}

void live_free(struct live *l)
{
	if (!l)
		return;
	pthread_mutex_destroy(&l->lock);
	buf_free(&l->queue);
	buf_free(&l->taken);
	free(l);
}

struct batch_watcher *live_watcher(struct live *l)
{
	return l ? &l->watcher : NULL;
}

void live_follow(struct live *l, int clients)
{
	if (!l)
		return;
	__atomic_store_n(&l->clients, clients, __ATOMIC_RELAXED);
	if (clients)
		return;
	pthread_mutex_lock(&l->lock);
	buf_free(&l->queue);
	buf_free(&l->taken);
	pthread_mutex_unlock(&l->lock);
}

/* The bytes are those of our own batch: their lengths fit. */
static void tell_batch(const uint8_t *names, size_t n, const uint8_t *docs, size_t len, live_fn *fn, void *arg)
{
	char name[BATCH_NAMES][128];
	const uint8_t *p = names, *bson;
	const char *text;
	uint16_t of;
	uint8_t level;
	uint32_t size;
	size_t count = 0, text_len;

	while (count < BATCH_NAMES && frame_next_name(&p, names + n, &text, &text_len))
		snprintf(name[count++], sizeof(*name), "%.*s", (int)text_len, text);
	for (p = docs; frame_next_doc(&p, docs + len, &of, &level, &bson, &size);)
		fn(arg, of < count ? name[of] : "", level, bson, size);
}

uint64_t live_drain(struct live *l, live_fn *fn, void *arg)
{
	struct genlog_buf full;
	uint64_t missed;

	if (!l)
		return 0;
	pthread_mutex_lock(&l->lock);
	full = l->queue;
	l->queue = l->taken;
	l->queue.n = 0;
	missed = l->missed;
	l->missed = 0;
	pthread_mutex_unlock(&l->lock);
	for (size_t at = 0; at < full.n;) {
		uint32_t head[2];

		memcpy(head, full.p + at, sizeof(head));
		at += sizeof(head);
		tell_batch(full.p + at, head[0], full.p + at + head[0], head[1], fn, arg);
		at += (size_t)head[0] + head[1];
	}
	l->taken = full;
	return missed;
}
