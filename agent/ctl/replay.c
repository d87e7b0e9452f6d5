#include "ctl/replay.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "pipe/alerts.h"

#define SPOOL_BYTES (64LL << 20)
#define TAKE_DOCS 1000
#define TAKE_BYTES (1u << 20)
#define WAIT_MS 50

static volatile sig_atomic_t interrupted;

static void on_signal(int s)
{
	(void)s;
	interrupted = 1;
}

bool replay_interrupted(void)
{
	return interrupted != 0;
}

/* ── which input ── */

int replay_load(struct replay *r, struct ctl *c, const char *what)
{
	const char *path = c->config ? c->config : CTL_CONFIG;
	int e = conf_load(&r->conf, path);

	r->c = c;
	r->what = what;
	if (e == 0)
		e = pipes_build(&r->pipes, &r->conf, true);
	if (r->conf.n_errors && !r->passing)
		conf_errors_print(&r->conf, stderr);
	if (e < 0)
		ctl_error("%s: %s: %s; it says which input reads a file, so nothing is done without it", what, path,
			e == -ENOMEM ? "no memory" : "not a configuration that can be used");
	return e;
}

int replay_add(struct replay *r, const char *path, const char *as, struct genlog_input **in)
{
	int e = -ENOENT;

	for (size_t i = 0; i < r->pipes.n_inputs && e == -ENOENT; i++) {
		struct genlog_input *one = r->pipes.inputs[i];

		if (!one->plug.code->replay)
			continue;
		e = one->plug.code->replay(one->plug.state, path, as);
		if (e == 0)
			one->placed = true;
		if (e == 0 && in)
			*in = one;
	}
	return e;
}

int replay_describe(struct replay *r, const char *path, struct genlog_source_desc *d, struct genlog_input **in)
{
	int e = -ENOENT;

	for (size_t i = 0; i < r->pipes.n_inputs && e == -ENOENT; i++) {
		*in = r->pipes.inputs[i];
		if ((*in)->plug.code->describe)
			e = (*in)->plug.code->describe((*in)->plug.state, *in, path, d);
	}
	return e;
}

/* ── running ── */

/* Those without a file do not run; rules that watch what happens now have nothing to say of what has happened. */
static void choose(struct replay *r, struct pipe_watcher *watcher)
{
	for (size_t i = 0; i < r->pipes.n_inputs; i++) {
		struct genlog_input *in = r->pipes.inputs[i];

		in->done = !in->placed;
		alerts_close(in);
	}
	for (size_t i = 0; i < r->pipes.n_readers; i++)
		r->pipes.readers[i].watcher = watcher;
}

static void listen_to_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

int replay_start(struct replay *r, const char *folder, uint64_t skip, struct pipe_watcher *watcher)
{
	struct spool_conf conf = {.path = folder, .max_size = SPOOL_BYTES, .sync_ms = SPOOL_SYNC_ALWAYS};
	struct genlog_err err = {0};
	int e;

	if (r->passing)
		conf.sync_ms = SPOOL_SYNC_NEVER;
	log_threshold(LOG_LEVEL_ERROR); /* that its spool is full is how it goes */
	e = spool_open(&r->spool, &conf, &err);
	if (e < 0) {
		ctl_error("%s: %s: %s%s", r->what, err.text, strerror(-e),
			e == -EBUSY ? "; the same command runs already" : "; --state says another place");
		return e;
	}
	if (skip)
		spool_skip_to(r->spool, skip);
	choose(r, watcher);
	listen_to_signals();
	e = pipes_start(&r->pipes, &(struct pipes_start){.spool = r->spool, .folder = folder});
	if (e < 0)
		ctl_error("%s: a reader's thread cannot be started: %s", r->what, strerror(-e));
	r->started = e == 0;
	return e;
}

/* With an empty spool, which refuses nothing: the last batches go in. */
static int stop_readers(struct replay *r)
{
	pipes_stop(&r->pipes);
	r->stopped = true;
	spool_flush(r->spool);
	for (size_t i = 0; i < r->pipes.n_readers; i++)
		if (!batch_is_empty(&r->pipes.readers[i].batch)) {
			ctl_error("%s: its spool cannot be written; what was done stays done, the same command goes on",
				r->what);
			return -EIO;
		}
	return 0;
}

static int take(struct replay *r)
{
	static const struct take_limits limits = {
		.docs = TAKE_DOCS, .bytes = TAKE_BYTES, .linger_ms = 20, .wait_ms = WAIT_MS};
	int e = spool_take(r->spool, &r->take, &limits);

	if (e == 1 && (r->take.damaged || r->take.lost_docs)) {
		ctl_error("%s: its spool was damaged on the disk; remove its folder and begin again", r->what);
		return -EIO;
	}
	if (e == 1 && sort_take(&r->docs, &r->take) < 0)
		e = -ENOMEM;
	if (e < 0)
		ctl_error("%s: its spool cannot be read: %s", r->what, strerror(-e));
	return e;
}

int replay_next(struct replay *r)
{
	for (;;) {
		bool done = pipes_done(&r->pipes);
		int e = interrupted ? -EINTR : take(r);

		if (e != 0)
			return e;
		if (!done || !spool_is_empty(r->spool))
			continue;
		if (r->stopped)
			return 0;
		e = stop_readers(r);
		if (e < 0)
			return e;
	}
}

int replay_ack(struct replay *r)
{
	int e = spool_ack(r->spool, &r->take);

	if (e < 0)
		ctl_error("%s: its spool cannot be written: %s", r->what, strerror(-e));
	return e;
}

bool replay_judge(const struct replay *r)
{
	uint64_t errors = pipes_input_count(&r->pipes, GENLOG_COUNT_READ_ERRORS);
	uint64_t cut = pipes_input_count(&r->pipes, GENLOG_COUNT_FILES_TRUNCATED);

	if (errors)
		ctl_error("%s: %llu times a file could not be read: what it holds there is not looked at", r->what,
			(unsigned long long)errors);
	if (cut)
		ctl_error("%s: %llu times a file was truncated or written over while it was read: what it held before "
			  "is not looked at; run it again on the rotated files",
			r->what, (unsigned long long)cut);
	return !errors && !cut;
}

void replay_close(struct replay *r)
{
	pipes_fini(&r->pipes);
	spool_take_fini(&r->take);
	sorted_fini(&r->docs);
	spool_close(r->spool);
	conf_fini(&r->conf);
	*r = (struct replay){0};
}

/* ── paths ── */

int replay_absolute(const char *path, char *out, size_t cap)
{
	char *cwd = *path == '/' ? NULL : getcwd(NULL, 0), *copy = NULL, *rest, *part;
	size_t n = 0;

	if ((*path != '/' && !cwd) || asprintf(&copy, "%s/%s", cwd ? cwd : "", path) < 0) {
		free(cwd);
		return -ENOMEM;
	}
	free(cwd);
	rest = copy;
	while ((part = strsep(&rest, "/"))) {
		size_t len = strlen(part);

		if (strcmp(part, "..") == 0) {
			while (n && out[--n] != '/')
				;
		} else if (len && strcmp(part, ".") != 0) {
			if (n + len + 2 > cap) {
				free(copy);
				return -ENAMETOOLONG;
			}
			out[n++] = '/';
			memcpy(out + n, part, len);
			n += len;
		}
	}
	out[n] = 0;
	free(copy);
	return 0;
}

bool replay_is_compressed(const char *path)
{
	static const char *const endings[] = {".gz", ".zst", ".xz"};
	size_t n = strlen(path);

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (n > strlen(endings[i]) && strcmp(path + n - strlen(endings[i]), endings[i]) == 0)
			return true;
	return false;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path) < 0 ? errno : 0;
}

int replay_remove(const char *folder)
{
	int e = nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);

	return e < 0 ? -errno : -e;
}
