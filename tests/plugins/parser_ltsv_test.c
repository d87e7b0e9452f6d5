#include "hostile.h"

static struct bench b;

TEST(labels_become_slots_and_context)
{
	bench_open(&b, GENLOG_PARSER, "ltsv", "");
	bench_parse(&b,
		"time:28/Feb/2013:12:00:00 +0900\thost:192.0.2.1\treq:GET /a HTTP/1.1\tstatus:404\tsize:12\tua:Curl\t"
		"reqtime:0.25\tuser:-\treferer:",
		"timestamp=28/Feb/2013:12:00:00 +0900 level=WARN message=GET /a HTTP/1.1 duration_ms=250 "
		"ip_address=192.0.2.1 user_agent=Curl | { \"req\" : \"GET /a HTTP/1.1\", \"status\" : 404, \"size\" : "
		"12 "
		"}");
	bench_parse(&b, "level:debug\tstatus:500\tmsg:a:b\tx:007\ty:1.5",
		"level=debug message=a:b | { \"status\" : 500, \"x\" : \"007\", \"y\" : 1.5 }");
	bench_parse(&b, "host:a\tip:192.0.2.1\treqtime:x",
		"ip_address=192.0.2.1 | { \"host\" : \"a\", \"reqtime\" : \"x\" }");
	bench_parse(&b, "msg:a\tmessage:b\tx:1\tx:2", "message=b | { \"msg\" : \"a\", \"x\" : 2 }");
	bench_parse(&b, "msg:a\tnothing\tx:2", "message=a | { \"rest\" : \"nothing\\tx:2\" }");
	bench_parse(&b, "no label", NULL);
	bench_parse(&b, "", NULL);
	bench_close(&b);
}

TEST(it_knows_its_lines)
{
	static const struct {
		const char *line;
		int least, most;
	} rows[] = {{"a:1\tb:2", 80, 95}, {"a:1", 0, 0}, {"a:1\tb", 0, 0}, {"a b:1\tc:2", 0, 0}, {"", 0, 0}};

	bench_open(&b, GENLOG_PARSER, "ltsv", "");
	for (size_t i = 0; i < ROWS(rows); i++) {
		bench_line(&b, rows[i].line);
		assert_in_range(b.plug.code->looks(b.plug.state, b.rec.line, b.rec.len), rows[i].least, rows[i].most);
	}
	bench_close(&b);
}

TEST(hostile_lines_are_borne)
{
	static const char *const pieces[] = {"\t", ":", "a:1\t", "a", "a:\t", "-", "x.y:1\t"};

	bench_open(&b, GENLOG_PARSER, "ltsv", "");
	hostile_line(&b, "time:1\thost:192.0.2.1\tstatus:404\tua:Curl\treqtime:0.25\tx.y:1\tmsg:a\tmessage:b", NULL);
	for (size_t i = 0; i < ROWS(pieces); i++) {
		hostile_long(&b, "", pieces[i], NULL);
		hostile_long(&b, "a:", pieces[i], NULL);
	}
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_become_slots_and_context),
		cmocka_unit_test(it_knows_its_lines),
		cmocka_unit_test(hostile_lines_are_borne),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
