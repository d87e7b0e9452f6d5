#include <bson/bson.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/folder.h"
#include "lib/test.h"
#include "ship/dead.h"
#include "ship/letters.h"

static struct folder folder;
static struct letters letters = {.dir = -1};
static char seen[4096];
static struct letter kept[16];
static size_t n_kept;
static int64_t torn_at;

static int make(void **state)
{
	(void)state;
	folder_make(&folder);
	torn_at = -1;
	return 0;
}

static int end(void **state)
{
	(void)state;
	letters_close(&letters);
	folder_remove(&folder);
	return 0;
}

/* One letter for each code, as the agent writes them. */
static void bury(const int *codes, size_t n)
{
	struct genlog_doc docs[16];
	bson_t *b[16];
	struct dead d = {0};
	struct genlog_err err = {0};

	assert_int_equal(dead_open(&d, folder.path, &err), 0);
	for (size_t i = 0; i < n; i++) {
		b[i] = BCON_NEW("_id", BCON_INT32(codes[i]));
		docs[i] = (struct genlog_doc){.bson = bson_get_data(b[i]),
			.len = b[i]->len,
			.outcome = GENLOG_REJECTED,
			.code = codes[i],
			.reason = (char *)(uintptr_t) "no good"};
	}
	assert_int_equal(dead_put(&d, "logs", docs, n), 0);
	for (size_t i = 0; i < n; i++)
		bson_destroy(b[i]);
	dead_close(&d);
}
#define BURY(...) bury((const int[]){__VA_ARGS__}, sizeof((const int[]){__VA_ARGS__}) / sizeof(int))

static int see(void *arg, const struct letter *x)
{
	size_t n = strlen(seen);

	(void)arg;
	assert_string_equal(x->collection, "logs");
	assert_string_equal(x->reason, "no good");
	snprintf(seen + n, sizeof(seen) - n, "%s%s%d", n ? " " : "", x->done ? "-" : "", x->code);
	kept[n_kept++] = *x;
	return 0;
}

static void see_torn(void *arg, const struct letters_end *e)
{
	(void)arg;
	torn_at = e->at;
}

/* The codes in order; those that are done with have a minus. */
static const char *all(void)
{
	struct genlog_err err = {0};

	seen[0] = 0;
	n_kept = 0;
	letters_close(&letters);
	assert_int_equal(letters_open(&letters, folder.path, &err), 0);
	assert_int_equal(letters_each(&letters, see, see_torn, NULL), 0);
	return seen;
}

static bool has(const char *name)
{
	return access(folder_path(&folder, name), F_OK) == 0;
}

static void add_bytes(const char *name, const void *p, size_t n)
{
	int fd = open(folder_path(&folder, name), O_WRONLY | O_APPEND);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), n);
	close(fd);
}

TEST(no_folder_is_no_letters_and_no_spool_is_an_error)
{
	struct genlog_err err = {0};

	assert_string_equal(all(), "");
	assert_int_equal(letters_open(&letters, folder_path(&folder, "none"), &err), -ENOENT);
}

TEST(what_is_noted_is_done_and_the_agent_goes_on_behind_it)
{
	BURY(1, 2, 3);
	assert_string_equal(all(), "1 2 3");
	assert_int_equal(letters_note(&letters, &kept[1], 1), 0);
	assert_string_equal(all(), "1 -2 3");
	BURY(4);
	assert_string_equal(all(), "1 -2 3 4");
	assert_int_equal(letters_note(&letters, &kept[2], 2), 0);
	assert_string_equal(all(), "1 -2 -3 -4");
}

TEST(a_torn_letter_is_told_and_written_over)
{
	BURY(1);
	all();
	add_bytes("dead-letter/000000.bson", "\x40\0\0\0half", 8);
	assert_string_equal(all(), "1");
	assert_int_equal(torn_at, kept[0].len);
	BURY(2);
	assert_string_equal(all(), "1 2");
}

TEST(bytes_that_are_no_letter_end_a_file)
{
	static const uint8_t other[] = {5, 0, 0, 0, 0};

	BURY(1);
	add_bytes("dead-letter/000000.bson", other, sizeof(other));
	assert_string_equal(all(), "1");
	assert_true(torn_at > 0);
}

/* A note is of a place and of bytes: another letter at the same place is not done. */
TEST(a_note_that_is_left_over_says_nothing_of_another_letter)
{
	BURY(1);
	all();
	assert_int_equal(letters_note(&letters, kept, 1), 0);
	assert_int_equal(unlink(folder_path(&folder, "dead-letter/000000.bson")), 0);
	BURY(2);
	assert_string_equal(all(), "2");
}

TEST(a_torn_note_is_none_and_the_next_takes_its_place)
{
	BURY(1, 2);
	all();
	assert_int_equal(letters_note(&letters, kept, 1), 0);
	assert_int_equal(truncate(folder_path(&folder, "dead-letter/000000.bson.done"), 9), 0);
	assert_string_equal(all(), "1 2");
	assert_int_equal(letters_note(&letters, &kept[1], 1), 0);
	assert_string_equal(all(), "1 -2");
}

TEST(a_file_that_is_done_with_goes_but_never_the_newest)
{
	BURY(1);
	assert_int_equal(rename(folder_path(&folder, "dead-letter/000000.bson"),
				 folder_path(&folder, "dead-letter/000003.bson")),
		0);
	folder_write(&folder, "dead-letter/000004.bson", "");
	BURY(2);
	assert_string_equal(all(), "1 2");
	assert_int_equal(letters_note(&letters, kept, 2), 0);
	assert_int_equal(letters_tidy(&letters), 0);
	assert_false(has("dead-letter/000003.bson"));
	assert_false(has("dead-letter/000003.bson.done"));
	assert_true(has("dead-letter/000004.bson"));
	BURY(3); /* the agent goes on in the newest, though those before it are gone */
	assert_string_equal(all(), "-2 3");
}

TEST(one_at_a_time_notes)
{
	struct letters other = {.dir = -1};
	struct genlog_err err = {0};

	BURY(1);
	all();
	assert_int_equal(letters_open(&other, folder.path, &err), 0);
	assert_int_equal(letters_lock(&letters), 0);
	assert_int_equal(letters_lock(&other), -EBUSY);
	letters_close(&other);
}

#define T(test) cmocka_unit_test_setup_teardown(test, make, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(no_folder_is_no_letters_and_no_spool_is_an_error),
		T(what_is_noted_is_done_and_the_agent_goes_on_behind_it),
		T(a_torn_letter_is_told_and_written_over),
		T(bytes_that_are_no_letter_end_a_file),
		T(a_note_that_is_left_over_says_nothing_of_another_letter),
		T(a_torn_note_is_none_and_the_next_takes_its_place),
		T(a_file_that_is_done_with_goes_but_never_the_newest),
		T(one_at_a_time_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
