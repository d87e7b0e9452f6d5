#include "pipe/alerts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"

static int open_rule(struct alert *a, struct conf *c, const struct conf_alert *conf)
{
	struct genlog_err err = {.opt_item = -1};

	a->conf = conf;
	if (!conf->where.n)
		return 0;
	a->conds = genlog_conds_new(&conf->where, "where", &err);
	if (a->conds)
		return 0;
	err.pos = conf_where(conf->node, "where", err.opt_item);
	return conf_error_take(c, &err);
}

int alerts_open(struct genlog_input *in, struct conf *c, const struct conf_service *s)
{
	int r = 0;

	if (!s->n_alerts)
		return 0;
	in->alerts = mem_calloc(1, sizeof(*in->alerts));
	if (!in->alerts)
		return -ENOMEM;
	in->alerts->service = hash64(s->name ? s->name : "", s->name ? strlen(s->name) : 0, 0);
	in->alerts->v = mem_calloc(s->n_alerts, sizeof(*in->alerts->v));
	if (!in->alerts->v)
		return -ENOMEM;
	in->alerts->n = s->n_alerts;
	for (size_t i = 0; i < s->n_alerts; i++) {
		int e = open_rule(&in->alerts->v[i], c, &s->alerts[i]);

		r = r < 0 ? r : e;
	}
	return r;
}

void alerts_close(struct genlog_input *in)
{
	if (!in->alerts)
		return;
	for (size_t i = 0; i < in->alerts->n; i++)
		genlog_conds_free(in->alerts->v[i].conds);
	free(in->alerts->v);
	free(in->alerts->faults);
	free(in->alerts);
	in->alerts = NULL;
}

/* Whether the event counts for the rule at all. */
static bool is_meant(const struct alert *a, const struct genlog_record *rec, const struct doc_facts *facts, bool traced)
{
	return (int)facts->level >= a->conf->level && (!a->conf->faults || traced) &&
	       (!a->conds || genlog_conds_hold(a->conds, rec));
}

static bool fault_is_meant(const struct conf_alert *c, const struct seen *seen)
{
	switch (c->fingerprint) {
	case CONF_FAULT_NEW: return seen->is_new;
	case CONF_FAULT_RETURNING: return !seen->is_new && seen->absent > c->absent;
	default: return true;
	}
}

static void tell(struct genlog_source *src, struct alarm *alarm, const struct alert *a)
{
	static struct log_limit limit;
	int r = alarm_write(src, alarm);

	if (r < 0)
		log_limited(&limit, LOG_LEVEL_ERROR, "alert %s of service %s: a notification is left out: %s",
			a->conf->name, src->in->service->name,
			r == -ENOSPC ? "its batch has too many collections" : strerror(-r));
	else
		count_add(&src->in->events[PIPE_ALERTS], 1);
}

/* A rule about single faults is quiet about each of them by itself; where that is one too many, the oldest goes. */
static int64_t *quiet_of(struct alert *a, const struct fault *fault)
{
	struct alert_quiet *q;

	if (!fault || a->conf->count > 1)
		return &a->quiet_until;
	for (size_t i = 0; i < ALERT_QUIET; i++)
		if (a->quiet[i].fault == fault->key)
			return &a->quiet[i].until;
	q = &a->quiet[a->quiet_next++ % ALERT_QUIET];
	*q = (struct alert_quiet){.fault = fault->key};
	return &q->until;
}

static void judge(struct genlog_source *src, struct alert *a, const struct fault *fault, struct alarm *alarm)
{
	int64_t *quiet = quiet_of(a, fault);

	alarm->count = window_add(&a->window, a->conf->within, alarm->time_ms);
	if (alarm->count < (uint64_t)a->conf->count)
		return;
	if (alarm->time_ms < *quiet) {
		a->held++;
		return;
	}
	alarm->rule = a;
	alarm->held = a->held;
	a->held = 0;
	*quiet = alarm->time_ms + a->conf->quiet;
	window_clear(&a->window);
	tell(src, alarm, a);
}

static const uint8_t *event_document(const struct spool_batch *b, size_t docs, uint32_t *len)
{
	const uint8_t *p = b->docs.p + docs, *bson;
	uint16_t name;
	uint8_t level;

	return frame_next_doc(&p, b->docs.p + b->docs.n, &name, &level, &bson, len) ? bson : NULL;
}

void alerts_see(struct genlog_source *src, const struct doc_facts *facts, size_t docs, bool traced)
{
	struct genlog_input *in = src->in;
	struct reader *r = in->reader;
	int64_t now = clock_wall_ms(), age = now - facts->time_ms;
	/* A time that has not come yet counts as now: else all that comes before it would be too late. */
	struct alarm alarm = {.time_ms = age < 0 ? now : facts->time_ms, .trace = traced ? r->trace : NULL};
	struct seen seen = {0};
	struct fault *fault = traced ? fault_see(in, r->trace->fingerprint, alarm.time_ms, &seen) : NULL;
	bool known = !traced || fault;

	alarm.is_new = seen.is_new;
	for (size_t i = 0; i < in->alerts->n && known; i++) {
		struct alert *a = &in->alerts->v[i];

		if (age > a->conf->max_age || !is_meant(a, &r->rec, facts, traced) ||
			(a->conf->faults && !fault_is_meant(a->conf, &seen)))
			continue;
		alarm.event = event_document(&r->batch, docs, &alarm.event_len); /* the batch may have moved */
		if (alarm.event)
			judge(src, a, a->conf->faults ? fault : NULL, &alarm);
	}
}
