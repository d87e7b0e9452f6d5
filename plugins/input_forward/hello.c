/*
 *	server  ["HELO", {nonce, auth, keepalive}]
 *	client  ["PING", host name, salt, sum(salt, host name, nonce, key), user, sum(auth, user, password)]
 *	server  ["PONG", yes or no, reason, host name, sum(salt, host name, nonce, key)]
 */
#include <errno.h>

#include "forward.h"

#define REPLY_MAX 1024
#define NAME_LIMIT 255

/* A reply in the making; all that goes into it is short. */
struct reply {
	uint8_t p[REPLY_MAX];
	size_t n;
};

static void add(struct reply *r, const void *p, size_t n)
{
	if (n > sizeof(r->p) - r->n)
		n = sizeof(r->p) - r->n;
	memcpy(r->p + r->n, p, n);
	r->n += n;
}

static void add_text(struct reply *r, uint8_t code, const char *p, size_t n)
{
	add(r, (uint8_t[2]){code, (uint8_t)n}, 2);
	add(r, p, n);
}

#define STR8 0xd9
#define BIN8 0xc4

static void add_word(struct reply *r, const char *word)
{
	size_t n = strlen(word);

	add_text(r, STR8, word, n < NAME_LIMIT ? n : NAME_LIMIT);
}

static int send_reply(const struct session *s, const struct reply *r)
{
	return s->peer.send(s->peer.arg, r->p, r->n);
}

int hello_begin(struct session *s)
{
	bool users = s->k->hello.users.n > 0;
	struct reply r = {.n = 0};
	int e = auth_random(s->nonce, sizeof(s->nonce));

	if (e == 0)
		e = auth_random(s->salt, sizeof(s->salt));
	if (e < 0)
		return e;
	s->state = SESSION_HELO;
	add(&r, "\x92", 1);
	add_word(&r, "HELO");
	add(&r, "\x83", 1);
	add_word(&r, "nonce");
	add_text(&r, BIN8, s->nonce, sizeof(s->nonce));
	add_word(&r, "auth");
	add_text(&r, BIN8, s->salt, users ? sizeof(s->salt) : 0);
	add_word(&r, "keepalive");
	add(&r, "\xc3", 1);
	return send_reply(s, &r);
}

enum { PING_WORD, PING_HOST, PING_SALT, PING_SUM, PING_USER, PING_PASSWORD, PING_PARTS };

static bool read_parts(struct mp part[PING_PARTS], const uint8_t *p, const uint8_t *end)
{
	struct mp head = {0};
	ssize_t n = mp_read(p, (size_t)(end - p), &head);

	if (n <= 0 || head.type != MP_ARRAY || head.n != PING_PARTS)
		return false;
	for (int i = 0; i < PING_PARTS; i++) {
		p += n;
		n = mp_read(p, (size_t)(end - p), &part[i]);
		if (n <= 0 || (part[i].type != MP_STR && part[i].type != MP_BIN))
			return false;
	}
	return mp_is(&part[PING_WORD], "PING", 4);
}

static struct auth_part of(const struct mp *v)
{
	return (struct auth_part){v->p, v->n};
}

static bool key_is_known(const struct session *s, const struct mp *part)
{
	const char *key = s->k->hello.shared_key;
	const struct auth_part sum[] = {
		of(&part[PING_SALT]), of(&part[PING_HOST]), {s->nonce, sizeof(s->nonce)}, {key, strlen(key)}};
	char expected[AUTH_HEX + 1];

	return auth_digest(expected, sum, 4) == 0 && auth_same(expected, part[PING_SUM].p, part[PING_SUM].n);
}

/* All of them are compared, so that the time does not tell who is one. */
static bool user_is_known(const struct session *s, const struct mp *part)
{
	const struct genlog_strs *users = &s->k->hello.users;
	bool known = users->n == 0;

	for (size_t i = 0; i < users->n; i++) {
		const char *user = users->v[i], *colon = strchr(user, ':');
		size_t n = (size_t)(colon - user);
		const struct auth_part sum[] = {{s->salt, sizeof(s->salt)}, {user, n}, {colon + 1, strlen(colon + 1)}};
		char expected[AUTH_HEX + 1];
		bool same_name = part[PING_USER].n == n && memcmp(part[PING_USER].p, user, n) == 0;

		if (auth_digest(expected, sum, 3) == 0 &&
			(unsigned)auth_same(expected, part[PING_PASSWORD].p, part[PING_PASSWORD].n) &
				(unsigned)same_name)
			known = true;
	}
	return known;
}

static int pong(const struct session *s, const struct mp *part, const char *reason)
{
	const char *host = s->k->hello.self_hostname, *key = s->k->hello.shared_key;
	const struct auth_part sum[] = {
		of(&part[PING_SALT]), {host, strlen(host)}, {s->nonce, sizeof(s->nonce)}, {key, strlen(key)}};
	char shown[AUTH_HEX + 1] = "";
	struct reply r = {.n = 0};

	if (!reason && auth_digest(shown, sum, 4) < 0)
		return -EACCES;
	add(&r, "\x95", 1);
	add_word(&r, "PONG");
	add(&r, reason ? "\xc2" : "\xc3", 1);
	add_word(&r, reason ? reason : "");
	add_word(&r, reason ? "" : host);
	add_word(&r, shown);
	return send_reply(s, &r) < 0 || reason ? -EACCES : 0;
}

int hello_ping(struct session *s, const uint8_t *p, const uint8_t *end)
{
	struct mp part[PING_PARTS] = {0};

	if (!read_parts(part, p, end))
		return -EBADMSG;
	if (!key_is_known(s, part))
		return pong(s, part, "shared_key mismatch");
	return pong(s, part, user_is_known(s, part) ? NULL : "username/password mismatch");
}
