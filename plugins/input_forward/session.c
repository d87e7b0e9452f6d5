#include <errno.h>
#include <stdlib.h>

#include "forward.h"

/* So many answers that wait, and they are sent without waiting for the timer. */
#define ACKS_MAX 256
/* Who has not said yet who it is may say so much. */
#define PING_MAX 4096
/* What one large chunk has needed is not kept for the next. */
#define KEPT_MAX (1u << 20)

int intake_open(struct intake *k)
{
	k->keys = calloc(1, sizeof(*k->keys));
	k->fields = calloc(FIELDS_MAX, sizeof(*k->fields));
	if (!k->keys || !k->fields)
		return -ENOMEM;
	return auth_random(&k->keys->seed, sizeof(k->keys->seed));
}

static void trim(struct intake *k, size_t kept)
{
	struct genlog_buf *bufs[] = {&k->scratch, &k->text, &k->inflated, &k->document, &k->key_text};

	for (size_t i = 0; i < sizeof(bufs) / sizeof(*bufs); i++)
		if (bufs[i]->cap > kept) {
			free(bufs[i]->p);
			*bufs[i] = (struct genlog_buf){0};
		}
}

void intake_close(struct intake *k)
{
	trim(k, 0);
	notes_close(&k->notes);
	free(k->keys);
	free(k->fields);
	k->keys = NULL;
	k->fields = NULL;
}

int session_open(struct session *s, struct intake *k, const struct session_peer *peer)
{
	int r;

	*s = (struct session){.k = k, .peer = *peer, .state = SESSION_OPEN};
	r = auth_random(&s->generation, sizeof(s->generation));
	if (r == 0 && k->hello.shared_key)
		r = hello_begin(s);
	return r;
}

static void wait_no_more(struct session *s)
{
	if (!s->waits)
		return;
	*(s->before ? &s->before->next : &s->k->waiting) = s->next;
	if (s->next)
		s->next->before = s->before;
	s->k->acks -= s->n_acks;
	s->waits = false;
}

void session_close(struct session *s)
{
	wait_no_more(s);
	genlog_source_close(s->src);
	free(s->acks.p);
	s->src = NULL;
	s->acks = (struct genlog_buf){0};
}

bool session_trusted(const struct session *s)
{
	const struct intake *k = s->k;

	if (k->trust != TRUST_AUTO)
		return k->trust == TRUST_YES;
	return s->peer.local || s->peer.known || k->hello.shared_key;
}

static void wait_for_commit(struct session *s)
{
	struct intake *k = s->k;

	s->n_acks++;
	k->acks++;
	if (s->waits)
		return;
	s->waits = true;
	s->before = NULL;
	s->next = k->waiting;
	if (s->next)
		s->next->before = s;
	else if (k->wants_commit)
		k->wants_commit(k->arg);
	k->waiting = s;
}

/* {"ack": id}, kept until what it speaks of is durable. */
static int acknowledge(struct session *s, const struct chunk *c)
{
	static const char head[] = "\x81\xa3"
				   "ack";
	struct genlog_buf *b = &s->acks;

	if (genlog_buf_reserve(b, sizeof(head) + c->id_n) < 0)
		return -ENOMEM;
	memcpy(b->p + b->n, head, sizeof(head) - 1);
	b->n += sizeof(head) - 1;
	memcpy(b->p + b->n, c->id, c->id_n);
	b->n += c->id_n;
	wait_for_commit(s);
	return 0;
}

static void answer(struct session *s)
{
	wait_no_more(s);
	if (s->acks.n && s->peer.send(s->peer.arg, s->acks.p, s->acks.n) == 0)
		genlog_count(s->k->in, GENLOG_COUNT_ACKS, s->n_acks);
	s->acks.n = 0;
	s->n_acks = 0;
}

int intake_commit(struct intake *k)
{
	if (!k->waiting)
		return 0;
	if (genlog_durable(k->in) < 0)
		return -EAGAIN;
	while (k->waiting)
		answer(k->waiting);
	return 0;
}

static int broken(struct session *s, const char *why)
{
	genlog_count(s->k->in, GENLOG_COUNT_FRAMES_BAD, 1);
	genlog_say(s->k->in, GENLOG_SAY_WARN, "%s sends %s; the connection is closed", s->peer.name, why);
	s->state = SESSION_BROKEN;
	return -EPROTO;
}

static int take(struct session *s, const struct chunk *c)
{
	int r = chunk_take(s, c);

	if (r == -ENOMEM)
		return -EAGAIN;
	if (r < 0)
		return r;
	return c->id && acknowledge(s, c) < 0 ? -EAGAIN : 0;
}

static int message(struct session *s, const uint8_t *p, const uint8_t *end)
{
	struct chunk c;
	const char *why;
	int r = message_read(&c, p, end, &why);

	if (r == 1)
		return 0;
	if (r == 0 && c.packed.type != MP_NONE) {
		r = message_unpack(s->k, &c, &why);
		if (r == 0 && chunk_count(&c) < 0) {
			r = -EBADMSG;
			why = "a chunk whose entries are damaged";
		}
	}
	if (r == -ENOMEM)
		return -EAGAIN;
	return r < 0 ? broken(s, why) : take(s, &c);
}

static int greeting(struct session *s, const uint8_t *p, const uint8_t *end)
{
	int r = hello_ping(s, p, end);

	if (r == -EBADMSG)
		return broken(s, "no PING, though a shared key is asked for");
	if (r < 0) {
		genlog_count(s->k->in, GENLOG_COUNT_CONNECTIONS_REFUSED, 1);
		genlog_say(s->k->in, GENLOG_SAY_WARN,
			"%s knows neither the shared key nor a user, or not both; it was told so", s->peer.name);
		s->state = SESSION_BROKEN;
		return -EPROTO;
	}
	s->state = SESSION_OPEN;
	return 0;
}

static const char *scan_words(int r)
{
	return r == -EMSGSIZE ? "a message larger than `chunk_limit`, or one that claims to hold more"
	       : r == -ELOOP  ? "a message that is nested too deeply"
			      : "bytes that are no message";
}

/* What stands at the front, if it is whole: 1 when it was taken. */
static int front(struct session *s, const uint8_t *p, size_t n)
{
	int r = mp_scan(&s->scan, p, n, s->state == SESSION_HELO ? PING_MAX : s->k->chunk_limit);

	if (r < 0)
		return broken(s, scan_words(r));
	if (r == 0)
		return 0;
	if (s->state == SESSION_HELO)
		r = greeting(s, p, p + s->scan.at);
	else
		r = message(s, p, p + s->scan.at);
	if (r < 0)
		s->scan = (struct mp_scan){0};
	return r < 0 ? r : 1;
}

/* Nobody waits for an answer to it: it goes on its way now. */
static void end_turn(struct session *s, size_t done)
{
	struct intake *k = s->k;

	genlog_count(k->in, GENLOG_COUNT_RECEIVED, s->records);
	genlog_count(k->in, GENLOG_COUNT_RECEIVED_BYTES, done);
	trim(k, KEPT_MAX);
	if (k->acks >= ACKS_MAX)
		(void)intake_commit(k); /* else the timer asks again */
	else if (s->records && !s->waits)
		genlog_turn_end(k->in);
}

ssize_t session_feed(struct session *s, const char *p, size_t n)
{
	size_t done = 0;
	int r = s->state == SESSION_BROKEN ? -EPROTO : 1;

	s->records = 0;
	while (r == 1 && done < n) {
		r = front(s, (const uint8_t *)p + done, n - done);
		if (r == 1) {
			done += s->scan.at;
			s->scan = (struct mp_scan){0};
		}
	}
	end_turn(s, done);
	return r < 0 && (r != -EAGAIN || !done) ? r : (ssize_t)done;
}
