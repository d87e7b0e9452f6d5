#include "hostile.h"

static struct bench b;

struct row {
	const char *line, *fields;
};

static void parse_rows(const char *settings, const struct row *rows, size_t n)
{
	bench_open(&b, GENLOG_PARSER, "access", settings);
	for (size_t i = 0; i < n; i++)
		bench_parse(&b, rows[i].line, rows[i].fields);
	bench_close(&b);
}

#define TIME "[22/Jan/2009:23:57:02 +0000]"
#define SLOTS(ip) "timestamp=22/Jan/2009:23:57:02 +0000 level=INFO message=\"GET /a HTTP/1.1\" 200 5 " ip
#define GET "\"method\" : \"GET\", \"path\" : \"/a\", \"protocol\" : \"HTTP/1.1\", \"status\" : 200, \"bytes\" : 5"

TEST(common_and_combined)
{
	static const struct row rows[] = {
		{"192.0.2.1 - - " TIME " \"GET /a HTTP/1.1\" 200 5", SLOTS("ip_address=192.0.2.1") " | { " GET " }"},
		{"192.0.2.1 me bob " TIME " \"GET /a HTTP/1.1\" 200 5 \"http://r/\" \"Mozilla/5.0 (X)\"",
			SLOTS("user_id=bob ip_address=192.0.2.1 user_agent=Mozilla/5.0 (X)") " | { " GET
											     ", \"referer\" : "
											     "\"http://r/\", \"ident\" "
											     ": \"me\" }"},
		{"2001:db8::1 - Bob B " TIME " \"GET /a HTTP/1.1\" 200 5 \"-\" \"-\"",
			SLOTS("user_id=Bob B ip_address=2001:db8::1") " | { " GET " }"},
		{"host.example - - " TIME " \"GET /a HTTP/1.1\" 200 5",
			SLOTS("ip_address=host.example") " | { " GET " }"},
		{"192.0.2.1 " TIME " \"GET /a HTTP/1.1\" 200 5", SLOTS("ip_address=192.0.2.1") " | { " GET " }"},
		{"192.0.2.1 - - " TIME " \"GET /a HTTP/1.1\" 200 5 \"-\" \"a \\\"quoted\\\" agent\"  ",
			SLOTS("ip_address=192.0.2.1 user_agent=a \\\"quoted\\\" agent") " | { " GET " }"},
		{"192.0.2.1 - \"\" [2009-01-22T23:57:02Z] \"GET /a HTTP/1.1\" 200 -",
			"timestamp=2009-01-22T23:57:02Z level=INFO message=\"GET /a HTTP/1.1\" 200 - "
			"ip_address=192.0.2.1 | { \"method\" : \"GET\", \"path\" : \"/a\", \"protocol\" : "
			"\"HTTP/1.1\", "
			"\"status\" : 200 }"},
		{"something else", NULL},
		{"", NULL},
		{"192.0.2.1 - - " TIME " \"GET /a HTTP/1.1\" abc 5", NULL},
		{"192.0.2.1 - - [nonsense] \"GET /a HTTP/1.1\" 200 5", NULL},
	};

	parse_rows("", rows, ROWS(rows));
}

TEST(hosts_that_were_asked)
{
	static const struct row rows[] = {
		{"www.example:443 192.0.2.1 - - " TIME " \"GET /a HTTP/1.1\" 200 5 \"-\" \"x\"",
			SLOTS("ip_address=192.0.2.1 user_agent=x") " | { " GET ", \"vhost\" : \"www.example:443\" }"},
		{"10.0.0.1:80 192.0.2.1 - - " TIME " \"GET /a HTTP/1.1\" 200 5",
			SLOTS("ip_address=192.0.2.1") " | { " GET ", \"vhost\" : \"10.0.0.1:80\" }"},
		{"192.0.2.1 - - " TIME " \"GET /a HTTP/1.1\" 200 5 \"-\" \"x\" www.example.org",
			SLOTS("ip_address=192.0.2.1 user_agent=x") " | { " GET ", \"vhost\" : \"www.example.org\" }"},
	};

	parse_rows("", rows, ROWS(rows));
}

TEST(what_servers_write_behind)
{
	static const struct row rows[] = {
		{"192.0.2.1 - - " TIME " \"GET /a HTTP/1.1\" 200 5 \"-\" \"x\" \"203.0.113.9, 10.0.0.1\" 0.005 0.125 .",
			"timestamp=22/Jan/2009:23:57:02 +0000 level=INFO message=\"GET /a HTTP/1.1\" 200 5 "
			"duration_ms=5 ip_address=192.0.2.1 user_agent=x | { " GET ", \"forwarded_for\" : "
			"\"203.0.113.9, 10.0.0.1\", \"upstream_time\" : 0.125 }"},
		{"192.0.2.1 - - " TIME " \"GET /a HTTP/1.1\" 200 5 \"-\" \"x\" rt=0.25 uct=\"-\" urt=\"0.5\" status=9",
			"timestamp=22/Jan/2009:23:57:02 +0000 level=INFO message=\"GET /a HTTP/1.1\" 200 5 "
			"duration_ms=250 ip_address=192.0.2.1 user_agent=x | { " GET
			", \"urt\" : 0.5, \"extra\" : \"rt=0.25 uct=\\\"-\\\" urt=\\\"0.5\\\" status=9\" }"},
		{"192.0.2.1 - - " TIME " \"GET /a HTTP/1.1\" 200 5 4.5",
			"timestamp=22/Jan/2009:23:57:02 +0000 level=INFO message=\"GET /a HTTP/1.1\" 200 5 "
			"duration_ms=4500 ip_address=192.0.2.1 | { " GET " }"},
		{"192.0.2.1 - - " TIME " \"GET /a HTTP/1.1\" 200 5 \"-\" \"x\" 156302",
			SLOTS("ip_address=192.0.2.1 user_agent=x") " | { " GET ", \"extra\" : \"156302\" }"},
	};
	static const struct row micro[] = {
		{"192.0.2.1 - - " TIME " \"GET /a HTTP/1.1\" 200 5 \"-\" \"x\" 1500",
			"timestamp=22/Jan/2009:23:57:02 +0000 level=INFO message=\"GET /a HTTP/1.1\" 200 5 "
			"duration_ms=1.5 ip_address=192.0.2.1 user_agent=x | { " GET " }"},
	};

	parse_rows("", rows, ROWS(rows));
	parse_rows("time_unit: us", micro, ROWS(micro));
}

TEST(broken_requests_and_bad_answers)
{
	static const struct row rows[] = {
		{"192.0.2.1 - - " TIME " \"-\" 408 0 \"-\" \"-\"",
			"timestamp=22/Jan/2009:23:57:02 +0000 level=WARN message=\"-\" 408 0 ip_address=192.0.2.1"
			" | { \"status\" : 408, \"bytes\" : 0 }"},
		{"192.0.2.1 - - " TIME " \"\\x16\\x03\" 400 1 \"-\" \"-\"",
			"timestamp=22/Jan/2009:23:57:02 +0000 level=WARN message=\"\\x16\\x03\" 400 1 "
			"ip_address=192.0.2.1"
			" | { \"request\" : \"\\\\x16\\\\x03\", \"status\" : 400, \"bytes\" : 1 }"},
		{"192.0.2.1 - - " TIME " \"GET /a\\\" 200 \\\"b HTTP/1.0\" 500 1",
			"timestamp=22/Jan/2009:23:57:02 +0000 level=ERROR message=\"GET /a\\\" 200 \\\"b HTTP/1.0\" "
			"500 1 "
			"ip_address=192.0.2.1 | { \"method\" : \"GET\", \"path\" : \"/a\\\\\\\" 200 \\\\\\\"b\", "
			"\"protocol\" : \"HTTP/1.0\", \"status\" : 500, \"bytes\" : 1 }"},
		{"192.0.2.1 - - " TIME " \"GET /\"x\" y HTTP/2\" 200 1",
			"timestamp=22/Jan/2009:23:57:02 +0000 level=INFO message=\"GET /\"x\" y HTTP/2\" 200 1 "
			"ip_address=192.0.2.1 | { \"method\" : \"GET\", \"path\" : \"/\\\"x\\\" y\", \"protocol\" : "
			"\"HTTP/2\", \"status\" : 200, \"bytes\" : 1 }"},
		{"192.0.2.1 - - " TIME " \"GET /old\" 200 -",
			"timestamp=22/Jan/2009:23:57:02 +0000 level=INFO message=\"GET /old\" 200 - "
			"ip_address=192.0.2.1"
			" | { \"method\" : \"GET\", \"path\" : \"/old\", \"status\" : 200 }"},
		{"- - - " TIME " \"\" - -", "timestamp=22/Jan/2009:23:57:02 +0000 level=INFO message=\"\" - -"},
	};

	parse_rows("", rows, ROWS(rows));
}

TEST(it_knows_its_lines)
{
	bench_open(&b, GENLOG_PARSER, "access", "");
	bench_line(&b, "192.0.2.1 - - " TIME " \"GET /a HTTP/1.1\" 200 5");
	assert_in_range(b.plug.code->looks(b.plug.state, b.rec.line, b.rec.len), 90, 100);
	bench_line(&b, "2009-01-22 23:57:02 [error] \"GET /a HTTP/1.1\" 200 5");
	assert_int_equal(b.plug.code->looks(b.plug.state, b.rec.line, b.rec.len), 0);
	bench_close(&b);
}

TEST(hostile_lines_are_borne)
{
	static const char *const pieces[] = {"[", "\"", "\\", "\\\"", " ", "a", "\" 2", "1.5 ", "a=b ", "\"x\" "};

	bench_open(&b, GENLOG_PARSER, "access", "time_unit: ms");
	hostile_line(&b, "w:80 192.0.2.1 - - " TIME " \"GET /a HTTP/1.1\" 200 5 \"-\" \"a \\\"q\" \"::1\" 0.5 a=b w.x",
		NULL);
	for (size_t i = 0; i < ROWS(pieces); i++) {
		hostile_long(&b, "", pieces[i], NULL);
		hostile_long(&b, "192.0.2.1 - - " TIME " \"", pieces[i], NULL);
		hostile_long(&b, "192.0.2.1 - - " TIME " \"GET /a HTTP/1.1\" 200 5 \"", pieces[i], NULL);
		hostile_long(&b, "192.0.2.1 - - " TIME " \"GET /a HTTP/1.1\" 200 5 ", pieces[i], NULL);
	}
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(common_and_combined),
		cmocka_unit_test(hosts_that_were_asked),
		cmocka_unit_test(what_servers_write_behind),
		cmocka_unit_test(broken_requests_and_bad_answers),
		cmocka_unit_test(it_knows_its_lines),
		cmocka_unit_test(hostile_lines_are_borne),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
