#include <genlog/pattern.h>

#include <errno.h>

#include "base/buf.h"
#include "base/clock.h"
#include "event/record.h"
#include "lib/test.h"

static struct genlog_record rec;
static const struct genlog_where nowhere = {"pattern", -1};

static int find(const char *pattern, const char *text, size_t n, size_t from, struct genlog_span *span)
{
	struct genlog_pattern *x = genlog_pattern_new(pattern, false, nowhere, NULL);
	int r;

	assert_non_null(x);
	r = genlog_pattern_find(x, text, n, from, span);
	genlog_pattern_free(x);
	return r;
}

TEST(a_pattern_is_found_at_its_place)
{
	static const struct {
		const char *pattern, *text;
		size_t from;
		int r;
		size_t at, end;
	} rows[] = {
		{"b+", "abbc", 0, 1, 1, 3},
		{"b+", "abbc", 2, 1, 2, 3},
		{"b+", "abbc", 3, 0, 0, 0},
		{"^a", "abbc", 1, 0, 0, 0},
		{"\\d+\\K ", "17 x", 0, 1, 2, 3},
		{"", "", 0, 1, 0, 0},
		{"ü", "xüx", 0, 1, 1, 3},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct genlog_span s = {0, 0};

		assert_int_equal(
			find(rows[i].pattern, rows[i].text, strlen(rows[i].text), rows[i].from, &s), rows[i].r);
		assert_int_equal(s.from, rows[i].at);
		assert_int_equal(s.to, rows[i].end);
	}
}

TEST(a_match_is_found_in_every_window)
{
	static char text[200000];
	struct genlog_span s;

	memset(text, 'a', sizeof(text));
	for (size_t at = 250; at < sizeof(text) - 3; at += at / 3) {
		memcpy(text + at, "\xc3\xbc!", 3);
		assert_int_equal(find("ü!", text, sizeof(text), 0, &s), 1);
		assert_int_equal(s.from, at);
		memset(text + at, 'a', 3);
	}
	assert_int_equal(find("ü!", text, sizeof(text), 0, &s), 0);
}

TEST(what_takes_too_long_is_given_up)
{
	static char text[1 << 20];
	int64_t start = clock_ms();

	memset(text, 'a', sizeof(text));
	assert_int_equal(find("^(a+)+[!?]$", text, 2000, 0, NULL), -ELOOP);
	assert_int_equal(find("a{1,4000}[!?]", text, sizeof(text), 0, NULL), -ELOOP);
	assert_true(clock_ms() - start < 5000);
}

TEST(a_pattern_that_is_none_is_told)
{
	struct genlog_err err = {0};

	assert_null(genlog_pattern_new("a(", false, (struct genlog_where){"patterns", 3}, &err));
	assert_string_equal(err.opt, "patterns");
	assert_int_equal(err.opt_item, 3);
	assert_non_null(strstr(err.text, "column 3"));
	genlog_pattern_free(NULL);
}

static bool never(void *arg)
{
	(void)arg;
	return true;
}

TEST(without_memory_it_is_told)
{
	static const struct mem_hook hook = {never, NULL};
	struct genlog_err err = {0};
	struct genlog_strs s = {0};

	mem_hook_set(&hook);
	assert_null(genlog_pattern_new("a", false, nowhere, &err));
	assert_int_equal(err.code, ENOMEM);
	assert_null(genlog_conds_new(&s, "when", &err));
	mem_hook_set(NULL);
}

/* ── conditions ── */

static struct genlog_conds *conds(struct genlog_err *err, const char *a, const char *b)
{
	static const char *v[3];
	struct genlog_strs s = {v, b ? 2 : 1};

	v[0] = a;
	v[1] = b;
	return genlog_conds_new(&s, "when", err);
}

static void record(void)
{
	static const char line[GENLOG_PAD + 1];

	record_begin(&rec, line, 0);
	genlog_put(&rec, "level", 5, genlog_str("err", 3));
	genlog_put(&rec, "message", 7, genlog_str("disk is full", 12));
	genlog_put(&rec, "status", 6, (struct genlog_value){.type = GENLOG_V_INT, .u.i = 503});
	genlog_put(&rec, "size", 4, genlog_str("17.5", 4));
	genlog_put(&rec, "none", 4, (struct genlog_value){.type = GENLOG_V_NULL});
}

TEST(conditions_hold_or_do_not)
{
	static const struct {
		const char *text;
		bool holds;
	} rows[] = {
		{"level=ERROR", true},
		{"level=WARN|ERROR", true},
		{"level=err", false},
		{"level!=INFO|DEBUG", true},
		{"level!=ERROR", false},
		{"level = ERROR", true},
		{"status=503", true},
		{"status=50|5033", false},
		{"status>=500", true},
		{"status > 503", false},
		{"status<504", true},
		{"status<=502.5", false},
		{"size>17", true},
		{"message>1", false},
		{"other>=0", false},
		{"other!=x", true},
		{"other=x", false},
		{"message~full$", true},
		{"message~^full", false},
		{"message!~^full", true},
		{"message!~disk", false},
		{"other~.*", false},
		{"other!~.*", true},
		{"status", true},
		{"!status", false},
		{"other", false},
		{"!other", true},
		{"none", true},
		{"none=null", false},
		{"message~a=b|is", true},
		{"user_id=", false},
		{"message=", false},
	};

	record();
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct genlog_err err = {0};
		struct genlog_conds *c = conds(&err, rows[i].text, NULL);

		if (!c)
			fail_msg("%s: %s", rows[i].text, err.text);
		if (genlog_conds_hold(c, &rec) != rows[i].holds)
			fail_msg("%s", rows[i].text);
		genlog_conds_free(c);
	}
	record_fini(&rec);
}

TEST(all_conditions_have_to_hold)
{
	struct genlog_conds *both = conds(NULL, "level=ERROR", "status=503"), *one = conds(NULL, "level=ERROR", "x=y");

	record();
	assert_true(genlog_conds_hold(both, &rec));
	assert_false(genlog_conds_hold(one, &rec));
	genlog_conds_free(both);
	genlog_conds_free(one);
	record_fini(&rec);
}

TEST(an_unsaid_level_is_info)
{
	struct genlog_conds *c = conds(NULL, "level=INFO", NULL);
	static const char line[GENLOG_PAD + 1];

	record_begin(&rec, line, 0);
	assert_true(genlog_conds_hold(c, &rec));
	genlog_conds_free(c);
	record_fini(&rec);
}

TEST(what_is_no_condition_is_told)
{
	static const char *const rows[] = {"", "!", "=x", "a>b", "a>", "!a=b", "a!b", "a~(", " =x"};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct genlog_err err = {0};

		if (conds(&err, "ok", rows[i]))
			fail_msg("%s", rows[i]);
		assert_int_equal(err.opt_item, 1);
		assert_string_equal(err.opt, "when");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_is_found_at_its_place),
		cmocka_unit_test(a_match_is_found_in_every_window),
		cmocka_unit_test(what_takes_too_long_is_given_up),
		cmocka_unit_test(a_pattern_that_is_none_is_told),
		cmocka_unit_test(without_memory_it_is_told),
		cmocka_unit_test(conditions_hold_or_do_not),
		cmocka_unit_test(all_conditions_have_to_hold),
		cmocka_unit_test(an_unsaid_level_is_info),
		cmocka_unit_test(what_is_no_condition_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
