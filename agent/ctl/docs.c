#include "ctl/docs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER (256 << 10)

int docs_open(struct docs *d, int fd)
{
	*d = (struct docs){.file = gzdopen(fd, "rb")};
	if (!d->file) {
		close(fd);
		return -ENOMEM;
	}
	gzbuffer(d->file, BUFFER);
	return 0;
}

void docs_close(struct docs *d)
{
	if (d->file)
		gzclose_r(d->file);
	free(d->doc);
	*d = (struct docs){0};
}

static int bad(struct docs *d, const char *what)
{
	snprintf(d->why, sizeof(d->why), "%s at byte %llu, behind %llu documents", what, (unsigned long long)d->at,
		(unsigned long long)d->n);
	return -EBADMSG;
}

/* How many of the bytes there are; less at the end only. */
static int take(struct docs *d, void *to, size_t n)
{
	int got = gzread(d->file, to, (unsigned)n), code = 0;

	if (got < 0 || (size_t)got < n) {
		gzerror(d->file, &code);
		if (code == Z_ERRNO)
			return -errno;
		if (code != Z_OK && code != Z_STREAM_END)
			return bad(d, code == Z_BUF_ERROR ? "it was cut" : "its compression is damaged");
	}
	return got;
}

static int make_room(struct docs *d, size_t n)
{
	uint8_t *more;

	if (n <= d->room)
		return 0;
	n = n < 65536 ? 65536 : n;
	more = realloc(d->doc, n);
	if (!more)
		return -ENOMEM;
	d->doc = more;
	d->room = n;
	return 0;
}

int docs_next(struct docs *d, bson_t *view)
{
	uint8_t head[4];
	uint32_t len;
	int r = take(d, head, sizeof(head));

	if (r <= 0)
		return r;
	if (r < 4)
		return bad(d, "it ends within a document");
	len = (uint32_t)head[0] | (uint32_t)head[1] << 8 | (uint32_t)head[2] << 16 | (uint32_t)head[3] << 24;
	if (len < 5 || len > DOCS_MAX)
		return bad(d, "there is no document");
	r = make_room(d, len);
	if (r < 0)
		return r;
	memcpy(d->doc, head, 4);
	r = take(d, d->doc + 4, len - 4);
	if (r < 0)
		return r;
	if ((uint32_t)r < len - 4)
		return bad(d, "it ends within a document");
	if (!bson_init_static(view, d->doc, len) || !bson_validate(view, BSON_VALIDATE_NONE, NULL))
		return bad(d, "the document is damaged");
	d->at += len;
	d->n++;
	return 1;
}
