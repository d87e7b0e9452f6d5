#include "tail.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define RESCAN_MS 60000

static const char *const starts[] = {[START_BEGINNING] = "beginning", [START_END] = "end", NULL};

static const struct genlog_opt opts[] = {
	GENLOG_LIST(struct tail, paths, .required = true,
		.help = "files, with wildcards; ** stands for any number of folders"),
	GENLOG_LIST(struct tail, exclude,
		.help = "files not to read: wildcards on the name, or on the path where it has a /"),
	GENLOG_CHOICE(struct tail, start, .def = "beginning", .choices = starts,
		.help = "where to begin in files that are there at the first start; files that come later are read "
			"from their beginning"),
	GENLOG_STR(struct tail, encoding, .help = "of the files, as iconv calls it; without it UTF-8"),
	GENLOG_TIME(struct tail, rotate_wait, .def = "30s", .min = 100, .max = 86400000,
		.help = "how long a file that was renamed or deleted has to be quiet before it is closed"),
	GENLOG_TIME(struct tail, poll_interval, .def = "1s", .min = 50, .max = 3600000,
		.help = "how often to look where the kernel cannot tell of changes"),
	GENLOG_BOOL(struct tail, follow_links, .def = "yes", .help = "read what symbolic links point to"),
	{0},
};

static char *absolute(const char *pattern)
{
	char *cwd, *out = NULL;

	if (*pattern == '/')
		return strdup(pattern);
	cwd = getcwd(NULL, 0);
	if (cwd)
		out = malloc(strlen(cwd) + strlen(pattern) + 2);
	if (out) {
		memcpy(out, cwd, strlen(cwd));
		out[strlen(cwd)] = '/';
		memcpy(out + strlen(cwd) + 1, pattern, strlen(pattern) + 1);
	}
	free(cwd);
	return out;
}

static int tail_open(void *state, struct genlog_err *err)
{
	struct tail *t = state;

	t->inotify = -1;
	t->ready_end = &t->ready;
	t->pattern = calloc(t->paths.n + 1, sizeof(char *));
	if (!t->pattern)
		return genlog_fail(err, ENOMEM, "no memory");
	for (; t->patterns < t->paths.n; t->patterns++) {
		if (!*t->paths.v[t->patterns])
			return genlog_fail_opt(err, "paths", EINVAL, "a path is empty");
		t->pattern[t->patterns] = absolute(t->paths.v[t->patterns]);
		if (!t->pattern[t->patterns])
			return genlog_fail(err, ENOMEM, "no memory");
	}
	if (t->encoding && strcmp(t->encoding, "UTF-8") != 0 && strcmp(t->encoding, "utf-8") != 0) {
		t->conv = conv_open(t->encoding);
		if (!t->conv)
			return genlog_fail_opt(err, "encoding", EINVAL,
				"\"%s\" is not an encoding that can be read line by line; `iconv -l` lists the names",
				t->encoding);
	}
	return 0;
}

static void tail_close(void *state)
{
	struct tail *t = state;

	genlog_unwatch(t->watch);
	files_free(t);
	dirs_free(t);
	known_free(t);
	replay_free(t);
	conv_free(t->conv);
	if (t->inotify >= 0)
		close(t->inotify);
	for (size_t i = 0; i < t->patterns; i++)
		free(t->pattern[i]);
	free(t->pattern);
	free(t->buf);
}

/* A file an fd: the limit of the process goes up to what the system allows. */
static void raise_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < l.rlim_max) {
		l.rlim_cur = l.rlim_max;
		setrlimit(RLIMIT_NOFILE, &l);
	}
}

static struct tfile *take_ready(struct tail *t)
{
	struct tfile *f = t->ready;

	if (!f)
		return NULL;
	t->ready = f->next_ready;
	if (!t->ready)
		t->ready_end = &t->ready;
	f->ready = false;
	return f;
}

static size_t count_ready(const struct tail *t)
{
	size_t n = 0;

	for (const struct tfile *f = t->ready; f; f = f->next_ready)
		n++;
	return n;
}

/* Every file that was ready gets one turn; those with more to read come again, behind the others. */
static void on_turn(void *arg)
{
	struct tail *t = arg;
	size_t n = count_ready(t);

	for (; n && !t->waiting; n--) {
		struct tfile *f = take_ready(t);

		if (!f)
			break;
		if (file_read(t, f))
			file_ready(t, f);
	}
	genlog_turn_end(t->in);
	if (t->waiting)
		return;
	if (t->ready)
		genlog_timer_set(t->turn, 0);
	else if (t->host->once)
		genlog_input_done(t->in);
}

static void tail_resume(void *state)
{
	struct tail *t = state;

	t->waiting = false;
	genlog_timer_set(t->turn, 0);
}

static void tail_taken(void *state, struct genlog_source *src, const char *p, size_t n)
{
	file_taken(state, genlog_source_marked(src), p, n);
}

static void on_flush(void *arg)
{
	const struct tail *t = arg;

	genlog_turn_end(t->in);
}

static void on_tick(void *arg)
{
	rotated_tick(arg);
}

static void look_at_all(struct tail *t)
{
	for (size_t i = 0; i < t->file_cap; i++)
		for (struct tfile *f = t->file_by_path[i], *next; f; f = next) {
			struct stat st;

			next = f->by_path;
			if (fstat(f->fd, &st) == 0 &&
				((uint64_t)st.st_size != f->size ||
					(f->stream && !f->given_up && !(f->known && f->known->done))))
				file_ready(t, f);
		}
}

static void on_poll(void *arg)
{
	struct tail *t = arg;

	t->refused_hash = 0;
	(void)dirs_check(t);
	dirs_discover(t);
	for (struct tdir *d = t->dirs; d; d = d->next)
		if (d->use == DIR_READ)
			dir_scan(t, d);
	links_again(t);
	look_at_all(t);
	genlog_timer_set(t->poll, t->polling ? t->poll_interval : RESCAN_MS);
}

static int make_parts(struct tail *t)
{
	t->buf = malloc(TAIL_BYTES + READ_CHUNK + GENLOG_PAD);
	t->buf_cap = TAIL_BYTES + READ_CHUNK;
	t->turn = genlog_timer(t->in, on_turn, t);
	t->tick = genlog_timer(t->in, on_tick, t);
	t->flush = genlog_timer(t->in, on_flush, t);
	t->poll = genlog_timer(t->in, on_poll, t);
	return t->buf && t->turn && t->tick && t->flush && t->poll ? 0 : -ENOMEM;
}

/* Now, while `start: end` means what is there already; first those that are still where they were read before. */
static void identify_all(struct tail *t)
{
	for (int pass = 0; pass < 2; pass++)
		for (struct tfile *f = t->ready; f; f = f->next_ready)
			if (!f->known && (pass == 1 || known_at_inode(t, f->dev, f->ino, NULL)))
				(void)file_identify(t, f); /* what cannot be identified yet comes again with its turn */
}

static void discover(struct tail *t)
{
	genlog_timer_set(t->poll, t->polling ? t->poll_interval : RESCAN_MS);
	t->first_scan = !t->started_before;
	dirs_discover(t);
	identify_all(t);
	t->first_scan = false;
	if (!t->files)
		genlog_say(t->in, GENLOG_SAY_INFO, "no file matches %s%s yet; those that come are read", t->pattern[0],
			t->patterns > 1 ? " and the other paths" : "");
	known_started(t);
	known_forget_old(t);
}

static int tail_start(void *state, struct genlog_input *in, struct genlog_err *err)
{
	struct tail *t = state;
	int r;

	t->in = in;
	t->host = genlog_host(in);
	raise_limit();
	r = make_parts(t);
	if (r == 0)
		r = known_load(t);
	if (r == 0)
		r = events_open(t);
	if (r < 0)
		return genlog_fail(err, -r, "it cannot start: %s", strerror(-r));
	if (t->replays)
		replay_start(t);
	else
		discover(t);
	genlog_timer_set(t->turn, 0);
	return 0;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_INPUT,
	.name = "tail",
	.summary = "follows files through rotation, truncation and restarts",
	.state_size = sizeof(struct tail),
	.opts = opts,
	.open = tail_open,
	.close = tail_close,
	.start = tail_start,
	.resume = tail_resume,
	.taken = tail_taken,
	.describe = tail_describe,
	.replay = tail_replay,
};
