#include "wire.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pack.h"

enum {
	FLAGS_UNKNOWN = 0xfffc, /* of the bits that a server must understand */
	SECTION_BODY = 0,
	SECTION_SEQUENCE = 1,
	QUERY_AFTER_NAME = 8, /* skip and limit */
	REPLY_FIELDS = 20,    /* flags, cursor id, starting from, count */
	REPLY_AWAIT_CAPABLE = 8,
	PACKED_FIELDS = 9, /* opcode, plain length, compressor */
};

uint32_t wire_get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

void wire_put32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
}

int64_t wire_length(const uint8_t *p)
{
	uint32_t n = wire_get32(p);

	return n < WIRE_HEADER || n > WIRE_MAX_MESSAGE + 16384 ? -EPROTO : (int64_t)n;
}

static int parse_body(struct wire_msg *m, const uint8_t *p, size_t n)
{
	return bson_init_static(&m->body, p, n) ? 0 : -EPROTO;
}

/* p is at the length, which counts itself and is known to be inside the message. */
static int parse_sequence(struct wire_msg *m, const uint8_t *p, size_t n)
{
	const uint8_t *name = p + 4;
	const uint8_t *zero = memchr(name, 0, n - 4);
	struct wire_sequence *s = &m->sequence[m->sequences];

	if (!zero || m->sequences == WIRE_MAX_SEQUENCES)
		return -EPROTO;
	m->sequences++;
	s->name = (const char *)name;
	s->p = zero + 1;
	s->n = (size_t)(p + n - s->p);
	return 0;
}

/* One section, of which `left` bytes may be there.  Its size, or -EPROTO. */
static int64_t parse_section(struct wire_msg *m, const uint8_t *p, size_t left)
{
	uint32_t n;
	int r = -EPROTO;

	if (left < 6)
		return -EPROTO;
	n = wire_get32(p + 1);
	if (n < 5 || n > left - 1)
		return -EPROTO;
	if (p[0] == SECTION_BODY && m->body.len == 0)
		r = parse_body(m, p + 1, n);
	else if (p[0] == SECTION_SEQUENCE)
		r = parse_sequence(m, p + 1, n);
	return r < 0 ? r : (int64_t)n + 1;
}

/* The checksum is not looked at: what comes over loopback is not damaged. */
static int parse_msg(struct wire_msg *m, const uint8_t *p, size_t n)
{
	size_t at = 4;
	int64_t r = 0;

	if (n < 4)
		return -EPROTO;
	m->flags = wire_get32(p);
	if (m->flags & FLAGS_UNKNOWN)
		return -EPROTO;
	if (m->flags & WIRE_CHECKSUM_PRESENT)
		n = n < 8 ? 4 : n - 4;
	for (; r >= 0 && at < n; at += (size_t)r)
		if ((r = parse_section(m, p + at, n - at)) < 0)
			return (int)r;
	return m->body.len ? 0 : -EPROTO;
}

static int parse_query(struct wire_msg *m, const uint8_t *p, size_t n)
{
	const char *name = (const char *)p + 4;
	const uint8_t *zero = n > 4 ? memchr(p + 4, 0, n - 4) : NULL;
	size_t before;

	if (!zero)
		return -EPROTO;
	before = (size_t)(zero - p) + 1 + QUERY_AFTER_NAME;
	if (n < before + 5 || !strstr(name, ".$cmd"))
		return -EPROTO;
	snprintf(m->db, sizeof(m->db), "%.*s", (int)strcspn(name, "."), name);
	return parse_body(m, p + before, n - before);
}

/* Puts the plain bytes in the place of the packed ones. */
static int unpack_msg(struct wire_msg *m, const uint8_t **p, size_t *n)
{
	uint32_t want;
	int r;

	if (*n < PACKED_FIELDS)
		return -EPROTO;
	m->op = (enum wire_op)wire_get32(*p);
	want = wire_get32(*p + 4);
	m->compressor = (*p)[8];
	if (want > WIRE_MAX_MESSAGE)
		return -EPROTO;
	m->plain = malloc((size_t)want + 1);
	if (!m->plain)
		return -ENOMEM;
	r = unpack(m->compressor, *p + PACKED_FIELDS, *n - PACKED_FIELDS, m->plain, want);
	*p = m->plain;
	*n = want;
	return r;
}

int wire_parse(struct wire_msg *m, const uint8_t *p, size_t n)
{
	const uint8_t *in = p + WIRE_HEADER;
	int r = 0;

	memset(m, 0, sizeof(*m));
	m->compressor = -1;
	if (n < WIRE_HEADER)
		return -EPROTO;
	n -= WIRE_HEADER;
	m->id = (int32_t)wire_get32(p + 4);
	m->op = (enum wire_op)wire_get32(p + 12);
	if (m->op == WIRE_COMPRESSED)
		r = unpack_msg(m, &in, &n);
	if (r < 0)
		return r;
	if (m->op == WIRE_MSG)
		return parse_msg(m, in, n);
	return m->op == WIRE_QUERY ? parse_query(m, in, n) : -EPROTO;
}

void wire_msg_fini(struct wire_msg *m)
{
	free(m->plain);
	m->plain = NULL;
}

/* What stands between the header and the document; its size. */
static size_t put_fields(uint8_t *p, enum wire_op op)
{
	memset(p, 0, REPLY_FIELDS);
	if (op == WIRE_MSG)
		return 5;
	wire_put32(p, REPLY_AWAIT_CAPABLE);
	wire_put32(p + 16, 1);
	return REPLY_FIELDS;
}

static void put_header(struct wire_frame *f, const struct wire_msg *m, int32_t id, enum wire_op op)
{
	wire_put32(f->head, (uint32_t)(f->part[0].iov_len + f->part[1].iov_len));
	wire_put32(f->head + 4, (uint32_t)id);
	wire_put32(f->head + 8, (uint32_t)m->id);
	wire_put32(f->head + 12, op);
}

static int pack_frame(struct wire_frame *f, const struct wire_msg *m, enum wire_op op)
{
	size_t fields = f->part[0].iov_len - WIRE_HEADER;
	size_t n = fields + f->part[1].iov_len;
	uint8_t *plain = malloc(n);
	size_t packed = 0;

	if (!plain)
		return -ENOMEM;
	memcpy(plain, f->head + WIRE_HEADER, fields);
	memcpy(plain + fields, f->part[1].iov_base, f->part[1].iov_len);
	f->packed = pack(m->compressor, plain, n, &packed);
	free(plain);
	if (!f->packed)
		return -ENOMEM;
	wire_put32(f->head + 16, op);
	wire_put32(f->head + 20, (uint32_t)n);
	f->head[24] = (uint8_t)m->compressor;
	f->part[0].iov_len = WIRE_HEADER + PACKED_FIELDS;
	f->part[1] = (struct iovec){f->packed, packed};
	return 0;
}

int wire_frame_init(struct wire_frame *f, const struct wire_msg *m, int32_t id, const uint8_t *doc, size_t n)
{
	enum wire_op op = m->op == WIRE_QUERY ? WIRE_REPLY : WIRE_MSG;
	int r = 0;

	memset(f, 0, sizeof(*f));
	f->parts = 2;
	f->part[0] = (struct iovec){f->head, WIRE_HEADER + put_fields(f->head + WIRE_HEADER, op)};
	f->part[1] = (struct iovec){(void *)(uintptr_t)doc, n};
	if (m->compressor >= 0) {
		r = pack_frame(f, m, op);
		op = WIRE_COMPRESSED;
	}
	put_header(f, m, id, op);
	return r;
}

void wire_frame_fini(struct wire_frame *f)
{
	free(f->packed);
	f->packed = NULL;
}
