/*
 * The newest documents, for the page: a ring that is filled while somebody asks for it, a few seconds at a time.
 * GET /api/tail?after=SEQUENCE[&level=LEVEL] ─► {sequence, missed, documents: [{sequence, collection, document}]}
 */
#include <bson/bson.h>
#include <stdlib.h>
#include <string.h>

#include "admin/http.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

#define KEPT 256
#define KEPT_BYTES ((size_t)1 << 20)
#define INTEREST_MS 10000

struct kept {
	uint64_t sequence;
	int level;
	char collection[64];
	uint8_t *bson;
	size_t n;
};

struct http_tail {
	struct kept ring[KEPT];
	uint64_t sequence; /* of the next one, from 1 */
	size_t bytes;
	int64_t asked_ms;
};

struct http_tail *http_tail_new(void)
{
	struct http_tail *t = mem_calloc(1, sizeof(*t));

	if (t)
		t->sequence = 1;
	return t;
}

static void forget(struct http_tail *t, struct kept *k)
{
	t->bytes -= k->n;
	free(k->bson);
	*k = (struct kept){0};
}

void http_tail_free(struct http_tail *t)
{
	for (size_t i = 0; t && i < KEPT; i++)
		forget(t, &t->ring[i]);
	free(t);
}

bool http_tail_wanted(struct http_tail *t)
{
	return t && t->asked_ms && clock_ms() - t->asked_ms < INTEREST_MS;
}

void http_tail_take(struct http_tail *t, const char *collection, int level, const uint8_t *bson, size_t n)
{
	struct kept *k = &t->ring[t->sequence % KEPT];

	forget(t, k);
	k->sequence = t->sequence++;
	k->level = level;
	if (t->bytes + n > KEPT_BYTES || !(k->bson = mem_copy(bson, n)))
		return; /* its number is taken: the page sees that one is missing */
	snprintf(k->collection, sizeof(k->collection), "%s", collection);
	k->n = n;
	t->bytes += n;
}

static void put(bson_t *out, const struct kept *k, uint32_t at)
{
	const char *key;
	char room[16];
	bson_t item, doc;

	bson_uint32_to_string(at, &key, room, sizeof(room));
	if (!bson_init_static(&doc, k->bson, k->n))
		return;
	bson_append_document_begin(out, key, -1, &item);
	BSON_APPEND_INT64(&item, "sequence", (int64_t)k->sequence);
	BSON_APPEND_UTF8(&item, "collection", k->collection);
	BSON_APPEND_DOCUMENT(&item, "document", &doc);
	bson_append_document_end(out, &item);
}

static void put_all(const struct http_tail *t, uint64_t after, int least, bson_t *out)
{
	uint64_t first = t->sequence > KEPT ? t->sequence - KEPT : 1,
		 missed = after && first > after + 1 ? first - after - 1 : 0;
	uint32_t n = 0;
	bson_t list;

	BSON_APPEND_ARRAY_BEGIN(out, "documents", &list);
	for (uint64_t i = after + 1 > first ? after + 1 : first; i < t->sequence; i++) {
		const struct kept *k = &t->ring[i % KEPT];

		missed += k->sequence == i && !k->bson;
		if (k->sequence == i && k->bson && k->level >= least)
			put(&list, k, n++);
	}
	bson_append_array_end(out, &list);
	BSON_APPEND_INT64(out, "sequence", (int64_t)t->sequence - 1);
	BSON_APPEND_INT64(out, "missed", (int64_t)missed);
}

void http_tail_reply(struct http *h, struct MHD_Connection *c, struct http_reply *out)
{
	const char *after = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "after");
	const char *level = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "level");
	struct genlog_value v = genlog_str(level ? level : "", level ? strlen(level) : 0);
	int least = level && *level ? level_of(&v) : LEVEL_DEBUG;
	bson_t doc = BSON_INITIALIZER;
	int64_t from = 0;
	char *json;
	size_t n;

	h->tail->asked_ms = clock_ms();
	admin_followers(h->agent->admin);
	(void)(after && text_int(after, &from));
	put_all(h->tail, from > 0 ? (uint64_t)from : 0, least < 0 ? LEVEL_DEBUG : least, &doc);
	json = bson_as_relaxed_extended_json(&doc, &n);
	out->type = "application/json";
	out->text = json ? mem_copy(json, n) : NULL;
	out->n = n;
	bson_free(json);
	bson_destroy(&doc);
}
