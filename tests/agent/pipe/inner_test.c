#include "lib/side.h"

#include "lib/test.h"

static struct side s;

static void line(const char *text)
{
	char room[1024];
	size_t n = strlen(text);

	memcpy(room, text, n);
	memset(room + n, 'x', GENLOG_PAD);
	assert_int_equal(genlog_line(s.src, room, n, 0, n, 0), n);
	side_json(&s);
}

static void expect(const char *text, const char *fields)
{
	line(text);
	if (!strstr(s.text, fields))
		print_error("%s\nbecomes\n%s", text, s.text);
	assert_non_null(strstr(s.text, fields));
}

#define HEAD "<14>1 2026-01-02T03:04:05Z host app 7 - - "

TEST(json_behind_a_syslog_head)
{
	side_open(&s, "parser: syslog, templates: no");
	expect(HEAD "{\"level\":\"error\",\"msg\":\"disk full\",\"disk\":\"sda\"}",
		"\"timestamp\" : { \"$date\" : \"2026-01-02T03:04:05Z\" }, \"level\" : \"ERROR\", \"module\" : "
		"\"MES\", "
		"\"class_name\" : \"app\", \"message\" : \"disk full\", "
		"\"context\" : { \"disk\" : \"sda\", \"host\" : \"host\", \"pid\" : 7, \"facility\" : \"user\", "
		"\"severity\" : \"info\" }");
	expect("<11>Jan  2 03:04:05 host app[7]: @cee: {\"msg\":\"disk full\"}",
		"\"level\" : \"ERROR\", \"module\" : \"MES\", \"class_name\" : \"app\", \"message\" : \"disk full\"");
	side_close(&s);
}

TEST(what_the_message_says_goes_first_and_the_other_is_kept)
{
	side_open(&s, "parser: auto, templates: no");
	expect(HEAD "{\"time\":\"2026-01-02T03:04:01.5Z\",\"logger\":\"Db\",\"host\":\"inner\",\"msg\":\"x\"}",
		"\"timestamp\" : { \"$date\" : \"2026-01-02T03:04:01.500Z\" }, \"level\" : \"INFO\", \"module\" : "
		"\"MES\", "
		"\"class_name\" : \"Db\", \"message\" : \"x\", \"context\" : { \"host\" : \"inner\", "
		"\"header_timestamp\" : \"2026-01-02T03:04:05Z\", \"program\" : \"app\", \"header_host\" : \"host\"");
	side_close(&s);
}

TEST(no_key_stands_twice_whatever_the_message_calls_its_own)
{
	const char *at;

	side_open(&s, "parser: auto, templates: no");
	line(HEAD "{\"host\":1,\"header_host\":2,\"msg\":\"x\"}");
	assert_non_null(strstr(s.text, "\"header_host\" : \"host\""));
	at = strstr(s.text, "\"header_host\"");
	assert_null(strstr(at + 1, "\"header_host\""));
	side_close(&s);
}

TEST(lines_of_other_formats)
{
	side_open(&s, "parser: auto, templates: no");
	expect(HEAD "level=warn msg=\"slow query\" took=12", "\"level\" : \"WARN\"");
	expect(HEAD "2026-01-02 03:04:05,123 ERROR [OrderService] no stock",
		"\"level\" : \"ERROR\", \"module\" : \"MES\", \"class_name\" : \"OrderService\", \"message\" : \"no "
		"stock\"");
	expect(HEAD "[WARN] disk is slow", "\"level\" : \"WARN\"");
	expect(HEAD "10.0.0.9 - - [02/Jan/2026:03:04:05 +0000] \"GET /x HTTP/1.1\" 200 12 \"-\" \"curl/8\"",
		"\"ip_address\" : \"10.0.0.9\"");
	side_close(&s);
}

TEST(a_sentence_stays_as_it_is)
{
	static const char *const sentences[] = {"Failed password for root from 10.0.0.9 port 22 ssh2",
		"{not json at all", "error: connection reset", "WARNING is a word like any other", "a=1",
		"12 monkeys came", "Accepted publickey user=root", "{}", ""};

	side_open(&s, "parser: auto, templates: no");
	for (size_t i = 0; i < ROWS(sentences); i++) {
		char text[256], want[256];

		snprintf(text, sizeof(text), HEAD "%s", sentences[i]);
		snprintf(want, sizeof(want), "\"message\" : \"%s\"", sentences[i]);
		expect(text, want);
		assert_null(strstr(s.text, "parse_error"));
	}
	side_close(&s);
}

TEST(a_trace_within_a_message_is_found)
{
	side_open(&s, "parser: auto, templates: no");
	line(HEAD "{\"msg\":\"failed\",\"stack\":\"java.lang.IllegalStateException: x\\n\\tat a.B.c(B.java:1)\\n\\tat "
		  "a.D.e(D.java:2)\"}");
	assert_non_null(strstr(s.text, "\"exception_type\" : \"java.lang.IllegalStateException\""));
	side_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_behind_a_syslog_head),
		cmocka_unit_test(what_the_message_says_goes_first_and_the_other_is_kept),
		cmocka_unit_test(no_key_stands_twice_whatever_the_message_calls_its_own),
		cmocka_unit_test(lines_of_other_formats),
		cmocka_unit_test(a_sentence_stays_as_it_is),
		cmocka_unit_test(a_trace_within_a_message_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
