#include "spool/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/io.h"
#include "spool/state.h"

static int make_path(const char *path)
{
	char part[4096];
	size_t n = strlen(path);

	if (n >= sizeof(part))
		return -ENAMETOOLONG;
	for (size_t i = 1; i <= n; i++)
		if (path[i] == '/' || i == n) {
			memcpy(part, path, i);
			part[i] = 0;
			if (mkdir(part, 0700) < 0 && errno != EEXIST)
				return -errno;
		}
	return 0;
}

static int open_folder(struct spool *s, struct genlog_err *err)
{
	int r = make_path(s->path);

	if (r < 0)
		return genlog_fail(err, -r, "spool %s cannot be made", s->path);
	s->dir = io_open(AT_FDCWD, s->path, O_RDONLY | O_DIRECTORY, 0);
	if (s->dir < 0)
		return genlog_fail(err, -s->dir, "spool %s cannot be opened", s->path);
	return spool_lock(s, err);
}

int spool_lock(struct spool *s, struct genlog_err *err)
{
	s->lock_fd = io_open(s->dir, "lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
	if (s->lock_fd < 0)
		return genlog_fail(err, -s->lock_fd, "spool %s cannot be locked", s->path);
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return genlog_fail(err, EBUSY, "spool %s is in use by another genlogd", s->path);
	return 0;
}

/* Small spools have small segments, so that acknowledged ones can be given back. */
static int64_t segment_size(const struct spool_conf *c)
{
	int64_t size = c->segment_size ? c->segment_size : SEGMENT_SIZE;

	if (!c->segment_size && size > c->max_size / 8)
		size = c->max_size / 8 > SEGMENT_LEAST ? c->max_size / 8 : SEGMENT_LEAST;
	return size;
}

static int init_locks(struct spool *s)
{
	pthread_condattr_t attr;

	if (pthread_condattr_init(&attr))
		return -ENOMEM;
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->take_lock, NULL);
	pthread_mutex_init(&s->sync_lock, NULL);
	pthread_cond_init(&s->more, &attr);
	pthread_condattr_destroy(&attr);
	return 0;
}

struct spool *spool_new(const struct spool_conf *conf, struct genlog_err *err)
{
	struct spool *s = mem_calloc(1, sizeof(*s));
	int r;

	if (!s) {
		genlog_fail(err, ENOMEM, "no memory for the spool");
		return NULL;
	}
	s->dir = s->lock_fd = s->cursor.fd = -1;
	s->space_checked = -1;
	s->conf = *conf;
	s->conf.segment_size = segment_size(conf);
	r = init_locks(s);
	s->path = mem_strdup(conf->path);
	if (r == 0 && s->path)
		return s;
	genlog_fail(err, ENOMEM, "no memory for the spool");
	spool_close(s);
	return NULL;
}

int spool_open(struct spool **out, const struct spool_conf *conf, struct genlog_err *err)
{
	struct spool *s = spool_new(conf, err);
	int r = s ? open_folder(s, err) : -ENOMEM;

	if (!s)
		return r;
	if (r == 0)
		r = spool_recover(s, err);
	if (r < 0) {
		spool_close(s);
		return r;
	}
	s->waiting_since = clock_ms();
	age_come(&s->age, s->cursor.at.sequence, s->cursor.at.sequence, s->waiting_since);
	*out = s;
	return 0;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void spool_close(struct spool *s)
{
	if (!s)
		return;
	if (s->last && s->conf.sync_ms != SPOOL_SYNC_NEVER)
		(void)spool_sync(s); /* a failure was told by the timer before; nothing more can be done */
	if (s->spare)
		spare_drop(s);
	while (s->first) {
		struct segment *g = s->first;

		s->first = g->next;
		segment_free(g);
	}
	leases_free(s);
	fresh_fini(&s->fresh);
	positions_fini(&s->positions);
	buf_free(&s->scratch);
	close_fd(s->cursor.fd);
	close_fd(s->lock_fd);
	close_fd(s->dir);
	pthread_cond_destroy(&s->more);
	pthread_mutex_destroy(&s->sync_lock);
	pthread_mutex_destroy(&s->take_lock);
	pthread_mutex_destroy(&s->lock);
	free(s->path);
	free(s);
}

const uint8_t *spool_id(const struct spool *s)
{
	return s->id;
}

void spool_positions(struct spool *s, positions_fn *fn, void *arg)
{
	pthread_mutex_lock(&s->lock);
	positions_each(&s->positions, fn, arg);
	pthread_mutex_unlock(&s->lock);
}

void spool_skip_to(struct spool *s, uint64_t sequence)
{
	pthread_mutex_lock(&s->lock);
	s->skip_to = sequence;
	if (s->sequence < sequence) /* a power cut took what the output has: what comes now is something else */
		s->sequence = sequence;
	pthread_mutex_unlock(&s->lock);
}

void spool_flush(struct spool *s)
{
	pthread_mutex_lock(&s->lock);
	s->flush_to = s->sequence;
	pthread_cond_broadcast(&s->more);
	pthread_mutex_unlock(&s->lock);
}

void spool_stop(struct spool *s)
{
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_cond_broadcast(&s->more);
	pthread_mutex_unlock(&s->lock);
}

void spool_go_on(struct spool *s)
{
	pthread_mutex_lock(&s->lock);
	s->stopping = false;
	leases_free(s);
	spool_read_from_cursor(s);
	pthread_mutex_unlock(&s->lock);
}

static bool all_read(const struct spool *s)
{
	return !s->head && s->reading == s->last && s->read_at >= s->last->end;
}

bool spool_is_empty(struct spool *s)
{
	bool empty;

	pthread_mutex_lock(&s->lock);
	empty = all_read(s);
	pthread_mutex_unlock(&s->lock);
	return empty;
}

void spool_stats_get(struct spool *s, struct spool_stats *out)
{
	pthread_mutex_lock(&s->lock);
	*out = s->stats;
	out->bytes = s->bytes;
	out->docs_waiting = s->sequence - s->cursor.at.sequence;
	out->oldest_ms = out->docs_waiting ? age_of(&s->age, s->cursor.at.sequence, clock_ms()) : 0;
	pthread_mutex_unlock(&s->lock);
}
