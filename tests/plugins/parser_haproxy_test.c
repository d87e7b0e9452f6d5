#include "hostile.h"

static struct bench b;

#define HEAD "10.0.1.2:33317 [06/Feb/2009:12:14:14.655] "

TEST(requests_connections_and_failures)
{
	bench_open(&b, GENLOG_PARSER, "haproxy", "");
	bench_parse(&b,
		HEAD "http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/2/3/4/0 5/6 {1wt.eu} {} "
		     "\"GET /index.html HTTP/1.1\"",
		"timestamp=06/Feb/2009:12:14:14.655 level=INFO message=GET /index.html HTTP/1.1 200 duration_ms=109 "
		"ip_address=10.0.1.2 | { \"port\" : 33317, \"frontend\" : \"http-in\", \"backend\" : \"static\", "
		"\"server\" : \"srv1\", \"time_request\" : 10, \"time_queue\" : 0, \"time_connect\" : 30, "
		"\"time_response\" : 69, \"status\" : 200, \"bytes\" : 2750, \"termination_state\" : \"----\", "
		"\"connections\" : 1, \"frontend_connections\" : 2, \"backend_connections\" : 3, "
		"\"server_connections\" : 4, \"retries\" : 0, \"server_queue\" : 5, \"backend_queue\" : 6, "
		"\"request_headers\" : \"1wt.eu\", \"method\" : \"GET\", \"path\" : \"/index.html\", \"protocol\" : "
		"\"HTTP/1.1\" }");
	bench_parse(&b, HEAD "http-in http-in/<NOSRV> -1/-1/-1/-1/+5 400 187 - - PR-- 1/1/0/0/0 0/0 \"<BADREQ>\"",
		"timestamp=06/Feb/2009:12:14:14.655 level=WARN message=<BADREQ> 400 duration_ms=5 ip_address=10.0.1.2 "
		"| "
		"{ \"port\" : 33317, \"frontend\" : \"http-in\", \"backend\" : \"http-in\", \"server\" : "
		"\"<NOSRV>\", \"status\" : 400, \"bytes\" : 187, \"termination_state\" : \"PR--\", \"connections\" : "
		"1, "
		"\"frontend_connections\" : 1, \"backend_connections\" : 0, \"server_connections\" : 0, \"retries\" : "
		"0, "
		"\"server_queue\" : 0, \"backend_queue\" : 0, \"request\" : \"<BADREQ>\" }");
	bench_parse(&b, HEAD "fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0",
		"timestamp=06/Feb/2009:12:14:14.655 duration_ms=5007 ip_address=10.0.1.2 | { \"port\" : 33317, "
		"\"frontend\" : \"fnt\", \"backend\" : \"bck\", \"server\" : \"srv1\", \"time_queue\" : 0, "
		"\"time_connect\" : 0, \"bytes\" : 212, \"termination_state\" : \"--\", \"connections\" : 0, "
		"\"frontend_connections\" : 0, \"backend_connections\" : 0, \"server_connections\" : 0, \"retries\" : "
		"3, "
		"\"server_queue\" : 0, \"backend_queue\" : 0 }");
	bench_parse(&b, HEAD "https-in/1: SSL handshake failure",
		"timestamp=06/Feb/2009:12:14:14.655 level=WARN message=SSL handshake failure ip_address=10.0.1.2 | { "
		"\"port\" : 33317, \"frontend\" : \"https-in/1\" }");
	bench_parse(&b, HEAD "fnt bck/srv1 0/0/x 212 -- 0/0/0/0/3 0/0", NULL);
	bench_parse(&b, "Proxy http-in started.", NULL);
	bench_parse(&b, "", NULL);
	bench_close(&b);
}

TEST(it_knows_its_lines)
{
	static const char line[] = HEAD "fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0";
	static const char access[] = "192.0.2.1 - - [22/Jan/2009:23:57:02 +0000] \"GET /a HTTP/1.1\" 200 5";

	bench_open(&b, GENLOG_PARSER, "haproxy", "");
	bench_line(&b, line);
	assert_in_range(b.plug.code->looks(b.plug.state, b.rec.line, b.rec.len), 90, 100);
	bench_line(&b, access);
	assert_int_equal(b.plug.code->looks(b.plug.state, b.rec.line, b.rec.len), 0);
	bench_close(&b);
}

TEST(hostile_lines_are_borne)
{
	static const char *const pieces[] = {"{", "}", "\"", "1/", " ", "-", "} ", ":"};
	static const char head[] = HEAD "http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/2/3/4/0 5/6 ";

	bench_open(&b, GENLOG_PARSER, "haproxy", "");
	hostile_line(&b,
		HEAD "http-in s/srv1 10/0/30/69/109 200 2750 - - ---- 1/2/3/4/0 5/6 {1} {} \"GET /i HTTP/1.1\" x",
		NULL);
	for (size_t i = 0; i < ROWS(pieces); i++) {
		hostile_long(&b, HEAD, pieces[i], NULL);
		hostile_long(&b, head, pieces[i], NULL);
		hostile_long(&b, "", pieces[i], NULL);
	}
	bench_close(&b);
}

/* As it stands in a file that syslog writes. */
TEST(the_head_of_syslog_is_passed_over)
{
	static const char request[] =
		"10.0.1.2:33317 [22/Dec/2025:10:30:45.655] http-in static/srv1 10/0/30/69/109 200 2750 "
		"- - ---- 1/1/1/1/0 0/0 \"GET /index.html HTTP/1.1\"";
	char line[512], *alone;

	bench_open(&b, GENLOG_PARSER, "haproxy", "");
	bench_line(&b, request);
	assert_int_equal(b.plug.code->parse(b.plug.state, &b.rec), GENLOG_PARSED);
	alone = strdup(bench_fields(&b));
	snprintf(line, sizeof(line), "Dec 22 10:30:45 lb haproxy[12]: %s", request);
	bench_parse(&b, line, alone);
	bench_parse(&b, "Dec 22 10:30:45 lb haproxy[12]: Proxy started.", NULL);
	bench_parse(&b, "Dec 22 10:30:45 lb haproxy[12]: ", NULL);
	free(alone);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_connections_and_failures),
		cmocka_unit_test(it_knows_its_lines),
		cmocka_unit_test(hostile_lines_are_borne),
		cmocka_unit_test(the_head_of_syslog_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
