#include "agent/mine/lines.h"

struct row {
	const char *line, *text;
};

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct mine *m = mine_new(16);
		char line[4096] = {0};
		struct mined d;

		memcpy(line, rows[i].line, strlen(rows[i].line));
		assert_int_equal(mine_line(m, line, strlen(line), &d), 0);
		if (d.n != strlen(rows[i].text) || memcmp(d.text, rows[i].text, d.n) != 0)
			fail_msg("\"%s\":\n%.*s, not\n%s", line, (int)d.n, d.text, rows[i].text);
		assert_true(d.fresh);
		assert_false(d.widened);
		mine_free(m);
	}
}

TEST(words_stay_and_numbers_go)
{
	static const struct row rows[] = {
		{"", ""},
		{"started", "started"},
		{"Found child 6725 in scoreboard slot 10", "Found child {num} in scoreboard slot {num}"},
		{"load is 0.75, was -3", "load is {num}, was {num}"},
		{"42", "{num}"},
		{"50% of 1,234,567 done", "{num} of {num} done"},
		{"took 17!", "took {num}!"},
		{"Überprüfung abgeschlossen: 12 Fehler", "Überprüfung abgeschlossen: {num} Fehler"},
		{"日本語 123 文字", "日本語 {num} 文字"},
		{"a\ttab and \x01 control", "a tab and   control"},
		{"first line 1\nsecond line 2", "first line {num}"},
		{"trailing blank ", "trailing blank "},
	};

	check(rows, ROWS(rows));
}

TEST(a_brace_of_the_message_is_doubled)
{
	static const struct row rows[] = {
		{"open { and } close", "open {{ and }} close"},
		{"state {id 5}", "state {{id {num}}}"},
		{"{}", "{{}}"},
		{"got {} back", "got {{{}}} back"},
	};

	check(rows, ROWS(rows));
}

TEST(values_of_plain_kinds_are_named)
{
	static const struct row rows[] = {
		{"from 10.1.2.3 to 10.1.2.4:80", "from {ip} to {ip}"},
		{"from /10.1.2.3:80", "from {ip}"},
		{"from ::1 and fe80::1%eth0 and ::ffff:10.1.2.3", "from {ip} and {ip} and {ip}"},
		{"mask 0x05 or deadbeef or 1a2b3c4d5e", "mask {hex} or {hex} or {hex}"},
		{"count 00112233 and 11223344", "count {hex} and {num}"},
		{"id 3f2504e0-4f89-11d3-9a0c-0305e82c3301 is new", "id {uuid} is new"},
		{"read /etc/passwd or ~/x and ./run.sh", "read {path} or {path} and {path}"},
		{"read C:\\Windows\\x.dll and \\\\host\\share", "read {path} and {path}"},
		{"GET http://example.com/a?b=c&d=[e] done", "GET {url}] done"},
		{"GET /api/v2?name=x,y&z=1 done", "GET {path} done"},
		{"mail to bob.smith@example.com sent", "mail to {email} sent"},
		{"at 2025-12-22T10:30:45.123Z and 10:30:45 and 22/12/2025", "at {time} and {time} and {time}"},
		{"at Mon Jul 11 03:46:14 2005 again", "at {time} again"},
		{"on Tuesday 5 or 10:15:00 PM", "on {time} or {time}"},
		{"took 5 ms or 10 seconds, 1.5s, 3min", "took {duration} or {duration}"},
		{"used 5.2 KB of 12MB, 3 GiB free", "used {size} of {size} free"},
		{"18846 bytes (18.4 KB) received", "{size} received"},
		{"18846 bytes (18.4KB), 5 left", "{size}, {num} left"},
		{"May I, Sun said", "May I, Sun said"},
		{"10 in 5 days", "{num} in {duration}"},
	};

	check(rows, ROWS(rows));
}

TEST(what_has_a_digit_varies_unless_people_know_the_word)
{
	static const struct row rows[] = {
		{"block blk_-160899 and node12", "block {} and {}"},
		{"version v1.2.3-rc4 loaded", "version {} loaded"},
		{"ssh2 over IPv6 with sha256", "ssh2 over IPv6 with sha256"},
		{"jk2_init() via log4j", "jk2_init() via log4j"},
		{"core.2275 written", "{} written"},
		{"slot7: x", "{}: x"},
	};

	check(rows, ROWS(rows));
}

TEST(a_key_stays_and_its_value_goes)
{
	static const struct row rows[] = {
		{"user=root uid=0", "user={} uid={}"},
		{"total = 5, name = bob", "total = {}, name = {}"},
		{"logname= uid=0 tty=", "logname={} uid={} tty={}"},
		{"tag=\"View Lock\" name='a b'", "tag=\"{}\" name='{}'"},
		{"ws=WorkSource{10113 (x)}, next=2", "ws={}, next={}"},
		{"r01=0x1f r02=0x2f", "r01={} r02={}"},
		{"port:80 memory:1024", "port:{} memory:{}"},
		{"sshd:auth", "sshd:auth"},
		{"a == b != c => d <= e", "a == b != c => d <= e"},
		{"size is x=", "size is x={}"},
		{"ask=[] done", "ask=[] done"},
		{"proxy.example.com:5070 open", "{} open"},
		{"10.1.2.3:50010:Got exception", "{ip}:Got exception"},
	};

	check(rows, ROWS(rows));
}

TEST(lists_of_any_length_are_one_hole)
{
	static const struct row rows[] = {
		{"speeds ( 3552 3534 3375 )", "speeds ( {num} )"},
		{"nodes [1, 2, 3]", "nodes [{num}]"},
		{"nodes [1]", "nodes [{num}]"},
		{"stack @0x1f @0x2f @0x3f", "stack @{hex}"},
		{"a1##b2", "{}"},
		{"mixed 5 10.1.2.3 x1", "mixed {}"},
	};

	check(rows, ROWS(rows));
}

TEST(an_empty_place_is_a_hole_but_a_call_is_none)
{
	static const struct row rows[] = {
		{"from 1.2.3.4 () at", "from {ip} ({}) at"},
		{"said \"\" twice", "said \"{}\" twice"},
		{"init() done[]", "init() done[]"},
	};

	check(rows, ROWS(rows));
}

TEST(names_are_known_by_where_they_stand)
{
	static const struct row rows[] = {
		{"session opened for user bob by (uid=0)", "session opened for user {} by (uid={})"},
		{"Invalid user admin from 10.1.2.3", "Invalid user {} from {ip}"},
		{"invalid user user [preauth]", "invalid user {} [preauth]"},
		{"Failed password for root from 10.1.2.3 port 22 ssh2",
			"Failed password for {} from {ip} port {num} ssh2"},
		{"check pass; user unknown", "check pass; user unknown"},
		{"disconnected by user", "disconnected by user"},
		{"no more user authentication methods", "no more user authentication methods"},
		{"user authenticated", "user authenticated"},
		{"waiting for message on queue", "waiting for message on queue"},
		{"host db-main is down", "host {} is down"},
	};

	check(rows, ROWS(rows));
}

TEST(dotted_names_vary_where_they_name_hosts_or_classes)
{
	static const struct row rows[] = {
		{"from ns.example.com port", "from {} port"},
		{"class org.apache.hadoop.mapred.Task loaded", "class {} loaded"},
		{"java.io.IOException: broken", "java.io.IOException: broken"},
		{"NameSystem.addStoredBlock: updated", "NameSystem.addStoredBlock: updated"},
		{"action android.intent.action.SCREEN_ON", "action android.intent.action.SCREEN_ON"},
		{"mapred.tip.id is deprecated", "mapred.tip.id is deprecated"},
	};

	check(rows, ROWS(rows));
}

TEST(dots_and_comparisons_belong_to_no_word)
{
	static const struct row rows[] = {
		{"illegal instruction........0", "illegal instruction........{num}"},
		{"done... next", "done... next"},
		{"lifetime <1 sec", "lifetime {}"},
		{"lifetime 00:02", "lifetime {}"},
		{"slot <5> used", "slot <{num}> used"},
		{"and/or", "and/or"},
		{"a - b", "a - b"},
	};

	check(rows, ROWS(rows));
}

/* What does not fit is one hole at the end, and no character is cut in two. */
TEST(a_line_counts_as_far_as_it_is_bounded)
{
	static char line[3 << 20];
	struct mine *m = mine_new(4);
	struct mined d;

	memset(line, 'a', 1 << 20);
	assert_int_equal(mine_line(m, line, 1 << 20, &d), 0);
	expect_text(&d, "{}");
	for (size_t i = 0; i < 1 << 20; i += 3)
		memcpy(line + i, "\xe6\x97\xa5", 3);
	assert_int_equal(mine_line(m, line, 1 << 20, &d), 0);
	expect_text(&d, "{}");
	for (size_t i = 0; i < 1 << 20; i += 5)
		memcpy(line + i, "word ", 5);
	assert_int_equal(mine_line(m, line, 1 << 20, &d), 0);
	assert_int_equal(d.n, 63 * 5 + 2);
	assert_memory_equal(d.text + d.n - 7, "word {}", 7);
	mine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_stay_and_numbers_go),
		cmocka_unit_test(a_brace_of_the_message_is_doubled),
		cmocka_unit_test(values_of_plain_kinds_are_named),
		cmocka_unit_test(what_has_a_digit_varies_unless_people_know_the_word),
		cmocka_unit_test(a_key_stays_and_its_value_goes),
		cmocka_unit_test(lists_of_any_length_are_one_hole),
		cmocka_unit_test(an_empty_place_is_a_hole_but_a_call_is_none),
		cmocka_unit_test(names_are_known_by_where_they_stand),
		cmocka_unit_test(dotted_names_vary_where_they_name_hosts_or_classes),
		cmocka_unit_test(dots_and_comparisons_belong_to_no_word),
		cmocka_unit_test(a_line_counts_as_far_as_it_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
