#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/run.h"

static void send_signal(const struct run_job *j, int signal)
{
	if (kill(j->own_group ? -j->pid : j->pid, signal) < 0 && errno != ESRCH)
		ctl_error("run: the job cannot be sent a signal: %s", strerror(errno));
}

/* ── children ── */

static void reap(struct run_job *j)
{
	struct rusage use;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG, &use)) > 0) {
		run_use_reaped(&j->use, &use);
		if (pid != j->pid)
			continue;
		j->ended = true;
		j->status = status;
		j->ended_ms = clock_of(CLOCK_REALTIME);
		j->grace_at = clock_ms() + j->o->grace;
		j->timeout_at = 0;
	}
}

/* A key of the terminal has reached the job as well, where it is in our group. */
static void on_signal(struct run_job *j, const struct signalfd_siginfo *s)
{
	if (s->ssi_signo == SIGCHLD)
		reap(j);
	else if (!j->ended && (j->own_group || s->ssi_code != SI_KERNEL))
		send_signal(j, (int)s->ssi_signo);
}

static void take_signals(struct run_job *j)
{
	struct signalfd_siginfo s;

	while (read(j->signals, &s, sizeof(s)) == (ssize_t)sizeof(s))
		on_signal(j, &s);
}

/* ── time ── */

static void stop_in_time(struct run_job *j, int64_t now)
{
	if (j->timeout_at && now >= j->timeout_at) {
		j->timeout_at = 0;
		j->timed_out = true;
		j->kill_at = now + j->o->kill_after;
		send_signal(j, SIGTERM);
	}
	if (j->kill_at && now >= j->kill_at) {
		j->kill_at = 0;
		j->killed = !j->ended;
		send_signal(j, SIGKILL);
	}
}

/* Somebody has the output open still: what lies in the pipes now is taken, and no more. */
static void end_grace(struct run_job *j, int64_t now)
{
	if (!j->ended || j->held_open || now < j->grace_at)
		return;
	j->held_open = true;
	if (j->timed_out)
		send_signal(j, SIGKILL);
	for (int i = 0; i < 2; i++) {
		int n = 0;

		if (j->stream[i].in >= 0 && ioctl(j->stream[i].in, FIONREAD, &n) == 0)
			j->stream[i].left = n;
		if (j->stream[i].in >= 0 && !n)
			j->stream[i].left = 0;
	}
}

static int64_t earliest(int64_t a, int64_t b)
{
	return a && (!b || a < b) ? a : b;
}

/* It has an end now that no poll() will tell. */
static bool is_cut(const struct run_stream *s)
{
	return s->in >= 0 && s->left == 0 && s->at == s->n;
}

static int wait_ms(const struct run_job *j, int64_t now)
{
	int64_t at = earliest(j->timeout_at, j->kill_at);

	if (is_cut(&j->stream[0]) || is_cut(&j->stream[1]))
		return 0;
	at = earliest(j->ended ? (j->held_open ? 0 : j->grace_at) : j->use.next_ms, at);
	if (!at)
		return -1;
	return at <= now ? 0 : at - now > 60000 ? 60000 : (int)(at - now);
}

/* ── the loop ── */

static bool is_over(const struct run_job *j)
{
	return j->ended && run_stream_is_done(&j->stream[0]) && run_stream_is_done(&j->stream[1]);
}

static void turn(struct run_job *j)
{
	struct pollfd f[3] = {{.fd = j->signals, .events = POLLIN}};
	int64_t now = clock_ms();

	for (int i = 0; i < 2; i++)
		f[i + 1].events = run_stream_wants(&j->stream[i], &f[i + 1].fd);
	(void)poll(f, 3, wait_ms(j, now));
	now = clock_ms();
	if (f[0].revents)
		take_signals(j);
	for (int i = 0; i < 2; i++)
		if (f[i + 1].revents || is_cut(&j->stream[i]))
			run_stream_go(j, &j->stream[i]);
	stop_in_time(j, now);
	end_grace(j, now);
	if (!j->ended)
		run_use_sample(&j->use, now);
}

void run_job_loop(struct run_job *j)
{
	int64_t now = clock_ms();

	j->timeout_at = j->o->timeout ? now + j->o->timeout : 0;
	while (!is_over(j))
		turn(j);
	reap(j);
	for (int i = 0; i < 2; i++)
		run_stream_close(&j->stream[i]);
	close(j->signals);
}
