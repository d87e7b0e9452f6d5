#include <errno.h>
#include <fcntl.h>

#include "base/io.h"
#include "spool/state.h"

#define CURSOR_NAME "cursor"

static int take_slot(struct cursor_slot *at, const uint8_t *p, size_t n, bool *found)
{
	struct cursor_slot slot;
	int r = cursor_slot_read(p, n, &slot);

	if (r < 0)
		return r == -ENOTSUP ? r : 0;
	if (!*found || slot.turn > at->turn)
		*at = slot;
	*found = true;
	return 0;
}

/* Neither slot valid is no error: then all that lies in the segments is sent again, and known by its _id. */
static int read_slots(struct spool *s, struct genlog_err *err)
{
	uint8_t bytes[2 * CURSOR_SLOT];
	bool found = false;
	ssize_t n = io_read(s->cursor.fd, bytes, sizeof(bytes), 0);
	int r;

	if (n < 0)
		return genlog_fail(err, (int)-n, "spool %s: its cursor cannot be read", s->path);
	r = n >= CURSOR_SLOT ? take_slot(&s->cursor.at, bytes, CURSOR_SLOT, &found) : 0;
	if (r == 0 && n >= 2 * CURSOR_SLOT)
		r = take_slot(&s->cursor.at, bytes + CURSOR_SLOT, CURSOR_SLOT, &found);
	if (r < 0)
		return genlog_fail(err, -r,
			"spool %s: its cursor is of another version of genlog; this one reads format %d", s->path,
			SPOOL_VERSION);
	return found;
}

int cursor_open(struct spool *s, struct genlog_err *err)
{
	s->cursor.fd = io_open(s->dir, CURSOR_NAME, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
	if (s->cursor.fd < 0)
		return genlog_fail(err, -s->cursor.fd, "spool %s: its cursor cannot be opened", s->path);
	return read_slots(s, err);
}

int cursor_look(struct spool *s, struct genlog_err *err)
{
	s->cursor.fd = io_open(s->dir, CURSOR_NAME, O_RDONLY | O_NOFOLLOW, 0);
	if (s->cursor.fd == -ENOENT)
		return 0;
	if (s->cursor.fd < 0)
		return genlog_fail(err, -s->cursor.fd, "spool %s: its cursor cannot be opened", s->path);
	return read_slots(s, err);
}

int cursor_store(struct spool *s)
{
	uint8_t bytes[CURSOR_SLOT];
	struct iovec v = {bytes, sizeof(bytes)};
	int r;

	s->cursor.at.turn++;
	memcpy(s->cursor.at.id, s->id, SPOOL_ID);
	cursor_slot_write(bytes, &s->cursor.at);
	r = io_write_all(s->cursor.fd, &v, 1, (off_t)(s->cursor.at.turn & 1) * CURSOR_SLOT);
	return r;
}
