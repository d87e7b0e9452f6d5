#include "ctl/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/array.h"

#define WORD 4096

static const struct {
	const char *text;
	enum filter_op op;
} ops[] = {
	/* the longer ones first */
	{"!=", OP_NE}, {">=", OP_GE}, {"<=", OP_LE}, {"!~", OP_UNLIKE}, {"=", OP_EQ}, {">", OP_GT}, {"<", OP_LT},
	{"~", OP_LIKE}};

struct word {
	char field[256], value[WORD];
	enum filter_op op;
	bool quoted;
};

/* Up to the blank that ends it; quotes keep blanks and commas together, a backslash in them the character behind it. */
static int value_read(const char **at, struct word *w)
{
	const char *p = *at;
	char quote = *p == '"' || *p == '\'' ? *p++ : 0;
	size_t n = 0;

	w->quoted = quote != 0;
	for (; *p && (quote ? *p != quote : *p != ' '); p++) {
		if (quote && *p == '\\' && p[1] == quote)
			p++;
		if (n == sizeof(w->value) - 1)
			return -E2BIG;
		w->value[n++] = *p;
	}
	w->value[n] = 0;
	if (quote && *p != quote)
		return -EINVAL;
	*at = quote ? p + 1 : p;
	return !quote || !p[1] || p[1] == ' ' ? 0 : -EINVAL;
}

/* A word without an operator is looked for in the message, as it stands. */
static void plain(struct word *w)
{
	char text[WORD];
	size_t n = 0;

	snprintf(w->field, sizeof(w->field), "message");
	w->op = OP_LIKE;
	for (const char *p = w->value; *p && n < sizeof(text) - 2; p++) {
		if (strchr("\\^$.|?*+()[]{}", *p))
			text[n++] = '\\';
		text[n++] = *p;
	}
	text[n] = 0;
	memcpy(w->value, text, n + 1);
}

static int word_read(const char **at, struct word *w, struct genlog_err *err)
{
	const char *p = *at;
	size_t n = strcspn(p, "=!<>~ \"'");
	int r;

	for (size_t i = 0; n && n < sizeof(w->field) && i < sizeof(ops) / sizeof(*ops); i++) {
		if (strncmp(p + n, ops[i].text, strlen(ops[i].text)) != 0)
			continue;
		memcpy(w->field, p, n);
		w->field[n] = 0;
		w->op = ops[i].op;
		*at = p + n + strlen(ops[i].text);
		if (*w->field == '$')
			return genlog_fail(err, EINVAL, "\"%.80s\" is not the name of a field", w->field);
		if (value_read(at, w) < 0)
			return genlog_fail(err, EINVAL, "\"%.80s\": its quotes do not match", p);
		return 0;
	}
	r = *p && strchr("=!<>~", *p) ? -EINVAL : value_read(at, w);
	if (r < 0 || !*w->value)
		return genlog_fail(err, EINVAL, "\"%.80s\" is no condition like level=ERROR or message~text", p);
	plain(w);
	return 0;
}

/* Every condition is a document of its own: a field may have several. */
static int words_read(bson_t *all, const char *text, int64_t now_ms, struct genlog_err *err)
{
	int r = 0;

	while (r == 0) {
		struct word w = {.op = OP_EQ};
		bson_t one;
		char key[24];

		text += strspn(text, " ");
		if (!*text)
			break;
		r = word_read(&text, &w, err);
		if (r < 0)
			break;
		if (!bson_utf8_validate(w.value, strlen(w.value), false) ||
			!bson_utf8_validate(w.field, strlen(w.field), false))
			return genlog_fail(err, EINVAL, "a condition has to be UTF-8");
		snprintf(key, sizeof(key), "%u", bson_count_keys(all));
		BSON_APPEND_DOCUMENT_BEGIN(all, key, &one);
		r = filter_word(&one, w.field, w.op, w.value, w.quoted, now_ms);
		bson_append_document_end(all, &one);
	}
	return r;
}

/* One condition as it is, several by $and. */
static bson_t *join(const bson_t *all)
{
	bson_t *q = bson_new(), view;
	bson_iter_t it;
	const uint8_t *p;
	uint32_t n;

	if (bson_count_keys(all) > 1) {
		BSON_APPEND_ARRAY(q, "$and", all);
	} else if (bson_iter_init(&it, all) && bson_iter_next(&it)) {
		bson_iter_document(&it, &n, &p);
		if (bson_init_static(&view, p, n))
			bson_concat(q, &view);
	}
	return q;
}

static int from_json(struct filter *f, int n, const char *text, struct genlog_err *err)
{
	bson_error_t e = {0};

	if (n > 1)
		return genlog_fail(err, EINVAL, "behind JSON nothing follows; \"$and\" joins conditions");
	f->query = bson_new_from_json((const uint8_t *)text, -1, &e);
	return f->query ? 0 : genlog_fail(err, EINVAL, "this JSON cannot be read: %s", e.message);
}

static int from_words(struct filter *f, int n, char *const *words, int64_t now_ms, struct genlog_err *err)
{
	bson_t all = BSON_INITIALIZER;
	int r = 0;

	for (int i = 0; i < n && r == 0; i++)
		r = words_read(&all, words[i], now_ms, err);
	if (r == 0)
		f->query = join(&all);
	bson_destroy(&all);
	return r;
}

int filter_parse(struct filter *f, int n, char *const *words, int64_t now_ms, struct genlog_err *err)
{
	const char *first = n ? words[0] + strspn(words[0], " \t\n") : "";

	return *first == '{' ? from_json(f, n, first, err) : from_words(f, n, words, now_ms, err);
}

const bson_t *filter_query(const struct filter *f)
{
	return f->query;
}

int filter_between(struct filter *f, const char *field, int64_t from_ms, int64_t to_ms)
{
	bson_t *q = bson_new(), list, one, range;

	array_begin(&list);
	BSON_APPEND_DOCUMENT_BEGIN(&list, "0", &one);
	BSON_APPEND_DOCUMENT_BEGIN(&one, field, &range);
	if (from_ms != INT64_MIN)
		BSON_APPEND_DATE_TIME(&range, "$gte", from_ms);
	if (to_ms != INT64_MAX)
		BSON_APPEND_DATE_TIME(&range, "$lt", to_ms);
	bson_append_document_end(&one, &range);
	bson_append_document_end(&list, &one);
	BSON_APPEND_DOCUMENT(&list, "1", f->query);
	array_end(&list, q, "$and");
	bson_destroy(f->query);
	f->query = q;
	return 0;
}

void filter_fini(struct filter *f)
{
	while (f->last_made) {
		struct filter_node *n = f->last_made;

		f->last_made = n->allocated;
		pcre2_match_data_free(n->match);
		pcre2_code_free(n->regex);
		free(n);
	}
	if (f->query)
		bson_destroy(f->query);
	*f = (struct filter){0};
}
