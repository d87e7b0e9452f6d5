#include "admin/run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "admin/report.h"
#include "base/log.h"
#include "pipe/sample.h"
#include "ship/ship.h"

#define SYNC_MIN_MS 10
#define STOP_MS 500

struct agent {
	const struct run_options *options;
	struct conf conf;
	struct pipes pipes;
	struct ship ship;
	struct spool *spool;
	struct loop loop;
	struct loop_timer *sync;
	int signals;
	struct loop_watch *signal_watch;
	bool sync_failed;
	int exit_code;
};

/* ── configuration ── */

static int load(struct agent *a, struct conf *c, struct pipes *ps, struct ship *sh)
{
	int r = conf_load(c, a->options->config), e;

	if (r == 0) {
		r = pipes_build(ps, c, a->options->once);
		e = ship_open(sh, c);
		r = r < 0 ? r : e;
	}
	if (r == 0 && a->options->check)
		r = samples_check(ps, c);
	if (c->n_errors)
		conf_errors_print(c, stderr);
	return r;
}

static void unload(struct conf *c, struct pipes *ps, struct ship *sh)
{
	pipes_fini(ps);
	ship_fini(sh);
	conf_fini(c);
	*c = (struct conf){0};
}

static size_t services_aside(const struct conf *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_services; i++)
		n += c->services[i].aside;
	return n;
}

/* ── running ── */

static void end(struct agent *a, int code)
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

	if (!pipes_done(&a->pipes))
		return;
	pipes_stop(&a->pipes); /* the last batches are in the spool then */
	spool_flush(a->spool);
	if (spool_is_empty(a->spool))
		end(a, 0);
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
	loop_timer_set(a->sync, a->conf.agent.spool.sync);
}

static int start_parts(struct agent *a, struct genlog_err *err)
{
	int r = ship_start(&a->ship, &a->conf, a->spool, look, a, err);

	if (r == 0) {
		r = pipes_start(&a->pipes, &(struct pipes_start){a->spool, a->conf.agent.spool.path,
						   a->conf.agent.spool.sync != SPOOL_SYNC_NEVER, look, a});
		if (r < 0)
			genlog_fail(err, -r, "a reader's thread cannot be started: %s", strerror(-r));
	}
	return r;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* A reload is taken whole or not at all: what runs goes on until the new configuration stands. */
static void reload(struct agent *a)
{
	struct conf c = {0};
	struct pipes ps = {0};
	struct ship sh = {0};
	struct genlog_err err = {0};
	int r;

	if (load(a, &c, &ps, &sh) < 0 || services_aside(&c) > services_aside(&a->conf)) {
		log_error("reload: the configuration has errors; the old one stays");
		unload(&c, &ps, &sh);
		return;
	}
	if (!same_text(c.agent.spool.path, a->conf.agent.spool.path))
		log_warn("reload: spool.path is changed by a restart only");
	pipes_stop(&a->pipes);
	ship_stop(&a->ship);
	unload(&a->conf, &a->pipes, &a->ship);
	a->conf = c;
	a->pipes = ps;
	a->ship = sh;
	spool_go_on(a->spool);
	r = start_parts(a, &err);
	if (r < 0) {
		log_error("reload: %s", err.text);
		end(a, 1);
		return;
	}
	log_info("reload: %zu services run, %zu are set aside", a->conf.n_services - services_aside(&a->conf),
		services_aside(&a->conf));
}

static void on_signal(void *arg, uint32_t events)
{
	struct agent *a = arg;
	struct signalfd_siginfo s;

	(void)events;
	while (read(a->signals, &s, sizeof(s)) == (ssize_t)sizeof(s)) {
		if (s.ssi_signo == SIGHUP)
			reload(a);
		else if (s.ssi_signo == SIGUSR1)
			report_log(&a->pipes, &a->ship, a->spool);
		else
			end(a, a->options->once ? 1 : 0);
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
	if (!a->sync)
		return -ENOMEM;
	if (a->conf.agent.spool.sync >= SYNC_MIN_MS)
		loop_timer_set(a->sync, a->conf.agent.spool.sync);
	return 0;
}

static int open_spool(struct agent *a, struct genlog_err *err)
{
	const struct conf_spool *s = &a->conf.agent.spool;
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
		r = start_parts(a, &err);
	if (r < 0) {
		log_error("%s (%s)", err.text, strerror(err.code));
		return 1;
	}
	if (!a->pipes.n_inputs)
		log_warn("no input is configured; the agent only delivers what is in its spool");
	r = loop_run(&a->loop);
	if (r < 0)
		log_error("the main loop failed: %s", strerror(-r));
	return r < 0 ? 1 : a->exit_code;
}

/*
 * All that was read is in the spool.  Where the output does not answer there is nothing to wait for: what it has got
 * already is known by its _id when it comes again.
 */
static void stop(struct agent *a, int code)
{
	bool ended;

	pipes_stop(&a->pipes);
	ended = ship_stop_within(&a->ship, STOP_MS);
	if (a->spool && !a->options->quiet)
		report_log(&a->pipes, &a->ship, a->spool);
	if (!ended) {
		log_warn("the output does not answer; what it has not confirmed is sent again after the next start");
		(void)spool_sync(a->spool); /* a failure was told by the timer before */
		_exit(code);
	}
	unload(&a->conf, &a->pipes, &a->ship);
	spool_close(a->spool);
	loop_unwatch(a->signal_watch);
	loop_close(&a->loop);
	if (a->signals >= 0)
		close(a->signals);
}

int run_agent(const struct run_options *o)
{
	struct agent a = {.options = o, .signals = -1};
	int r, code;

	if (!o->check)
		hold_signals();
	r = load(&a, &a.conf, &a.pipes, &a.ship);
	if (r < 0 || o->check) {
		code = r < 0 || a.conf.n_errors ? 1 : 0;
		if (code == 0)
			printf("%s: %zu services, %zu inputs, output %s: all is well\n", o->config, a.conf.n_services,
				a.pipes.n_inputs, a.conf.output.type);
		else if (r < 0)
			fprintf(stderr, "%s: the agent does not start with this\n", o->config);
		unload(&a.conf, &a.pipes, &a.ship);
		return code;
	}
	code = run(&a);
	stop(&a, code);
	return code;
}
