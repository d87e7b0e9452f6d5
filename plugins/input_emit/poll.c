/*
 * When who is looked at.  A segment where something was found is looked at again in a millisecond; where nothing was,
 * the span doubles up to ten.  After a second of quiet everywhere the programs are asked to ring (wake.c), and a look
 * every 100 ms is enough.
 */
#include "emit.h"

#include <errno.h>
#include <time.h>

#define WAIT_LEAST 1
#define WAIT_MOST 10
#define WAIT_ASLEEP 100
#define QUIET_MS 1000
#define LOCK_MS 250

int64_t emit_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t emit_wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint32_t emit_severity(int level)
{
	static const uint32_t severities[] = {
		0, GENLOG_SEV_DEBUG, GENLOG_SEV_INFO, GENLOG_SEV_WARN, GENLOG_SEV_ERROR, GENLOG_SEV_CRITICAL};

	return severities[level];
}

/* With `once`: all that is known was read to its end. */
bool emit_is_done(const struct emit *e)
{
	for (const struct segment *s = e->segments; s; s = s->next)
		if (s->wait == 1)
			return false;
	return true;
}

void poll_soon(struct emit *e)
{
	if (e->open && !e->blocked)
		genlog_timer_set(e->look, 0);
}

int poll_settle(struct emit *e)
{
	if (!e->pending)
		return 0;
	if (genlog_turn_end(e->in) < 0) {
		e->blocked = true; /* resume() comes */
		return -EAGAIN;
	}
	e->pending = false;
	for (struct segment *s = e->segments; s; s = s->next)
		if (s->dirty)
			seg_store_tails(s);
	return 0;
}

static void look_at(struct emit *e, struct segment *s, int64_t now)
{
	bool found = false;

	if (!seg_is_readable(s)) {
		s->wait = WAIT_LEAST;
		s->look_at = now + CLOCK_LEAST_MS;
		return;
	}
	if (!s->dead && now >= s->lock_at) {
		s->dead = *s->path && files_is_dead(s);
		if (!*s->path && !s->death)
			(void)death_watch(s); /* there was no memory for it before */
		s->lock_at = now + LOCK_MS;
	}
	if (seg_read(s, &found) < 0) {
		e->blocked = true;
		genlog_resume_soon(e->in);
	}
	if (found || !s->quiet_since)
		s->quiet_since = now;
	s->wait = found || s->dead ? WAIT_LEAST : 2 * s->wait < WAIT_MOST ? 2 * s->wait : WAIT_MOST;
	if (e->asleep && !found && !s->dead)
		s->wait = WAIT_ASLEEP;
	if (e->asleep && found)
		wake_disarm(e);
	s->look_at = now + s->wait - (found && s->wait == WAIT_LEAST);
}

static void end_all(struct emit *e)
{
	for (struct segment *s = e->segments, *next; s; s = next) {
		next = s->next;
		if (s->dead && s->drained && !s->dirty)
			seg_end(s);
	}
}

static bool all_quiet(const struct emit *e, int64_t now)
{
	for (const struct segment *s = e->segments; s; s = s->next)
		if (s->dead || now - s->quiet_since < QUIET_MS)
			return false;
	return true;
}

/* Programs are asked to ring, and looked at once more: what they wrote before they could know is found now. */
static void fall_asleep(struct emit *e, int64_t now)
{
	if (e->asleep || !wake_can(e) || !all_quiet(e, now))
		return;
	wake_arm(e);
	for (struct segment *s = e->segments; s && !e->blocked; s = s->next)
		look_at(e, s, now);
}

void poll_pass(struct emit *e)
{
	int64_t now = emit_ms(), soonest = INT64_MAX;

	clock_take(&e->clock);
	for (struct segment *s = e->segments; s && !e->blocked; s = s->next)
		if (s->look_at <= now)
			look_at(e, s, now);
	if (!e->blocked)
		fall_asleep(e, now);
	if (e->blocked || poll_settle(e) < 0)
		return;
	end_all(e);
	(void)poll_settle(e); /* what was forgotten */
	for (const struct segment *s = e->segments; s; s = s->next)
		soonest = s->look_at < soonest ? s->look_at : soonest;
	if (e->host->once && emit_is_done(e))
		genlog_input_done(e->in);
	if (e->blocked || !e->segments)
		return;
	now = emit_ms();
	genlog_timer_set(e->look, soonest > now ? soonest - now : 0);
}

void poll_on_timer(void *arg)
{
	poll_pass(arg);
}
