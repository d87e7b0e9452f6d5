#include "lib/side.h"

#include "lib/test.h"

#include <errno.h>

#include "base/buf.h"

static struct side s;

static struct genlog_record *begin(const char *text)
{
	static char room[8192];
	size_t n = strlen(text);

	memcpy(room, text, n);
	memset(room + n, 'x', GENLOG_PAD);
	return genlog_event_begin(s.src, room, n);
}

static void assert_text_begins(const char *text, const char *want)
{
	if (strncmp(text, want, strlen(want)) != 0)
		assert_string_equal(text, want);
}

TEST(fields_become_a_document)
{
	const struct genlog_value at = {.type = GENLOG_V_DATE, .u.i = 1767322800000};
	struct genlog_record *rec;

	side_open(&s, "parser: auto, templates: no");
	rec = begin("unit started");
	assert_non_null(rec);
	genlog_set_slot(rec, GENLOG_SLOT_TIMESTAMP, at);
	assert_int_equal(genlog_put(rec, "level", 5, genlog_str("warning", 7)), 0);
	assert_int_equal(genlog_put(rec, "unit", 4, genlog_str("a.service", 9)), 0);
	genlog_source_pid(s.src, 77);
	assert_int_equal(genlog_event_end(s.src, 3, 12), 0);
	side_json(&s);
	assert_text_begins(s.text, "{ \"timestamp\" : { \"$date\" : \"2026-01-02T03:00:00Z\" }, \"level\" : \"WARN\", "
				   "\"module\" : \"MES\", "
				   "\"message\" : \"unit started\", \"context\" : { \"unit\" : \"a.service\" }, "
				   "");
	side_close(&s);
}

TEST(a_message_that_is_a_line_is_read)
{
	struct genlog_record *rec;

	side_open(&s, "parser: auto, templates: no");
	rec = begin("{\"level\":\"error\",\"msg\":\"x\"}");
	assert_int_equal(genlog_put(rec, "level", 5, genlog_str("info", 4)), 0);
	assert_int_equal(genlog_event_end(s.src, 0, 1), 0);
	side_json(&s);
	assert_non_null(strstr(s.text, "\"level\" : \"ERROR\", \"module\" : \"MES\", \"message\" : \"x\""));
	side_close(&s);
}

TEST(without_a_message_and_with_one_that_is_not_utf8)
{
	struct genlog_record *rec;

	side_open(&s, "parser: auto, templates: no");
	rec = begin("");
	assert_int_equal(genlog_put(rec, "a", 1, genlog_str("b", 1)), 0);
	assert_int_equal(genlog_event_end(s.src, 0, 1), 0);
	assert_non_null(begin("a\xff"));
	assert_int_equal(genlog_event_end(s.src, 1, 2), 0);
	side_json(&s);
	assert_non_null(strstr(s.text, "\"message\" : \"\""));
	assert_non_null(strstr(s.text, "\"message\" : \"a\xef\xbf\xbd\""));
	side_close(&s);
}

TEST(a_text_beyond_max_line_is_cut)
{
	char text[5000];

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = 0;
	side_open(&s, "parser: auto, templates: no");
	assert_non_null(begin(text));
	assert_int_equal(genlog_event_end(s.src, 0, sizeof(text)), 0);
	side_json(&s);
	assert_non_null(strstr(s.text, "\"truncated\" : true, \"original_length\" : 4999"));
	side_close(&s);
}

TEST(documents_pass_as_they_are)
{
	uint8_t whole[] = "\x1e\0\0\0\x02message\0\x0c\0\0\0from afar!!\0";
	char name[] = "audit_a";

	side_open(&s, "parser: auto");
	whole[0] = sizeof(whole);
	assert_int_equal(genlog_document(s.in, name, whole, sizeof(whole), GENLOG_LEVEL_INFO), 0);
	name[6] = 'b';
	assert_int_equal(genlog_document(s.in, name, whole, sizeof(whole), GENLOG_LEVEL_INFO), 0);
	assert_int_equal(s.in->reader->batch.name_n, 2);
	side_collect(&s);
	assert_string_equal(s.text, "from afar!!|from afar!!");
	side_close(&s);
}

TEST(what_was_lost_is_told_by_number)
{
	side_open(&s, "parser: auto, templates: no");
	assert_int_equal(genlog_lost(s.src, 17, "the kernel's buffer was full"), 0);
	side_json(&s);
	assert_non_null(strstr(s.text, "\"message\" : \"gap: 17 events were lost: the kernel's buffer was full\""));
	assert_non_null(strstr(s.text, "\"gap\" : { \"count\" : 17, \"reason\" : \"the kernel's buffer was full\" }"));
	assert_int_equal(pipes_input_count(&s.ps, GENLOG_COUNT_LOST), 17);
	side_close(&s);
}

static bool no_memory(void *arg)
{
	(void)arg;
	return true;
}

/* The input has nothing to wait for then, unless it is asked again. */
TEST(a_source_that_finds_no_memory_is_asked_for_again)
{
	static const struct genlog_source_desc desc = {.type = "syslog", .label = "peer", .value = "10.0.0.1"};
	const struct mem_hook hook = {no_memory, NULL};
	struct genlog_source *src;

	side_open(&s, "parser: auto");
	assert_true(s.in->reader->again->due == INT64_MAX);
	mem_hook_set(&hook);
	src = genlog_source_open(s.in, &desc);
	mem_hook_set(NULL);
	assert_null(src);
	assert_true(s.in->reader->again->due < INT64_MAX);
	src = genlog_source_open(s.in, &desc);
	assert_non_null(src);
	genlog_source_close(src);
	side_close(&s);
}

TEST(an_input_that_waits_for_itself_is_called_back)
{
	side_open(&s, "parser: auto");
	genlog_resume_soon(s.in);
	assert_true(s.in->reader->again->due < INT64_MAX);
	side_close(&s);
}

TEST(a_reader_that_waits_takes_nothing)
{
	side_open(&s, "parser: auto");
	s.in->reader->blocked = true;
	assert_null(begin("x"));
	assert_int_equal(genlog_document(s.in, "a", (const uint8_t *)"\5\0\0\0", 5, 0), -EAGAIN);
	assert_int_equal(genlog_durable(s.in), -EAGAIN);
	s.in->reader->blocked = false;
	assert_int_equal(genlog_durable(s.in), 0);
	side_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_become_a_document),
		cmocka_unit_test(a_message_that_is_a_line_is_read),
		cmocka_unit_test(without_a_message_and_with_one_that_is_not_utf8),
		cmocka_unit_test(a_text_beyond_max_line_is_cut),
		cmocka_unit_test(documents_pass_as_they_are),
		cmocka_unit_test(what_was_lost_is_told_by_number),
		cmocka_unit_test(a_source_that_finds_no_memory_is_asked_for_again),
		cmocka_unit_test(an_input_that_waits_for_itself_is_called_back),
		cmocka_unit_test(a_reader_that_waits_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
