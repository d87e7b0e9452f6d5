/*
 * What a failed insertMany means, document by document.  The rule: what the server knows already is delivered; what
 * it will never take is rejected; all else is sent again, for nothing is lost by that.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "mongodb.h"

enum verdict { SEND_AGAIN, DUPLICATE, NEVER, TOO_LARGE, OPERATOR };

static const struct {
	int32_t code;
	enum verdict verdict;
} codes[] = {
	{11000, DUPLICATE}, {11001, DUPLICATE}, {12582, DUPLICATE}, {2, NEVER}, /* BadValue */
	{9, NEVER},								/* FailedToParse */
	{14, NEVER},								/* TypeMismatch */
	{15, NEVER},								/* Overflow: nested too deeply */
	{22, NEVER},								/* InvalidBSON */
	{52, NEVER},								/* DollarPrefixedFieldName */
	{55, NEVER},								/* InvalidDBRef */
	{56, NEVER},								/* EmptyFieldName */
	{57, NEVER},								/* DottedFieldName */
	{121, NEVER},								/* DocumentValidationFailure */
	{171, NEVER},								/* CannotIndexParallelArrays */
	{16755, NEVER},								/* cannot extract geo keys */
	{17280, NEVER},								/* key too large to index */
	{10334, TOO_LARGE},							/* BSONObjectTooLarge */
	{13, OPERATOR},								/* Unauthorized */
	{18, OPERATOR},								/* AuthenticationFailed */
	{26, OPERATOR},								/* NamespaceNotFound */
	{48, OPERATOR},								/* NamespaceExists */
	{73, OPERATOR},								/* InvalidNamespace */
	{166, OPERATOR},							/* CommandNotSupportedOnView */
	{8000, OPERATOR},							/* AtlasError */
	{14031, OPERATOR},							/* OutOfDiskSpace */
};

static enum verdict verdict_of(int32_t code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (codes[i].code == code)
			return codes[i].verdict;
	return SEND_AGAIN;
}

struct write_error {
	int64_t index;
	int32_t code;
	const char *text;
	bool other_key; /* a duplicate in another unique index than that of _id */
};

static bool key_is_id(const bson_iter_t *pattern)
{
	bson_iter_t key;

	return BSON_ITER_HOLDS_DOCUMENT(pattern) && bson_iter_recurse(pattern, &key) && bson_iter_next(&key) &&
	       strcmp(bson_iter_key(&key), "_id") == 0;
}

/* Older servers say it in words only: "… index: _id_ dup key …", or "… index: db.coll.$_id_ dup key …". */
static bool text_names_other_key(const char *text)
{
	const char *name = strstr(text, "index: ");
	size_t n;

	if (!name)
		return false;
	name += strlen("index: ");
	n = strcspn(name, " ");
	return !(n == 4 && memcmp(name, "_id_", 4) == 0) && !(n > 5 && memcmp(name + n - 5, "$_id_", 5) == 0);
}

static struct write_error read_error(const bson_iter_t *at)
{
	struct write_error e = {.index = -1, .text = ""};
	bson_iter_t it;
	bool told = false;

	if (!BSON_ITER_HOLDS_DOCUMENT(at) || !bson_iter_recurse(at, &it))
		return e;
	while (bson_iter_next(&it)) {
		const char *key = bson_iter_key(&it);

		if (strcmp(key, "index") == 0) {
			e.index = bson_iter_as_int64(&it);
		} else if (strcmp(key, "code") == 0) {
			e.code = (int32_t)bson_iter_as_int64(&it);
		} else if (strcmp(key, "errmsg") == 0 && BSON_ITER_HOLDS_UTF8(&it)) {
			e.text = bson_iter_utf8(&it, NULL);
		} else if (strcmp(key, "keyPattern") == 0) {
			e.other_key = !key_is_id(&it);
			told = true;
		}
	}
	if (!told)
		e.other_key = text_names_other_key(e.text);
	return e;
}

static void set_outcome(struct genlog_doc *d, const struct write_error *e)
{
	enum verdict v = verdict_of(e->code);

	if (v == DUPLICATE && !e->other_key)
		return;
	if (v == SEND_AGAIN || v == OPERATOR) {
		d->outcome = GENLOG_RETRY;
		return;
	}
	d->outcome = GENLOG_REJECTED;
	d->code = e->code;
	free(d->reason);
	d->reason = strdup(e->text);
}

static void say(struct genlog_batch *b, int32_t code, const char *text)
{
	enum verdict v = verdict_of(code);

	if (b->why[0] && v != OPERATOR)
		return;
	b->alarm = b->alarm || v == OPERATOR;
	snprintf(b->why, sizeof(b->why), "MongoDB says \"%.180s\" (code %d)", text, (int)code);
}

/* How many errors there were; each has set its document's outcome. */
static size_t judge_each(struct genlog_batch *b, const bson_t *reply)
{
	bson_iter_t it, each;
	size_t n = 0;

	if (!bson_iter_init_find(&it, reply, "writeErrors") || !BSON_ITER_HOLDS_ARRAY(&it) ||
		!bson_iter_recurse(&it, &each))
		return 0;
	for (; bson_iter_next(&each); n++) {
		struct write_error e = read_error(&each);

		if (e.index < 0 || (uint64_t)e.index >= b->n)
			continue;
		set_outcome(&b->docs[e.index], &e);
		if (b->docs[e.index].outcome == GENLOG_RETRY)
			say(b, e.code, e.text);
	}
	return n;
}

static bool has_items(const bson_t *reply, const char *key)
{
	bson_iter_t it, each;

	return bson_iter_init_find(&it, reply, key) && BSON_ITER_HOLDS_ARRAY(&it) && bson_iter_recurse(&it, &each) &&
	       bson_iter_next(&each);
}

/* Written, but not yet known to be on a majority: asked again, which answers "duplicate" when it is. */
static void not_confirmed(struct genlog_batch *b, const bson_error_t *error)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->docs[i].outcome == GENLOG_DELIVERED)
			b->docs[i].outcome = GENLOG_RETRY;
	say(b, (int32_t)error->code, error->message);
}

static bool is_the_servers(const bson_error_t *error)
{
	return error->domain == MONGOC_ERROR_SERVER || error->domain == MONGOC_ERROR_WRITE_CONCERN ||
	       error->domain == MONGOC_ERROR_COLLECTION || error->domain == MONGOC_ERROR_COMMAND;
}

static void forget_outcomes(struct genlog_batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->docs[i].reason);
		b->docs[i].reason = NULL;
	}
}

int reply_judge(struct genlog_batch *b, const bson_t *reply, const bson_error_t *error)
{
	size_t n = judge_each(b, reply);

	if (n && is_the_servers(error)) {
		if (has_items(reply, "writeConcernErrors"))
			not_confirmed(b, error);
		return 0;
	}
	forget_outcomes(b);
	if (has_items(reply, "writeConcernErrors")) {
		not_confirmed(b, error);
		return 0;
	}
	if (verdict_of((int32_t)error->code) == TOO_LARGE || error->domain == MONGOC_ERROR_BSON)
		return -EMSGSIZE;
	b->why[0] = 0;
	if (is_the_servers(error))
		say(b, (int32_t)error->code, error->message);
	else
		snprintf(b->why, sizeof(b->why), "%.240s", error->message);
	b->alarm = b->alarm || error->domain == MONGOC_ERROR_CLIENT;
	return -EAGAIN;
}
