#include "pipe/child.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "pipe/pipe.h"

const char *child_program;

/* Whatever the agent's threads have open or blocked stays with the agent. */
static int set_up(posix_spawn_file_actions_t *files, posix_spawnattr_t *attr, int fd)
{
	sigset_t none, all;
	int e;

	sigemptyset(&none);
	sigfillset(&all);
	e = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	e = e ? e : posix_spawn_file_actions_addopen(files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	e = e ? e : posix_spawn_file_actions_adddup2(files, fd, CHILD_FD);
	e = e ? e : posix_spawn_file_actions_addclosefrom_np(files, CHILD_FD + 1);
	e = e ? e : posix_spawnattr_setsigmask(attr, &none);
	e = e ? e : posix_spawnattr_setsigdefault(attr, &all);
	return e ? e : posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int spawn(const char *name, const char *folder, int fd, pid_t *pid)
{
	char own[] = "genlogd", flag[] = "--child";
	char *args[] = {own, flag, (char *)(uintptr_t)name, (char *)(uintptr_t)folder, NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int e = posix_spawn_file_actions_init(&files);

	if (e)
		return -e;
	e = posix_spawnattr_init(&attr);
	if (e == 0) {
		e = set_up(&files, &attr, fd);
		if (e == 0)
			e = posix_spawn(
				pid, child_program ? child_program : "/proc/self/exe", &files, &attr, args, environ);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&files);
	return -e;
}

/* Its end must not be CHILD_FD already: dup2() onto itself would leave it to be closed on exec. */
static int move_away(int *fd)
{
	int other;

	if (*fd != CHILD_FD)
		return 0;
	other = fcntl(*fd, F_DUPFD_CLOEXEC, CHILD_FD + 1);
	if (other < 0)
		return -errno;
	close(*fd);
	*fd = other;
	return 0;
}

int child_start(const char *name, const char *folder, int type, int *fd, pid_t *pid)
{
	int pair[2], r;

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	r = move_away(&pair[1]);
	if (r == 0 && fcntl(pair[0], F_SETFL, O_NONBLOCK) < 0)
		r = -errno;
	if (r == 0)
		r = spawn(name, folder, pair[1], pid);
	close(pair[1]);
	if (r < 0)
		close(pair[0]);
	else
		*fd = pair[0];
	return r;
}

/* The folder that the plugin's own code was loaded from. */
static int folder_of(const struct genlog_input *in, char folder[PATH_MAX])
{
	struct link_map *map = NULL;
	char *slash;

	if (!in->plug.handle || dlinfo(in->plug.handle, RTLD_DI_LINKMAP, &map) != 0 || !map)
		return -ENOENT;
	if (strlen(map->l_name) >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(folder, map->l_name, strlen(map->l_name) + 1);
	slash = strrchr(folder, '/');
	if (!slash)
		return -ENOENT;
	*slash = 0;
	return 0;
}

int genlog_child(struct genlog_input *in, int type, pid_t *pid)
{
	char folder[PATH_MAX];
	int fd = -1, r = in->plug.code->child ? folder_of(in, folder) : -ENOSYS;

	if (r == 0)
		r = child_start(in->plug.code->name, folder, type, &fd, pid);
	return r < 0 ? r : fd;
}

int child_main(char **args)
{
	struct plug_ask ask = {.kind = GENLOG_INPUT, .name = args[0], .dir = args[0] ? args[1] : NULL};
	struct genlog_err err = {0};
	struct plug p = {0};
	int r;

	if (!ask.dir) {
		log_error("--child is for the agent itself");
		return 2;
	}
	r = plug_load(&p, &ask, &err);
	if (r < 0)
		log_error("child: %s", err.text);
	else
		r = p.code->child ? p.code->child(CHILD_FD) : -ENOSYS;
	plug_close(&p);
	return r < 0 ? 1 : r;
}
