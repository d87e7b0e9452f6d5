#include "agent/event/edit_record.h"
#include "lib/json.h"

/* Writes down what it is shown; a text "x…" is replaced by "new", "gone" removed, a key "doc" replaced whole. */
struct seen {
	char text[2048];
	size_t n;
};

static size_t path(char *to, size_t size, const struct genlog_place *at)
{
	size_t n = at->up ? path(to, size, at->up) : 0;

	n += (size_t)snprintf(to + n, size - n, "%s%.*s", n ? "." : "", (int)at->len, at->key);
	return n;
}

static enum genlog_edit look(void *arg, struct genlog_record *r, const struct genlog_place *at, struct genlog_value *v)
{
	struct seen *s = arg;

	assert_ptr_equal(r, &rec);
	if (s->n)
		s->text[s->n++] = ' ';
	s->n += path(s->text + s->n, sizeof(s->text) - s->n, at);
	s->text[s->n] = 0;
	if (at->len == 3 && memcmp(at->key, "doc", 3) == 0) {
		*v = genlog_str("flat", 4);
		return GENLOG_REPLACE;
	}
	if (v->type != GENLOG_V_STR || v->n == 0)
		return GENLOG_LEAVE;
	if (v->n == 4 && memcmp(v->u.p, "gone", 4) == 0)
		return GENLOG_REMOVE;
	if (*v->u.p != 'x')
		return GENLOG_LEAVE;
	*v = genlog_str(v->n > 1 ? "a new and longer text" : "", v->n > 1 ? 21 : 0);
	return GENLOG_REPLACE;
}

static const char *each(unsigned types)
{
	static struct seen s;

	s.n = 0;
	*s.text = 0;
	assert_int_equal(genlog_each(&rec, types, look, &s), 0);
	return s.text;
}

TEST(every_text_is_shown_with_its_place)
{
	begin("{\"a\": \"1\", \"n\": 1, \"o\": {\"b\": \"2\", \"l\": [\"3\", {\"c\": \"4\"}]}, \"e\": {}}");
	genlog_put(&rec, "message", 7, genlog_str("m", 1));
	genlog_put(&rec, "level", 5, genlog_str("INFO", 4));
	genlog_put(&rec, "stack_trace", 11, genlog_str("s", 1));
	assert_string_equal(each(1U << GENLOG_V_STR), "a o.b o.l.0 o.l.1.c level message stack_trace");
	assert_string_equal(each(1U << GENLOG_V_INT), "n");
	assert_string_equal(each(1U << GENLOG_V_DOC | 1U << GENLOG_V_ARRAY), "o o.l o.l.1 e");
	end();
}

TEST(the_line_is_shown_where_it_may_become_the_message)
{
	begin("{}");
	assert_string_equal(each(1U << GENLOG_V_STR), "");
	rec.line = "xyz";
	rec.len = 3;
	each(1U << GENLOG_V_STR);
	assert_int_equal(rec.len, 21);
	assert_memory_equal(rec.line, "a new and longer text", 21);
	rec.line = "gone";
	rec.len = 4;
	each(1U << GENLOG_V_STR);
	assert_int_equal(rec.len, 0);
	end();
}

TEST(the_line_of_a_large_record_is_shown)
{
	static char large[(1 << 20) + 1];

	begin("{}");
	genlog_set_slot(&rec, GENLOG_SLOT_MESSAGE, genlog_str(large, 10));
	rec.line = "xyz";
	each(1U << GENLOG_V_STR);
	assert_string_equal(rec.line, "xyz");
	genlog_set_slot(&rec, GENLOG_SLOT_MESSAGE, genlog_str(large, sizeof(large)));
	each(1U << GENLOG_V_STR);
	assert_memory_equal(rec.line, "a new", 5);
	end();
}

TEST(texts_are_replaced_and_removed_at_any_depth)
{
	static const struct {
		const char *json, *out;
	} rows[] = {
		{"{\"a\": \"xx\"}", "{ \"a\" : \"a new and longer text\" }"},
		{"{\"a\": \"x\"}", "{ \"a\" : \"\" }"},
		{"{\"a\": \"gone\"}", "{ }"},
		{"{\"a\": \"gone\", \"b\": 1, \"c\": \"xx\"}", "{ \"b\" : 1, \"c\" : \"a new and longer text\" }"},
		{"{\"a\": {\"b\": {\"c\": \"gone\"}}, \"d\": {\"e\": \"y\"}}",
			"{ \"a\" : { \"b\" : {  } }, \"d\" : { \"e\" : \"y\" } }"},
		{"{\"a\": {\"b\": {\"c\": \"xx\", \"d\": {\"e\": 1}}, \"f\": \"gone\"}, \"g\": {\"h\": [\"x\", "
		 "\"gone\", \"y\"]}}",
			"{ \"a\" : { \"b\" : { \"c\" : \"a new and longer text\", \"d\" : { \"e\" : 1 } } }, \"g\" : { "
			"\"h\" : [ \"\", null, \"y\" ] } }"},
		{"{\"l\": [[\"xx\"], {\"a\": [\"gone\"]}], \"z\": 1.5}",
			"{ \"l\" : [ [ \"a new and longer text\" ], { \"a\" : [ null ] } ], \"z\" : 1.5 }"},
		{"{\"doc\": {\"a\": {\"b\": \"xx\"}}, \"b\": {\"doc\": [1]}}",
			"{ \"doc\" : \"flat\", \"b\" : { \"doc\" : \"flat\" } }"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		begin(rows[i].json);
		each(1U << GENLOG_V_STR | 1U << GENLOG_V_DOC | 1U << GENLOG_V_ARRAY);
		assert_string_equal(context(), rows[i].out);
	}
	end();
}

TEST(slots_are_replaced_and_removed)
{
	begin("{}");
	genlog_put(&rec, "message", 7, genlog_str("xx", 2));
	genlog_put(&rec, "user_id", 7, genlog_str("gone", 4));
	genlog_put(&rec, "version", 7, genlog_str("y", 1));
	each(1U << GENLOG_V_STR);
	assert_string_equal(text_of(GENLOG_SLOT_MESSAGE), "a new and longer text");
	assert_string_equal(text_of(GENLOG_SLOT_USER_ID), "(none)");
	assert_string_equal(text_of(GENLOG_SLOT_VERSION), "y");
	end();
}

static enum genlog_edit mask_all(
	void *arg, struct genlog_record *r, const struct genlog_place *at, struct genlog_value *v)
{
	(void)arg, (void)r, (void)at;
	*v = genlog_str("***", 3);
	return GENLOG_REPLACE;
}

TEST(what_does_not_fit_its_slot_goes_into_the_context)
{
	begin("{}");
	genlog_put(&rec, "message", 7, genlog_str("m", 1));
	genlog_put(&rec, "duration_ms", 11, (struct genlog_value){.type = GENLOG_V_INT, .u.i = 5});
	assert_int_equal(genlog_each(&rec, ~0U, mask_all, NULL), 0);
	assert_false(rec.set >> GENLOG_SLOT_DURATION_MS & 1);
	assert_string_equal(context(), "{ \"duration_ms\" : \"***\" }");
	end();
}

TEST(tags_are_texts_too)
{
	bson_t *b = bson_new_from_json((const uint8_t *)"{\"0\": \"mes\", \"1\": \"xx\"}", -1, NULL);
	bson_t got;
	char *json;

	begin("{}");
	genlog_set_slot(&rec, GENLOG_SLOT_TAGS,
		(struct genlog_value){.type = GENLOG_V_ARRAY, .n = b->len, .u.p = (const char *)bson_get_data(b)});
	assert_string_equal(each(1U << GENLOG_V_STR), "tags.0 tags.1 ");
	assert_true(
		bson_init_static(&got, (const uint8_t *)rec.slot[GENLOG_SLOT_TAGS].u.p, rec.slot[GENLOG_SLOT_TAGS].n));
	assert_true(bson_validate(&got, BSON_VALIDATE_UTF8, NULL));
	json = relaxed_json(&got, NULL);
	assert_string_equal(json, "{ \"0\" : \"mes\", \"1\" : \"a new and longer text\" }");
	bson_free(json);
	bson_destroy(b);
	end();
}

/* Documents within documents, and a text in the innermost. */
static void nest(int depth)
{
	size_t n = 0;

	begin("{}");
	assert_int_equal(genlog_buf_reserve(&rec.context, (size_t)depth * 8 + 64), 0);
	for (int i = 0; i < depth; i++) {
		int32_t len = 8 * (depth - i) - 8 + 5 + 9;

		memcpy(rec.context.p + n,
			"\x03"
			"a",
			3);
		memcpy(rec.context.p + n + 3, &len, 4);
		n += 7;
	}
	memcpy(rec.context.p + n,
		"\x02"
		"b\0\x02\0\0\0x",
		9);
	n += 9;
	memset(rec.context.p + n, 0, (size_t)depth);
	rec.context.n = n + (size_t)depth;
}

TEST(depth_has_a_bound)
{
	nest(99);
	each(1U << GENLOG_V_STR);
	assert_false(rec.flags & GENLOG_REC_TOO_DEEP);
	assert_non_null(strstr(context(), "\"b\" : \"\""));
	nest(1000);
	each(1U << GENLOG_V_STR);
	assert_true(rec.flags & GENLOG_REC_TOO_DEEP);
	assert_non_null(strstr(context(), "\"a\" : null"));
	end();
}

TEST(damaged_elements_are_refused)
{
	static const struct {
		const char *bytes;
		size_t n;
	} rows[] = {{"\x02"
		     "a\0\x09\0\0\0x",
			    9},
		{"\x02"
		 "aaaa",
			5},
		{"\x03"
		 "a\0\x0f\0\0\0",
			7},
		{"\x77"
		 "a\0",
			3},
		{"\x12"
		 "a\0\1\2\3",
			6},
		{"\x03"
		 "a\0\x06\0\0\0\x02\0",
			9}};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct seen s = {.n = 0};

		begin("{}");
		memcpy(rec.context.p, rows[i].bytes, rows[i].n);
		rec.context.n = rows[i].n;
		assert_int_equal(genlog_each_text(&rec, look, &s), -EINVAL);
		assert_int_equal(rec.context.n, rows[i].n);
	}
	end();
}

static bool fails_at(void *arg)
{
	int *left = arg;

	return (*left)-- == 0;
}

TEST(without_memory_the_record_is_whole)
{
	int at = 0, r;

	do {
		int left = at++;
		struct mem_hook hook = {fails_at, &left};
		struct seen s = {.n = 0};

		begin("{\"a\": {\"b\": \"xx\"}, \"c\": \"xx\"}");
		mem_hook_set(&hook);
		r = genlog_each_text(&rec, look, &s);
		mem_hook_set(NULL);
		context();
		assert_true(r == 0 || r == -ENOMEM);
		assert_true(at < 20);
		end();
	} while (r < 0);
	assert_true(at > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_text_is_shown_with_its_place),
		cmocka_unit_test(the_line_is_shown_where_it_may_become_the_message),
		cmocka_unit_test(the_line_of_a_large_record_is_shown),
		cmocka_unit_test(texts_are_replaced_and_removed_at_any_depth),
		cmocka_unit_test(slots_are_replaced_and_removed),
		cmocka_unit_test(what_does_not_fit_its_slot_goes_into_the_context),
		cmocka_unit_test(tags_are_texts_too),
		cmocka_unit_test(depth_has_a_bound),
		cmocka_unit_test(damaged_elements_are_refused),
		cmocka_unit_test(without_memory_the_record_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
