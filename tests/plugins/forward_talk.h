/* A client's side of a session of input forward: it speaks in JSON and hears "ack=c ack=d". */
#ifndef PLUGINS_FORWARD_TALK_H
#define PLUGINS_FORWARD_TALK_H

#include "forward_host.h"
#include "forward_pack.h"

struct talk {
	struct host h;
	struct session s;
	struct session_peer peer;
	char messages[4096];
	size_t len;
	size_t n, in_order; /* documents; of them, those whose message is their number */
};

static void talk_new_session(struct talk *t, const struct hello_conf *hello)
{
	session_close(&t->s);
	if (hello)
		t->h.intake.hello = *hello;
	t->peer = (struct session_peer){.name = "p", .local = true, .send = host_send, .arg = &t->h};
	assert_int_equal(session_open(&t->s, &t->h.intake, &t->peer), 0);
}

static void talk_open(struct talk *t, const struct hello_conf *hello)
{
	memset(t, 0, sizeof(*t));
	host_open(&t->h);
	talk_new_session(t, hello);
}

static void talk_close(struct talk *t)
{
	session_close(&t->s);
	host_close(&t->h);
}

/* Another agent, that knows of nothing. */
static __attribute__((unused)) void talk_again(struct talk *t)
{
	talk_close(t);
	talk_open(t, NULL);
}

static ssize_t talk_feed(struct talk *t, const char *p, size_t n)
{
	char *copy = malloc(n + GENLOG_PAD);
	ssize_t r;

	memcpy(copy, p, n);
	memset(copy + n, 0x5a, GENLOG_PAD);
	r = session_feed(&t->s, copy, n);
	free(copy);
	return r;
}

/* In pieces; what is not taken is given again with what follows. */
static void talk_give(struct talk *t, const char *p, size_t n, size_t step)
{
	size_t from = 0;

	for (size_t to = 0; to < n;) {
		ssize_t r;

		to = n - to < step ? n : to + step;
		r = talk_feed(t, p + from, to - from);
		assert_in_range(r, 0, to - from);
		from += (size_t)r;
	}
	assert_int_equal(from, n);
}

static void talk_say(struct talk *t, const char *json)
{
	msgpack_sbuffer b;

	msgpack_sbuffer_init(&b);
	pack_json(&b, json);
	talk_give(t, b.data, b.size, b.size);
	msgpack_sbuffer_destroy(&b);
}

/* What was answered since, and nothing else. */
static __attribute__((unused)) void talk_heard(struct talk *t, const char *want)
{
	char said[1024] = "";
	size_t n = 0, at = 0;
	msgpack_unpacked u;

	msgpack_unpacked_init(&u);
	while (at < t->h.answers.n &&
		msgpack_unpack_next(&u, (const char *)t->h.answers.p, t->h.answers.n, &at) == MSGPACK_UNPACK_SUCCESS) {
		const msgpack_object_kv *kv = u.data.via.map.ptr;

		assert_int_equal(u.data.type, MSGPACK_OBJECT_MAP);
		assert_int_equal(u.data.via.map.size, 1);
		n += (size_t)snprintf(said + n, sizeof(said) - n, "%s%.*s=%.*s", n ? " " : "",
			(int)kv->key.via.str.size, kv->key.via.str.ptr, (int)kv->val.via.str.size, kv->val.via.str.ptr);
	}
	msgpack_unpacked_destroy(&u);
	t->h.answers.n = 0;
	assert_string_equal(said, want);
}

static void talk_message(void *arg, const char *collection, const uint8_t *bson, uint32_t n)
{
	struct talk *t = arg;
	bson_iter_t it;
	bson_t doc;

	assert_string_equal(collection, "system_logs");
	assert_true(bson_init_static(&doc, bson, n));
	assert_true(bson_iter_init_find(&it, &doc, "message"));
	t->in_order += strtoul(bson_iter_utf8(&it, NULL), NULL, 10) == t->n;
	t->n++;
	if (t->len < sizeof(t->messages) - 64)
		t->len += (size_t)snprintf(
			t->messages + t->len, 64, "%s%s", t->len ? " " : "", bson_iter_utf8(&it, NULL));
}

static void talk_collect(struct talk *t)
{
	host_documents(&t->h, talk_message, t);
}

/* The reader does so by itself, after a while. */
static __attribute__((unused)) void talk_make_room(struct talk *t)
{
	talk_collect(t);
	assert_int_equal(reader_flush(&t->h.reader), 0);
	talk_collect(t);
}

/* What has become durable since. */
static __attribute__((unused)) void talk_documents(struct talk *t, const char *want)
{
	t->len = 0;
	t->messages[0] = 0;
	talk_collect(t);
	assert_string_equal(t->messages, want);
}

static void talk_count(void *arg, const void *key, size_t key_len, const void *val, size_t len)
{
	(void)key;
	(void)key_len;
	(void)val;
	(void)len;
	++*(size_t *)arg;
}

static __attribute__((unused)) size_t talk_notes(struct talk *t)
{
	size_t n = 0;

	genlog_positions(&t->h.in, talk_count, &n);
	return n;
}

static __attribute__((unused)) void talk_small_spool(struct talk *t)
{
	spool_close(t->h.spool);
	t->h.max_size = 256 << 10;
	host_spool_open(&t->h);
}

/* ── the handshake, the client's side, by msgpack-c and OpenSSL ── */

static const msgpack_object *talk_value(const msgpack_object *map, const char *key)
{
	for (uint32_t i = 0; i < map->via.map.size; i++) {
		const msgpack_object_kv *kv = &map->via.map.ptr[i];

		if (kv->key.via.str.size == strlen(key) && memcmp(kv->key.via.str.ptr, key, strlen(key)) == 0)
			return &kv->val;
	}
	fail_msg("no %s", key);
	return NULL;
}

#define TALK_SALT "0123456789abcdef"

static __attribute__((unused)) int talk_ping(struct talk *t, const char *key, const char *user, const char *password)
{
	char shown[AUTH_HEX + 1], proof[AUTH_HEX + 1] = "", ping[1024];
	const msgpack_object *nonce, *salt;
	msgpack_unpacked u;
	msgpack_sbuffer b;
	size_t at = 0;
	ssize_t r;

	msgpack_unpacked_init(&u);
	assert_int_equal(
		msgpack_unpack_next(&u, (const char *)t->h.answers.p, t->h.answers.n, &at), MSGPACK_UNPACK_SUCCESS);
	nonce = talk_value(&u.data.via.array.ptr[1], "nonce");
	salt = talk_value(&u.data.via.array.ptr[1], "auth");
	assert_int_equal(nonce->via.bin.size, AUTH_SALT);
	assert_int_equal(salt->via.bin.size, t->h.intake.hello.users.n ? AUTH_SALT : 0);
	auth_digest(shown,
		(struct auth_part[]){{TALK_SALT, 16}, {"host", 4}, {nonce->via.bin.ptr, AUTH_SALT}, {key, strlen(key)}},
		4);
	auth_digest(proof,
		(struct auth_part[]){
			{salt->via.bin.ptr, salt->via.bin.size}, {user, strlen(user)}, {password, strlen(password)}},
		3);
	snprintf(ping, sizeof(ping), "[\"PING\", \"host\", \"" TALK_SALT "\", \"%s\", \"%s\", \"%s\"]", shown, user,
		proof);
	msgpack_sbuffer_init(&b);
	pack_json(&b, ping);
	t->h.answers.n = 0;
	r = talk_feed(t, b.data, b.size);
	r = r == (ssize_t)b.size ? 0 : r;
	msgpack_sbuffer_destroy(&b);
	msgpack_unpacked_destroy(&u);
	return (int)r;
}

/* Whether it says yes, and, if so, knows the key itself. */
static __attribute__((unused)) bool talk_pong(struct talk *t, const char *key)
{
	char expected[AUTH_HEX + 1];
	const msgpack_object *part;
	msgpack_unpacked u;
	size_t at = 0;
	bool yes;

	msgpack_unpacked_init(&u);
	assert_int_equal(
		msgpack_unpack_next(&u, (const char *)t->h.answers.p, t->h.answers.n, &at), MSGPACK_UNPACK_SUCCESS);
	part = u.data.via.array.ptr;
	assert_int_equal(u.data.via.array.size, 5);
	yes = part[1].via.boolean;
	auth_digest(expected,
		(struct auth_part[]){{TALK_SALT, 16}, {"me", 2}, {t->s.nonce, AUTH_SALT}, {key, strlen(key)}}, 4);
	if (yes)
		assert_true(auth_same(expected, part[4].via.str.ptr, part[4].via.str.size));
	else
		assert_int_equal(part[4].via.str.size, 0);
	msgpack_unpacked_destroy(&u);
	return yes;
}

#endif
