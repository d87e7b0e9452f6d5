/* Logs of containers: a program's lines within those of its runtime, of two streams. */
#include "base/count.h"
#include "lib/side.h"
#include "lib/test.h"

static const char cri[] = "2025-12-22T10:30:45.000000001Z stdout F 2025-12-22 10:30:45 INFO a.B: one\n"
			  "2025-12-22T10:30:45.000000002Z stderr F 2025-12-22 10:30:45 ERROR a.B: bad\n"
			  "2025-12-22T10:30:45.000000003Z stderr F shop.OrderException: order 17\n"
			  "2025-12-22T10:30:45.000000004Z stdout P 2025-12-22 10:30:46 INFO a.B: a long\n"
			  "2025-12-22T10:30:45.000000005Z stderr F \tat shop.Order.check(Order.java:41)\n"
			  "2025-12-22T10:30:45.000000006Z stdout P  line in\n"
			  "2025-12-22T10:30:45.000000007Z stdout F  three\n"
			  "2025-12-22T10:30:45.000000008Z stderr F \tat shop.Main.main(Main.java:7)\n"
			  "2025-12-22T10:30:45.000000009Z stdout F {\"level\":\"info\",\"msg\":\"json\"}\n"
			  "2025-12-22T10:30:45.000000010Z stderr F 2025-12-22 10:30:47 WARN a.B: last\n"
			  "2025-12-22T10:30:45.000000011Z stdout F 2025-12-22 10:30:47 INFO a.B: end\n";

static const char docker[] =
	"{\"log\":\"2025-12-22 10:30:45 ERROR a.B: "
	"bad\\n\",\"stream\":\"stderr\",\"time\":\"2025-12-22T10:30:45.1Z\"}\n"
	"{\"log\":\"shop.OrderException: \\\"17\\\"\\n\",\"stream\":\"stderr\",\"time\":\"2025-12-22T10:30:45.2Z\"}\n"
	"{\"log\":\"\\tat shop.Main.main(Main.java:7)\\n\",\"stream\":\"stderr\",\"time\":\"2025-12-22T10:30:45.3Z\"}\n"
	"{\"log\":\"half \",\"stream\":\"stdout\",\"time\":\"2025-12-22T10:30:45.4Z\"}\n"
	"{\"log\":\"and half\\n\",\"stream\":\"stdout\",\"time\":\"2025-12-22T10:30:45.5Z\"}\n";

/* The events in any order: which of two streams comes first is nobody's promise. */
static void has(const struct side *s, const char *event)
{
	static char all[SIDE_TEXT_MAX + 3];

	snprintf(all, sizeof(all), "|%s|", s->text);
	if (!strstr(all, event))
		fail_msg("%s is not in %s", event, all);
}

static size_t events(const struct side *s)
{
	size_t n = s->n > 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->text[i] == '|';
	return n;
}

static void check_cri(const struct side *s)
{
	has(s, "|one|");
	has(s, "|bad#shop.OrderException: order 17~\tat shop.Order.check(Order.java:41)~\tat "
	       "shop.Main.main(Main.java:7)|");
	has(s, "|a long line in three|");
	has(s, "|json|");
	has(s, "|last|");
	has(s, "|end|");
	assert_int_equal(events(s), 6);
}

TEST(streams_are_joined_each_for_itself)
{
	static struct side s;

	side_open(&s, "parser: auto");
	side_give(&s, cri, strlen(cri), GENLOG_LINES_END);
	check_cri(&s);
	assert_int_equal(s.offset, strlen(cri));
	side_close(&s);
}

TEST(whatever_pieces_they_come_in)
{
	static struct side s;
	size_t all = strlen(cri);

	for (size_t step = 1; step <= all; step += step < 100 ? 7 : 91) {
		side_open(&s, "parser: cri");
		for (size_t to = step; to < all; to += step)
			side_give(&s, cri, to, 0);
		side_give(&s, cri, all, GENLOG_LINES_END);
		check_cri(&s);
		assert_int_equal(s.offset, all);
		side_close(&s);
	}
}

TEST(docker_wraps_in_json)
{
	static struct side s;

	side_open(&s, "parser: auto");
	side_give(&s, docker, strlen(docker), GENLOG_LINES_END);
	has(&s, "|bad#shop.OrderException: \"17\"~\tat shop.Main.main(Main.java:7)|");
	has(&s, "|half and half|");
	assert_int_equal(events(&s), 2);
	side_close(&s);
}

TEST(what_waits_is_taken_when_nothing_more_comes)
{
	static struct side s;

	side_open(&s, "parser: auto");
	side_give(&s, cri, strlen(cri), 0);
	assert_true(s.offset < strlen(cri));
	assert_int_equal(join_finish(s.src), strlen(cri) - s.offset);
	side_collect(&s);
	check_cri(&s);
	side_close(&s);
}

TEST(an_odd_line_is_shipped_as_it_stands)
{
	static struct side s;
	char text[256];

	snprintf(text, sizeof(text), "%.*snot of the runtime\n%s", (int)(strchr(cri, '\n') + 1 - cri), cri,
		"2025-12-22T10:30:45.1Z stdout F 2025-12-22 10:30:48 INFO a.B: two\n");
	side_open(&s, "parser: auto");
	side_give(&s, text, strlen(text), GENLOG_LINES_END);
	assert_string_equal(s.text, "one|not of the runtime|two");
	side_close(&s);
}

/* Both streams speak all the time, and a trace without end: what is taken still goes on. */
TEST(no_group_of_lines_grows_without_end)
{
	static struct side s;
	static char text[256 << 10];
	size_t n = (size_t)snprintf(text, sizeof(text), "2025-12-22T10:30:45.1Z stderr F shop.E: x\n");

	for (int i = 0; i < 1500; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
			"2025-12-22T10:30:45.2Z stderr F \tat a.B.c(D.java:%d)\n2025-12-22T10:30:45.3Z stdout P x\n",
			i);
	side_open(&s, "parser: auto");
	side_give(&s, text, n, 0);
	assert_true(s.offset > n / 2);
	side_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_are_joined_each_for_itself),
		cmocka_unit_test(whatever_pieces_they_come_in),
		cmocka_unit_test(docker_wraps_in_json),
		cmocka_unit_test(what_waits_is_taken_when_nothing_more_comes),
		cmocka_unit_test(an_odd_line_is_shipped_as_it_stands),
		cmocka_unit_test(no_group_of_lines_grows_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
