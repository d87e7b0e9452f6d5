#include "emit.h"

#include <errno.h>
#include <stdlib.h>

#define TIDY_MS 600000

enum { LEVEL_OWN };

static const char *const levels[] = {"own", "debug", "info", "warn", "error", "critical", NULL};
static const char *const debugs[] = {"off", "on_error", NULL};
static const char *const stores[] = {[FD_STORE_AUTO] = "auto", [FD_STORE_YES] = "yes", [FD_STORE_NO] = "no", NULL};
static const char *const modules[] = {"service", "app", NULL};

static const struct genlog_opt opts[] = {
	GENLOG_STR(struct emit, socket, .def = GL_SOCKET_PATH,
		.help = "where programs hand over their memory; \"\": nowhere"),
	GENLOG_INT(struct emit, mode, .def = "0666", .min = 0, .max = 0777, .help = "of the socket's file"),
	GENLOG_LIST(struct emit, rings, .def = GL_RINGS_PATH,
		.help = "folders of files of those who had no agent, or whose agent has nobody to keep their memory, "
			"and of "
			"what they spilled; in memory (tmpfs)"),
	GENLOG_CHOICE(struct emit, level, .def = "own", .choices = levels,
		.help = "what programs log from now on; own: what each has chosen"),
	GENLOG_CHOICE(struct emit, debug, .def = "off", .choices = debugs,
		.help = "on_error: what lies below the level stays in memory, and is shipped when the program logs an "
			"ERROR or dies; with level: own for programs that keep it of themselves"),
	GENLOG_INT(struct emit, debug_records, .def = "200", .min = 1, .max = 100000,
		.help = "how many of those, of one thread and one time"),
	GENLOG_CHOICE(struct emit, module, .def = "service", .choices = modules,
		.help = "what `module` of a document is: the service, or what the program calls itself"),
	GENLOG_CHOICE(struct emit, fd_store, .def = "auto", .choices = stores,
		.help = "whether systemd keeps the memory of programs for the next agent: the unit has "
			"FileDescriptorStoreMax=; auto: if systemd says so (254 and later), or the unit, by FDSTORE in "
			"the environment; without it programs use files"),
	GENLOG_SIZE(struct emit, max_segment, .def = "128MiB", .min = 1 << 20, .max = 1LL << 40,
		.help = "of one program's memory"),
	GENLOG_INT(struct emit, max_segments, .def = "256", .min = 1, .max = 65536, .help = "of one user"),
	GENLOG_SIZE(struct emit, max_bytes, .def = "8GiB", .min = 1 << 20, .max = 1LL << 50,
		.help = "of all segments of one user, as they are declared"),
	{0},
};

static int emit_open(void *state, struct genlog_err *err)
{
	struct emit *e = state;

	e->listen_fd = e->inotify = -1;
	e->open = true;
	clock_take(&e->clock);
	e->chunk = malloc(RECORD_MAX + CHUNK + GENLOG_PAD);
	if (!e->chunk || wake_open(e) < 0)
		return genlog_fail(err, ENOMEM, "no memory");
	if (*e->socket && *e->socket != '/')
		return genlog_fail_opt(err, "socket", EINVAL, "\"%.200s\" does not begin with /", e->socket);
	for (size_t i = 0; i < e->rings.n; i++)
		if (*e->rings.v[i] != '/')
			return genlog_fail_opt(err, "rings", EINVAL, "\"%.200s\" does not begin with /", e->rings.v[i]);
	return 0;
}

static void on_tidy(void *arg)
{
	struct emit *e = arg;

	if (e->blocked) {
		genlog_timer_set(e->tidy, 1000);
		return;
	}
	notes_tidy(e);
	genlog_turn_end(e->in);
	genlog_timer_set(e->tidy, TIDY_MS);
	files_scan(e);
}

static int emit_start(void *state, struct genlog_input *in, struct genlog_err *err)
{
	struct emit *e = state;
	int r;

	e->in = in;
	e->host = genlog_host(in);
	e->look = genlog_timer(in, poll_on_timer, e);
	e->tidy = genlog_timer(in, on_tidy, e);
	if (!e->look || !e->tidy || wake_start(e) < 0)
		return genlog_fail(err, ENOMEM, "no memory");
	if (notes_load(e) < 0)
		return genlog_fail(err, ENOMEM, "no memory");
	genlog_timer_set(e->tidy, TIDY_MS);
	kept_take(e);
	r = files_open(e, err);
	if (r == 0)
		r = listen_open(e, err);
	if (r == 0 && e->host->once && !e->segments)
		genlog_input_done(in);
	return r;
}

static void emit_resume(void *state)
{
	struct emit *e = state;

	e->blocked = false;
	poll_pass(e);
}

/* What is there already; all else stays where it is, for the next agent. */
static void emit_stop(void *state)
{
	struct emit *e = state;

	for (struct segment *s = e->segments; s; s = s->next) {
		s->look_at = 0;
		if (!seg_is_readable(s))
			clock_wait(&e->clock);
	}
	if (!e->blocked)
		poll_pass(e);
	e->open = false;
}

static void emit_close(void *state)
{
	struct emit *e = state;

	if (!e->chunk)
		return;
	wake_close(e);
	listen_close(e);
	while (e->segments)
		seg_free(e->segments);
	files_close(e);
	notes_free(e);
	trace_free(e);
	genlog_timer_free(e->look);
	genlog_timer_free(e->tidy);
	free(e->doc.p);
	free(e->chunk);
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_INPUT,
	.name = "emit",
	.summary = "records that programs have written into shared memory with libgenlog",
	.state_size = sizeof(struct emit),
	.opts = opts,
	.open = emit_open,
	.close = emit_close,
	.start = emit_start,
	.resume = emit_resume,
	.stop = emit_stop,
};
