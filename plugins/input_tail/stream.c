/*
 * Compressed files as streams.  A window of decompressed bytes moves on; what lies behind it is had by beginning
 * again.  Several members one behind the other are one stream, as gzip and zstd have it.
 */
#include <errno.h>
#include <lzma.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "tail.h"

#define IN_SIZE (64 << 10)
#define XZ_MEMORY (64 << 20)

enum codec { PLAIN, GZIP, ZSTD, XZ };

struct stream {
	enum codec codec;
	int fd;
	z_stream gz;
	ZSTD_DStream *zs;
	lzma_stream xz;
	bool begun, ended, broken, boundary; /* boundary: between two members */
	off_t in_at;
	uint8_t *in;
	size_t in_n, in_pos;
	uint8_t *win;
	size_t win_cap, win_n;
	uint64_t win_at;
};

static const struct {
	const char *ending;
	enum codec codec;
} endings[] = {{".gz", GZIP}, {".zst", ZSTD}, {".xz", XZ}};

static enum codec codec_of(const char *path)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		size_t m = strlen(endings[i].ending);

		if (n > m && strcmp(path + n - m, endings[i].ending) == 0)
			return endings[i].codec;
	}
	return PLAIN;
}

bool path_is_compressed(const char *path)
{
	return codec_of(path) != PLAIN;
}

static void codec_end(struct stream *s)
{
	if (!s->begun)
		return;
	if (s->codec == GZIP)
		inflateEnd(&s->gz);
	else if (s->codec == ZSTD)
		ZSTD_freeDStream(s->zs);
	else
		lzma_end(&s->xz);
	s->begun = false;
}

static bool codec_begin(struct stream *s)
{
	codec_end(s);
	if (s->codec == GZIP) {
		s->gz = (z_stream){0};
		s->begun = inflateInit2(&s->gz, 15 + 16) == Z_OK;
	} else if (s->codec == ZSTD) {
		s->zs = ZSTD_createDStream();
		s->begun = s->zs != NULL;
	} else {
		s->xz = (lzma_stream)LZMA_STREAM_INIT;
		s->begun = lzma_stream_decoder(&s->xz, XZ_MEMORY, LZMA_CONCATENATED) == LZMA_OK;
	}
	return s->begun;
}

static bool restart(struct stream *s)
{
	s->in_at = 0;
	s->in_n = s->in_pos = s->win_n = 0;
	s->win_at = 0;
	s->ended = s->broken = s->boundary = false;
	return codec_begin(s);
}

struct stream *stream_open(int fd, const char *path, int *error)
{
	struct stream *s;

	*error = 0;
	if (codec_of(path) == PLAIN)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (s) {
		s->codec = codec_of(path);
		s->fd = fd;
		s->in = malloc(IN_SIZE);
	}
	if (!s || !s->in || !restart(s)) {
		stream_free(s);
		*error = ENOMEM;
		return NULL;
	}
	return s;
}

void stream_free(struct stream *s)
{
	if (!s)
		return;
	codec_end(s);
	free(s->in);
	free(s->win);
	free(s);
}

bool stream_is_whole(const struct stream *s)
{
	return s->ended && !s->broken;
}

bool stream_is_broken(const struct stream *s)
{
	return s->broken;
}

/* More input; false: there is none now. */
static bool feed(struct stream *s)
{
	ssize_t n;

	if (s->in_pos < s->in_n)
		return true;
	n = pread(s->fd, s->in, IN_SIZE, s->in_at);
	if (n <= 0)
		return false;
	s->in_at += n;
	s->in_n = (size_t)n;
	s->in_pos = 0;
	return true;
}

static size_t step_gzip(struct stream *s, uint8_t *out, size_t room)
{
	int r;

	if (s->boundary) { /* another member, or padding, which is passed over */
		s->boundary = false;
		inflateReset2(&s->gz, 15 + 16);
	}
	s->gz.next_in = s->in + s->in_pos;
	s->gz.avail_in = (uInt)(s->in_n - s->in_pos);
	s->gz.next_out = out;
	s->gz.avail_out = (uInt)room;
	r = inflate(&s->gz, Z_NO_FLUSH);
	s->in_pos = s->in_n - s->gz.avail_in;
	s->boundary = r == Z_STREAM_END;
	s->broken = r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR;
	return room - s->gz.avail_out;
}

static size_t step_zstd(struct stream *s, uint8_t *out, size_t room)
{
	ZSTD_inBuffer in = {s->in, s->in_n, s->in_pos};
	ZSTD_outBuffer to = {out, room, 0};
	size_t r = ZSTD_decompressStream(s->zs, &to, &in);

	s->in_pos = in.pos;
	s->broken = ZSTD_isError(r);
	s->boundary = r == 0;
	return to.pos;
}

static size_t step_xz(struct stream *s, uint8_t *out, size_t room, bool no_more)
{
	lzma_ret r;

	s->xz.next_in = s->in + s->in_pos;
	s->xz.avail_in = s->in_n - s->in_pos;
	s->xz.next_out = out;
	s->xz.avail_out = room;
	r = lzma_code(&s->xz, no_more ? LZMA_FINISH : LZMA_RUN);
	s->in_pos = s->in_n - s->xz.avail_in;
	s->boundary = r == LZMA_STREAM_END;
	s->broken = r != LZMA_OK && r != LZMA_STREAM_END && r != LZMA_BUF_ERROR;
	return room - s->xz.avail_out;
}

static size_t step(struct stream *s, uint8_t *out, size_t room)
{
	bool fed = feed(s);
	size_t n;

	if (!fed && s->codec != XZ) {
		s->ended = s->boundary; /* else it is still being written, or cut */
		return 0;
	}
	switch (s->codec) {
	case GZIP: n = step_gzip(s, out, room); break;
	case ZSTD: n = step_zstd(s, out, room); break;
	default: n = step_xz(s, out, room, !fed); break;
	}
	if (s->codec == XZ && !fed)
		s->ended = s->boundary;
	return n;
}

static bool window_room(struct stream *s, size_t want)
{
	uint8_t *p;

	if (want <= s->win_cap)
		return true;
	p = realloc(s->win, want);
	if (!p)
		return false;
	s->win = p;
	s->win_cap = want;
	return true;
}

static void drop_before(struct stream *s, uint64_t offset)
{
	size_t n = offset > s->win_at ? (size_t)(offset - s->win_at) : 0;

	if (n > s->win_n)
		n = s->win_n;
	if (n)
		memmove(s->win, s->win + n, s->win_n - n);
	s->win_n -= n;
	s->win_at += n;
}

/* Moves the window until it holds [offset, offset + n), or all there is. */
static bool fill(struct stream *s, size_t n, uint64_t offset)
{
	while (!s->ended && !s->broken && s->win_at + s->win_n < offset + n) {
		size_t made;

		drop_before(s, offset);
		if (!window_room(s, n + IN_SIZE))
			return false;
		made = step(s, s->win + s->win_n, s->win_cap - s->win_n);
		s->win_n += made;
		if (!made && s->in_pos >= s->in_n && !feed(s) && (s->codec != XZ || !s->boundary))
			break;
	}
	return true;
}

ssize_t stream_read(struct stream *s, void *p, size_t n, uint64_t offset)
{
	size_t have;

	if ((offset < s->win_at && !restart(s)) || !fill(s, n, offset)) {
		errno = ENOMEM;
		return -1;
	}
	if (offset < s->win_at || offset > s->win_at + s->win_n)
		return 0;
	have = (size_t)(s->win_at + s->win_n - offset);
	if (have > n)
		have = n;
	if (have)
		memcpy(p, s->win + (offset - s->win_at), have);
	return (ssize_t)have;
}
