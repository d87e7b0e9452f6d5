#include "event/slots.h"

#include <bson/bson.h>
#include <errno.h>

#include "base/buf.h"
#include "event/record.h"
#include "lib/json.h"
#include "lib/test.h"

TEST(every_name_of_a_slot_finds_it_in_any_case)
{
	for (int s = 0; s < GENLOG_SLOTS; s++) {
		assert_string_equal(slot_name((enum genlog_slot)s, 0), slot_infos[s].key);
		for (int r = 0; slot_name((enum genlog_slot)s, r); r++) {
			const char *name = slot_name((enum genlog_slot)s, r);
			char upper[32];
			int rank = -1;
			size_t n = strlen(name);

			for (size_t i = 0; i <= n; i++)
				upper[i] = (char)(name[i] >= 'a' && name[i] <= 'z' ? name[i] - 32 : name[i]);
			assert_int_equal(genlog_slot_of(name, n, &rank), s);
			assert_int_equal(rank, r);
			assert_int_equal(genlog_slot_of(upper, n, &rank), s);
			assert_int_equal(genlog_slot_of(name, n - 1, &rank) == (enum genlog_slot)s && rank == r, false);
		}
	}
}

TEST(other_names_are_no_slots)
{
	static const char *const names[] = {"", "messag", "messages", "context", "id", "_id", "source",
		"a_name_that_is_longer_than_any_slot_has", "\xc3\x84"};
	int rank;

	for (size_t i = 0; i < ROWS(names); i++)
		assert_int_equal(genlog_slot_of(names[i], strlen(names[i]), &rank), GENLOG_SLOTS);
	assert_int_equal(genlog_slot_of("level\0", 6, &rank), GENLOG_SLOTS);
}

TEST(a_head_is_the_element_as_a_document_has_it)
{
	for (int s = 0; s < GENLOG_SLOTS; s++) {
		const struct slot_info *f = slot_info((enum genlog_slot)s);

		assert_string_equal(f->head + 1, f->key);
		assert_int_equal(f->key_len, strlen(f->key));
		assert_int_equal(f->head_len, f->key_len + 2);
		assert_true(f->head_len <= sizeof(f->head));
	}
}

static const char *context_json(const struct genlog_record *rec)
{
	static char out[1024];
	uint8_t doc[1024] = {0};
	uint32_t n = (uint32_t)rec->context.n + 5;
	bson_t bson;
	char *json;

	memcpy(doc, &n, 4);
	memcpy(doc + 4, rec->context.p, rec->context.n);
	assert_true(bson_init_static(&bson, doc, n));
	json = relaxed_json(&bson, NULL);
	assert_non_null(json);
	snprintf(out, sizeof(out), "%s", json);
	bson_free(json);
	return out;
}

static void put(struct genlog_record *rec, const char *name, struct genlog_value v)
{
	assert_int_equal(genlog_put(rec, name, strlen(name), v), 0);
}

#define INT(n) ((struct genlog_value){.type = GENLOG_V_INT, .u.i = (n)})

TEST(a_value_goes_where_its_name_says_or_into_the_context)
{
	struct genlog_record rec = {0};
	struct genlog_value v;

	assert_int_equal(record_begin(&rec, "", 0), 0);
	put(&rec, "user_id", INT(17));
	put(&rec, "msg", genlog_str("hello", 5));
	put(&rec, "db_queries", genlog_str("many", 4));
	put(&rec, "text", genlog_str("other", 5));
	put(&rec, "context.a.b", INT(1));
	put(&rec, "$x", (struct genlog_value){.type = GENLOG_V_BOOL, .u.i = 1});
	put(&rec, "d", (struct genlog_value){.type = GENLOG_V_DOUBLE, .u.d = 1.5});
	put(&rec, "t", (struct genlog_value){.type = GENLOG_V_DATE, .u.i = 0});
	put(&rec, "n", (struct genlog_value){.type = GENLOG_V_NULL});
	assert_true(genlog_get(&rec, "user_id", &v) && v.type == GENLOG_V_STR && v.n == 2);
	assert_memory_equal(v.u.p, "17", 2);
	assert_true(genlog_get(&rec, "message", &v) && v.n == 5 && memcmp(v.u.p, "hello", 5) == 0);
	assert_true(genlog_get(&rec, "context.db_queries", &v) && v.n == 4);
	assert_true(genlog_get(&rec, "db_queries", &v) && v.n == 4);
	assert_true(genlog_get(&rec, "d", &v) && v.type == GENLOG_V_DOUBLE && v.u.d == 1.5);
	assert_false(genlog_get(&rec, "nothing", &v));
	assert_false(genlog_get(&rec, "d.x", &v));
	assert_false(genlog_get(&rec, "", &v));
	assert_string_equal(context_json(&rec),
		"{ \"db_queries\" : \"many\", \"text\" : \"other\", \"a\xef\xbc\x8e"
		"b\" : 1, \"\xef\xbc\x84x\" : true, \"d\" : 1.5, \"t\" : { \"$date\" : \"1970-01-01T00:00:00Z\" }, "
		"\"n\" : null }");
	put(&rec, "d", INT(2));
	assert_non_null(strstr(context_json(&rec), "\"n\" : null, \"d\" : 2 }"));
	assert_int_equal(rec.flags, GENLOG_REC_DUP_KEYS);
	record_fini(&rec);
}

TEST(a_path_leads_into_documents)
{
	static const uint8_t inner[] = "\x18\0\0\0\x03o\0\x0c\0\0\0\x10x\0\x07\0\0\0\0\x08y\0\x01\0";
	struct genlog_record rec = {0};
	struct genlog_value v = {.type = GENLOG_V_DOC, .n = 0x18, .u.p = (const char *)inner};

	assert_int_equal(record_begin(&rec, "", 0), 0);
	put(&rec, "req", v);
	assert_true(genlog_get(&rec, "req.o.x", &v) && v.type == GENLOG_V_INT && v.u.i == 7);
	assert_true(genlog_get(&rec, "context.req.y", &v) && v.type == GENLOG_V_BOOL && v.u.i == 1);
	assert_true(genlog_get(&rec, "req.o", &v) && v.type == GENLOG_V_DOC);
	assert_false(genlog_get(&rec, "req.o.z", &v));
	assert_false(genlog_get(&rec, "req.y.z", &v));
	assert_false(genlog_get(&rec, "req.", &v));
	record_fini(&rec);
}

/* Slices live until the record is used again, however much scratch came after them. */
TEST(scratch_that_grows_leaves_what_it_gave_out)
{
	struct genlog_record rec = {0};

	for (int round = 0; round < 3; round++) {
		char *p[40];

		assert_int_equal(record_begin(&rec, "", 0), 0);
		for (size_t i = 0; i < ROWS(p); i++) {
			p[i] = genlog_rec_alloc(&rec, 5000);
			assert_non_null(p[i]);
			memset(p[i], (int)i, 5000);
		}
		for (size_t i = 0; i < ROWS(p); i++)
			for (size_t k = 0; k < 5000; k += 499)
				assert_int_equal(p[i][k], i);
	}
	record_fini(&rec);
}

TEST(a_key_is_made_fit_and_stays_as_it_is_where_it_fits)
{
	static const struct {
		const char *key;
		size_t n;
		const char *fit;
	} rows[] = {{"a", 1, "a"}, {"a$b", 3, "a$b"},
		{"$a", 2,
			"\xef\xbc\x84"
			"a"},
		{"a.b.", 4,
			"a\xef\xbc\x8e"
			"b\xef\xbc\x8e"},
		{"", 0, "_"},
		{"a\0b", 3,
			"a\xef\xbf\xbd"
			"b"},
		{"...", 3, "\xef\xbc\x8e\xef\xbc\x8e\xef\xbc\x8e"}};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char to[GENLOG_KEY_ROOM(8)];
		size_t n = genlog_key_fit(to, rows[i].key, rows[i].n);

		assert_int_equal(n, strlen(rows[i].fit));
		assert_memory_equal(to, rows[i].fit, n);
		assert_true(n <= GENLOG_KEY_ROOM(rows[i].n));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_of_a_slot_finds_it_in_any_case),
		cmocka_unit_test(other_names_are_no_slots),
		cmocka_unit_test(a_head_is_the_element_as_a_document_has_it),
		cmocka_unit_test(a_value_goes_where_its_name_says_or_into_the_context),
		cmocka_unit_test(a_path_leads_into_documents),
		cmocka_unit_test(scratch_that_grows_leaves_what_it_gave_out),
		cmocka_unit_test(a_key_is_made_fit_and_stays_as_it_is_where_it_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
