#include "ctl/run.h"
#include "lib/folder.h"
#include "lib/test.h"

static struct run_records records;

static enum run_line read_line(const char *line, const char *want)
{
	const char *text;
	size_t n;
	enum run_line kind = run_line_read(&records, line, strlen(line), &text, &n);

	assert_int_equal(n, strlen(want));
	assert_memory_equal(text, want, n);
	return kind;
}

static int begin(void **state)
{
	(void)state;
	memset(&records, 0, sizeof(records));
	return 0;
}

TEST(counts)
{
	assert_int_equal(read_line("GENLOG_RECORDS_PROCESSED=12", "12"), RUN_COUNT);
	assert_int_equal(read_line("GENLOG_RECORDS_PROCESSED=40 \r", "40"), RUN_COUNT); /* the last one counts */
	assert_int_equal(read_line("GENLOG_RECORDS_FAILED=0", "0"), RUN_COUNT);
	assert_int_equal(read_line("GENLOG_RECORDS_SKIPPED=999999999999999999", "999999999999999999"), RUN_COUNT);
	assert_true(records.told);
	assert_false(records.has_attempted);
	assert_int_equal(read_line("GENLOG_RECORDS_ATTEMPTED=7", "7"), RUN_COUNT);
	assert_true(records.has_attempted);
	assert_int_equal(records.processed, 40);
	assert_int_equal(records.skipped, 999999999999999999);
	assert_int_equal(records.attempted, 7);
}

TEST(texts)
{
	assert_int_equal(read_line("GENLOG_ERROR=no = rows", "no = rows"), RUN_ERROR);
	assert_int_equal(read_line("GENLOG_WARNING=", ""), RUN_WARNING);
	assert_int_equal(records.errors.n, 1);
	assert_string_equal(records.errors.text[0], "no = rows");
	for (int i = 0; i < 100; i++)
		(void)read_line("GENLOG_ERROR=x", "x");
	assert_int_equal(records.errors.n, 101); /* counted, though not kept */
}

TEST(what_is_no_record_line_stays_as_it_is)
{
	static const char *const lines[] = {"", "GENLOG_", "GENLOG_RECORDS_PROCESSED",
		"GENLOG_RECORDS_PROCESSED=", "GENLOG_RECORDS_PROCESSED=-1", "GENLOG_RECORDS_PROCESSED=1.5",
		"GENLOG_RECORDS_PROCESSED=1234567890123456789", " GENLOG_RECORDS_PROCESSED=1",
		"GENLOG_RECORDS_PROCESSEDX=1", "GENLOG_RECORDS_=1", "genlog_error=x", "GENLOG_ERRORS=x",
		"tailGENLOG_ERROR=x", "GENLOG_RECORDS_PROCESSED=12 rows"};

	for (size_t i = 0; i < ROWS(lines); i++)
		assert_int_equal(read_line(lines[i], lines[i]), RUN_PLAIN);
	assert_false(records.told);
	assert_int_equal(records.errors.n, 0);
}

TEST(levels)
{
	static const struct {
		const char *line;
		enum genlog_severity out, err;
	} rows[] = {
		{"", GENLOG_SEV_INFO, GENLOG_SEV_WARN},
		{"all is well", GENLOG_SEV_INFO, GENLOG_SEV_WARN},
		{"ERROR: no", GENLOG_SEV_ERROR, GENLOG_SEV_ERROR},
		{"2026-01-02 10:00:00,123 DEBUG x.y - text", GENLOG_SEV_DEBUG, GENLOG_SEV_DEBUG},
		{"[error] no", GENLOG_SEV_ERROR, GENLOG_SEV_ERROR},
		{"<Warning> no", GENLOG_SEV_WARN, GENLOG_SEV_WARN},
		{"FATAL", GENLOG_SEV_CRITICAL, GENLOG_SEV_CRITICAL},
		{"there was an error", GENLOG_SEV_INFO, GENLOG_SEV_WARN},
		{"ERROR_LOG=/x is set", GENLOG_SEV_INFO, GENLOG_SEV_WARN},
		{"ERRORS 0", GENLOG_SEV_INFO, GENLOG_SEV_WARN},
		{"................................................................ ERROR", GENLOG_SEV_INFO,
			GENLOG_SEV_WARN},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		size_t n = strlen(rows[i].line);

		assert_int_equal(run_line_level(rows[i].line, n, RUN_STDOUT), rows[i].out);
		assert_int_equal(run_line_level(rows[i].line, n, RUN_STDERR), rows[i].err);
	}
}

TEST(a_file_of_lines)
{
	struct folder f;

	folder_make(&f);
	folder_write(&f, "records", "rubbish\nGENLOG_RECORDS_PROCESSED=5\nGENLOG_ERROR=bad\nGENLOG_RECORDS_FAILED=1");
	assert_int_equal(run_records_read(&records, folder_path(&f, "records")), 0);
	assert_int_equal(records.processed, 5);
	assert_int_equal(records.failed, 1);
	assert_int_equal(records.errors.n, 1);
	assert_int_equal(run_records_read(&records, folder_path(&f, "none")), -2);
	assert_true(run_records_read(&records, f.path) < 0);
	folder_remove(&f);
}

#define T(test) cmocka_unit_test_setup(test, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(counts),
		T(texts),
		T(what_is_no_record_line_stays_as_it_is),
		T(levels),
		T(a_file_of_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
