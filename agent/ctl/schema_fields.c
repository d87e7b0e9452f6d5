/*
 * Fields as people write them, and the $jsonSchema that MongoDB takes:
 *
 *	message: string
 *	error_code: [string, 'null']
 *	level: {type: string, enum: [DEBUG, INFO]}
 *	tags: {type: array, items: string}
 *	urgency_level: {type: number, min: 1, max: 5}
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "conf/apply.h"
#include "ctl/array.h"
#include "ctl/schema.h"

#define NAMES 4

/* `int` and `number` take whatever a writer's language has for them. */
static const struct {
	const char *word;
	const char *bson[NAMES];
} types[] = {
	{"string", {"string"}},
	{"date", {"date"}},
	{"int", {"int", "long"}},
	{"number", {"int", "long", "double", "decimal"}},
	{"bool", {"bool"}},
	{"object", {"object"}},
	{"array", {"array"}},
	{"oid", {"objectId"}},
	{"binary", {"binData"}},
	{"null", {"null"}},
	{"any", {NULL}},
};

struct limits {
	struct genlog_strs types, values;
	int64_t min, max;
};

#define UNSET INT64_MIN

static const struct genlog_opt limit_rows[] = {
	{.type = GENLOG_OPT_LIST, .name = "type", .offset = offsetof(struct limits, types)},
	{.type = GENLOG_OPT_LIST, .name = "enum", .offset = offsetof(struct limits, values)},
	{.type = GENLOG_OPT_INT,
		.name = "min",
		.offset = offsetof(struct limits, min),
		.min = INT32_MIN,
		.max = INT32_MAX},
	{.type = GENLOG_OPT_INT,
		.name = "max",
		.offset = offsetof(struct limits, max),
		.min = INT32_MIN,
		.max = INT32_MAX},
	{0},
};

static int field(struct conf *c, const struct conf_node *node, bson_t *to);

/* Appends the names of one type to `array`. */
static int type_names(struct conf *c, const char *word, struct genlog_pos pos, bson_t *array)
{
	struct text_nearest near = {.word = word};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (strcmp(types[i].word, word) == 0) {
			for (size_t k = 0; k < NAMES && types[i].bson[k]; k++)
				array_add_text(array, types[i].bson[k]);
			return 0;
		}
		text_nearest_try(&near, types[i].word);
	}
	return conf_error(c, pos,
		"\"%.80s\" is no type; there are string, date, int, number, bool, object, array, oid, binary, null and "
		"any"
		"%s%s%s",
		word, near.best ? "; did you mean \"" : "", near.best ? near.best : "", near.best ? "\"?" : "");
}

static void append_types(bson_t *to, const bson_t *names)
{
	bson_iter_t it;

	if (bson_count_keys(names) > 1)
		BSON_APPEND_ARRAY(to, "bsonType", names);
	else if (bson_iter_init(&it, names) && bson_iter_next(&it))
		BSON_APPEND_UTF8(to, "bsonType", bson_iter_utf8(&it, NULL));
}

static int type_of(struct conf *c, const struct conf_node *node, bson_t *to)
{
	bson_t names = BSON_INITIALIZER;
	int r = 0;

	if (node->kind == CONF_SCALAR)
		r = type_names(c, node->text, node->pos, &names);
	for (const struct conf_node *i = node->first; i && r != -ENOMEM; i = i->next) {
		if (i->kind != CONF_SCALAR)
			r = conf_error(c, i->pos, "a type is a text, not %s", conf_kind_name(i));
		else if (type_names(c, i->text, i->pos, &names) < 0)
			r = -EINVAL;
	}
	append_types(to, &names);
	bson_destroy(&names);
	return r;
}

static void append_texts(bson_t *to, const char *key, const struct genlog_strs *texts)
{
	bson_t array;

	array_begin(&array);
	for (size_t i = 0; i < texts->n; i++)
		array_add_text(&array, texts->v[i]);
	array_end(&array, to, key);
}

static int items(struct conf *c, const struct conf_node *node, bson_t *to)
{
	bson_t inner;
	int r;

	BSON_APPEND_DOCUMENT_BEGIN(to, "items", &inner);
	r = field(c, node, &inner);
	bson_append_document_end(to, &inner);
	return r;
}

static int limits(struct conf *c, const struct conf_node *map, bson_t *to)
{
	static const char *const others[] = {"items", NULL};
	struct limits l = {.min = UNSET, .max = UNSET};
	int r = conf_unknown(c, limit_rows, others, map, "a field");

	if (conf_apply(c, limit_rows, map, "a field", &l) < 0)
		r = -EINVAL;
	if (conf_get(map, "type") && type_of(c, conf_get(map, "type"), to) < 0)
		r = -EINVAL;
	if (l.values.n)
		append_texts(to, "enum", &l.values);
	if (l.min != UNSET)
		BSON_APPEND_INT32(to, "minimum", (int32_t)l.min);
	if (l.max != UNSET)
		BSON_APPEND_INT32(to, "maximum", (int32_t)l.max);
	if (conf_get(map, "items") && items(c, conf_get(map, "items"), to) < 0)
		r = -EINVAL;
	return r;
}

static int field(struct conf *c, const struct conf_node *node, bson_t *to)
{
	return node->kind == CONF_MAP ? limits(c, node, to) : type_of(c, node, to);
}

int schema_fields(struct conf *c, const struct conf_node *fields, const struct genlog_strs *required, bson_t *to)
{
	bson_t all;
	int r = 0;

	BSON_APPEND_UTF8(to, "bsonType", "object");
	if (required->n)
		append_texts(to, "required", required);
	if (!fields)
		return 0;
	if (fields->kind != CONF_MAP)
		return conf_error(
			c, fields->pos, "\"fields\" has to be a map of types, not %s", conf_kind_name(fields));
	BSON_APPEND_DOCUMENT_BEGIN(to, "properties", &all);
	for (const struct conf_node *n = fields->first; n; n = n->next) {
		bson_t one;

		BSON_APPEND_DOCUMENT_BEGIN(&all, n->key, &one);
		if (field(c, n, &one) < 0)
			r = -EINVAL;
		bson_append_document_end(&all, &one);
	}
	bson_append_document_end(to, &all);
	return r;
}
