#include "agent/mine/lines.h"

TEST(a_template_that_widens_keeps_its_id)
{
	struct mine *m = mine_new(16);
	struct mined a = mined(m, "work order created by alice"), b;

	assert_true(a.fresh);
	expect_text(&a, "work order created by alice");
	b = mined(m, "work order created by bob");
	expect_text(&b, "work order created by {}");
	assert_true(b.widened);
	assert_false(b.fresh);
	assert_int_equal(a.id, b.id);
	b = mined(m, "work order created by carol");
	expect_text(&b, "work order created by {}");
	assert_false(b.widened || b.fresh);
	assert_int_equal(mined(m, "work order created by alice").id, a.id);
	mine_free(m);
}

TEST(the_same_lines_learned_anew_have_the_same_ids)
{
	static const char *const lines[] = {
		"job 1 done in 5 ms", "created by alice here", "created by bob here", "x=1 y=2"};
	uint64_t id[ROWS(lines)];

	for (int round = 0; round < 2; round++) {
		struct mine *m = mine_new(16);

		for (size_t i = 0; i < ROWS(lines); i++) {
			struct mined d = mined(m, lines[i]);

			if (round)
				assert_int_equal(d.id, id[i]);
			id[i] = d.id;
		}
		assert_int_not_equal(id[0], id[1]);
		mine_free(m);
	}
}

/* Each pair: the same template, or two. */
TEST(what_words_may_differ)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{"Accepted password for x1 from 10.1.2.3", "Failed password for x1 from 10.1.2.3", false},
		{"session opened for user bob", "session closed for user bob", false},
		{"VM Resumed (Lifecycle Event)", "VM Paused (Lifecycle Event)", false},
		{"link eth0 is up", "link eth0 is down", false},
		{"flag set to true here", "flag set to false here", false},
		{"the door is open", "the door is closed", false},
		{"moved from NEW to RUNNING", "moved from NEW to FAILED", false},
		{"Total memory: 5 used", "Total disk: 5 used", false},
		{"Took 5 s to spawn the instance", "Took 5 s to destroy the instance", false},
		{"cupsd startup succeeded", "klogd startup succeeded", false},
		{"minSessionTimeout set to 5", "maxSessionTimeout set to 5", false},
		{"state (on)", "state (off)", false},
		{"closing the main window", "closing the main door", false},
		{"Resolved name of alpha in cache", "Resolved name of beta in cache", true},
		{"device 'alpha' was removed", "device 'beta' was removed", true},
		{"Resolved web-a.local in cache", "Resolved web-b.local in cache", true},
		{"user bob logged in", "user eve logged in", true},
		{"opened table orders in 5 ms", "opened table x77 in 5 ms", true},
		{"size 5 KB", "size 5 MB", true},
		{"done in 5 ms", "done in 3 minutes", true},
		{"sent 5 bytes, kept", "sent 5000 bytes (5 KB), kept", true},
		{"from 1.2.3.4 () at noon", "from 1.2.3.4 (x.example.com) at noon", true},
		{"a  b\tc", "a b c", true},
		{"a, b", "a b", false},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mine *m = mine_new(16);
		uint64_t a = mined(m, rows[i].a).id, b = mined(m, rows[i].b).id;

		if ((a == b) != rows[i].same)
			fail_msg("\"%s\" and \"%s\"", rows[i].a, rows[i].b);
		mine_free(m);
	}
}

TEST(a_word_that_has_many_values_is_a_hole_wherever_it_stands)
{
	struct mine *m = mine_new(64);
	struct mined first = mined(m, "the big red button pressed"), d;
	struct mine_stats st;

	assert_true(mined(m, "the big blue button pressed").fresh);
	assert_true(mined(m, "the big pink button pressed").fresh);
	d = mined(m, "the big gray button pressed");
	expect_text(&d, "the big {} button pressed");
	assert_int_equal(d.id, first.id);
	assert_int_equal(mined(m, "the big blue button pressed").id, first.id);
	mine_stats(m, &st);
	assert_int_equal(st.templates, 1);
	mine_free(m);
}

TEST(a_first_word_needs_more_values)
{
	static const char *const names[] = {"anna", "bert", "carl", "dora", "emil", "fritz", "gustl", "hugo", "ida",
		"jan", "karl", "lena", "mara", "nina", "otto", "paul", "quinn"};
	struct mine *m = mine_new(64);
	struct mined d;

	for (size_t i = 0; i < ROWS(names); i++) {
		char line[64];

		snprintf(line, sizeof(line), "%s logged in", names[i]);
		d = mined(m, line);
		assert_int_equal(d.fresh, i < 15);
	}
	expect_text(&d, "{} logged in");
	mine_free(m);
}

TEST(kinds_that_differ_are_none)
{
	struct mine *m = mine_new(16);
	struct mined d = mined(m, "peer 10.1.2.3 gone");

	expect_text(&d, "peer {ip} gone");
	d = mined(m, "peer x77 gone");
	expect_text(&d, "peer {} gone");
	assert_true(d.widened);
	d = mined(m, "peer 10.1.2.3 gone");
	expect_text(&d, "peer {} gone");
	assert_false(d.widened);
	d = mined(m, "word 7 seen");
	d = mined(m, "word 0x7f seen");
	expect_text(&d, "word {hex} seen");
	mine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_template_that_widens_keeps_its_id),
		cmocka_unit_test(the_same_lines_learned_anew_have_the_same_ids),
		cmocka_unit_test(what_words_may_differ),
		cmocka_unit_test(a_word_that_has_many_values_is_a_hole_wherever_it_stands),
		cmocka_unit_test(a_first_word_needs_more_values),
		cmocka_unit_test(kinds_that_differ_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
