#include "admin/actions.h"

#include <bson/bson.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/place.h"

void actions_open(struct actions *x, struct agent *a)
{
	*x = (struct actions){.agent = a};
	x->end = &x->first;
	pthread_mutex_init(&x->lock, NULL);
}

static struct alarm_run *next_run(struct actions *x)
{
	struct alarm_run *r;

	pthread_mutex_lock(&x->lock);
	r = x->first;
	if (r) {
		x->first = r->next;
		x->waiting--;
		if (!x->first)
			x->end = &x->first;
	}
	pthread_mutex_unlock(&x->lock);
	return r;
}

void actions_take(struct actions *x, struct alarm_run *list)
{
	static struct log_limit limit;

	while (list) {
		struct alarm_run *r = list;
		bool taken;

		list = r->next;
		r->next = NULL;
		pthread_mutex_lock(&x->lock);
		taken = x->waiting < ACTIONS_WAITING;
		if (taken) {
			*x->end = r;
			x->end = &r->next;
			x->waiting++;
		}
		pthread_mutex_unlock(&x->lock);
		if (taken)
			continue;
		__atomic_fetch_add(&x->left_out, 1, __ATOMIC_RELAXED);
		log_limited(&limit, LOG_LEVEL_WARN,
			"alert %s: %d others wait to be run; its command is left out, its notification is not", r->name,
			ACTIONS_WAITING);
		alarm_run_free(r);
	}
}

/* ── running ── */

static void forget(struct action *a)
{
	loop_unwatch(a->watch);
	loop_timer_free(a->limit);
	if (a->pidfd >= 0)
		close(a->pidfd);
	*a = (struct action){.owner = a->owner, .pidfd = -1};
}

static void on_end(void *arg, uint32_t events)
{
	struct action *a = arg;
	struct actions *x = a->owner;
	int status = 0;

	(void)events;
	if (waitpid(a->pid, &status, WNOHANG) == 0)
		return;
	if (a->killed || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		x->failed++;
		if (a->killed)
			log_warn("alert: %s took more than %d s and was ended", a->what, ACTION_MS / 1000);
		else if (WIFEXITED(status))
			log_warn("alert: %s ended with exit code %d", a->what, WEXITSTATUS(status));
		else
			log_warn("alert: %s was ended by signal %d", a->what, WTERMSIG(status));
	}
	forget(a);
	actions_woken(x);
}

static void on_limit(void *arg)
{
	struct action *a = arg;

	a->killed = true;
	(void)kill(-a->pid, SIGKILL);
}

static int pipe_with(const struct alarm_run *r, int *fd)
{
	bson_t doc;
	char *json = bson_init_static(&doc, r->bson, r->n) ? bson_as_relaxed_extended_json(&doc, NULL) : NULL;
	int ends[2], e = json ? 0 : -EINVAL;

	if (e == 0 && pipe2(ends, O_CLOEXEC) < 0)
		e = -errno;
	/* It is smaller than what a pipe holds. */
	if (e == 0 && (write(ends[1], json, strlen(json)) < 0 || write(ends[1], "\n", 1) < 0))
		e = -errno;
	if (json && e != -EMFILE && e != -ENFILE && e != -EINVAL) {
		close(ends[1]);
		*fd = ends[0];
	}
	bson_free(json);
	return e;
}

/* The agent may read what belongs to others; what it runs may not.  Of this thread alone, whom the child resembles. */
static uint64_t ambient_clear(void)
{
	uint64_t had = 0;

	for (int cap = 0; cap < 64; cap++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1)
			had |= 1ULL << cap;
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return had;
}

static void ambient_raise(uint64_t had)
{
	for (int cap = 0; cap < 64; cap++)
		if (had >> cap & 1)
			(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
}

static int spawn(struct action *a, char *const *argv, char *const *env, int in)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none;
	uint64_t had;
	int r;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	had = ambient_clear();
	r = -posix_spawn(&a->pid, argv[0], &files, &attr, argv, env);
	ambient_raise(had);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	if (r < 0)
		a->pid = 0;
	return r;
}

static int watch(struct action *a)
{
	struct loop *l = &a->owner->agent->loop;

	a->pidfd = (int)syscall(SYS_pidfd_open, a->pid, 0);
	a->watch = a->pidfd < 0 ? NULL : loop_watch(l, a->pidfd, EPOLLIN, on_end, a);
	a->limit = loop_timer(l, on_limit, a);
	if (!a->watch || !a->limit)
		return -ENOMEM;
	loop_timer_set(a->limit, ACTION_MS);
	return 0;
}

static int start(struct action *a, const struct alarm_run *r, char *const *argv, char *const *env)
{
	int in = -1, e = pipe_with(r, &in);

	snprintf(a->what, sizeof(a->what), "%s of rule %s", argv[0], r->name);
	if (e == 0)
		e = spawn(a, argv, env, in);
	if (in >= 0)
		close(in);
	if (e == 0 && watch(a) < 0) { /* nobody would see its end: it is waited for here, and not for long */
		(void)kill(-a->pid, SIGKILL);
		(void)waitpid(a->pid, NULL, 0);
		e = -ENOMEM;
	}
	if (e < 0) {
		a->owner->failed++;
		log_warn("alert: %s cannot be run: %s", a->what, strerror(-e));
		forget(a);
		return e;
	}
	a->owner->run++;
	return 0;
}

static struct action *free_place(struct actions *x)
{
	for (size_t i = 0; i < ACTIONS_AT_ONCE; i++)
		if (!x->running[i].pid) {
			x->running[i].owner = x;
			x->running[i].pidfd = -1;
			return &x->running[i];
		}
	return NULL;
}

/* The address may hold a token: it is not for the list of processes. */
static void run_webhook(struct action *a, const struct alarm_run *r)
{
	char url[2048], program[4096];
	char *argv[] = {program, (char *)"notify", NULL};
	char *env[] = {url, (char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL};

	snprintf(url, sizeof(url), "GENLOG_WEBHOOK=%s", r->webhook);
	place_program("genlogctl", program, sizeof(program));
	(void)start(a, r, argv, env);
}

static void run_command(struct action *a, const struct alarm_run *r)
{
	char name[256];
	char *env[] = {name, (char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL};

	snprintf(name, sizeof(name), "GENLOG_ALERT=%s", r->name);
	(void)start(a, r, r->argv, env);
}

void actions_woken(struct actions *x)
{
	struct action *a;
	struct alarm_run *r;

	while ((a = free_place(x)) && (r = next_run(x))) {
		if (r->argv) {
			run_command(a, r);
			a = r->webhook ? free_place(x) : NULL;
		}
		if (a && r->webhook)
			run_webhook(a, r);
		else if (r->webhook)
			x->left_out++;
		alarm_run_free(r);
	}
}

void actions_close(struct actions *x)
{
	struct alarm_run *r;

	if (!x->end)
		return;
	while ((r = next_run(x)))
		alarm_run_free(r);
	for (size_t i = 0; i < ACTIONS_AT_ONCE; i++)
		if (x->running[i].pid)
			forget(&x->running[i]);
	pthread_mutex_destroy(&x->lock);
	*x = (struct actions){0};
}
