#include "admin/progress.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

static bool all_answered(const struct agent *a)
{
	for (size_t i = 0; i < a->pipes.n_readers; i++) {
		const struct reader *r = &a->pipes.readers[i];

		if (r->running && __atomic_load_n(&r->answered, __ATOMIC_RELAXED) != r->asked)
			return false;
	}
	return true;
}

static void ask_all(struct agent *a)
{
	for (size_t i = 0; i < a->pipes.n_readers; i++) {
		struct reader *r = &a->pipes.readers[i];

		if (!r->running)
			continue;
		__atomic_store_n(&r->asked, r->asked + 1, __ATOMIC_RELAXED);
		loop_wake(&r->loop);
	}
}

static void look_at_output(struct progress *p, int64_t now)
{
	uint64_t delivered = ship_count(&p->agent->ship, SHIP_DELIVERED) + ship_count(&p->agent->ship, SHIP_REJECTED);
	struct spool_stats st;

	spool_stats_get(p->agent->spool, &st);
	if (delivered != p->delivered || !st.docs_waiting)
		p->delivered_ms = now;
	p->delivered = delivered;
}

bool progress_alive(const struct progress *p)
{
	return clock_ms() - p->answered_ms < STUCK_MS;
}

static void feed(struct progress *p, int64_t now)
{
	if (!p->watchdog_ms || now - p->fed_ms < p->watchdog_ms / 3)
		return;
	if (!progress_alive(p)) {
		log_error("a reader has not moved for %" PRId64 " s; systemd is not told that all is well",
			(now - p->answered_ms) / 1000);
		return;
	}
	p->fed_ms = now;
	(void)sd_notify(0, "WATCHDOG=1");
}

static void on_timer(void *arg)
{
	struct progress *p = arg;
	int64_t now = clock_ms();

	if (all_answered(p->agent)) {
		p->answered_ms = now;
		ask_all(p->agent);
	}
	look_at_output(p, now);
	feed(p, now);
	loop_timer_set(p->timer, PROGRESS_MS);
}

static int refused(const struct agent *a)
{
	int why = 0;

	for (size_t i = 0; i < a->pipes.n_readers && !why; i++)
		why = __atomic_load_n(&a->pipes.readers[i].told, __ATOMIC_RELAXED);
	return why;
}

const char *progress_stuck(struct progress *p, char *out, size_t cap)
{
	int64_t now = clock_ms();
	int why = refused(p->agent);

	if (!progress_alive(p))
		snprintf(out, cap, "a reader has not moved for %" PRId64 " s", (now - p->answered_ms) / 1000);
	else if (why && why != -EAGAIN)
		snprintf(out, cap, "the spool cannot be written: %s", strerror(-why));
	else if (why)
		snprintf(out, cap, "the spool is full");
	else if (now - p->delivered_ms > agent_conf(p->agent)->agent.admin.ready_after)
		snprintf(out, cap, "documents wait, and none was delivered for %" PRId64 " s",
			(now - p->delivered_ms) / 1000);
	else
		return NULL;
	return out;
}

int progress_open(struct progress *p, struct agent *a)
{
	int64_t now = clock_ms();
	uint64_t usec = 0;

	*p = (struct progress){.agent = a, .answered_ms = now, .delivered_ms = now};
	if (sd_watchdog_enabled(0, &usec) > 0)
		p->watchdog_ms = (int64_t)(usec / 1000);
	p->timer = loop_timer(&a->loop, on_timer, p);
	if (!p->timer)
		return -ENOMEM;
	loop_timer_set(p->timer, PROGRESS_MS);
	return 0;
}

void progress_close(struct progress *p)
{
	loop_timer_free(p->timer);
	*p = (struct progress){0};
}

void notify_ready(const struct agent *a)
{
	(void)sd_notifyf(0, "READY=1\nSTATUS=generation %" PRIu64 ", %zu inputs, output %s", a->generation,
		a->pipes.n_inputs, a->ship.out.code->name);
}

void notify_reloading(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000);
}

void notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}
