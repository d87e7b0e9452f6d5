#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/hash.h"
#include "spool/format.h"
#include "spool/positions.h"

#define ENTRY_HEAD 8

void positions_fini(struct positions *ps)
{
	for (size_t b = 0; b < ps->buckets; b++)
		while (ps->bucket[b]) {
			struct position *p = ps->bucket[b];

			ps->bucket[b] = p->next;
			free(p);
		}
	free(ps->bucket);
	*ps = (struct positions){0};
}

static int grow(struct positions *ps)
{
	size_t n = ps->buckets ? 2 * ps->buckets : 64;
	struct position **bucket = mem_calloc(n, sizeof(*bucket));

	if (!bucket)
		return -ENOMEM;
	for (size_t b = 0; b < ps->buckets; b++)
		while (ps->bucket[b]) {
			struct position *p = ps->bucket[b];

			ps->bucket[b] = p->next;
			p->next = bucket[p->hash & (n - 1)];
			bucket[p->hash & (n - 1)] = p;
		}
	free(ps->bucket);
	ps->bucket = bucket;
	ps->buckets = n;
	return 0;
}

static struct position **place_of(struct positions *ps, uint64_t hash, const void *key, size_t key_len)
{
	struct position **at = &ps->bucket[hash & (ps->buckets - 1)];

	while (*at && ((*at)->hash != hash || (*at)->key_len != key_len || memcmp((*at)->bytes, key, key_len) != 0))
		at = &(*at)->next;
	return at;
}

static void forget(struct positions *ps, struct position **at)
{
	struct position *old = *at;

	*at = old->next;
	ps->bytes -= ENTRY_HEAD + old->key_len + old->val_len;
	ps->n--;
	free(old);
}

static int add(struct positions *ps, uint64_t hash, const void *key, size_t key_len, const void *val, size_t len)
{
	struct position *p = mem_realloc(NULL, sizeof(*p) + key_len + len);
	struct position **at;

	if (!p)
		return -ENOMEM;
	*p = (struct position){.hash = hash, .key_len = (uint32_t)key_len, .val_len = (uint32_t)len};
	memcpy(p->bytes, key, key_len);
	memcpy(p->bytes + key_len, val, len);
	at = place_of(ps, hash, key, key_len);
	if (*at)
		forget(ps, at);
	p->next = ps->bucket[hash & (ps->buckets - 1)];
	ps->bucket[hash & (ps->buckets - 1)] = p;
	ps->bytes += ENTRY_HEAD + key_len + len;
	ps->n++;
	return 0;
}

int positions_set(struct positions *ps, const void *key, size_t key_len, const void *val, size_t len)
{
	uint64_t hash = hash64(key, key_len, 0);
	struct position **at;

	if (ps->n >= ps->buckets && grow(ps) < 0 && !ps->buckets)
		return -ENOMEM;
	at = place_of(ps, hash, key, key_len);
	if (*at && (*at)->val_len == len && len) { /* the usual case: the same length again */
		memcpy((*at)->bytes + key_len, val, len);
		return 0;
	}
	if (!len) {
		if (*at)
			forget(ps, at);
		return 0;
	}
	return add(ps, hash, key, key_len, val, len);
}

int positions_apply(struct positions *ps, const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n, *key, *val;
	size_t key_len, len;

	while (frame_next_position(&p, end, &key, &key_len, &val, &len)) {
		int r = positions_set(ps, key, key_len, val, len);

		if (r < 0)
			return r;
	}
	return p == end ? 0 : -EBADMSG;
}

int position_write(struct genlog_buf *out, const void *key, size_t key_len, const void *val, size_t len)
{
	uint16_t head[2] = {(uint16_t)key_len, 0};
	uint32_t v = (uint32_t)len;
	int r = genlog_buf_reserve(out, ENTRY_HEAD + key_len + len);

	if (r < 0)
		return r;
	buf_append(out, head, sizeof(head));
	buf_append(out, &v, sizeof(v));
	buf_append(out, key, key_len);
	return buf_append(out, val, len);
}

int positions_write(const struct positions *ps, struct genlog_buf *out)
{
	int r = genlog_buf_reserve(out, ps->bytes);

	for (size_t b = 0; b < ps->buckets && r == 0; b++)
		for (const struct position *p = ps->bucket[b]; p && r == 0; p = p->next)
			r = position_write(out, p->bytes, p->key_len, p->bytes + p->key_len, p->val_len);
	return r;
}

void positions_each(const struct positions *ps, positions_fn *fn, void *arg)
{
	for (size_t b = 0; b < ps->buckets; b++)
		for (const struct position *p = ps->bucket[b]; p; p = p->next)
			fn(arg, p->bytes, p->key_len, p->bytes + p->key_len, p->val_len);
}
