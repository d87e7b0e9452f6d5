#include "scram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "call.h"
#include "commands.h"
#include "errors.h"
#include "gate.h"

enum { PAYLOAD_SIZE = 1024, NONCE_BYTES = 18, NONCE_SIZE = 512 };

static void forget(struct scram *s)
{
	free(s->client_first);
	free(s->server_first);
	free(s->nonce);
	s->client_first = s->server_first = s->nonce = NULL;
}

void scram_fini(struct scram *s)
{
	forget(s);
}

static void refuse(struct call *c)
{
	forget(&c->conn->scram);
	c->conn->scram.done = c->conn->scram.await_empty = false;
	call_error(c, ERR_AUTHENTICATION, "Authentication failed.");
}

/* The value of "k=" in a list with commas; the caller frees. */
static char *attribute(const char *list, char k)
{
	for (const char *p = list; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
		if (p[0] == k && p[1] == '=')
			return strndup(p + 2, strcspn(p + 2, ","));
	return NULL;
}

static bool payload(const struct call *c, char out[PAYLOAD_SIZE])
{
	bson_iter_t it;
	bson_subtype_t subtype;
	const uint8_t *p = NULL;
	uint32_t n = 0;

	if (!call_find(c, &it, "payload"))
		return false;
	if (BSON_ITER_HOLDS_BINARY(&it))
		bson_iter_binary(&it, &subtype, &n, &p);
	else if (BSON_ITER_HOLDS_UTF8(&it))
		p = (const uint8_t *)bson_iter_utf8(&it, &n);
	if (!p || n >= PAYLOAD_SIZE)
		return false;
	memcpy(out, p, n);
	out[n] = '\0';
	return true;
}

static void answer(struct call *c, const char *text, bool done)
{
	bson_t *d = reply_begin(&c->reply);

	BSON_APPEND_INT32(d, "conversationId", 1);
	BSON_APPEND_BOOL(d, "done", done);
	BSON_APPEND_BINARY(d, "payload", BSON_SUBTYPE_BINARY, (const uint8_t *)text, (uint32_t)strlen(text));
	BSON_APPEND_DOUBLE(d, "ok", 1);
}

/* In names a comma is "=2C" and an equals sign "=3D". */
static void set_user(struct scram *s, const char *name)
{
	char *w = s->user;

	for (; *name && w < s->user + sizeof(s->user) - 1; name++) {
		bool comma = !strncmp(name, "=2C", 3), equals = !strncmp(name, "=3D", 3);

		*w++ = comma ? ',' : equals ? '=' : *name;
		name += comma || equals ? 2 : 0;
	}
	*w = '\0';
}

static bool make_nonce(struct scram *s, const char *client)
{
	unsigned char random[NONCE_BYTES];
	char text[NONCE_SIZE];
	size_t n = strlen(client);

	if (n + 2 * NONCE_BYTES >= sizeof(text) || getrandom(random, sizeof(random), 0) != NONCE_BYTES)
		return false;
	memcpy(text, client, n + 1);
	for (size_t i = 0; i < NONCE_BYTES; i++, n += 2)
		snprintf(text + n, sizeof(text) - n, "%02x", random[i]);
	s->nonce = strdup(text);
	return s->nonce != NULL;
}

static const char *get_text(const bson_t *b, const char *key)
{
	bson_iter_t it;

	return bson_iter_init_find(&it, b, key) && BSON_ITER_HOLDS_UTF8(&it) ? bson_iter_utf8(&it, NULL) : NULL;
}

static bool is_ok(const PGresult *row, bson_t *b)
{
	bson_iter_t it;

	return row && pg_view(row, 0, b) && bson_iter_init_find(&it, b, "ok") && bson_iter_as_bool(&it);
}

static bool make_server_first(struct call *c)
{
	struct scram *s = &c->conn->scram;
	struct pg_arg args[] = {pg_text(s->user)};
	PGresult *row = pg_run(&c->conn->pg, c, PG_SCRAM_SALT, args);
	const char *salt = NULL;
	bson_iter_t it;
	bson_t b;

	if (is_ok(row, &b) && bson_iter_init_find(&it, &b, "iterations"))
		salt = get_text(&b, "salt");
	if (salt && asprintf(&s->server_first, "r=%s,s=%s,i=%d", s->nonce, salt, (int)bson_iter_as_int64(&it)) < 0)
		s->server_first = NULL;
	PQclear(row);
	return s->server_first != NULL;
}

/* text is "n,,n=USER,r=NONCE" */
static bool start(struct call *c, const char *text)
{
	struct scram *s = &c->conn->scram;
	char *user, *nonce;
	bool ok;

	if (strlen(text) < 3 || strncmp(text + 1, ",,", 2) != 0)
		return false;
	user = attribute(text + 3, 'n');
	nonce = attribute(text + 3, 'r');
	s->client_first = strdup(text + 3);
	ok = user && nonce && s->client_first && make_nonce(s, nonce);
	if (ok)
		set_user(s, user);
	free(user);
	free(nonce);
	return ok && make_server_first(c);
}

static bool wants_skip(const struct call *c)
{
	bson_iter_t it, at;

	return bson_iter_init(&it, c->body) && bson_iter_find_descendant(&it, "options.skipEmptyExchange", &at) &&
	       bson_iter_as_bool(&at);
}

void cmd_sasl_start(struct call *c)
{
	struct scram *s = &c->conn->scram;
	char text[PAYLOAD_SIZE];
	const char *mechanism = get_text(c->body, "mechanism");

	if (!mechanism || strcmp(mechanism, "SCRAM-SHA-256") != 0) {
		call_error(c, ERR_MECHANISM, "only SCRAM-SHA-256 is there");
		return;
	}
	forget(s);
	s->done = s->await_empty = false;
	s->skip_empty = wants_skip(c);
	if (payload(c, text) && start(c, text))
		answer(c, s->server_first, false);
	else if (!c->reply.hang_up)
		refuse(c);
}

/* The engine's signature, if it finds the proof good; the caller frees. */
static char *ask_engine(struct call *c, const char *without_proof, const char *proof)
{
	struct scram *s = &c->conn->scram;
	struct pg_arg args[3] = {pg_text(s->user), {NULL, 0}, pg_text(proof)};
	const char *signature = NULL;
	char *message = NULL, *verdict = NULL;
	PGresult *row;
	bson_t b;

	if (asprintf(&message, "%s,%s,%s", s->client_first, s->server_first, without_proof) < 0)
		return NULL;
	args[1] = pg_text(message);
	row = pg_run(&c->conn->pg, c, PG_SCRAM_PROOF, args);
	if (is_ok(row, &b))
		signature = get_text(&b, "ServerSignature");
	if (signature && asprintf(&verdict, "v=%s", signature) < 0)
		verdict = NULL;
	PQclear(row);
	free(message);
	return verdict;
}

/* text is "c=BINDING,r=NONCE,p=PROOF" */
static char *check_proof(struct call *c, char *text)
{
	const struct scram *s = &c->conn->scram;
	char *nonce = attribute(text, 'r');
	char *proof = attribute(text, 'p');
	char *last = strstr(text, ",p=");
	char *verdict = NULL;

	if (last)
		*last = '\0';
	if (nonce && proof && last && !strcmp(nonce, s->nonce))
		verdict = ask_engine(c, text, proof);
	free(nonce);
	free(proof);
	return verdict;
}

static void finish(struct call *c)
{
	struct scram *s = &c->conn->scram;

	s->await_empty = false;
	s->done = true;
	/* The next connection to the engine takes on the user's role. */
	pg_close(&c->conn->pg);
	forget(s);
}

void cmd_sasl_continue(struct call *c)
{
	struct scram *s = &c->conn->scram;
	char text[PAYLOAD_SIZE];
	char *verdict = NULL;

	if (s->await_empty) {
		finish(c);
		answer(c, "", true);
		return;
	}
	if (s->nonce && s->server_first && payload(c, text))
		verdict = check_proof(c, text);
	if (verdict) {
		answer(c, verdict, s->skip_empty);
		s->await_empty = !s->skip_empty;
		if (s->skip_empty)
			finish(c);
	} else if (!c->reply.hang_up) {
		refuse(c);
	}
	free(verdict);
}
