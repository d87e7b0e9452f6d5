/* Which faults were seen before: a table by fingerprint, kept as positions in the spool. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "pipe/alerts.h"

#define STORE_MS 3600000 /* how exact the time is that is kept */

/* "alerts", service, fingerprint */
struct fault_key {
	char kind[8];
	uint64_t service, fault;
};

static struct fault_key key_of(const struct alerts *a, uint64_t fault)
{
	return (struct fault_key){"alerts", a->service, fault};
}

static struct fault *slot(struct fault *v, size_t cap, uint64_t key)
{
	size_t i = key & (cap - 1);

	while (v[i].key && v[i].key != key)
		i = (i + 1) & (cap - 1);
	return &v[i];
}

static int grow(struct alerts *a)
{
	size_t cap = a->cap ? 2 * a->cap : 64;
	struct fault *v = mem_calloc(cap, sizeof(*v));

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < a->cap; i++)
		if (a->faults[i].key)
			*slot(v, cap, a->faults[i].key) = a->faults[i];
	free(a->faults);
	a->faults = v;
	a->cap = cap;
	return 0;
}

/* The quarter that was not seen for the longest goes, from the spool too. */
static int forget_some(struct genlog_input *in)
{
	struct alerts *a = in->alerts;
	int64_t oldest = INT64_MAX, newest = 0, before;
	struct fault *v = mem_calloc(a->cap, sizeof(*v));

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < a->cap; i++) {
		oldest = a->faults[i].key && a->faults[i].last_ms < oldest ? a->faults[i].last_ms : oldest;
		newest = a->faults[i].last_ms > newest ? a->faults[i].last_ms : newest;
	}
	before = oldest + (newest - oldest) / 4;
	a->n_faults = 0;
	for (size_t i = 0; i < a->cap; i++) {
		struct fault_key key = key_of(a, a->faults[i].key);

		if (!a->faults[i].key)
			continue;
		if (a->faults[i].last_ms <= before) {
			(void)batch_position(&in->reader->batch, &key, sizeof(key), NULL, 0);
			continue;
		}
		*slot(v, a->cap, a->faults[i].key) = a->faults[i];
		a->n_faults++;
	}
	free(a->faults);
	a->faults = v;
	return 0;
}

static struct fault *find(struct genlog_input *in, uint64_t key)
{
	struct alerts *a = in->alerts;

	if (a->n_faults >= FAULTS_MOST && forget_some(in) < 0)
		return NULL;
	if (a->n_faults * 2 >= a->cap && grow(a) < 0)
		return NULL;
	return slot(a->faults, a->cap, key);
}

static void store(struct genlog_input *in, struct fault *f)
{
	struct fault_key key = key_of(in->alerts, f->key);
	int64_t val[2] = {f->first_ms, f->last_ms};

	if (batch_position(&in->reader->batch, &key, sizeof(key), val, sizeof(val)) == 0)
		f->stored_ms = f->last_ms; /* else the next event stores it */
}

struct fault *fault_see(struct genlog_input *in, const char *fingerprint, int64_t time_ms, struct seen *out)
{
	uint64_t key = hash64(fingerprint, strlen(fingerprint), in->alerts->service);
	struct fault *f;

	key += !key;
	f = find(in, key);
	if (!f)
		return NULL;
	*out = (struct seen){.is_new = !f->key, .absent = f->key ? time_ms - f->last_ms : 0};
	if (!f->key) {
		*f = (struct fault){.key = key, .first_ms = time_ms, .last_ms = time_ms};
		in->alerts->n_faults++;
		store(in, f);
		return f;
	}
	if (time_ms > f->last_ms)
		f->last_ms = time_ms;
	if (f->last_ms - f->stored_ms > STORE_MS)
		store(in, f);
	return f;
}

static void load_one(void *arg, const void *key, size_t key_len, const void *val, size_t len)
{
	struct genlog_input *in = arg;
	struct fault_key k;
	int64_t v[2];
	struct fault *f;

	if (key_len != sizeof(k) || len != sizeof(v))
		return;
	memcpy(&k, key, sizeof(k));
	memcpy(v, val, sizeof(v));
	if (memcmp(k.kind, "alerts", sizeof("alerts")) != 0 || k.service != in->alerts->service || !k.fault)
		return;
	if (in->alerts->n_faults * 2 >= in->alerts->cap && grow(in->alerts) < 0)
		return;
	f = slot(in->alerts->faults, in->alerts->cap, k.fault);
	in->alerts->n_faults += !f->key;
	*f = (struct fault){.key = k.fault, .first_ms = v[0], .last_ms = v[1], .stored_ms = v[1]};
}

void alerts_load(struct genlog_input *in)
{
	if (in->alerts)
		spool_positions(in->reader->spool, load_one, in);
}
