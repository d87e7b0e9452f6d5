#include "base/buf.h"
#include "event/record.h"
#include "lib/plugin.h"
#include "lib/test.h"

static struct bench b;

static void put_text(const char *key, const char *text)
{
	genlog_put(&b.rec, key, strlen(key), genlog_str(text, strlen(text)));
}

/* message m, level INFO; context: t "12.5ms", n 7, d 2.5, ok true, o {a: "x", b: {c: "17"}} */
static void fill(void)
{
	static const char doc[] = "\x20\0\0\0"
				  "\x02"
				  "a\0\2\0\0\0x\0"
				  "\x03"
				  "b\0\x0f\0\0\0"
				  "\x02"
				  "c\0\3\0\0\0"
				  "17\0\0";

	bench_line(&b, "the line");
	put_text("message", "m");
	put_text("level", "INFO");
	put_text("t", "12.5ms");
	genlog_put(&b.rec, "n", 1, (struct genlog_value){.type = GENLOG_V_INT, .u.i = 7});
	genlog_put(&b.rec, "d", 1, (struct genlog_value){.type = GENLOG_V_DOUBLE, .u.d = 2.5});
	genlog_put(&b.rec, "ok", 2, (struct genlog_value){.type = GENLOG_V_BOOL, .u.i = 1});
	assert_int_equal(sizeof(doc), doc[0]);
	genlog_context_put(&b.rec, "o", 1, (struct genlog_value){.type = GENLOG_V_DOC, .n = sizeof(doc), .u.p = doc});
}

#define T " \"t\" : \"12.5ms\","
#define N " \"n\" : 7, \"d\" : 2.5, \"ok\" : true,"
#define O " \"o\" : { \"a\" : \"x\", \"b\" : { \"c\" : \"17\" } }"

TEST(fields_are_modified)
{
	static const struct {
		const char *settings, *fields;
	} rows[] = {
		{"set: ['team=mes', 'level=WARN']", "level=WARN message=m | {" T N O ", \"team\" : \"mes\" }"},
		{"set: ['n=x=y']", "level=INFO message=m | {" T " \"d\" : 2.5, \"ok\" : true," O ", \"n\" : \"x=y\" }"},
		{"add: ['n=8', 'environment=test', 'z=']",
			"level=INFO message=m environment=test | {" T N O ", \"z\" : \"\" }"},
		{"rename: ['t=user_id', 'none=x']", "level=INFO message=m user_id=12.5ms | {" N O " }"},
		{"rename: ['n=m', 'o.b=q']",
			"level=INFO message=m | {" T " \"d\" : 2.5, \"ok\" : true, \"o\" : { \"a\" : \"x\" }, \"m\" : "
			"7, \"q\" : { \"c\" : \"17\" } }"},
		{"rename: ['o=p']", "level=INFO message=m | {" T " \"n\" : 7, \"d\" : 2.5, \"ok\" : true, \"p\" : { "
				    "\"a\" : \"x\", \"b\" : { \"c\" : \"17\" } } }"},
		{"copy: ['message=text', 'o.b.c=code']", "level=INFO message=m | {" T N O ", \"code\" : \"17\" }"},
		{"copy: ['message=said']", "level=INFO message=m | {" T N O ", \"said\" : \"m\" }"},
		{"remove: [t, 'context.o.b', none, level]", "message=m | {" N " \"o\" : { \"a\" : \"x\" } }"},
		{"convert: ['o.b.c=int']",
			"level=INFO message=m | {" T N " \"o\" : { \"a\" : \"x\", \"b\" : { \"c\" : 17 } } }"},
		{"rename: ['t=duration_ms'], convert: ['duration_ms=duration_ms']",
			"level=INFO message=m duration_ms=12.5 | {" N O " }"},
		{"convert: ['message=upper', 'o.a=int']", "level=INFO message=M | {" T N O " }"},
		{"when: ['n>7'], remove: [n]", "level=INFO message=m | {" T N O " }"},
		{"when: ['n>=7', 'level=INFO'], remove: [t]", "level=INFO message=m | {" N O " }"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		bench_open(&b, GENLOG_FILTER, "modify", rows[i].settings);
		if (b.opened < 0)
			fail_msg("%s", b.config.said);
		fill();
		assert_int_equal(b.plug.code->filter(b.plug.state, &b.rec), GENLOG_KEEP);
		if (strcmp(bench_fields(&b), rows[i].fields) != 0)
			fail_msg("%s\ncame   %s\nwanted %s", rows[i].settings, bench_fields(&b), rows[i].fields);
		assert_false(b.rec.flags & GENLOG_REC_DUP_KEYS);
		bench_close(&b);
	}
}

TEST(texts_are_converted)
{
	static const struct {
		const char *as, *text, *out;
	} rows[] = {
		{"int", "17", "17"},
		{"int", " -3 ", "-3"},
		{"int", "1.5", "\"1.5\""},
		{"int", "", "\"\""},
		{"int", "99999999999999999999", "\"99999999999999999999\""},
		{"int", "0x10", "\"0x10\""},
		{"number", "1.5", "1.5"},
		{"number", "1e3", "1000.0"},
		{"number", "7", "7"},
		{"number", "nan", "\"nan\""},
		{"number", "inf", "\"inf\""},
		{"number", "1e999", "\"1e999\""},
		{"bool", "Yes", "true"},
		{"bool", "off", "false"},
		{"bool", "0", "false"},
		{"bool", "maybe", "\"maybe\""},
		{"lower", "AbC\xc3\x84", "\"abc\xc3\x84\""},
		{"upper", "AbC{", "\"ABC{\""},
		{"duration_ms", "250us", "0.25"},
		{"duration_ms", "1h30m", "5400000"},
		{"duration_ms", "1.5 s", "1500"},
		{"duration_ms", "1m 5s", "65000"},
		{"duration_ms", "1:02:03.5", "3723500"},
		{"duration_ms", "02:03", "123000"},
		{"duration_ms", "12", "12"},
		{"duration_ms", "5 parsecs", "\"5 parsecs\""},
		{"duration_ms", "500\xc2\xb5s", "0.5"},
		{"duration_ms", "1:x", "\"1:x\""},
		{"duration_ms", "ms", "\"ms\""},
		{"duration_ms", ":", "\":\""},
		{"size", "4KiB", "4096"},
		{"size", "1.5 MB", "1500000"},
		{"size", "17", "17"},
		{"size", "2 cups", "\"2 cups\""},
		{"text", "x", "\"x\""},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char settings[64], want[128];

		snprintf(settings, sizeof(settings), "convert: ['v=%s']", rows[i].as);
		snprintf(want, sizeof(want), " | { \"v\" : %s }", rows[i].out);
		bench_open(&b, GENLOG_FILTER, "modify", settings);
		bench_line(&b, "x");
		put_text("v", rows[i].text);
		b.plug.code->filter(b.plug.state, &b.rec);
		if (strcmp(bench_fields(&b), want) != 0)
			fail_msg("%s of %s: %s", rows[i].as, rows[i].text, bench_fields(&b));
		bench_close(&b);
	}
}

TEST(numbers_become_text_and_truth)
{
	bench_open(&b, GENLOG_FILTER, "modify",
		"remove: [o, t], copy: ['n=b'], convert: ['n=text', 'd=text', 'ok=text', 'b=bool', 'o=text']");
	fill();
	b.plug.code->filter(b.plug.state, &b.rec);
	assert_string_equal(bench_fields(&b),
		"level=INFO message=m | { \"n\" : \"7\", \"d\" : \"2.5\", \"ok\" : \"true\", \"b\" : true }");
	bench_close(&b);
}

TEST(a_text_is_split_into_a_list)
{
	static const struct {
		const char *settings, *text, *out;
	} rows[] = {
		{"split: [v]", "a, b,,c ", "[ \"a\", \"b\", \"c\" ]"},
		{"split: ['v=;|']", "a;b|c,d", "[ \"a\", \"b\", \"c,d\" ]"},
		{"split: [v]", "", "[  ]"},
		{"split: [v]", ",,,", "[  ]"},
		{"split: [v]", "a,b,c,d,e,f,g,h,i,j,k",
			"[ \"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"i\", \"j\", \"k\" ]"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char want[128];

		snprintf(want, sizeof(want), " | { \"v\" : %s }", rows[i].out);
		bench_open(&b, GENLOG_FILTER, "modify", rows[i].settings);
		bench_line(&b, "x");
		put_text("v", rows[i].text);
		b.plug.code->filter(b.plug.state, &b.rec);
		if (strcmp(bench_fields(&b), want) != 0)
			fail_msg("%s of %s: %s", rows[i].settings, rows[i].text, bench_fields(&b));
		bench_close(&b);
	}
}

TEST(a_split_text_may_become_the_tags)
{
	bench_open(&b, GENLOG_FILTER, "modify", "split: [tags]");
	bench_line(&b, "x");
	put_text("tags", "a,b");
	b.plug.code->filter(b.plug.state, &b.rec);
	assert_true(b.rec.set >> GENLOG_SLOT_TAGS & 1);
	assert_int_equal(b.rec.slot[GENLOG_SLOT_TAGS].type, GENLOG_V_ARRAY);
	bench_close(&b);
}

TEST(settings_are_checked)
{
	static const struct {
		const char *settings, *said;
	} rows[] = {
		{"", "modify has nothing to do"},
		{"when: [a]", "modify has nothing to do"},
		{"set: [a]", "\"a\" has to be FIELD=TEXT"},
		{"rename: ['a=b', 'a=']", "3:17: \"a=\" has to be FIELD=NAME"},
		{"copy: ['=a']", "has to be FIELD=NAME"},
		{"convert: ['a=float']", "has to be FIELD=int, number"},
		{"remove: ['a=b']", "has to be FIELD"},
		{"remove: ['']", "has to be FIELD"},
		{"split: ['a=']", "has to be FIELD=SEPARATORS"},
		{"remove: [a], when: ['a~(']", "of the pattern"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		bench_open(&b, GENLOG_FILTER, "modify", rows[i].settings);
		if (b.opened >= 0)
			fail_msg("%s", rows[i].settings);
		config_said(&b.config, rows[i].said);
		bench_close(&b);
	}
}

static bool fails_at(void *arg)
{
	int *left = arg;

	return (*left)-- == 0;
}

TEST(without_memory_the_record_is_whole)
{
	int at = 0, left;

	bench_open(&b, GENLOG_FILTER, "modify",
		"copy: ['t=t2'], rename: ['o=p'], set: ['x=y'], split: [t2], convert: ['t=upper', 'p.b.c=int'], "
		"remove: [n]");
	do {
		struct mem_hook hook = {fails_at, &left};

		left = at++;
		record_fini(&b.rec);
		memset(&b.rec, 0, sizeof(b.rec));
		fill();
		b.rec.context.cap = b.rec.context.n;
		b.rec.mem_n = b.rec.mem_cap;
		mem_hook_set(&hook);
		b.plug.code->filter(b.plug.state, &b.rec);
		mem_hook_set(NULL);
		bench_fields(&b);
		assert_true(at < 50);
	} while (left < 0);
	assert_true(at > 2);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_modified),
		cmocka_unit_test(texts_are_converted),
		cmocka_unit_test(numbers_become_text_and_truth),
		cmocka_unit_test(a_text_is_split_into_a_list),
		cmocka_unit_test(a_split_text_may_become_the_tags),
		cmocka_unit_test(settings_are_checked),
		cmocka_unit_test(without_memory_the_record_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
