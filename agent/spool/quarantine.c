/* Damaged bytes are kept for a person to look at: quarantine/<segment>-<offset>, at most 64 MiB in all. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "spool/state.h"

#define QUARANTINE_MAX (64u << 20)

int quarantine(struct spool *s, uint64_t segment, uint64_t at, const uint8_t *p, size_t n)
{
	struct iovec v = {(void *)(uintptr_t)p, n};
	char name[80];
	int fd, r;

	if (s->stats.damaged_bytes + n > QUARANTINE_MAX)
		return -EFBIG;
	if (mkdirat(s->dir, "quarantine", 0700) < 0 && errno != EEXIST)
		return -errno;
	snprintf(name, sizeof(name), "quarantine/%016" PRIx64 "-%" PRIu64, segment, at);
	fd = io_open(s->dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fd;
	r = io_write_all(fd, &v, 1, 0);
	close(fd);
	return r;
}
