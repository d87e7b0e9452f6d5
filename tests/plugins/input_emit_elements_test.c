/* Fields that a program has made as BSON, and lines of others: one record in, one document out. */
#include "lib/json.h"
#include "lib/test.h"

#include "emit_host.h"

static struct host h;
static struct made m;
static char told[4096];

static void tell(void *arg, const char *collection, const uint8_t *bson, uint32_t n)
{
	bson_t doc, out = BSON_INITIALIZER;
	char *json;

	(void)arg;
	assert_true(bson_init_static(&doc, bson, n));
	assert_true(bson_validate(&doc, BSON_VALIDATE_UTF8 | BSON_VALIDATE_DOT_KEYS | BSON_VALIDATE_EMPTY_KEYS, NULL));
	bson_copy_to_excluding_noinit(&doc, &out, "_id", "module", "createdAt", "source", NULL);
	json = relaxed_json(&out, NULL);
	snprintf(told, sizeof(told), "%s %s", collection, json);
	bson_free(json);
	bson_destroy(&out);
}

static void begin(void)
{
	host_open(&h);
	made_open(&m);
}

static void expect(const char *document)
{
	struct segment *s = host_segment(&h, &m);
	bool found = true;

	assert_non_null(s);
	while (found) {
		found = false;
		assert_int_equal(seg_read(s, &found), 0);
	}
	assert_int_equal(poll_settle(&h.emit), 0);
	told[0] = 0;
	host_documents(&h, tell, NULL);
	assert_string_equal(told, document);
	host_forget(s);
	host_close(&h);
	made_close(&m);
}

#define REFUSED                                                                                                        \
	"k { \"a\" : 1, \"fields_refused\" : \"they are no BSON elements that this document could have\", "            \
	"\"node_id\" : \"n1\", \"environment\" : \"test\" }"

static void expect_elements(const char *bytes, size_t n, const char *document)
{
	uint32_t id;

	begin();
	id = made_site(&m, GENLOG_SEV_INFO, "", "a,more", "ie", "k");
	made_elements_n = n;
	made_record(&m, 0, id, "ie", 1L, bytes);
	expect(document);
}
#define ELEMENTS(bytes, document) expect_elements(bytes, sizeof(bytes) - 1, document)

TEST(more_fields_than_values_could_be)
{
	ELEMENTS("\x10n\0\5\0\0\0\x02s\0\3\0\0\0hi\0\x04l\0\x0c\0\0\0\x10"
		 "0\0\7\0\0\0\0",
		"k { \"a\" : 1, \"n\" : 5, \"s\" : \"hi\", \"l\" : [ 7 ], \"node_id\" : \"n1\", "
		"\"environment\" : \"test\" }");
	ELEMENTS("", "k { \"a\" : 1, \"node_id\" : \"n1\", \"environment\" : \"test\" }");
}

TEST(elements_that_no_document_could_have)
{
	ELEMENTS("\x10n\0\5\0\0", REFUSED);  /* cut */
	ELEMENTS("\x10n", REFUSED);	     /* no end of a name */
	ELEMENTS("\x10\0\5\0\0\0", REFUSED); /* no name */
	ELEMENTS("\x10"
		 "a\0\5\0\0\0",
		REFUSED);			/* one of the site's */
	ELEMENTS("\x10_id\0\5\0\0\0", REFUSED); /* one of ours */
	ELEMENTS("\x10$n\0\5\0\0\0", REFUSED);
	ELEMENTS("\x10n.m\0\5\0\0\0", REFUSED);
	ELEMENTS("\x10n\0\5\0\0\0\x10n\0\5\0\0\0", REFUSED); /* twice */
	ELEMENTS("\x02s\0\3\0\0\0h\xff\0", REFUSED);	     /* no UTF-8 */
	ELEMENTS("\x02s\0\3\0\0\0hix", REFUSED);	     /* no end of the text */
	ELEMENTS("\x02s\0\xff\xff\xff\x7fhi\0", REFUSED);    /* longer than all */
	ELEMENTS("\x03"
		 "d\0\x05\0\0\0\1",
		REFUSED); /* no end of the document */
	ELEMENTS("\x03"
		 "d\0\x0c\0\0\0\x10"
		 "0\0\7\0\0\1\0",
		"k { \"a\" : 1, \"d\" : { \"0\" : 16777223 }, "
		"\"node_id\" : \"n1\", \"environment\" : \"test\" }");
	ELEMENTS("\x08"
		 "b\0\2",
		REFUSED); /* neither true nor false */
	ELEMENTS("\x0d"
		 "c\0\3\0\0\0hi\0",
		REFUSED); /* code */
}

/* A text that somebody else has made: the message, not one of its fields; told later than it was. */
TEST(a_line_of_another_program)
{
	uint32_t id;

	begin();
	id = made_site(&m, GENLOG_SEV_INFO, "{message}", "correlation_id,timestamp", "sst", "");
	made_record(&m, 0, id, "sst", "{a} line", "c1", 1700000000000L);
	expect("system_logs { \"timestamp\" : { \"$date\" : \"2023-11-14T22:13:20Z\" }, \"level\" : \"INFO\", "
	       "\"method_name\" : \"work\", \"message\" : \"{a} line\", \"context\" : { \"app\" : \"app\", "
	       "\"file\" : \"a.c\", \"line\" : 12 }, \"correlation_id\" : \"c1\" }");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_fields_than_values_could_be),
		cmocka_unit_test(elements_that_no_document_could_have),
		cmocka_unit_test(a_line_of_another_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
