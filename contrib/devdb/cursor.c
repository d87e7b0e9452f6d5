#include "cursor.h"

#include <stdlib.h>
#include <string.h>

enum { IDLE_SECONDS = 600 }; /* MongoDB's own */

void cursors_init(struct cursors *cs)
{
	pthread_mutex_init(&cs->lock, NULL);
}

void cursors_fini(struct cursors *cs)
{
	while (cs->first) {
		struct cursor *k = cs->first;

		cs->first = k->next;
		cursor_free(k);
	}
	pthread_mutex_destroy(&cs->lock);
}

struct cursor *cursor_new(int64_t id, const char *db)
{
	struct cursor *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->id = id;
	k->db = strdup(db);
	return k;
}

void cursor_free(struct cursor *k)
{
	if (!k)
		return;
	pg_close(&k->pg);
	if (k->continuation)
		bson_destroy(k->continuation);
	free(k->db);
	free(k);
}

void cursor_set(struct cursor *k, const bson_t *continuation)
{
	if (k->continuation)
		bson_destroy(k->continuation);
	k->continuation = bson_copy(continuation);
}

static void drop_idle(struct cursors *cs, time_t now)
{
	for (struct cursor **at = &cs->first; *at;) {
		struct cursor *k = *at;

		if (k->used + IDLE_SECONDS >= now) {
			at = &k->next;
			continue;
		}
		*at = k->next;
		cursor_free(k);
	}
}

void cursors_put(struct cursors *cs, struct cursor *k)
{
	k->used = time(NULL);
	pthread_mutex_lock(&cs->lock);
	k->next = cs->first;
	cs->first = k;
	drop_idle(cs, k->used);
	pthread_mutex_unlock(&cs->lock);
}

struct cursor *cursors_take(struct cursors *cs, int64_t id)
{
	struct cursor **at, *k;

	pthread_mutex_lock(&cs->lock);
	for (at = &cs->first; *at && (*at)->id != id;)
		at = &(*at)->next;
	k = *at;
	if (k)
		*at = k->next;
	pthread_mutex_unlock(&cs->lock);
	return k;
}
