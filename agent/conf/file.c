#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "conf/parts.h"

/* A drop-in is masked by a symlink to /dev/null, as with systemd. */
static bool is_dev_null(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

static int fd_read(struct arena *a, int fd, size_t max, char **text, size_t *len)
{
	char *p = NULL;
	struct stat st;
	size_t n = 0;
	ssize_t got = 1;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) && !is_dev_null(&st))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if (st.st_size > (off_t)max)
		return -EFBIG;
	p = arena_alloc(a, (size_t)st.st_size + 1);
	while (p && got > 0 && n < (size_t)st.st_size) {
		got = read(fd, p + n, (size_t)st.st_size - n);
		n += got > 0 ? (size_t)got : 0;
	}
	if (!p || got < 0)
		return p ? -errno : -ENOMEM;
	*text = p;
	*len = n;
	return 0;
}

/* Non-blocking, so that a FIFO under that name holds up nobody. */
int conf_slurp(struct arena *a, const char *path, size_t max, char **text, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int r = fd < 0 ? -errno : fd_read(a, fd, max, text, len);

	if (fd >= 0)
		close(fd);
	return r;
}

char *conf_beside(struct arena *a, const char *file, const char *path)
{
	const char *slash = file ? strrchr(file, '/') : NULL;

	if (*path == '/' || !slash)
		return arena_str(a, path);
	return arena_printf(a, "%.*s/%s", (int)(slash - file), file, path);
}

struct conf_file *conf_file_add(struct conf *c, const char *path)
{
	struct conf_file **at = &c->files, *f = arena_alloc(&c->arena, sizeof(*f));

	while (*at)
		at = &(*at)->next;
	if (!f)
		return NULL;
	f->path = arena_str(&c->arena, path);
	if (!f->path)
		return NULL;
	*at = f;
	return f;
}

int conf_file_read(struct conf *c, struct conf_file *f)
{
	char *text = NULL;
	int r = conf_slurp(&c->arena, f->path, CONF_MAX_FILE, &text, &f->len);

	f->text = text;
	if (r == 0 || r == -ENOMEM)
		return r;
	if (r == -EFBIG)
		return conf_error(c, (struct genlog_pos){f->path, 0, 0}, "a configuration file has at most 1 MiB");
	return conf_error(c, (struct genlog_pos){f->path, 0, 0}, "cannot be read: %s", strerror(-r));
}
