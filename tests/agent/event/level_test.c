#include "event/level.h"

#include <ctype.h>

#include "lib/test.h"

static const char *name_of(const struct genlog_value *v)
{
	int l = level_of(v);

	return l < 0 ? "none" : level_value((enum level)l).u.p;
}

TEST(every_common_spelling_is_one_of_five_levels)
{
	static const struct {
		const char *word, *level;
	} rows[] = {
		{"debug", "DEBUG"},
		{"trace", "DEBUG"},
		{"FINEST", "DEBUG"},
		{"Verbose", "DEBUG"},
		{"d", "DEBUG"},
		{"info", "INFO"},
		{"Information", "INFO"},
		{"informational", "INFO"},
		{"notice", "INFO"},
		{"I", "INFO"},
		{"warn", "WARN"},
		{"WARNING", "WARN"},
		{"wrn", "WARN"},
		{"W", "WARN"},
		{"error", "ERROR"},
		{"Err", "ERROR"},
		{"SEVERE", "ERROR"},
		{"exception", "ERROR"},
		{"E", "ERROR"},
		{"critical", "CRITICAL"},
		{"FATAL", "CRITICAL"},
		{"panic", "CRITICAL"},
		{"emergency", "CRITICAL"},
		{"alert", "CRITICAL"},
		{"F", "CRITICAL"},
		{"[info]", "INFO"},
		{"<warn>: ", "WARN"},
		{" error ", "ERROR"},
		{"3", "ERROR"},
		{"[4]", "WARN"},
		{"30", "INFO"},
		{"", "none"},
		{"[]", "none"},
		{"loud", "none"},
		{"infos", "none"},
		{"inf o", "none"},
		{"8", "none"},
		{"1000", "none"},
		{"3x", "none"},
		{"-1", "none"},
		{"a_word_that_is_longer_than_any_level_has", "none"},
		{"informationales", "none"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct genlog_value v = genlog_str(rows[i].word, strlen(rows[i].word));

		if (strcmp(name_of(&v), rows[i].level) != 0)
			fail_msg("\"%s\": %s", rows[i].word, name_of(&v));
	}
}

/* All that are known, in capitals, small, and mixed; none with a letter more or another one. */
TEST(every_word_of_the_table_is_found)
{
	static const struct {
		enum level level;
		const char *words;
	} rows[] = {
		{LEVEL_DEBUG, "CONFIG D DBG DEBUG DEBUG1 DEBUG2 DEBUG3 DEBUG4 DEBUG5 FINE FINER FINEST SILLY T TRACE "
			      "TRC V VERB VERBOSE VRB"},
		{LEVEL_INFO, "AUDIT CONTEXT DETAIL HINT HTTP I INF INFO LOG N NOTE NOTICE QUERY STATS SUCCESS SYSTEM"},
		{LEVEL_WARN, "W WARN WARNING WRN"},
		{LEVEL_ERROR, "E ERR ERROR EXCEPTN FAIL FAILURE FAULT SEVERE"},
		{LEVEL_CRITICAL, "A ALERT C CRIT CRITICAL CRT DPANIC EMER EMERG F FATAL FTL PANIC"},
	};

	for (size_t r = 0; r < ROWS(rows); r++)
		for (const char *p = rows[r].words; *p; p += *p == ' ') {
			size_t n = strcspn(p, " ");
			char word[12] = {0};

			for (int form = 0; form < 3; form++) {
				for (size_t i = 0; i < n; i++)
					word[i] = (char)(form == 1 || (form == 2 && i) ? tolower(p[i]) : p[i]);
				struct genlog_value v = genlog_str(word, n);

				assert_int_equal(level_of(&v), rows[r].level);
			}
			word[n - 1] = '_';
			assert_false(genlog_is_level(word, n));
			p += n;
		}
}

TEST(numbers_are_syslogs_or_bunyans)
{
	static const char *const syslog[] = {
		"CRITICAL", "CRITICAL", "CRITICAL", "ERROR", "WARN", "INFO", "INFO", "DEBUG", "none", "none", "DEBUG"};
	static const struct {
		int64_t n;
		const char *level;
	} rows[] = {{-1, "none"}, {20, "DEBUG"}, {29, "DEBUG"}, {30, "INFO"}, {40, "WARN"}, {50, "ERROR"},
		{60, "CRITICAL"}, {100, "CRITICAL"}, {101, "none"}, {INT64_MIN, "none"}, {INT64_MAX, "none"}};

	for (int64_t n = 0; n < (int64_t)ROWS(syslog); n++) {
		struct genlog_value v = {.type = GENLOG_V_INT, .u.i = n};

		assert_string_equal(name_of(&v), syslog[n]);
	}
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct genlog_value v = {.type = GENLOG_V_INT, .u.i = rows[i].n};

		assert_string_equal(name_of(&v), rows[i].level);
	}
	assert_string_equal(name_of(&(struct genlog_value){.type = GENLOG_V_BOOL, .u.i = 1}), "none");
	assert_string_equal(name_of(&(struct genlog_value){.type = GENLOG_V_NULL}), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_common_spelling_is_one_of_five_levels),
		cmocka_unit_test(every_word_of_the_table_is_found),
		cmocka_unit_test(numbers_are_syslogs_or_bunyans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
