/* gzip, of several members, and zstd, of several frames.  What comes out is bounded, whatever goes in. */
#include <zlib.h>
#include <zstd.h>

#include "forward.h"

#define STEP (256u << 10)
#define WINDOW_LOG_MAX 25 /* 32 MiB: a frame that wants more is refused */

static int more_room(struct genlog_buf *out, size_t max)
{
	size_t want = out->n / 2 > STEP ? out->n / 2 : STEP;

	if (out->n >= max)
		return -EMSGSIZE;
	return genlog_buf_reserve(out, (want < max - out->n ? want : max - out->n) + GENLOG_PAD);
}

static size_t room(const struct genlog_buf *out, size_t max)
{
	size_t left = out->cap - out->n - GENLOG_PAD;

	return left < max - out->n ? left : max - out->n;
}

/* One call of zlib: 0; 1: a member has ended; negative. */
static int gzip_step(z_stream *z, struct genlog_buf *out, size_t max)
{
	int r = more_room(out, max);
	size_t had;

	if (r < 0)
		return r;
	had = room(out, max);
	z->next_out = out->p + out->n;
	z->avail_out = (uInt)had;
	r = inflate(z, Z_NO_FLUSH);
	out->n += had - z->avail_out;
	if (r == Z_STREAM_END)
		return 1;
	if (r == Z_MEM_ERROR)
		return -ENOMEM;
	return r == Z_OK ? 0 : -EBADMSG;
}

static int gunzip(struct genlog_buf *out, size_t max, const char *p, size_t n)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)p, .avail_in = (uInt)n};
	int r;

	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return -ENOMEM;
	do {
		r = gzip_step(&z, out, max);
		if (r == 1 && z.avail_in)
			r = inflateReset(&z) == Z_OK ? 0 : -EBADMSG;
	} while (r == 0);
	inflateEnd(&z);
	return r == 1 ? 0 : r;
}

/* One call of libzstd: 0; 1: a frame has ended; negative. */
static int zstd_step(ZSTD_DCtx *z, ZSTD_inBuffer *from, struct genlog_buf *out, size_t max)
{
	ZSTD_outBuffer to = {0};
	size_t left, before = from->pos;
	int r = more_room(out, max);

	if (r < 0)
		return r;
	to.dst = out->p + out->n;
	to.size = room(out, max);
	left = ZSTD_decompressStream(z, &to, from);
	out->n += to.pos;
	if (ZSTD_isError(left) || (left && !to.pos && from->pos == before))
		return -EBADMSG;
	return left == 0;
}

static int unzstd(struct genlog_buf *out, size_t max, const char *p, size_t n)
{
	ZSTD_inBuffer from = {p, n, 0};
	ZSTD_DCtx *z = ZSTD_createDCtx();
	int r = z ? 0 : -ENOMEM;

	if (z)
		(void)ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	while (r == 0) {
		r = zstd_step(z, &from, out, max);
		if (r == 1 && from.pos < from.size)
			r = 0;
	}
	ZSTD_freeDCtx(z);
	return r == 1 ? 0 : r;
}

int inflate_all(struct genlog_buf *out, size_t max, enum packing how, const char *p, size_t n)
{
	int r;

	out->n = 0;
	r = how == PACKING_GZIP ? gunzip(out, max, p, n) : unzstd(out, max, p, n);
	if (r < 0)
		return r;
	if (genlog_buf_reserve(out, GENLOG_PAD) < 0)
		return -ENOMEM;
	memset(out->p + out->n, 0, GENLOG_PAD);
	return 0;
}
