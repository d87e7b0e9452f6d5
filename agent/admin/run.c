#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "admin/actions.h"
#include "admin/admin.h"
#include "admin/http.h"
#include "admin/metrics.h"
#include "admin/progress.h"
#include "admin/report.h"
#include "admin/status.h"
#include "base/clock.h"
#include "base/log.h"

#define SYNC_MIN_MS 10
#define STOP_MS 500

/* ── running ── */

void agent_end(struct agent *a, int code)
{
	a->exit_code = code;
	loop_stop(&a->loop);
}

/* Any thread: something may have come to its end. */
static void look(void *arg)
{
	struct agent *a = arg;

	if (a->options->once)
		loop_wake(&a->loop);
}

static void on_wake(void *arg)
{
	struct agent *a = arg;

	admin_woken(a->admin);
	actions_woken(a->actions);
	if (!a->options->once || !pipes_done(&a->pipes))
		return;
	pipes_stop(&a->pipes); /* the last batches are in the spool then */
	spool_flush(a->spool);
	if (spool_is_empty(a->spool))
		agent_end(a, 0);
}

static void on_sync(void *arg)
{
	struct agent *a = arg;
	int r = spool_sync(a->spool);

	if (r < 0 && !a->sync_failed)
		log_error("spool: what was written cannot be made durable (%s); going on, and trying again",
			strerror(-r));
	if (r == 0 && a->sync_failed)
		log_info("spool: what was written is durable again");
	a->sync_failed = r < 0;
	loop_timer_set(a->sync, agent_conf(a)->agent.spool.sync);
}

int agent_start_ship(struct agent *a, struct genlog_err *err)
{
	return ship_start(&a->ship, a->ship_conf, a->spool, look, a, err);
}

static int start_parts(struct agent *a, struct genlog_err *err)
{
	const struct conf_spool *s = &agent_conf(a)->agent.spool;
	int r = agent_start_ship(a, err);

	if (r == 0) {
		r = pipes_start(&a->pipes, &(struct pipes_start){.spool = a->spool,
						   .folder = s->path,
						   .syncs = s->sync != SPOOL_SYNC_NEVER,
						   .idle = look,
						   .idle_arg = a,
						   .batches = live_watcher(a->admin->live)});
		if (r < 0)
			genlog_fail(err, -r, "a reader's thread cannot be started: %s", strerror(-r));
	}
	return r;
}

static void on_hangup(struct agent *a)
{
	struct reloaded done;

	agent_reload(a, &done);
	reloaded_fini(&done);
}

static void on_signal(void *arg, uint32_t events)
{
	struct agent *a = arg;
	struct signalfd_siginfo s;

	(void)events;
	while (read(a->signals, &s, sizeof(s)) == (ssize_t)sizeof(s)) {
		if (s.ssi_signo == SIGHUP)
			on_hangup(a);
		else if (s.ssi_signo == SIGUSR1)
			report_log(&a->pipes, &a->ship, a->spool);
		else
			agent_end(a, a->options->once ? 1 : 0);
	}
}

static void signals_of_ours(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGUSR1);
}

/* From the first moment on: a reload that comes before the loop runs waits for it. */
static void hold_signals(void)
{
	sigset_t set;

	signals_of_ours(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int watch_signals(struct agent *a)
{
	sigset_t set;

	signals_of_ours(&set);
	a->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (a->signals < 0)
		return -errno;
	a->signal_watch = loop_watch(&a->loop, a->signals, EPOLLIN, on_signal, a);
	return a->signal_watch ? 0 : -errno;
}

static void on_rates(void *arg)
{
	struct agent *a = arg;

	rates_look(a);
	loop_timer_set(a->rates, RATES_MS);
}

static int open_loop(struct agent *a)
{
	int r = loop_open(&a->loop);

	a->loop.woken = on_wake;
	a->loop.woken_arg = a;
	if (r == 0)
		r = watch_signals(a);
	if (r < 0)
		return r;
	a->sync = loop_timer(&a->loop, on_sync, a);
	a->rates = loop_timer(&a->loop, on_rates, a);
	if (!a->sync || !a->rates)
		return -ENOMEM;
	loop_timer_set(a->rates, RATES_MS);
	if (agent_conf(a)->agent.spool.sync >= SYNC_MIN_MS)
		loop_timer_set(a->sync, agent_conf(a)->agent.spool.sync);
	return 0;
}

static int open_spool(struct agent *a, struct genlog_err *err)
{
	const struct conf_spool *s = &agent_conf(a)->agent.spool;
	struct spool_conf c = {.path = s->path, .max_size = s->max_size, .min_free = s->min_free, .sync_ms = s->sync};
	struct spool_stats st;
	int r;

	r = spool_open(&a->spool, &c, err);
	if (r < 0)
		return r;
	spool_stats_get(a->spool, &st);
	if (st.torn_bytes)
		log_warn("spool: an unfinished write of %llu bytes was cut off; its lines are read again",
			(unsigned long long)st.torn_bytes);
	return 0;
}

static int run(struct agent *a)
{
	struct genlog_err err = {0};
	int r = open_loop(a);

	if (r < 0)
		genlog_fail(&err, -r, "the agent cannot start: %s", strerror(-r));
	else
		r = open_spool(a, &err);
	if (r == 0)
		r = admin_open(a->admin, a);
	if (r == 0)
		r = start_parts(a, &err);
	if (r == 0 &&
		(metrics_open(a->metrics, a) < 0 || progress_open(a->progress, a) < 0 || http_open(a->http, a) < 0))
		r = genlog_fail(&err, ENOMEM, "no memory");
	if (r < 0) {
		log_error("%s (%s)", err.text, strerror(err.code));
		return 1;
	}
	if (!a->pipes.n_inputs)
		log_warn("no input is configured; the agent only delivers what is in its spool");
	notify_ready(a);
	r = loop_run(&a->loop);
	if (r < 0)
		log_error("the main loop failed: %s", strerror(-r));
	return r < 0 ? 1 : a->exit_code;
}

static void close_all(struct agent *a)
{
	pipes_fini(&a->pipes);
	ship_fini(&a->ship);
	while (a->loaded) {
		struct loaded *l = a->loaded;

		a->loaded = l->next;
		conf_fini(&l->conf);
		free(l);
	}
}

/*
 * All that was read is in the spool.  Where the output does not answer there is nothing to wait for: what it has got
 * already is known by its _id when it comes again.
 */
static void stop(struct agent *a, int code)
{
	bool ended;

	notify_stopping();
	pipes_stop(&a->pipes);
	admin_close(a->admin);
	metrics_close(a->metrics);
	http_close(a->http);
	actions_close(a->actions);
	progress_close(a->progress);
	ended = ship_stop_within(&a->ship, STOP_MS);
	if (a->spool && !a->options->quiet)
		report_log(&a->pipes, &a->ship, a->spool);
	if (!ended) {
		log_warn("the output does not answer; what it has not confirmed is sent again after the next start");
		(void)spool_sync(a->spool); /* a failure was told by the timer before */
		_exit(code);
	}
	close_all(a);
	spool_close(a->spool);
	loop_unwatch(a->signal_watch);
	loop_close(&a->loop);
	if (a->signals >= 0)
		close(a->signals);
}

/* The exit code of --check, and of a configuration that the agent does not start with. */
static int tell_made(const struct run_options *o, const struct made *m, int r)
{
	const struct conf *c = m->loaded ? &m->loaded->conf : NULL;

	if (o->checked && c)
		o->checked(o->checked_arg, c, m->pipes.n_inputs, r >= 0);
	else if (r < 0 || !c)
		fprintf(stderr, "%s: the agent does not start with this\n", o->config);
	else if (!c->n_errors)
		printf("%s: %zu services, %zu inputs, output %s: all is well\n", o->config, c->n_services,
			m->pipes.n_inputs, c->output.type);
	return r < 0 || !c || c->n_errors ? 1 : 0;
}

static void use(struct agent *a, struct made *m)
{
	agent_ship_made(a, m);
	a->loaded = m->loaded;
	a->pipes = m->pipes;
	a->generation = 1;
	a->started_ms = a->loaded_ms = clock_wall_ms();
	*m = (struct made){0};
}

int run_agent(const struct run_options *o)
{
	struct admin admin = {.fd = -1};
	struct metrics metrics = {0};
	struct progress progress = {0};
	struct http http = {0};
	struct actions actions = {0};
	struct agent a = {.options = o,
		.signals = -1,
		.admin = &admin,
		.metrics = &metrics,
		.progress = &progress,
		.http = &http,
		.actions = &actions};
	struct made m = {0};
	int r, code;

	if (!o->check)
		hold_signals();
	r = made_load(&m, o);
	if (r < 0 || o->check) {
		code = tell_made(o, &m, r);
		made_fini(&m);
		return code;
	}
	use(&a, &m);
	actions_open(&actions, &a);
	code = run(&a);
	stop(&a, code);
	return code;
}
