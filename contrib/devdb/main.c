/* wiregw: MongoDB's wire protocol before PostgreSQL with DocumentDB, for development and tests. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "control.h"
#include "gate.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2, END_SECONDS = 2 };

static int fail(const char *what, int r)
{
	fprintf(stderr, "wiregw: %s: %s\n", what, strerror(-r));
	return r;
}

/* Blocked in all threads, since it is done before there are any. */
static int catch_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int write_pidfile(const struct gate *g)
{
	FILE *f;
	bool ok;

	if (!g->opt.pidfile)
		return 0;
	f = fopen(g->opt.pidfile, "we");
	if (!f)
		return -errno;
	/* One write: who waits for the file sees both lines or none. */
	ok = fprintf(f, "%d\n%d\n", (int)getpid(), g->door.port) > 0;
	return fclose(f) == 0 && ok ? 0 : -EIO;
}

static int set_faults(struct gate *g)
{
	char out[256];

	for (int i = 0; i < g->opt.faults; i++)
		if (control_run(g, g->opt.fault[i], out, sizeof(out)) < 0) {
			fprintf(stderr, "wiregw: --fault \"%s\": %s\n", g->opt.fault[i], out);
			return -EINVAL;
		}
	return 0;
}

static void gate_init(struct gate *g)
{
	faults_init(&g->faults);
	rejects_init(&g->rejects);
	cursors_init(&g->cursors);
	sessions_init(&g->sessions);
	conns_init(&g->conns);
	g->engine.conninfo = g->opt.pg;
}

static int gate_open(struct gate *g)
{
	int r;

	if ((r = sink_open(&g->sink, g->opt.capture)) < 0)
		return fail(g->opt.capture, r);
	if ((r = door_open(&g->door, g->opt.port)) < 0)
		return fail("listening", r);
	if ((r = set_faults(g)) < 0)
		return r;
	if (g->opt.ctl && (r = control_start(g, g->opt.ctl)) < 0)
		return fail(g->opt.ctl, r);
	if ((r = write_pidfile(g)) < 0)
		return fail(g->opt.pidfile, r);
	return 0;
}

static int gate_run(struct gate *g, int signals)
{
	int fd;

	while ((fd = door_accept(&g->door, signals)) != -EINTR) {
		if (fd < 0)
			return fail("accepting", fd);
		if (conn_start(g, fd) < 0)
			fprintf(stderr, "wiregw: no thread for another client\n");
	}
	return 0;
}

/* Who is in the middle of something long is left to the end of the process, and so is the control thread. */
static void gate_end(struct gate *g)
{
	if (g->opt.pidfile)
		unlink(g->opt.pidfile);
	if (g->opt.ctl)
		unlink(g->opt.ctl);
	faults_clear(&g->faults);
	conns_kill(&g->conns);
	if (!conns_wait_none(&g->conns, END_SECONDS))
		return;
	cursors_fini(&g->cursors);
	sessions_fini(&g->sessions);
	sink_close(&g->sink);
}

static int serve(const struct options *opt)
{
	int signals = catch_signals();
	struct gate *g = signals < 0 ? NULL : calloc(1, sizeof(*g));
	int r;

	if (!g)
		return EXIT_FAILED;
	g->opt = *opt;
	gate_init(g);
	r = gate_open(g);
	if (r == 0)
		r = gate_run(g, signals);
	gate_end(g);
	fflush(NULL);
	_exit(r == 0 ? 0 : EXIT_FAILED);
}

int main(int argc, char **argv)
{
	struct options opt;

	if (options_parse(&opt, argc, argv) < 0)
		return EXIT_USAGE;
	if (opt.help) {
		options_usage();
		return 0;
	}
	if (opt.send)
		return control_send(opt.ctl, opt.send);
	return serve(&opt);
}
