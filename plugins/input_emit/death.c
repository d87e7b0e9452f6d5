/* How a process ends, as far as anybody can know: its own last words, and what the kernel still says of it. */
#include "emit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define TELL_MS 200

/* Of Linux 6.13 and later; the exit code since 6.15. */
struct pidfd_info_ {
	uint64_t mask, cgroup_id;
	uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
	uint32_t coredump_mask, spare;
};
#define PIDFD_EXIT (1ULL << 3)
#define PIDFD_GET_INFO_ _IOWR(0xFF, 11, struct pidfd_info_)

/* What ends a program that is asked to. */
static bool is_stop(int signal)
{
	return signal == SIGTERM || signal == SIGINT || signal == SIGHUP;
}

static void on_death(void *arg, uint32_t events)
{
	struct segment *s = arg;

	(void)events;
	s->dead = true;
	s->look_at = 0;
	genlog_unwatch(s->death);
	s->death = NULL;
	poll_soon(s->owner);
}

int death_watch(struct segment *s)
{
	s->death = s->pidfd < 0 ? NULL : genlog_watch(s->owner->in, s->pidfd, EPOLLIN, on_death, s);
	return s->death ? 0 : -errno;
}

/* 1: the kernel says it; 0: not yet, its parent has to take it first; -errno: it will not say. */
static int ask_kernel(const struct segment *s, int *status)
{
	struct pidfd_info_ info = {.mask = PIDFD_EXIT};

	if (s->pidfd < 0)
		return -EBADF;
	if (ioctl(s->pidfd, PIDFD_GET_INFO_, &info) < 0)
		return -errno;
	*status = info.exit_code;
	return (info.mask & PIDFD_EXIT) != 0;
}

/* Whether it is worth while to wait for that; an older kernel knows the question and never has the answer. */
bool death_may_be_told(struct segment *s, int64_t now)
{
	int status;

	if (!s->dead_since)
		s->dead_since = now;
	return !s->crashed && now - s->dead_since < TELL_MS && ask_kernel(s, &status) == 0;
}

bool death_was_bad(struct segment *s)
{
	int number;
	enum how_ended how = death_how(s, &number);

	return how != ENDED_WELL && (how != ENDED_SIGNAL || !is_stop(number));
}

enum how_ended death_how(struct segment *s, int *number)
{
	int status = 0;

	*number = 0;
	if (s->crashed && s->crashed < 128) {
		*number = (int)s->crashed;
		return ENDED_SIGNAL;
	}
	if (ask_kernel(s, &status) <= 0)
		return ENDED_UNKNOWN;
	if (WIFSIGNALED(status)) {
		*number = WTERMSIG(status);
		return ENDED_SIGNAL;
	}
	*number = WEXITSTATUS(status);
	return *number ? ENDED_CODE : ENDED_WELL;
}

static int put_number(struct genlog_record *rec, const char *key, int64_t n)
{
	return genlog_context_put(rec, key, strlen(key), (struct genlog_value){.type = GENLOG_V_INT, .u.i = n});
}

static int put_event(struct segment *s, const char *text, enum how_ended how, int number)
{
	struct genlog_record *rec = genlog_event_begin(s->src, text, strlen(text));
	int r;

	if (!rec)
		return -EAGAIN;
	genlog_set_slot(rec, GENLOG_SLOT_LEVEL,
		genlog_level_name(how == ENDED_SIGNAL && !is_stop(number) ? GENLOG_LEVEL_ERROR : GENLOG_LEVEL_WARN));
	genlog_set_slot(
		rec, GENLOG_SLOT_TIMESTAMP, (struct genlog_value){.type = GENLOG_V_DATE, .u.i = emit_wall_ms()});
	rec->raw = (const char *)s->l.uuid;
	rec->raw_len = UUID;
	r = genlog_context_put(rec, "app", 3, genlog_str(s->app, s->app_n));
	if (r == 0)
		r = put_number(rec, how == ENDED_SIGNAL ? "signal" : "exit_code", number);
	return r == 0 ? genlog_event_put(s->src, INT64_MAX, 0) : r;
}

int death_tell(struct segment *s)
{
	char text[256];
	int r, number;
	enum how_ended how = death_how(s, &number);

	if (s->end_told || (how != ENDED_SIGNAL && how != ENDED_CODE))
		return 0;
	if (how == ENDED_SIGNAL)
		snprintf(text, sizeof(text), "%s ended by signal %d (%s)", s->app, number, strsignal(number));
	else
		snprintf(text, sizeof(text), "%s ended with exit code %d", s->app, number);
	r = put_event(s, text, how, number);
	if (r == 0) {
		s->end_told = true;
		s->owner->pending = s->dirty = true;
	}
	return r;
}
