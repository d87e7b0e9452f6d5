#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/run.h"

/* Handed on to the job; and CHLD. */
static const int forwarded[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH, SIGALRM};

struct pipes {
	int out[2], err[2], failed[2];
};

static void close_all(struct pipes *p)
{
	int *const fds[] = {p->out, p->err, p->failed};

	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 2; k++)
			if (fds[i][k] >= 0)
				close(fds[i][k]);
}

/* Above 2, where the job's own will stand: who has called us may have closed those. */
static int make_pipe(int fd[2])
{
	int low[2], code;

	fd[0] = fd[1] = -1;
	if (pipe2(low, O_CLOEXEC) < 0)
		return -errno;
	fd[0] = fcntl(low[0], F_DUPFD_CLOEXEC, 3);
	fd[1] = fcntl(low[1], F_DUPFD_CLOEXEC, 3);
	code = errno;
	close(low[0]);
	close(low[1]);
	return fd[0] < 0 || fd[1] < 0 ? -code : 0;
}

static void be_the_job(struct run_job *j, char **argv, struct pipes *p, const sigset_t *mask)
{
	int code;

	if (j->own_group)
		setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (dup2(p->out[1], STDOUT_FILENO) >= 0 && dup2(p->err[1], STDERR_FILENO) >= 0 &&
		setenv("GENLOG_CORRELATION_ID", j->tell.correlation_id, 1) == 0 &&
		setenv("GENLOG_EXECUTION_ID", j->tell.execution_id, 1) == 0)
		execvp(argv[0], argv);
	code = errno;
	while (write(p->failed[1], &code, sizeof(code)) < 0 && errno == EINTR)
		;
	_exit(code == ENOENT ? 127 : 126);
}

/* What the job could not be started for; nothing comes where it could. */
static int read_failure(int fd)
{
	int code = 0;
	ssize_t n;

	do
		n = read(fd, &code, sizeof(code));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(code) ? code : 0;
}

static int take_signals(struct run_job *j, sigset_t *old)
{
	sigset_t all;

	sigemptyset(&all);
	sigaddset(&all, SIGCHLD);
	for (size_t i = 0; i < sizeof(forwarded) / sizeof(*forwarded); i++)
		sigaddset(&all, forwarded[i]);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &all, old);
	j->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return j->signals < 0 ? -errno : 0;
}

static void take_streams(struct run_job *j, struct pipes *p)
{
	j->stream[0].in = p->out[0];
	j->stream[1].in = p->err[0];
	p->out[0] = p->err[0] = -1;
	fcntl(j->stream[0].in, F_SETFL, O_NONBLOCK);
	fcntl(j->stream[1].in, F_SETFL, O_NONBLOCK);
}

/* Before there are threads: a child of a process that has some may do little. */
int run_child_start(struct run_job *j, char **argv)
{
	struct pipes p = {{-1, -1}, {-1, -1}, {-1, -1}};
	sigset_t old;
	int r = make_pipe(p.out);

	r = r < 0 ? r : make_pipe(p.err);
	r = r < 0 ? r : make_pipe(p.failed);
	r = r < 0 ? r : take_signals(j, &old);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1); /* what the job leaves behind is ours to wait for */
	j->own_group = !isatty(STDIN_FILENO);
	j->began_ms = clock_of(CLOCK_REALTIME);
	if (r == 0) {
		j->pid = fork();
		r = j->pid < 0 ? -errno : 0;
	}
	if (r == 0 && !j->pid)
		be_the_job(j, argv, &p, &old);
	if (r == 0 && j->own_group)
		setpgid(j->pid, j->pid); /* whoever comes first */
	if (r == 0) {
		close(p.failed[1]);
		p.failed[1] = -1;
		j->exec_errno = read_failure(p.failed[0]);
		take_streams(j, &p);
	}
	close_all(&p);
	return r;
}
