/* Records of a segment in, documents out. */
#include "lib/json.h"
#include "lib/test.h"

#include "emit_host.h"

#define AT "\"timestamp\" : { \"$date\" : \"2025-12-22T10:30:45.123Z\" }, "
#define OWN ", \"file\" : \"a.c\", \"line\" : 12 }"

struct told {
	char text[1 << 20];
	size_t n;
};

static struct host h;
static struct made m;
static struct told told;

static void tell(void *arg, const char *collection, const uint8_t *bson, uint32_t n)
{
	struct told *t = arg;
	bson_t doc, out = BSON_INITIALIZER;
	char *json;

	assert_true(bson_init_static(&doc, bson, n));
	assert_true(bson_validate(&doc, BSON_VALIDATE_UTF8 | BSON_VALIDATE_DOT_KEYS | BSON_VALIDATE_EMPTY_KEYS, NULL));
	bson_copy_to_excluding_noinit(&doc, &out, "_id", "module", "createdAt", "source", "timestamp", NULL);
	json = relaxed_json(&out, NULL);
	t->n += (size_t)snprintf(t->text + t->n, sizeof(t->text) - t->n, "%s%s%s%s", t->n ? "\n" : "",
		strcmp(collection, "system_logs") == 0 ? "" : collection,
		strcmp(collection, "system_logs") == 0 ? "" : " ", json);
	assert_true(t->n < sizeof(t->text));
	bson_free(json);
	bson_destroy(&out);
}

static void begin(void)
{
	host_open(&h);
	made_open(&m);
}

static void end(void)
{
	while (h.emit.segments)
		host_forget(h.emit.segments);
	host_close(&h);
	made_close(&m);
}

static void read_all(void)
{
	struct segment *s = h.emit.segments ? h.emit.segments : host_segment(&h, &m);
	bool found = true;

	assert_non_null(s);
	while (found) {
		found = false;
		assert_int_equal(seg_read(s, &found), 0);
	}
	assert_int_equal(poll_settle(&h.emit), 0);
	told.n = 0;
	told.text[0] = 0;
	host_documents(&h, tell, &told);
}

static void expect(const char *documents)
{
	read_all();
	assert_string_equal(told.text, documents);
}

#define DOC(level, message, template, context)                                                                         \
	"{ \"level\" : \"" level "\", \"method_name\" : \"work\", \"message\" : \"" message                            \
	"\", \"message_template\" : \"" template "\", \"context\" : { " context "\"app\" : \"app\"" OWN " }"

TEST(values_and_the_message)
{
	uint32_t id;

	begin();
	id = made_site(&m, GENLOG_SEV_INFO, "{{x}} {i} {u} {d} {b} {p} {s}!", "more", "iudbpss", "");
	made_record(&m, 0, id, "iudbpss", -5L, 7L, 12.5, 1L, 0xffL, "text", "other");
	expect(DOC("INFO", "{x} -5 7 12.5 true 0xff text!", "{{x}} {i} {u} {d} {b} {p} {s}!",
		"\"i\" : -5, \"u\" : 7, \"d\" : 12.5, \"b\" : true, \"p\" : \"0xff\", \"s\" : \"text\", "
		"\"more\" : \"other\", "));
	end();
}

TEST(names_of_holes)
{
	uint32_t id;

	begin();
	id = made_site(&m, GENLOG_SEV_WARN, "{@a:000} {$b,10} {} {no}", "", "iii", "");
	made_record(&m, 0, id, "iii", 1L, 2L, 3L);
	id = made_site(&m, GENLOG_SEV_DEBUG, "{a.b} {x", "y,y", "iii", "");
	made_record(&m, 0, id, "iii", 1L, 2L, 3L);
	expect(DOC("WARN", "1 2 3 {no}", "{@a:000} {$b,10} {} {no}", "\"a\" : 1, \"b\" : 2, \"arg2\" : 3, ") "\n" DOC(
		"DEBUG", "1 {x", "{a.b} {x", "\"a．b\" : 1, \"y\" : 3, "));
	end();
}

TEST(fields_that_have_a_place)
{
	uint32_t id;

	begin();
	id = made_site(&m, GENLOG_SEV_ERROR, "{user_id} failed", "error_code,duration_ms,db_queries", "ssdi", "");
	made_record(&m, 0, id, "ssdi", "u1", "E42", 1.5, 3L);
	expect("{ \"level\" : \"ERROR\", \"method_name\" : \"work\", \"message\" : \"u1 failed\", \"message_template\" "
	       ": "
	       "\"{user_id} failed\", \"context\" : { \"user_id\" : \"u1\", \"app\" : \"app\"" OWN
	       ", \"error_code\" : \"E42\", \"duration_ms\" : 1.5, \"db_queries\" : 3, \"user_id\" : \"u1\" }");
	end();
}

TEST(bytes_that_are_no_text)
{
	uint32_t id;

	begin();
	id = made_site(&m, GENLOG_SEV_INFO, "{s}", "", "s", "");
	made_record(&m, 0, id, "s",
		"a\xff"
		"b\xc3\xa4");
	expect(DOC("INFO",
		"a\xef\xbf\xbd"
		"bä",
		"{s}",
		"\"s\" : \"a\xef\xbf\xbd"
		"bä\", "));
	end();
}

TEST(fields_of_a_ring)
{
	uint32_t id;

	begin();
	id = made_site(&m, GENLOG_SEV_INFO, "{k}", "", "i", "");
	made_push(&m, 0, "k", "hidden");
	made_push(&m, 1, "order", "7");
	made_push(&m, 2, "order", "8");
	made_record(&m, 0, id, "i", 1L);
	made_put(&m, 0, GL_META_POP, &(uint64_t){1}, 8);
	made_record(&m, 0, id, "i", 2L);
	expect("{ \"level\" : \"INFO\", \"method_name\" : \"work\", \"message\" : \"1\", \"message_template\" : "
	       "\"{k}\", "
	       "\"context\" : { \"k\" : 1, \"app\" : \"app\", \"order\" : \"8\"" OWN
	       " }\n" DOC("INFO", "2", "{k}", "\"k\" : 2, "));
	end();
}

TEST(documents)
{
	uint32_t id;

	begin();
	id = made_site(&m, GENLOG_SEV_INFO, "", "daemon_name,errors.0,errors.1,mem.peak,when,mem.used,errors.2",
		"sssitis", "daemon_execution_logs");
	made_record(&m, 0, id, "sssitis", "etl", "", "one", 5L, 1766399445123L, 6L, "two");
	id = made_site(&m, GENLOG_SEV_INFO, "", "a,errors.0,_id", "isi", "x.y-z_1");
	made_record(&m, 0, id, "isi", 1L, "", 9L);
	expect("daemon_execution_logs { \"daemon_name\" : \"etl\", \"errors\" : [ \"one\", \"two\" ], \"mem\" : { "
	       "\"peak\" : "
	       "5, \"used\" : 6 }, \"when\" : { \"$date\" : \"2025-12-22T10:30:45.123Z\" }, \"node_id\" : \"n1\", "
	       "\"environment\" : \"test\" }\n"
	       "x.y-z_1 { \"a\" : 1, \"node_id\" : \"n1\", \"environment\" : \"test\" }");
	end();
}

TEST(names_that_become_the_same)
{
	uint32_t id;

	begin();
	id = made_site(&m, GENLOG_SEV_INFO, "", ",field,a,a.b,c.x,c", "iiiiii", "k");
	made_record(&m, 0, id, "iiiiii", 1L, 2L, 3L, 4L, 5L, 6L);
	expect("k { \"field\" : 2, \"a\" : { \"b\" : 4 }, \"c\" : { \"x\" : 5 }, \"node_id\" : \"n1\", "
	       "\"environment\" : \"test\" }");
	end();
}

TEST(a_collection_that_may_not_be)
{
	uint32_t id;

	begin();
	id = made_site(&m, GENLOG_SEV_INFO, "", "a", "i", "system.users");
	made_record(&m, 0, id, "i", 1L);
	read_all();
	assert_non_null(strstr(told.text, "\"a\" : 1"));
	assert_non_null(strstr(told.text, "\"parse_error\" : \"its collection has a name that none may have\""));
	end();
}

TEST(a_ring_that_wraps)
{
	uint32_t id;

	begin();
	id = made_site(&m, GENLOG_SEV_INFO, "{i}", "", "i", "");
	for (long i = 0; i < 30000; i++) {
		made_record(&m, 0, id, "i", i);
		if (i % 1000 == 999) {
			char last[64];

			read_all();
			snprintf(last, sizeof(last), "\"message\" : \"%ld\"", i);
			assert_non_null(strstr(told.text, last));
			assert_int_equal(made_ring(&m, 0)->tail, made_ring(&m, 0)->head);
		}
	}
	end();
}

/* What is in the spool is not read again, what is not is; `tail` follows the spool. */
TEST(an_agent_that_is_killed)
{
	uint32_t id;
	bool found = false;

	begin();
	id = made_site(&m, GENLOG_SEV_INFO, "{i}", "", "i", "");
	made_record(&m, 0, id, "i", 1L);
	made_push(&m, 0, "order", "7");
	read_all();
	made_record(&m, 0, id, "i", 2L);
	assert_int_equal(seg_read(h.emit.segments, &found), 0);
	assert_int_not_equal(made_ring(&m, 0)->tail, made_ring(&m, 0)->head);
	host_forget(h.emit.segments);
	made_ring(&m, 0)->tail = 0; /* it was not stored any more */
	host_crash(&h);
	expect("{ \"level\" : \"INFO\", \"method_name\" : \"work\", \"message\" : \"2\", \"message_template\" : "
	       "\"{i}\", "
	       "\"context\" : { \"i\" : 2, \"app\" : \"app\", \"order\" : \"7\"" OWN " }");
	assert_int_equal(made_ring(&m, 0)->tail, made_ring(&m, 0)->head);
	end();
}

/* A file is read, and never mapped; it may become shorter at any time. */
TEST(a_file)
{
	struct gl_ring r;
	uint32_t id;
	bool found = false;
	int fd = memfd_create("file", MFD_CLOEXEC);

	begin();
	id = made_site(&m, GENLOG_SEV_INFO, "{i}", "", "i", "");
	made_record(&m, 0, id, "i", 1L);
	assert_int_equal(pwrite(fd, m.p, m.n, 0), m.n);
	host_file(&h, dup(fd));
	read_all();
	assert_non_null(strstr(told.text, "\"message\" : \"1\""));
	assert_int_equal(pread(fd, &r, sizeof(r), GL_PAGE), sizeof(r));
	assert_int_equal(r.tail, r.head);
	host_crash(&h);
	host_file(&h, dup(fd)); /* nothing new */
	expect("");
	assert_int_equal(h.emit.segments->strikes, 0);
	assert_int_equal(ftruncate(fd, 8 * GL_PAGE - 1), 0);
	r.head += 8;
	assert_int_equal(pwrite(fd, &r, sizeof(r), GL_PAGE), sizeof(r));
	assert_int_equal(seg_read(h.emit.segments, &found), 0);
	assert_true(h.emit.segments->bad);
	host_close(&h);
	made_close(&m);
	close(fd);
}

TEST(drops_are_told_once)
{
	begin();
	made_ring(&m, 0)->drops = 5;
	made_head(&m)->drops = 2;
	read_all();
	assert_non_null(strstr(told.text, "gap: 7 events were lost"));
	host_forget(h.emit.segments);
	host_crash(&h);
	expect("");
	made_ring(&m, 0)->drops = 6;
	h.emit.segments->tell_at = 0;
	read_all();
	assert_non_null(strstr(told.text, "gap: 1 events were lost"));
	end();
}

static void put_slot(uint64_t position, uint32_t id, long v)
{
	struct gl_slot *x = (void *)(m.p + made_head(&m)->slots_at + position % MADE_SLOTS * GL_SLOT_BYTES);
	struct gl_record r = {.len = 24, .site = id, .time = MADE_TIME};

	memcpy(x->record, &r, sizeof(r));
	memcpy(x->record + sizeof(r), &v, 8);
	x->len = 24;
	x->turn = position + 1;
}

TEST(slots)
{
	uint32_t id;

	begin();
	id = made_site(&m, GENLOG_SEV_INFO, "{i}", "", "i", "");
	for (uint64_t p = 0; p < 20; p++) {
		made_head(&m)->slot_position = p + 1;
		put_slot(p, id, (long)p + 100);
		if (p % 5 == 4)
			read_all();
	}
	assert_non_null(strstr(told.text, "\"message\" : \"119\""));
	assert_null(strstr(told.text, "\"message\" : \"114\""));
	end();
}

TEST(a_flight_recorder)
{
	uint32_t debug, error;

	begin();
	debug = made_site(&m, GENLOG_SEV_DEBUG, "d{i}", "", "i", "");
	error = made_site(&m, GENLOG_SEV_ERROR, "e", "", "", "");
	made_ring(&m, 1)->kind = GL_RING_RECORDER;
	made_head(&m)->rings_used = 2;
	for (long i = 0; i < 9; i++)
		made_record(&m, 1, debug, "i", i);
	expect("");
	made_record(&m, 0, error, "");
	read_all();
	assert_null(strstr(told.text, "\"d5\""));
	assert_non_null(strstr(told.text, "\"message\" : \"d6\""));
	assert_non_null(strstr(told.text, "\"message\" : \"d8\""));
	assert_non_null(strstr(told.text, "\"flight_recorder\" : true"));
	assert_int_equal(made_ring(&m, 1)->tail, 0);
	made_record(&m, 0, error, "");
	read_all();
	assert_null(strstr(told.text, "flight_recorder"));
	end();
}

TEST(what_no_record_is)
{
	uint32_t id;

	begin();
	id = made_site(&m, GENLOG_SEV_INFO, "{i}", "", "i", "");
	made_record(&m, 0, id + 1, "i", 1L);
	made_record(&m, 0, id, "i", 2L);
	read_all();
	assert_non_null(strstr(told.text, "a ring holds what no record is"));
	made_record(&m, 0, id, "i", 3L);
	read_all();
	assert_non_null(strstr(told.text, "\"message\" : \"3\""));
	for (int i = 0; i < 9; i++) {
		made_put(&m, 0, 99, NULL, 0);
		read_all();
	}
	assert_true(h.emit.segments->bad);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_and_the_message),
		cmocka_unit_test(names_of_holes),
		cmocka_unit_test(fields_that_have_a_place),
		cmocka_unit_test(bytes_that_are_no_text),
		cmocka_unit_test(fields_of_a_ring),
		cmocka_unit_test(documents),
		cmocka_unit_test(names_that_become_the_same),
		cmocka_unit_test(a_collection_that_may_not_be),
		cmocka_unit_test(a_ring_that_wraps),
		cmocka_unit_test(an_agent_that_is_killed),
		cmocka_unit_test(a_file),
		cmocka_unit_test(drops_are_told_once),
		cmocka_unit_test(slots),
		cmocka_unit_test(a_flight_recorder),
		cmocka_unit_test(what_no_record_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
