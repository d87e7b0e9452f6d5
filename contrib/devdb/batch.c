#include "batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 200 };

/*
 * bson_iter_next ends at the final NUL, or where it understands no more: only the first is good.  It does
 * not look into documents by itself.
 */
static bool walk(const uint8_t *p, uint32_t n, int depth)
{
	bson_t b;
	bson_iter_t it;

	if (depth > MAX_DEPTH || !bson_init_static(&b, p, n) || !bson_iter_init(&it, &b))
		return false;
	while (bson_iter_next(&it)) {
		const uint8_t *inner = NULL;
		uint32_t size = 0;

		if (BSON_ITER_HOLDS_DOCUMENT(&it))
			bson_iter_document(&it, &size, &inner);
		else if (BSON_ITER_HOLDS_ARRAY(&it))
			bson_iter_array(&it, &size, &inner);
		else
			continue;
		if (!inner || !walk(inner, size, depth + 1))
			return false;
	}
	return it.err_off == 0 && it.off == n - 1;
}

static int add(struct batch *b, const uint8_t *p, uint32_t n)
{
	if (!walk(p, n, 0))
		return -EBADMSG;
	if (b->n == b->room) {
		size_t room = b->room ? 2 * b->room : 64;
		struct batch_doc *doc = realloc(b->doc, room * sizeof(*doc));

		if (!doc)
			return -ENOMEM;
		b->doc = doc;
		b->room = room;
	}
	b->doc[b->n++] = (struct batch_doc){.p = p, .n = n};
	b->bytes += n;
	return 0;
}

static int read_sequence(struct batch *b, const struct wire_sequence *s)
{
	size_t at = 0;
	int r = 0;

	while (r == 0 && at < s->n) {
		size_t left = s->n - at;
		uint32_t n = left < 5 ? 0 : wire_get32(s->p + at);

		if (n < 5 || n > left)
			return -EBADMSG;
		r = add(b, s->p + at, n);
		at += n;
	}
	return r;
}

static int read_array(struct batch *b, const bson_t *body)
{
	bson_iter_t it, at;
	int r = 0;

	if (!bson_iter_init_find(&it, body, "documents"))
		return 0;
	if (!BSON_ITER_HOLDS_ARRAY(&it) || !bson_iter_recurse(&it, &at))
		return -EBADMSG;
	while (r == 0 && bson_iter_next(&at)) {
		const uint8_t *p = NULL;
		uint32_t n = 0;

		if (!BSON_ITER_HOLDS_DOCUMENT(&at))
			return -EBADMSG;
		bson_iter_document(&at, &n, &p);
		r = p ? add(b, p, n) : -EBADMSG;
	}
	return at.err_off ? -EBADMSG : r;
}

int batch_read(struct batch *b, const struct wire_msg *m)
{
	int r = 0;

	for (int i = 0; r == 0 && i < m->sequences; i++)
		if (!strcmp(m->sequence[i].name, "documents"))
			r = read_sequence(b, &m->sequence[i]);
	return r < 0 || m->sequences ? r : read_array(b, &m->body);
}

void batch_fini(struct batch *b)
{
	free(b->doc);
	*b = (struct batch){0};
}

void batch_screen(struct batch *b, struct rejects *r, bool ordered)
{
	bson_t doc;

	if (!atomic_load_explicit(&r->n, memory_order_relaxed))
		return;
	for (size_t i = 0; i < b->n; i++) {
		bson_init_static(&doc, b->doc[i].p, b->doc[i].n);
		b->doc[i].code = rejects_code(r, &doc);
		if (!b->doc[i].code)
			continue;
		b->rejected++;
		if (ordered)
			b->n = i + 1;
	}
}

uint8_t *batch_join(const struct batch *b, size_t *n)
{
	uint8_t *all = malloc(b->bytes + 1);

	*n = 0;
	for (size_t i = 0; all && i < b->n; i++) {
		if (b->doc[i].code)
			continue;
		memcpy(all + *n, b->doc[i].p, b->doc[i].n);
		*n += b->doc[i].n;
	}
	return all;
}
