/* What the two sides share: settings, cursors, text. */
#include "../../plugins/input_journald/cursor.c"
#include "../../plugins/input_journald/journald.h"
#include "../../plugins/input_journald/settings.c"
#include "../../plugins/input_journald/text.c"

#include "lib/config.h"
#include "lib/test.h"
#include "pipe/pipe.h"

#define CURSOR                                                                                                         \
	"s=0123456789abcdef0123456789abcdef;i=1f;b=11111111111111111111111111111111;m=5;t=60a24182d8240;x="            \
	"780ecfebb5b02a27"

TEST(cursors_are_text_of_any_kind)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t seqnum;
	} rows[] = {{CURSOR, true, 31}, {"", false, 0}, {"s=", false, 0},
		{"s=0123456789abcdef0123456789abcdef", false, 0}, {"s=0123456789abcdef0123456789abcdef;i=", false, 0},
		{"i=ffffffffffffffff;s=0123456789abcdef0123456789abcdef", true, UINT64_MAX},
		{"i=10000000000000000;s=0123456789abcdef0123456789abcdef", false, 0},
		{"s=0123456789abcdef0123456789abcdeg;i=1", false, 0}, {";;;=;s;i=1", false, 0}};
	uint8_t id[ID_SIZE];
	uint64_t n;

	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(cursor_parse(rows[i].text, strlen(rows[i].text), id, &n), rows[i].good);
		if (rows[i].good)
			assert_true(n == rows[i].seqnum);
	}
	assert_true(cursor_time(CURSOR, strlen(CURSOR)) == 0x60a24182d8240);
	assert_true(cursor_time("t=x", 3) == 0);
}

TEST(settings_are_read_as_they_are_meant)
{
	uint8_t from, to, id[ID_SIZE];
	uint64_t t;

	assert_int_equal(priority_parse("warning", &from, &to), 0);
	assert_true(from == 0 && to == 4);
	assert_int_equal(priority_parse("3..debug", &from, &to), 0);
	assert_true(from == 3 && to == 7);
	assert_int_equal(priority_parse("8", &from, &to), -EINVAL);
	assert_int_equal(priority_parse("1..", &from, &to), -EINVAL);
	assert_int_equal(id_parse("11111111-1111-1111-1111-111111111111", id), 0);
	assert_int_equal(id_parse("1111", id), -EINVAL);
	assert_int_equal(id_parse("111111111111111111111111111111111", id), -EINVAL);
	assert_int_equal(since_parse("2h", 10000000000, &t), 0);
	assert_true(t == 2800000000);
	assert_int_equal(since_parse("1970-01-02T00:00:00Z", 0, &t), 0);
	assert_true(t == 86400000000);
	assert_int_equal(since_parse("yesterday", 0, &t), -EINVAL);
	assert_int_equal(since_parse("-2h", 0, &t), -EINVAL);
	assert_int_equal(since_parse("2 hours", 0, &t), -EINVAL);
}

static void said(const char *settings, const char *words)
{
	static struct config c;
	char text[512];
	struct pipes ps = {0};

	snprintf(text, sizeof(text), CONFIG("plugin_dir: " TEST_PLUGIN_DIR "\ninputs: [{type: journald, %s}]\n"),
		settings);
	config_load(&c, text);
	assert_int_equal(c.result, 0);
	(void)pipes_build(&ps, &c.conf, false);
	config_listen(&c);
	config_said(&c, words);
	pipes_fini(&ps);
	config_end(&c);
}

TEST(settings_that_make_no_sense_are_told)
{
	said("priority: loud", "\"loud\" is no priority");
	said("boot: yesterday", "\"yesterday\" is neither all nor current");
	said("since: sometime", "\"sometime\" is neither a span");
	said("matches: [foo=bar]", "\"foo=bar\" is no FIELD=value");
	said("path: relative", "does not begin with /");
	said("start: middle", "middle");
}

TEST(text_is_repaired_and_never_read_beyond)
{
	static const char *const rows[][2] = {{"", ""}, {"plain text of some length", "plain text of some length"},
		{"\xc3\xa4", "\xc3\xa4"}, {"\xc3", "\xef\xbf\xbd"}, {"a\xe2\x82", "a\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
		{"12345678\xff", "12345678\xef\xbf\xbd"}, {"\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd"}};

	for (size_t i = 0; i < ROWS(rows); i++) {
		size_t n = strlen(rows[i][0]), k;
		char *exact = malloc(n ? n : 1), to[128];

		memcpy(exact, rows[i][0], n);
		k = text_repair(to, exact, n);
		to[k] = 0;
		free(exact);
		assert_string_equal(to, rows[i][1]);
	}
	assert_int_equal(text_valid("a\0b", 3), 1);
}

/* What one side writes the other reads, and any beginning of it is refused. */
TEST(settings_cross_over_whole_or_not_at_all)
{
	static const char *const names[] = {"a.service", "b*", NULL};
	struct asked a = {.path = "/x",
			     .namespace_ = "web",
			     .match_root = "",
			     .units = {names, 2},
			     .priority_to = 4,
			     .by_priority = true,
			     .since = 17,
			     .start = START_END,
			     .max_line = 4096},
		     b;
	struct wire_out out = {0};
	struct wire_in in;

	asked_put(&out, &a);
	for (size_t n = 0; n <= out.b.n; n++) {
		in = (struct wire_in){out.b.p, out.b.p + n, false};
		assert_int_equal(asked_get(&in, &b), n < out.b.n ? -EPROTO : 0);
		if (n == out.b.n) {
			assert_string_equal(b.path, "/x");
			assert_string_equal(b.units.v[1], "b*");
			assert_true(b.units.n == 2 && b.since == 17 && b.by_priority && b.max_line == 4096);
		}
		asked_free(&b);
	}
	free(out.b.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cursors_are_text_of_any_kind),
		cmocka_unit_test(settings_are_read_as_they_are_meant),
		cmocka_unit_test(settings_that_make_no_sense_are_told),
		cmocka_unit_test(text_is_repaired_and_never_read_beyond),
		cmocka_unit_test(settings_cross_over_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
