#include <errno.h>
#include <string.h>

#include "base/crc.h"
#include "spool/format.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the spool is little-endian; this code stores integers as they lie in memory"
#endif

static const char segment_magic[] = "GENLOGSG"; /* eight bytes of it */
static const char cursor_magic[] = "GENLOGCU";

#define PUT(out, at, v) memcpy((out) + (at), &(v), sizeof(v))
#define GET(v, p, at) memcpy(&(v), (p) + (at), sizeof(v))

void segment_header_write(uint8_t out[SEGMENT_HEADER], const struct segment_header *h)
{
	uint16_t version = h->version, len = SEGMENT_HEADER;
	uint32_t crc;

	memset(out, 0, SEGMENT_HEADER);
	memcpy(out, segment_magic, 8);
	PUT(out, 8, version);
	PUT(out, 10, len);
	PUT(out, 12, h->flags);
	PUT(out, 16, h->number);
	PUT(out, 24, h->id);
	PUT(out, 40, h->created_ms);
	PUT(out, 48, h->boot);
	crc = crc32c(0, out, SEGMENT_HEADER - 4);
	PUT(out, SEGMENT_HEADER - 4, crc);
}

int segment_header_read(const uint8_t *p, size_t n, struct segment_header *h)
{
	uint32_t crc;

	if (n < SEGMENT_HEADER || memcmp(p, segment_magic, 8) != 0)
		return -EBADMSG;
	GET(crc, p, SEGMENT_HEADER - 4);
	if (crc != crc32c(0, p, SEGMENT_HEADER - 4))
		return -EBADMSG;
	GET(h->version, p, 8);
	if (h->version != SPOOL_VERSION)
		return -ENOTSUP;
	GET(h->flags, p, 12);
	GET(h->number, p, 16);
	GET(h->id, p, 24);
	GET(h->created_ms, p, 40);
	GET(h->boot, p, 48);
	return 0;
}

/* Over the header without its own checksum, which stands as zero. */
static uint32_t header_crc(const uint8_t *p, uint32_t salt)
{
	static const uint8_t zero[4];

	return crc32c(crc32c(crc32c(salt, p, 24), zero, 4), p + 28, 4);
}

uint32_t frame_salt(const uint8_t id[SPOOL_ID], uint64_t segment)
{
	return crc32c(crc32c(0, id, SPOOL_ID), &segment, sizeof(segment));
}

void frame_header_write(uint8_t out[FRAME_HEADER], const struct frame_header *h, uint32_t salt)
{
	uint32_t magic = FRAME_MAGIC, crc;
	uint16_t len = FRAME_HEADER;

	PUT(out, 0, magic);
	out[4] = h->kind;
	out[5] = h->flags;
	PUT(out, 6, len);
	PUT(out, 8, h->payload_len);
	PUT(out, 12, h->docs);
	PUT(out, 16, h->sequence);
	PUT(out, 28, h->payload_crc);
	crc = header_crc(out, salt);
	PUT(out, 24, crc);
}

int frame_header_read(const uint8_t *p, size_t n, struct frame_header *h, uint32_t salt)
{
	uint32_t magic, crc;

	if (n < FRAME_HEADER)
		return -EBADMSG;
	GET(magic, p, 0);
	GET(crc, p, 24);
	if (magic != FRAME_MAGIC || crc != header_crc(p, salt))
		return -EBADMSG;
	h->kind = p[4];
	h->flags = p[5];
	GET(h->header_len, p, 6);
	GET(h->payload_len, p, 8);
	GET(h->docs, p, 12);
	GET(h->sequence, p, 16);
	GET(h->payload_crc, p, 28);
	return h->header_len < FRAME_HEADER || h->payload_len > FRAME_PAYLOAD_MAX ? -EBADMSG : 0;
}

size_t frame_search(const uint8_t *p, size_t n, size_t from, uint32_t salt)
{
	struct frame_header h;

	for (size_t at = (from + 7) & ~(size_t)7; at + FRAME_HEADER <= n; at += 8)
		if (frame_header_read(p + at, n - at, &h, salt) == 0)
			return at;
	return n;
}

void frame_sections_write(uint8_t out[FRAME_SECTIONS], const struct frame_counts *c)
{
	memset(out, 0, FRAME_SECTIONS);
	PUT(out, 0, c->names);
	PUT(out, 4, c->docs);
	PUT(out, 8, c->positions);
	PUT(out, 16, c->name_len);
	PUT(out, 20, c->doc_len);
	PUT(out, 24, c->position_len);
}

int frame_body_read(const uint8_t *payload, size_t n, struct frame_body *b)
{
	uint32_t name_len, doc_len, position_len;

	if (n < FRAME_SECTIONS)
		return -EBADMSG;
	GET(b->names, payload, 0);
	GET(b->docs, payload, 4);
	GET(b->positions, payload, 8);
	GET(name_len, payload, 16);
	GET(doc_len, payload, 20);
	GET(position_len, payload, 24);
	if ((uint64_t)FRAME_SECTIONS + name_len + doc_len + position_len > n)
		return -EBADMSG;
	b->name_len = name_len;
	b->doc_len = doc_len;
	b->position_len = position_len;
	b->name_p = payload + FRAME_SECTIONS;
	b->doc_p = b->name_p + name_len;
	b->position_p = b->doc_p + doc_len;
	return 0;
}

bool frame_next_name(const uint8_t **p, const uint8_t *end, const char **name, size_t *len)
{
	uint16_t n;

	if (end - *p < 2)
		return false;
	GET(n, *p, 0);
	if (n > end - *p - 2 || n == 0)
		return false;
	*name = (const char *)*p + 2;
	*len = n;
	*p += 2 + n;
	return true;
}

bool frame_next_doc(
	const uint8_t **p, const uint8_t *end, uint16_t *name, uint8_t *level, const uint8_t **bson, uint32_t *len)
{
	if (end - *p < 4 + 5)
		return false;
	GET(*name, *p, 0);
	*level = (*p)[2];
	GET(*len, *p, 4);
	if (*len < 5 || *len > (size_t)(end - *p) - 4)
		return false;
	*bson = *p + 4;
	*p += 4 + *len;
	return true;
}

bool frame_next_position(
	const uint8_t **p, const uint8_t *end, const uint8_t **key, size_t *key_len, const uint8_t **val, size_t *len)
{
	uint16_t k;
	uint32_t v;

	if (end - *p < 8)
		return false;
	GET(k, *p, 0);
	GET(v, *p, 4);
	if ((uint64_t)k + v > (size_t)(end - *p) - 8 || k == 0)
		return false;
	*key = *p + 8;
	*key_len = k;
	*val = *p + 8 + k;
	*len = v;
	*p += 8 + (size_t)k + v;
	return true;
}

void cursor_slot_write(uint8_t out[CURSOR_SLOT], const struct cursor_slot *s)
{
	uint16_t version = SPOOL_VERSION, len = CURSOR_SLOT;
	uint32_t crc;

	memset(out, 0, CURSOR_SLOT);
	memcpy(out, cursor_magic, 8);
	PUT(out, 8, version);
	PUT(out, 10, len);
	PUT(out, 16, s->turn);
	PUT(out, 24, s->id);
	PUT(out, 40, s->segment);
	PUT(out, 48, s->offset);
	PUT(out, 56, s->sequence);
	crc = crc32c(0, out, CURSOR_SLOT - 4);
	PUT(out, CURSOR_SLOT - 4, crc);
}

int cursor_slot_read(const uint8_t *p, size_t n, struct cursor_slot *s)
{
	uint16_t version;
	uint32_t crc;

	if (n < CURSOR_SLOT || memcmp(p, cursor_magic, 8) != 0)
		return -EBADMSG;
	GET(crc, p, CURSOR_SLOT - 4);
	if (crc != crc32c(0, p, CURSOR_SLOT - 4))
		return -EBADMSG;
	GET(version, p, 8);
	if (version != SPOOL_VERSION)
		return -ENOTSUP;
	GET(s->turn, p, 16);
	GET(s->id, p, 24);
	GET(s->segment, p, 40);
	GET(s->offset, p, 48);
	GET(s->sequence, p, 56);
	return 0;
}
