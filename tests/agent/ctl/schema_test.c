/* Definitions from text, and what is said of them; a definition held against what a server has, as text to text. */
#include "ctl/schema.h"

#include "lib/folder.h"
#include "lib/json.h"
#include "lib/test.h"

#define ONE(more) "collections:\n  - {name: logs, required: [t], fields: {t: date, e: [string, 'null']}, " more "}\n"

struct bench {
	struct folder folder;
	struct schema s;
	int r;
	char said[16384];
};

static void define(struct bench *b, const char *text)
{
	FILE *real = stderr, *f;

	memset(b->said, 0, sizeof(b->said));
	b->s = (struct schema){0};
	folder_make(&b->folder);
	folder_write(&b->folder, "a.yaml", text);
	f = fmemopen(b->said, sizeof(b->said) - 1, "w");
	stderr = f;
	b->r = schema_load(&b->s, b->folder.path);
	stderr = real;
	fclose(f);
}

static void end(struct bench *b)
{
	schema_fini(&b->s);
	folder_remove(&b->folder);
}

static void collect(void *arg, const struct schema_diff *d)
{
	static const char kinds[] = {
		[SCHEMA_MISSING] = '+', [SCHEMA_CHANGED] = '~', [SCHEMA_REFUSED] = '!', [SCHEMA_EXTRA] = '?'};
	char *to = arg, *fix = d->fix ? relaxed_json(d->fix, NULL) : NULL;

	snprintf(to + strlen(to), 4096 - strlen(to), "%c%s%s%.40s|", kinds[d->kind], d->item, fix ? " " : "",
		fix ? fix : "");
	bson_free(fix);
}

/* What is told of collection 0 when the server has these options and indexes. */
static const char *compare(struct bench *b, const char *options, const char *indexes)
{
	static char out[4096];
	struct schema_live live;
	bson_error_t e;

	*out = 0;
	schema_live_init(&live);
	live.there = options != NULL;
	if (options) {
		bson_destroy(&live.options);
		bson_destroy(&live.indexes);
		assert_true(bson_init_from_json(&live.options, options, -1, &e));
		assert_true(bson_init_from_json(&live.indexes, indexes, -1, &e));
	}
	schema_compare(b->s.colls[0], &live, "db", false, collect, out);
	schema_live_fini(&live);
	return out;
}

#define VALIDATOR                                                                                                      \
	"{\"validator\": {\"$jsonSchema\": {\"properties\": {\"e\": {\"bsonType\": [\"string\", \"null\"]}, "          \
	"\"t\": {\"bsonType\": \"date\"}}, \"required\": [\"t\"], \"bsonType\": \"object\"}}"
#define ID "{\"0\": {\"v\": 2, \"key\": {\"_id\": 1}, \"name\": \"_id_\"}"
#define INDEX(name, key, more) ", \"" name "\": {\"v\": 2, \"key\": " key ", \"name\": \"" name "\"" more "}"

TEST(fields_become_a_json_schema)
{
	struct bench b;
	char *json;

	define(&b, "collections:\n  - name: logs\n    required: [l]\n    fields: {l: {type: string, enum: [A, B]}, "
		   "n: int, tags: {type: array, items: string}, u: {type: number, min: 1, max: 5}, x: any}\n");
	assert_string_equal(b.said, "");
	json = relaxed_json(b.s.colls[0]->validator, NULL);
	assert_string_equal(json,
		"{ \"$jsonSchema\" : { \"bsonType\" : \"object\", \"required\" : [ \"l\" ], \"properties\" : { "
		"\"l\" : { \"bsonType\" : \"string\", \"enum\" : [ \"A\", \"B\" ] }, "
		"\"n\" : { \"bsonType\" : [ \"int\", \"long\" ] }, "
		"\"tags\" : { \"bsonType\" : \"array\", \"items\" : { \"bsonType\" : \"string\" } }, "
		"\"u\" : { \"bsonType\" : [ \"int\", \"long\", \"double\", \"decimal\" ], \"minimum\" : 1, \"maximum\" "
		": 5 }, "
		"\"x\" : {  } } } }");
	bson_free(json);
	end(&b);
}

struct mistake {
	const char *text, *place, *words;
};

TEST(mistakes_are_told_with_their_place)
{
	static const struct mistake rows[] = {
		{"collections:\n  - {name: a, fields: {x: strin}}\n", ":2:27:", "did you mean \"string\"?"},
		{"collections:\n  - {nam: a}\n", ":2:6:", "did you mean \"name\"?"},
		{ONE("indexes: [{key: {a: 2}}]"), ":2:", "has to be 1, -1, text"},
		{ONE("indexes: [{key: {a: 1}}, {key: {a: 1}, ttl: 5d}]"),
			":2:", "the one with the `ttl` serves queries too"},
		{ONE("indexes: [{key: {a: 1}, name: i}, {key: {b: 1}, name: i}]"),
			":2:", "there are two indexes \"i\""},
		{ONE("indexes: [{key: {a: 1, b: 1}, ttl: 5d}]"), ":2:", "only an index on one field"},
		{ONE("indexes: [{key: {a: 1}, ttl: 5ms}]"), ":2:", "whole seconds"},
		{"collections: [{name: a}, {name: a}]\n", ":1:26:", "is defined already"},
		{"collections: {a: 1}\n", ":1:14:", "has to be a list"},
		{"collection: []\n", ":1:1:", "did you mean \"collections\"?"},
		{"collections: [{name: a$b}]\n", ":1:22:", "not a collection's name"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct bench b;

		define(&b, rows[i].text);
		if (b.r == 0 || !strstr(b.said, rows[i].place) || !strstr(b.said, rows[i].words))
			fail_msg("row %zu: %s", i, b.said);
		end(&b);
	}
}

TEST(what_came_with_the_program_is_whole)
{
	struct schema s = {0};

	assert_int_equal(schema_load(&s, "conf.d/schema"), 0);
	assert_int_equal(s.n, 20);
	assert_non_null(schema_find(&s, "system_logs"));
	assert_null(schema_find(&s, "other"));
	schema_fini(&s);
}

struct live {
	const char *indexes, *options, *have, *told;
};

TEST(differences_are_told_with_what_makes_them_good)
{
	static const struct live rows[] = {
		{"[]", NULL, NULL,
			"+collection { \"create\" : \"logs\" }|+validator { \"collMod\" : \"logs\", \"validator\" : { "
			"\"$|"},
		{"[]", VALIDATOR "}", ID "}", ""},
		{"[]", "{}", ID "}", "+validator { \"collMod\" : \"logs\", \"validator\" : { \"$|"},
		{"[]", "{\"validator\": {\"a\": 1}}", ID "}",
			"~validator { \"collMod\" : \"logs\", \"validator\" : { \"$|"},
		{"[]", VALIDATOR ", \"validationAction\": \"warn\"}", ID "}",
			"~validator { \"collMod\" : \"logs\", \"validator\" : { \"$|"},
		{"[]", VALIDATOR "}", ID INDEX("own", "{\"z\": 1}", "") "}", "?index own|"},
		{"[{key: {a: 1, b: -1}, name: i}]", VALIDATOR "}", ID "}",
			"+index i { \"createIndexes\" : \"logs\", \"indexes\" : |"},
		{"[{key: {a: 1, b: -1}, name: i}]", VALIDATOR "}", ID INDEX("i", "{\"a\": 1.0, \"b\": -1}", "") "}",
			""},
		{"[{key: {a: 1, b: -1}, name: i}]", VALIDATOR "}", ID INDEX("i", "{\"b\": -1, \"a\": 1}", "") "}",
			"!index i|"},
		{"[{key: {a: 1}, name: i}]", VALIDATOR "}", ID INDEX("j", "{\"a\": 1}", "") "}", "!index i|"},
		{"[{key: {a: 1}, name: i, unique: yes}]", VALIDATOR "}", ID INDEX("i", "{\"a\": 1}", "") "}",
			"!index i|"},
		{"[{key: {a: 1}, name: i}]", VALIDATOR "}", ID INDEX("i", "{\"a\": 1}", ", \"sparse\": true") "}",
			"!index i|"},
		{"[{key: {a: 1}, ttl: 1h}]", VALIDATOR "}",
			ID INDEX("a_1", "{\"a\": 1}", ", \"expireAfterSeconds\": {\"$numberLong\": \"3600\"}") "}", ""},
		{"[{key: {a: 1}, ttl: 1h}]", VALIDATOR "}",
			ID INDEX("a_1", "{\"a\": 1}", ", \"expireAfterSeconds\": 5") "}",
			"~index a_1 { \"collMod\" : \"logs\", \"index\" : { \"name\"|"},
		{"[{key: {a: 1}, ttl: 1h}]", VALIDATOR "}", ID INDEX("a_1", "{\"a\": 1}", "") "}",
			"~index a_1 { \"collMod\" : \"logs\", \"index\" : { \"name\"|"},
		{"[{key: {a: 1}}]", VALIDATOR "}", ID INDEX("a_1", "{\"a\": 1}", ", \"expireAfterSeconds\": 5") "}",
			"!index a_1|"},
		{"[{key: {m: text, a: 1}, name: t}]", VALIDATOR "}",
			ID INDEX(
				"t", "{\"_fts\": \"text\", \"_ftsx\": 1, \"a\": 1}", ", \"weights\": {\"m\": 1.0}") "}",
			""},
		{"[{key: {m: text, a: 1}, name: t}]", VALIDATOR "}",
			ID INDEX("t", "{\"_fts\": \"text\", \"_ftsx\": 1, \"a\": 1}", ", \"weights\": {\"n\": 1}") "}",
			"!index t|"},
		{"[]", VALIDATOR "}", "{\"0\": 7, \"1\": {\"key\": 3}}", ""},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct bench b;
		char text[1024];
		const char *told;

		snprintf(text, sizeof(text), ONE("indexes: %s"), rows[i].indexes);
		define(&b, text);
		assert_string_equal(b.said, "");
		told = compare(&b, rows[i].options, rows[i].have);
		if (strcmp(told, rows[i].told) != 0)
			fail_msg("row %zu: %s", i, told);
		end(&b);
	}
}

int main(void)
{
	static const struct CMUnitTest all[] = {
		cmocka_unit_test(fields_become_a_json_schema),
		cmocka_unit_test(mistakes_are_told_with_their_place),
		cmocka_unit_test(what_came_with_the_program_is_whole),
		cmocka_unit_test(differences_are_told_with_what_makes_them_good),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
