/* Words to queries, and queries on documents; rows of text. */
#include "ctl/filter.h"

#include "lib/json.h"
#include "lib/test.h"

#define NOW INT64_C(1767348000000) /* 2026-01-02T10:00:00Z */

static int parse(struct filter *f, const char *text, struct genlog_err *err)
{
	char *words[] = {(char *)text, NULL};

	*f = (struct filter){0};
	*err = (struct genlog_err){0};
	return filter_parse(f, 1, words, NOW, err);
}

TEST(words_become_a_query)
{
	static const struct {
		const char *words, *query;
	} rows[] = {
		{"", "{ }"},
		{"level=ERROR", "{ \"level\" : \"ERROR\" }"},
		{"level=ERROR,WARN", "{ \"level\" : { \"$in\" : [ \"ERROR\", \"WARN\" ] } }"},
		{"level!=ERROR", "{ \"level\" : { \"$ne\" : \"ERROR\" } }"},
		{"user_id=77", "{ \"user_id\" : { \"$in\" : [ 77, \"77\" ] } }"},
		{"user_id=\"77\"", "{ \"user_id\" : \"77\" }"},
		{"a=null", "{ \"a\" : null }"},
		{"a=true", "{ \"a\" : { \"$in\" : [ true, \"true\" ] } }"},
		{"a='x,y z'", "{ \"a\" : \"x,y z\" }"},
		{"d>1.5", "{ \"d\" : { \"$gt\" : 1.5 } }"},
		{"d>=-3", "{ \"d\" : { \"$gte\" : -3 } }"},
		{"id=007", "{ \"id\" : { \"$in\" : [ 7.0, \"007\" ] } }"},
		{"timestamp>-1h", "{ \"timestamp\" : { \"$gt\" : { \"$date\" : \"2026-01-02T09:00:00Z\" } } }"},
		{"timestamp<2026-01-01", "{ \"timestamp\" : { \"$lt\" : { \"$date\" : \"2026-01-01T00:00:00Z\" } } }"},
		{"timestamp<=2026-01-01T05:06:07.008Z",
			"{ \"timestamp\" : { \"$lte\" : { \"$date\" : \"2026-01-01T05:06:07.008Z\" } } }"},
		{"message~a.b", "{ \"message\" : { \"$regularExpression\" : { \"pattern\" : \"a.b\", \"options\" : "
				"\"i\" } } }"},
		{"a.b", "{ \"message\" : { \"$regularExpression\" : { \"pattern\" : \"a\\\\.b\", \"options\" : \"i\" } "
			"} }"},
		{"x=1 y!~z", "{ \"$and\" : [ { \"x\" : { \"$in\" : [ 1, \"1\" ] } }, { \"y\" : { \"$not\" : "
			     "{ \"$regularExpression\" : { \"pattern\" : \"z\", \"options\" : \"i\" } } } } ] }"},
		{" {\"a\": {\"$gt\": 1}}", "{ \"a\" : { \"$gt\" : 1 } }"},
		{"log_id=5f0000000000000000000001",
			"{ \"log_id\" : { \"$in\" : [ { \"$oid\" : \"5f0000000000000000000001\" }, "
			"\"5f0000000000000000000001\" ] } }"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct filter f;
		struct genlog_err err;
		char *json;

		if (parse(&f, rows[i].words, &err) < 0)
			fail_msg("%s: %s", rows[i].words, err.text);
		json = relaxed_json(filter_query(&f), NULL);
		assert_string_equal(json, rows[i].query);
		bson_free(json);
		filter_fini(&f);
	}
}

#define DOC                                                                                                            \
	"{\"level\": \"ERROR\", \"n\": 5, \"d\": 2.5, \"big\": {\"$numberLong\": \"9007199254740993\"}, \"s\": "       \
	"\"5\", "                                                                                                      \
	"\"t\": {\"$date\": \"2026-01-02T09:30:00Z\"}, \"nil\": null, \"ok\": true, \"tags\": [\"a\", \"b\"], "        \
	"\"c\": {\"x\": {\"y\": 7}, \"l\": [{\"k\": 1}, {\"k\": 2}]}, \"message\": \"Disk is FULL (90%)\", "           \
	"\"empty\": {}, \"id\": {\"$oid\": \"5f0000000000000000000001\"}}"

static const struct {
	const char *filter;
	bool yes;
} matches[] = {
	{"", true},
	{"level=ERROR", true},
	{"level=WARN", false},
	{"level=WARN,ERROR", true},
	{"level!=WARN", true},
	{"level!=WARN,ERROR", false},
	{"n=5", true},
	{"s=5", true},
	{"n=\"5\"", false},
	{"n>4", true},
	{"n>5", false},
	{"n>=5", true},
	{"n<5.5", true},
	{"n<=4.9", false},
	{"d=2.5", true},
	{"big=9007199254740993", true},
	{"big=9007199254740992", false},
	{"s>4", false},
	{"s>\"4\"", true},
	{"t>-1h", true},
	{"t>-10m", false},
	{"t<2026-01-03", true},
	{"t>=2026-01-02", true},
	{"nil=null", true},
	{"missing=null", true},
	{"missing!=null", false},
	{"level=null", false},
	{"level!=null", true},
	{"ok=true", true},
	{"ok=false", false},
	{"tags=a", true},
	{"tags=c", false},
	{"tags!=a", false},
	{"tags.1=b", true},
	{"tags.0=b", false},
	{"c.x.y=7", true},
	{"c.x.y>7", false},
	{"c.l.k=2", true},
	{"c.l.k=3", false},
	{"c.l.1.k=2", true},
	{"c.l.0.k=2", false},
	{"message~\"is full\"", true},
	{"message~^full", false},
	{"message!~full", false},
	{"full", true},
	{"(90%)", true},
	{"(91%)", false},
	{"level=ERROR n=6", false},
	{"level=ERROR n=5", true},
	{"missing~x", false},
	{"missing!~x", true},
	{"id=5f0000000000000000000001", true},
	{"n~5", false},
	{"{\"n\": 5.0}", true},
	{"{\"n\": {\"$gt\": 1, \"$lt\": 5}}", false},
	{"{\"$or\": [{\"n\": 1}, {\"d\": {\"$gt\": 2}}]}", true},
	{"{\"$nor\": [{\"n\": 1}, {\"n\": 5}]}", false},
	{"{\"missing\": {\"$exists\": false}}", true},
	{"{\"nil\": {\"$exists\": true}}", true},
	{"{\"c.l.k\": {\"$exists\": true}}", true},
	{"{\"c.q\": {\"$exists\": true}}", false},
	{"{\"n\": {\"$not\": {\"$gt\": 5}}}", true},
	{"{\"n\": {\"$in\": [1, 5]}}", true},
	{"{\"n\": {\"$nin\": [1, 5]}}", false},
	{"{\"n\": {\"$in\": []}}", false},
	{"{\"empty\": {}}", true},
	{"{\"tags\": [\"a\", \"b\"]}", true},
	{"{\"tags\": [\"b\", \"a\"]}", false},
	{"{\"message\": {\"$regex\": \"full\", \"$options\": \"i\"}}", true},
	{"{\"message\": {\"$regex\": \"full\"}}", false},
	{"{\"$and\": [{\"n\": 5}, {\"$or\": [{\"d\": 1}, {\"ok\": true}]}]}", true},
};

TEST(documents_match_as_in_a_database)
{
	bson_error_t e;
	bson_t doc;

	assert_true(bson_init_from_json(&doc, DOC, -1, &e));
	for (size_t i = 0; i < ROWS(matches); i++) {
		struct filter f;
		struct genlog_err err;

		if (parse(&f, matches[i].filter, &err) < 0 || filter_compile(&f, &err) < 0)
			fail_msg("%s: %s", matches[i].filter, err.text);
		if (filter_match(&f, &doc) != matches[i].yes)
			fail_msg("%s: %s", matches[i].filter, matches[i].yes ? "no hit" : "a hit");
		filter_fini(&f);
	}
	bson_destroy(&doc);
}

TEST(what_is_wrong_is_told)
{
	static const struct {
		const char *filter, *words;
	} rows[] = {
		{"message~(", "missing closing parenthesis"},
		{"message=\"a", "quotes do not match"},
		{"message=\"a\"b", "quotes do not match"},
		{"=x", "no condition like"},
		{"$where=1", "is not the name of a field"},
		{"{\"a\":", "cannot be read"},
		{"{\"a\": {\"$size\": 1}}", "\"$size\" can be asked of a database only"},
		{"{\"$text\": {\"$search\": \"a\"}}", "\"$text\" can be asked of a database only"},
		{"{\"$or\": 1}", "wants a list"},
		{"{\"a\": {\"$in\": 1}}", "want a list"},
		{"a=\xff", "UTF-8"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct filter f;
		struct genlog_err err;

		if (parse(&f, rows[i].filter, &err) == 0 && filter_compile(&f, &err) == 0)
			fail_msg("%s: nothing is told", rows[i].filter);
		if (!strstr(err.text, rows[i].words))
			fail_msg("%s: %s", rows[i].filter, err.text);
		filter_fini(&f);
	}
}

TEST(a_range_of_times_is_joined)
{
	struct filter f;
	struct genlog_err err;
	bson_error_t e;
	bson_t doc;

	assert_true(bson_init_from_json(&doc, DOC, -1, &e));
	assert_int_equal(parse(&f, "n=5", &err), 0);
	filter_between(&f, "t", NOW - 3600000, INT64_MAX);
	assert_int_equal(filter_compile(&f, &err), 0);
	assert_true(filter_match(&f, &doc));
	filter_fini(&f);
	assert_int_equal(parse(&f, "n=5", &err), 0);
	filter_between(&f, "t", INT64_MIN, NOW - 3600000);
	assert_int_equal(filter_compile(&f, &err), 0);
	assert_false(filter_match(&f, &doc));
	filter_fini(&f);
	bson_destroy(&doc);
}

int main(void)
{
	static const struct CMUnitTest all[] = {
		cmocka_unit_test(words_become_a_query),
		cmocka_unit_test(documents_match_as_in_a_database),
		cmocka_unit_test(what_is_wrong_is_told),
		cmocka_unit_test(a_range_of_times_is_joined),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
