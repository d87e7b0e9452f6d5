#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "forward.h"

#define ZSTD_LEVEL 1
#define GZIP_WINDOW (15 + 16)

struct bytes {
	const void *p;
	size_t n;
};

static int room(struct worker *w, size_t n)
{
	uint8_t *p;

	if (n <= w->squeezed_cap)
		return 0;
	p = realloc(w->squeezed, n);
	if (!p)
		return -ENOMEM;
	w->squeezed = p;
	w->squeezed_cap = n;
	return 0;
}

static int squeeze_gzip(struct worker *w, struct bytes *b)
{
	z_stream z = {0};
	int r = deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) == Z_OK ? 0 : -ENOMEM;

	if (r < 0)
		return r;
	r = room(w, deflateBound(&z, b->n));
	if (r == 0) {
		z.next_in = (Bytef *)(uintptr_t)b->p;
		z.avail_in = (uInt)b->n;
		z.next_out = w->squeezed;
		z.avail_out = (uInt)w->squeezed_cap;
		r = deflate(&z, Z_FINISH) == Z_STREAM_END ? 0 : -ENOMEM;
		*b = (struct bytes){w->squeezed, z.total_out};
	}
	deflateEnd(&z);
	return r;
}

static int squeeze_zstd(struct worker *w, struct bytes *b)
{
	size_t n;
	int r = room(w, ZSTD_compressBound(b->n));

	if (r < 0)
		return r;
	n = ZSTD_compress(w->squeezed, w->squeezed_cap, b->p, b->n, ZSTD_LEVEL);
	if (ZSTD_isError(n))
		return -ENOMEM;
	*b = (struct bytes){w->squeezed, n};
	return 0;
}

/* The sender's own: the same bytes, the same name. */
static void set_name(struct message *m, const struct worker *w, const char *tag)
{
	uint64_t seed = genlog_hash(tag, strlen(tag), 0);

	snprintf(m->name, sizeof(m->name), "%016llx%016llx",
		(unsigned long long)genlog_hash(w->entries.data, w->entries.size, seed),
		(unsigned long long)genlog_hash(w->entries.data, w->entries.size, seed ^ 0x9e3779b97f4a7c15ULL));
}

static int word(msgpack_packer *k, const char *p)
{
	size_t n = strlen(p);

	return msgpack_pack_str(k, n) < 0 || msgpack_pack_str_body(k, p, n) < 0;
}

static int options(const struct output_forward *o, msgpack_packer *k, uint32_t docs, const struct message *m)
{
	static const char *const names[] = {[COMPRESS_GZIP] = "gzip", [COMPRESS_ZSTD] = "zstd"};
	bool squeezed = o->compress != COMPRESS_NONE;
	int bad = msgpack_pack_map(k, 1 + (size_t)squeezed + (size_t)o->require_ack) < 0;

	bad |= word(k, "size") || msgpack_pack_uint32(k, docs) < 0;
	if (o->require_ack)
		bad |= word(k, "chunk") || word(k, m->name);
	if (squeezed)
		bad |= word(k, "compressed") || word(k, names[o->compress]);
	return bad;
}

int chunk_make(struct output_forward *o, struct worker *w, const char *collection, uint32_t docs, struct message *out)
{
	struct bytes b = {w->entries.data, w->entries.size};
	msgpack_packer k;
	char tag[512];
	int r = 0, bad;

	snprintf(tag, sizeof(tag), "%s.%s", o->tag, collection);
	set_name(out, w, tag);
	if (o->compress == COMPRESS_GZIP)
		r = squeeze_gzip(w, &b);
	else if (o->compress == COMPRESS_ZSTD)
		r = squeeze_zstd(w, &b);
	if (r < 0)
		return r;
	msgpack_sbuffer_clear(&w->message);
	msgpack_packer_init(&k, &w->message, msgpack_sbuffer_write);
	bad = msgpack_pack_array(&k, 3) < 0 || word(&k, tag) || msgpack_pack_bin(&k, b.n) < 0 ||
	      msgpack_pack_bin_body(&k, b.p, b.n) < 0 || options(o, &k, docs, out);
	out->p = w->message.data;
	out->n = w->message.size;
	return bad ? -ENOMEM : 0;
}
