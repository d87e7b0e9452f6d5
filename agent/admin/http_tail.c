/*
 * The newest documents, for the page: a ring that is filled while somebody asks for it, a few seconds at a time.
 * GET /api/tail?after=SEQUENCE[&level=LEVEL] ─► {sequence, missed, documents: [{sequence, collection, document}]}
 */
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

static void put(struct answer *out, const struct kept *k)
{
	answer_doc(out, NULL);
	answer_uint(out, "sequence", k->sequence);
	answer_text(out, "collection", k->collection);
	answer_bson(out, "document", k->bson, k->n);
	answer_end(out);
}

static void put_all(const struct http_tail *t, uint64_t after, int least, struct answer *out)
{
	uint64_t first = t->sequence > KEPT ? t->sequence - KEPT : 1,
		 missed = after && first > after + 1 ? first - after - 1 : 0;

	answer_array(out, "documents");
	for (uint64_t i = after + 1 > first ? after + 1 : first; i < t->sequence; i++) {
		const struct kept *k = &t->ring[i % KEPT];

		missed += k->sequence == i && !k->bson;
		if (k->sequence == i && k->bson && k->level >= least)
			put(out, k);
	}
	answer_end(out);
	answer_uint(out, "sequence", t->sequence - 1);
	answer_uint(out, "missed", missed);
}

void http_tail_reply(struct http *h, struct MHD_Connection *c, struct http_reply *out)
{
	const char *after = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "after");
	const char *level = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "level");
	struct genlog_value v = genlog_str(level ? level : "", level ? strlen(level) : 0);
	int least = level && *level ? level_of(&v) : LEVEL_DEBUG;
	int64_t from = 0;

	h->tail->asked_ms = clock_ms();
	admin_followers(h->agent->admin);
	(void)(after && text_int(after, &from));
	answer_begin(&h->answer);
	put_all(h->tail, from > 0 ? (uint64_t)from : 0, least < 0 ? LEVEL_DEBUG : least, &h->answer);
	http_json(&h->answer, out);
}
