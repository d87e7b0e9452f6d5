#include "session.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_SESSIONS = 1000 };

struct session {
	uint8_t id[SESSION_ID_SIZE];
	int64_t txn;
	bson_t *answer;
	bool busy;
	struct session *next;
};

void sessions_init(struct sessions *s)
{
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->left, NULL);
}

static void session_free(struct session *e)
{
	if (e->answer)
		bson_destroy(e->answer);
	free(e);
}

void sessions_fini(struct sessions *s)
{
	while (s->first) {
		struct session *e = s->first;

		s->first = e->next;
		session_free(e);
	}
	pthread_cond_destroy(&s->left);
	pthread_mutex_destroy(&s->lock);
}

/* Forgets the one that was idle for longest, if there are too many. */
static void forget_last(struct sessions *s)
{
	struct session **at = &s->first;
	int n = 0;

	if (!*at)
		return;
	for (; (*at)->next; n++)
		at = &(*at)->next;
	if (n < MAX_SESSIONS || (*at)->busy)
		return;
	session_free(*at);
	*at = NULL;
}

/* The session, moved or put to the front. */
static struct session *get(struct sessions *s, const uint8_t *id)
{
	struct session **at = &s->first;
	struct session *e;

	while (*at && memcmp((*at)->id, id, SESSION_ID_SIZE) != 0)
		at = &(*at)->next;
	e = *at;
	if (e) {
		*at = e->next;
	} else {
		forget_last(s);
		e = calloc(1, sizeof(*e));
		if (!e)
			abort();
		memcpy(e->id, id, SESSION_ID_SIZE);
		e->txn = INT64_MIN;
	}
	e->next = s->first;
	s->first = e;
	return e;
}

enum session_state session_enter(struct sessions *s, const uint8_t id[SESSION_ID_SIZE], int64_t txn, bson_t **answer)
{
	enum session_state state = SESSION_NEW;
	struct session *e;

	pthread_mutex_lock(&s->lock);
	while ((e = get(s, id))->busy)
		pthread_cond_wait(&s->left, &s->lock);
	if (txn < e->txn) {
		state = SESSION_OLD;
	} else if (txn == e->txn && e->answer) {
		state = SESSION_REPEAT;
		*answer = bson_copy(e->answer);
	} else {
		e->busy = true;
		e->txn = txn;
	}
	pthread_mutex_unlock(&s->lock);
	return state;
}

void session_leave(struct sessions *s, const uint8_t id[SESSION_ID_SIZE], const bson_t *answer)
{
	struct session *e;

	pthread_mutex_lock(&s->lock);
	e = get(s, id);
	e->busy = false;
	if (e->answer)
		bson_destroy(e->answer);
	e->answer = answer ? bson_copy(answer) : NULL;
	pthread_cond_broadcast(&s->left);
	pthread_mutex_unlock(&s->lock);
}
