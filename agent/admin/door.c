/* The admin socket in the file system. */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin/admin.h"

static int make_folder(const char *path)
{
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (!slash || slash == folder)
		return 0;
	*slash = 0;
	return mkdir(folder, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

/* The name of a socket that nobody listens on is left from an agent that was killed. */
static bool is_left_over(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool dead = fd >= 0 && connect(fd, (const struct sockaddr *)a, sizeof(*a)) < 0 && errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return dead;
}

int door_give(const char *path, const char *name)
{
	struct group *g = name ? getgrnam(name) : NULL;

	if (name && !g)
		return -ENOENT;
	return g && chown(path, (uid_t)-1, g->gr_gid) < 0 ? -errno : 0;
}

int door_open(int *fd, const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	mode_t mask;
	int r;

	if (strlen(path) >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	memcpy(a.sun_path, path, strlen(path) + 1);
	r = make_folder(path);
	if (r < 0)
		return r;
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return -errno;
	mask = umask(0117);
	r = bind(*fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? -errno : 0;
	if (r == -EADDRINUSE && is_left_over(&a))
		r = unlink(path) < 0 || bind(*fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? -errno : 0;
	umask(mask);
	return r == 0 && listen(*fd, SOMAXCONN) < 0 ? -errno : r;
}
