/*
 * filter redact: takes secrets out of every text of an event, before anything of it is written anywhere.
 *
 *	filters:
 *	  - {type: redact, preset: [password, token, card, email], fields: [ssn, customer.name], keep: 4,
 *	     patterns: ['\bPN-\d{6}\b']}
 *
 * `[redacted:password]` stands where a secret was; context.redacted says how many.  A field whose name says that it is
 * secret is masked whole, whatever its type.  Names of fields are left as they are.
 * What filters before this one remember of an event (dedup: its message) they have seen as it was: put it first.
 *
 * Not found: a secret that is spread over several events, such as a private key whose lines are not joined, and one
 * that is named by what stands in another text of the event.
 */
#include "redact.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Thirteen digits. */
#define CARD_LEAST 1000000000000

static const char *const actions[] = {[ACTION_MASK] = "mask", [ACTION_HASH] = "hash", [ACTION_REMOVE] = "remove", NULL};
static const char *const presets[PRESETS] = {"password", "token", "card", "email", "ip", "iban"};

static const struct genlog_opt opts[] = {
	GENLOG_LIST(struct redact, preset,
		.help = "password, token, card, email, ip, iban, all or none; the first three, "
			"where it is not set"),
	GENLOG_LIST(struct redact, fields, .help = "fields whose whole value is masked, by name or path, in any case"),
	GENLOG_LIST(struct redact, patterns, .help = "regular expressions of further secrets"),
	GENLOG_CHOICE(struct redact, action, .def = "mask", .choices = actions,
		.help = "mask: [redacted:KIND]; hash: with a keyed hash, the same for the same secret; remove: "
			"nothing"),
	GENLOG_STR(struct redact, key, .secret = true, .help = "key of the hash (HMAC-SHA256)"),
	GENLOG_INT(struct redact, keep, .def = "0", .max = 6, .help = "last digits of a card that stay"),
	{0},
};

/* At which bytes a kind's finders look. */
static const struct {
	uint8_t kind, finder;
	const char *bytes;
} looks[] = {
	{KIND_PASSWORD, FIND_URL, ":"},
	{KIND_PASSWORD, FIND_ASSIGN, "=:>"},
	{KIND_PASSWORD, FIND_OPTION, "-"},
	{KIND_TOKEN, FIND_ASSIGN, "=:>"},
	{KIND_TOKEN, FIND_PREFIX, "JIz_-"},
	{KIND_TOKEN, FIND_SCHEME, "Bb"},
	{KIND_CARD, FIND_NUMBER, "0123456789"},
	{KIND_IBAN, FIND_NUMBER, "0123456789"},
	{KIND_IP, FIND_NUMBER, "0123456789"},
	{KIND_EMAIL, FIND_EMAIL, "@"},
	{KIND_IP, FIND_IP6, ":"},
};

/* ── settings ── */

static int preset_take(struct redact *x, size_t item, struct genlog_err *err)
{
	const char *word = x->preset.v[item];

	for (unsigned i = 0; i < PRESETS; i++) {
		if (strcmp(word, presets[i]) == 0 || strcmp(word, "all") == 0)
			x->kinds |= 1U << i;
		if (strcmp(word, presets[i]) == 0)
			return 0;
	}
	if (strcmp(word, "all") == 0 || (strcmp(word, "none") == 0 && x->preset.n == 1))
		return 0;
	genlog_fail_opt(err, "preset", EINVAL,
		"there is no preset \"%.64s\"; there are password, token, card, email, ip, iban", word);
	if (err)
		err->opt_item = (int)item;
	return -EINVAL;
}

static int patterns_open(struct redact *x, struct genlog_err *err)
{
	x->compiled = calloc(x->patterns.n + 1, sizeof(struct genlog_pattern *));
	if (!x->compiled)
		return -ENOMEM;
	for (size_t i = 0; i < x->patterns.n; i++) {
		x->compiled[i] =
			genlog_pattern_new(x->patterns.v[i], false, (struct genlog_where){"patterns", (int)i}, err);
		if (!x->compiled[i])
			return -EINVAL;
	}
	return 0;
}

static int redact_open(void *self, struct genlog_err *err)
{
	struct redact *x = self;
	int r = 0;

	if (!x->preset.n)
		x->kinds = 1U << KIND_PASSWORD | 1U << KIND_TOKEN | 1U << KIND_CARD;
	for (size_t i = 0; r == 0 && i < x->preset.n; i++)
		r = preset_take(x, i, err);
	if (r == 0 && x->action == ACTION_HASH && (!x->key || !*x->key))
		r = genlog_fail_opt(
			err, "action", EINVAL, "a hash needs a \"key\"; without one anybody can try what it was");
	for (size_t i = 0; i < sizeof(looks) / sizeof(*looks); i++)
		for (const char *c = looks[i].bytes; x->kinds >> looks[i].kind & 1 && *c; c++)
			x->finders[(uint8_t)*c] |= (uint8_t)(1U << looks[i].finder);
	return r == 0 ? patterns_open(x, err) : r;
}

static void redact_close(void *self)
{
	struct redact *x = self;

	for (size_t i = 0; x->compiled && i < x->patterns.n; i++)
		genlog_pattern_free(x->compiled[i]);
	free(x->compiled);
	free(x->out.p);
}

/* ── one value ── */

/* The path a.b.c compared from its end, a part at a time. */
static bool is_path(const char *name, const struct genlog_place *at)
{
	size_t n = strlen(name);

	for (; at; at = at->up) {
		if (n < at->len || strncasecmp(name + n - at->len, at->key, at->len) != 0)
			return false;
		n -= at->len;
		if (!n)
			return true;
		if (name[--n] != '.')
			return false;
	}
	return n == 7 && strncmp(name, "context", 7) == 0;
}

static int kind_of_field(const struct redact *x, const struct genlog_place *at)
{
	struct named what;

	for (size_t i = 0; i < x->fields.n; i++)
		if (is_path(x->fields.v[i], at))
			return KIND_FIELD;
	return word_find(x->kinds, at->key, at->key + at->len, &what) ? what.kind : -1;
}

/* A number or truth as its text, a document as its bytes: what a hash is made of. */
static struct genlog_value bytes_of(const struct genlog_value *v, char room[GENLOG_TEXT_ROOM])
{
	int n = 0;

	switch ((enum genlog_vtype)v->type) {
	case GENLOG_V_STR:
	case GENLOG_V_DOC:
	case GENLOG_V_ARRAY: return genlog_str(v->u.p, v->n);
	case GENLOG_V_DOUBLE:
		n = snprintf(room, GENLOG_TEXT_ROOM, fabs(v->u.d) < 1e18 ? "%.15g" : "%.17g", v->u.d);
		break;
	default: n = snprintf(room, GENLOG_TEXT_ROOM, "%" PRId64, v->u.i);
	}
	return genlog_str(room, (size_t)n);
}

static enum genlog_edit redact_field(struct redact *x, struct genlog_record *rec, struct genlog_value *v, unsigned kind)
{
	char room[GENLOG_TEXT_ROOM];

	if (v->type == GENLOG_V_NULL || (v->type == GENLOG_V_STR && !v->n))
		return GENLOG_LEAVE;
	*v = bytes_of(v, room);
	if (redact_whole(x, rec, v, kind) < 0) {
		x->failed = true;
		return GENLOG_REMOVE;
	}
	return x->action == ACTION_REMOVE ? GENLOG_REMOVE : GENLOG_REPLACE;
}

/* A card's number that was logged as a number. */
static enum genlog_edit redact_number(struct redact *x, struct genlog_record *rec, struct genlog_value *v)
{
	char room[GENLOG_TEXT_ROOM];
	struct genlog_value text;

	if (!(x->kinds >> KIND_CARD & 1) || (v->type == GENLOG_V_INT && v->u.i < CARD_LEAST) ||
		(v->type == GENLOG_V_DOUBLE && !(v->u.d >= CARD_LEAST)))
		return GENLOG_LEAVE;
	if (v->type == GENLOG_V_DOUBLE && fabs(v->u.d) < 1e19)
		text = genlog_str(room, (size_t)snprintf(room, sizeof(room), "%.0f", v->u.d));
	else
		text = bytes_of(v, room);
	if (!is_card(text.u.p, text.n))
		return GENLOG_LEAVE;
	return redact_field(x, rec, v, KIND_CARD);
}

/* The line that stands in for a record has the fields in it, and where they end in there nobody knows. */
static bool line_has_field(const struct redact *x, const struct genlog_value *v)
{
	for (size_t i = 0; i < x->fields.n; i++) {
		const char *dot = strrchr(x->fields.v[i], '.'), *name = dot ? dot + 1 : x->fields.v[i];
		size_t n = strlen(name);

		for (size_t at = 0; n && at + n <= v->n; at++)
			if ((v->u.p[at] | 0x20) == (*name | 0x20) && strncasecmp(v->u.p + at, name, n) == 0)
				return true;
	}
	return false;
}

static enum genlog_edit redact_value(
	void *self, struct genlog_record *rec, const struct genlog_place *at, struct genlog_value *v)
{
	struct redact *x = self;
	bool line = !at->up && !at->len;
	int kind = line ? (line_has_field(x, v) ? KIND_FIELD : -1) : kind_of_field(x, at);

	if (kind >= 0)
		return redact_field(x, rec, v, (unsigned)kind);
	if (v->type == GENLOG_V_STR)
		return redact_text(x, rec, v);
	return v->type == GENLOG_V_INT || v->type == GENLOG_V_DOUBLE ? redact_number(x, rec, v) : GENLOG_LEAVE;
}

/* Without memory nothing of the event can be shown, but that there was one. */
static void nothing_left(struct genlog_record *rec)
{
	static const char text[64 + GENLOG_PAD] = "[redacted: there was no memory to look for secrets]";

	rec->context.n = 0;
	rec->set &= 1ULL << GENLOG_SLOT_TIMESTAMP;
	if (rec->slot[GENLOG_SLOT_TIMESTAMP].type == GENLOG_V_STR)
		rec->set = 0;
	rec->line = text;
	rec->len = strlen(text);
	genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, genlog_str(text, strlen(text)));
}

static enum genlog_verdict redact_filter(void *self, struct genlog_record *rec)
{
	struct redact *x = self;
	struct genlog_value n = {.type = GENLOG_V_INT}, before;

	x->count = 0;
	x->failed = false;
	if (genlog_each(rec, ~0U, redact_value, x) < 0 || x->failed) {
		nothing_left(rec);
		return GENLOG_KEEP;
	}
	if (!x->count)
		return GENLOG_KEEP;
	n.u.i = (int64_t)x->count;
	if (genlog_get(rec, "context.redacted", &before) && before.type == GENLOG_V_INT) {
		n.u.i += before.u.i;
		genlog_remove(rec, "context.redacted");
	}
	genlog_context_put(rec, "redacted", 8, n);
	return GENLOG_KEEP;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_FILTER,
	.name = "redact",
	.summary = "takes secrets out of every text of an event",
	.state_size = sizeof(struct redact),
	.opts = opts,
	.open = redact_open,
	.close = redact_close,
	.filter = redact_filter,
};
