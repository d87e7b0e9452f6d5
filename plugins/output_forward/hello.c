#include <errno.h>

#include "forward.h"

/* The server's first words. */
struct helo {
	char nonce[256], auth[256];
	size_t nonce_n, auth_n;
};

static bool copy(const struct mp *v, char out[256], size_t *n)
{
	if ((v->type != MP_STR && v->type != MP_BIN) || v->n > 256)
		return false;
	memcpy(out, v->p, v->n);
	*n = v->n;
	return true;
}

static bool read_options(struct helo *h, const uint8_t *p, const uint8_t *end)
{
	struct mp map = {0}, key, v;
	ssize_t n = mp_read(p, (size_t)(end - p), &map);

	if (n <= 0 || map.type != MP_MAP)
		return false;
	p += n;
	for (uint32_t i = 0; i < map.n; i++) {
		const uint8_t *value = mp_skip(p, end), *after = value ? mp_skip(value, end) : NULL;
		bool fits = true;

		if (!after || mp_read(p, (size_t)(end - p), &key) <= 0 ||
			mp_read(value, (size_t)(end - value), &v) <= 0)
			return false;
		if (mp_is(&key, "nonce", 5))
			fits = copy(&v, h->nonce, &h->nonce_n);
		if (mp_is(&key, "auth", 4))
			fits = copy(&v, h->auth, &h->auth_n);
		if (!fits)
			return false;
		p = after;
	}
	return h->nonce_n > 0;
}

static int read_helo(struct link *l, struct helo *h)
{
	ssize_t n = link_receive(l), k;
	const uint8_t *p = l->in, *end = l->in + (n > 0 ? n : 0);
	struct mp head = {0}, word = {0};

	if (n < 0)
		return n == -ETIMEDOUT ? link_fail(l, (int)n, "it does not ask for a shared key") : (int)n;
	k = mp_read(p, (size_t)(end - p), &head);
	p += k > 0 ? k : 0;
	k = mp_read(p, (size_t)(end - p), &word);
	if (head.type != MP_ARRAY || head.n < 2 || k <= 0 || !mp_is(&word, "HELO", 4) || !read_options(h, p + k, end))
		return link_fail(l, -EPROTO, "its greeting is none of the protocol's");
	link_pass(l, (size_t)n);
	return 0;
}

static int text(msgpack_packer *k, const char *p)
{
	size_t n = strlen(p);

	return msgpack_pack_str(k, n) < 0 || msgpack_pack_str_body(k, p, n) < 0;
}

static int send_ping(const struct output_forward *o, struct link *l, const struct helo *h, const char *salt)
{
	const char *user = h->auth_n && o->username ? o->username : "", *key = o->shared_key;
	const char *password = o->password ? o->password : "";
	const struct auth_part sum[] = {
		{salt, AUTH_SALT}, {o->self, strlen(o->self)}, {h->nonce, h->nonce_n}, {key, strlen(key)}};
	const struct auth_part secret[] = {{h->auth, h->auth_n}, {user, strlen(user)}, {password, strlen(password)}};
	char shown[AUTH_HEX + 1], proof[AUTH_HEX + 1] = "";
	msgpack_sbuffer out;
	msgpack_packer k;
	int r = auth_digest(shown, sum, 4), bad;

	if (r == 0 && *user)
		r = auth_digest(proof, secret, 3);
	if (r < 0)
		return link_fail(l, r, "SHA-512 is not to be had");
	msgpack_sbuffer_init(&out);
	msgpack_packer_init(&k, &out, msgpack_sbuffer_write);
	bad = msgpack_pack_array(&k, 6) < 0 || text(&k, "PING") || text(&k, o->self) ||
	      msgpack_pack_bin(&k, AUTH_SALT) < 0 || msgpack_pack_bin_body(&k, salt, AUTH_SALT) < 0 ||
	      text(&k, shown) || text(&k, user) || text(&k, proof);
	r = bad ? -ENOMEM : link_send(l, out.data, out.size);
	msgpack_sbuffer_destroy(&out);
	return r;
}

enum { PONG_WORD, PONG_YES, PONG_REASON, PONG_HOST, PONG_SUM, PONG_PARTS };

static bool read_pong(struct mp part[PONG_PARTS], const uint8_t *p, const uint8_t *end)
{
	struct mp head = {0};
	ssize_t n = mp_read(p, (size_t)(end - p), &head);

	if (n <= 0 || head.type != MP_ARRAY || head.n < 3 || head.n > PONG_PARTS)
		return false;
	for (uint32_t i = 0; i < head.n; i++) {
		p += n;
		n = mp_read(p, (size_t)(end - p), &part[i]);
		if (n <= 0)
			return false;
	}
	return mp_is(&part[PONG_WORD], "PONG", 4) && part[PONG_YES].type == MP_BOOL;
}

/* Letters and blanks only: it ends up in our log. */
static void plain(char *out, size_t cap, const struct mp *v)
{
	size_t n = v->type == MP_STR && v->n < cap ? v->n : 0;

	for (size_t i = 0; i < n; i++)
		out[i] = (char)(v->p[i] >= ' ' && v->p[i] < 0x7f ? v->p[i] : '?');
	out[n] = 0;
}

/* The server knows the key as well, or it is not the one that we want to tell everything. */
static int judge(const struct output_forward *o, const struct link *l, const struct helo *h, const char *salt,
	const struct mp part[PONG_PARTS])
{
	const struct auth_part sum[] = {{salt, AUTH_SALT}, {part[PONG_HOST].p, part[PONG_HOST].n},
		{h->nonce, h->nonce_n}, {o->shared_key, strlen(o->shared_key)}};
	char expected[AUTH_HEX + 1], said[64];

	if (!part[PONG_YES].u.i) {
		plain(said, sizeof(said), &part[PONG_REASON]);
		return link_fail(l, -EACCES, "it refuses us: %s", *said ? said : "without a reason");
	}
	if (part[PONG_HOST].type != MP_STR || part[PONG_SUM].type != MP_STR || auth_digest(expected, sum, 4) < 0 ||
		!auth_same(expected, part[PONG_SUM].p, part[PONG_SUM].n))
		return link_fail(l, -EACCES, "it does not know the shared key itself");
	return 0;
}

int hello(struct output_forward *o, struct link *l)
{
	struct mp part[PONG_PARTS] = {0};
	struct helo h = {0};
	char salt[AUTH_SALT];
	ssize_t n;
	int r = auth_random(salt, sizeof(salt));

	if (r == 0)
		r = read_helo(l, &h);
	if (r == 0)
		r = send_ping(o, l, &h, salt);
	if (r < 0)
		return r;
	n = link_receive(l);
	if (n < 0)
		return (int)n;
	if (!read_pong(part, l->in, l->in + n))
		return link_fail(l, -EPROTO, "its answer to our greeting is none of the protocol's");
	r = judge(o, l, &h, salt, part);
	link_pass(l, (size_t)n);
	return r;
}
