#include <errno.h>

#include "base/buf.h"
#include "spool/batch.h"
#include "spool/positions.h"

void batch_fini(struct spool_batch *b)
{
	buf_free(&b->names);
	buf_free(&b->docs);
	buf_free(&b->positions);
	*b = (struct spool_batch){0};
}

void batch_clear(struct spool_batch *b)
{
	b->names.n = b->docs.n = b->positions.n = 0;
	b->name_n = b->doc_n = b->position_n = 0;
	b->kind = 0;
	b->last_name = NULL;
}

static int name_add(struct spool_batch *b, const char *name, size_t len)
{
	uint16_t n = (uint16_t)len;
	int r;

	for (uint32_t i = 0; i < b->name_n; i++) {
		const uint8_t *have = b->names.p + b->name_at[i];

		if (memcmp(have, &n, 2) == 0 && memcmp(have + 2, name, len) == 0)
			return (int)i;
	}
	if (b->name_n == BATCH_NAMES)
		return -ENOSPC;
	b->name_at[b->name_n] = b->names.n;
	r = genlog_buf_reserve(&b->names, len + 2);
	if (r < 0)
		return r;
	buf_append(&b->names, &n, 2);
	buf_append(&b->names, name, len);
	return (int)b->name_n++;
}

int batch_name(struct spool_batch *b, const char *name, size_t len)
{
	int i;

	if (b->last_name == name)
		return b->last_index;
	i = name_add(b, name, len);
	if (i >= 0) {
		b->last_name = name;
		b->last_index = i;
	}
	return i;
}

int batch_doc_begin(struct spool_batch *b, unsigned name, unsigned level)
{
	uint8_t head[BATCH_DOC_HEAD] = {(uint8_t)name, (uint8_t)(name >> 8), (uint8_t)level, 0};

	return buf_append(&b->docs, head, sizeof(head));
}

void batch_doc_undo(struct spool_batch *b, size_t docs_n)
{
	b->docs.n = docs_n;
}

int batch_position(struct spool_batch *b, const void *key, size_t key_len, const void *val, size_t len)
{
	int r = position_write(&b->positions, key, key_len, val, len);

	b->position_n += r == 0;
	return r;
}

size_t batch_payload(struct spool_batch *b, struct iovec v[BATCH_IOV], int *n)
{
	struct frame_counts c = {b->name_n, b->doc_n, b->position_n, (uint32_t)b->names.n, (uint32_t)b->docs.n,
		(uint32_t)b->positions.n};
	size_t sum = 0;

	frame_sections_write(b->sections, &c);
	v[0] = (struct iovec){b->sections, FRAME_SECTIONS};
	v[1] = (struct iovec){b->names.p, b->names.n};
	v[2] = (struct iovec){b->docs.p, b->docs.n};
	v[3] = (struct iovec){b->positions.p, b->positions.n};
	*n = 4;
	for (int i = 0; i < *n; i++)
		sum += v[i].iov_len;
	return sum;
}
