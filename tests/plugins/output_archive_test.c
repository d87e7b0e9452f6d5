/* Output archive, through the built plugin: each document once, whatever a crash leaves. */
#include <bson/bson.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/plugin.h"
#include "lib/test.h"

struct scene {
	struct bench *b;
	struct folder folder;
};

static void scene_open(struct scene *s)
{
	char settings[256];
	struct genlog_err err = {0};

	if (!*s->folder.path)
		folder_make(&s->folder);
	s->b = calloc(1, sizeof(*s->b));
	snprintf(settings, sizeof(settings), "path: %s, database: db", s->folder.path);
	bench_open(s->b, GENLOG_OUTPUT, "archive", settings);
	if (s->b->plug.code->start(s->b->plug.state, NULL, &err) < 0)
		fail_msg("%s", err.text);
}

static void scene_close(struct scene *s)
{
	bench_close(s->b);
	free(s->b);
	s->b = NULL;
}

/* As a crash: nothing is committed on closing. */
static void scene_again(struct scene *s)
{
	scene_close(s);
	scene_open(s);
}

static void scene_end(struct scene *s)
{
	scene_close(s);
	folder_remove(&s->folder);
}

/* Each letter of `text` a document. */
static int write_try(struct scene *s, const char *collection, const char *text, char why[256])
{
	struct genlog_doc docs[32] = {{0}};
	struct genlog_batch batch = {.size = sizeof(batch), .collection = collection, .docs = docs, .n = strlen(text)};
	uint8_t bytes[32][16];
	int r;

	for (size_t i = 0; i < batch.n; i++) {
		memcpy(bytes[i], "\x0e\0\0\0\x02w\0\x02\0\0\0?\0\0", 14);
		bytes[i][11] = (uint8_t)text[i];
		docs[i].bson = bytes[i];
		docs[i].len = 14;
	}
	r = s->b->plug.code->write(s->b->plug.state, &batch);
	if (why)
		memcpy(why, batch.why, 256);
	return r;
}

static void put(struct scene *s, const char *collection, const char *text)
{
	assert_int_equal(write_try(s, collection, text, NULL), 0);
}

static struct genlog_mark mark_of(const char *id, uint64_t sequence)
{
	struct genlog_mark m = {.sequence = sequence};

	memcpy(m.spool_id, id, 16);
	return m;
}

#define ONE "spool-number-one"
#define TWO "spool-number-two"

static void commit(struct scene *s, const char *id, uint64_t sequence)
{
	struct genlog_mark m = mark_of(id, sequence);
	struct genlog_err err = {0};

	assert_int_equal(s->b->plug.code->commit(s->b->plug.state, &m, &err), 0);
}

/* -1: it knows of none */
static int64_t resumed(struct scene *s, const char *id)
{
	struct genlog_mark m = mark_of(id, 0);

	return s->b->plug.code->resumed(s->b->plug.state, &m) ? (int64_t)m.sequence : -1;
}

static const char *text_of(struct scene *s, const char *file)
{
	static char out[256];
	FILE *f = fopen(folder_path(&s->folder, file), "r");
	uint8_t doc[14];
	size_t n = 0, got;

	if (!f)
		return NULL;
	while ((got = fread(doc, 1, sizeof(doc), f)) == sizeof(doc) && n + 1 < sizeof(out))
		out[n++] = (char)doc[11];
	out[n] = 0;
	fclose(f);
	assert_int_equal(got, 0);
	return out;
}

TEST(what_is_committed_stays_and_where_it_was_is_known)
{
	struct scene s = {0};

	scene_open(&s);
	assert_int_equal(resumed(&s, ONE), -1);
	put(&s, "logs", "ab");
	put(&s, "audit", "x");
	commit(&s, ONE, 3);
	put(&s, "logs", "c");
	commit(&s, ONE, 4);
	scene_again(&s);
	assert_int_equal(resumed(&s, ONE), 4);
	assert_string_equal(text_of(&s, "db/logs.bson"), "abc");
	assert_string_equal(text_of(&s, "db/audit.bson"), "x");
	put(&s, "logs", "d");
	commit(&s, ONE, 5);
	assert_string_equal(text_of(&s, "db/logs.bson"), "abcd");
	scene_end(&s);
}

TEST(what_was_written_and_not_committed_is_cut_back)
{
	struct scene s = {0};

	scene_open(&s);
	put(&s, "logs", "ab");
	commit(&s, ONE, 2);
	put(&s, "logs", "cd");
	scene_again(&s);
	assert_int_equal(resumed(&s, ONE), 2);
	assert_string_equal(text_of(&s, "db/logs.bson"), "ab");
	put(&s, "logs", "cd");
	commit(&s, ONE, 4);
	assert_string_equal(text_of(&s, "db/logs.bson"), "abcd");
	scene_end(&s);
}

/* A take goes to several files; one of them is new, and the crash comes before the commit. */
TEST(a_new_file_does_not_commit_what_others_have_got)
{
	struct scene s = {0};

	scene_open(&s);
	put(&s, "logs", "a");
	commit(&s, ONE, 1);
	put(&s, "logs", "b");
	put(&s, "audit", "x");
	put(&s, "other", "y");
	scene_again(&s);
	assert_int_equal(resumed(&s, ONE), 1);
	assert_string_equal(text_of(&s, "db/logs.bson"), "a");
	assert_string_equal(text_of(&s, "db/audit.bson"), "");
	put(&s, "logs", "b");
	put(&s, "audit", "x");
	put(&s, "other", "y");
	commit(&s, ONE, 4);
	scene_again(&s);
	assert_string_equal(text_of(&s, "db/logs.bson"), "ab");
	assert_string_equal(text_of(&s, "db/audit.bson"), "x");
	assert_string_equal(text_of(&s, "db/other.bson"), "y");
	scene_end(&s);
}

TEST(another_spool_is_not_skipped_and_goes_on_behind)
{
	struct scene s = {0};

	scene_open(&s);
	put(&s, "logs", "ab");
	commit(&s, ONE, 2);
	scene_again(&s);
	assert_int_equal(resumed(&s, TWO), -1);
	put(&s, "logs", "cd");
	scene_again(&s);
	assert_int_equal(resumed(&s, TWO), -1);
	assert_string_equal(text_of(&s, "db/logs.bson"), "ab");
	put(&s, "logs", "cd");
	commit(&s, TWO, 2);
	scene_again(&s);
	assert_int_equal(resumed(&s, TWO), 2);
	assert_int_equal(resumed(&s, ONE), -1);
	assert_string_equal(text_of(&s, "db/logs.bson"), "abcd");
	scene_end(&s);
}

TEST(somebody_elses_dump_is_kept)
{
	static const char dump[] = "\x0e\0\0\0\x02w\0\x02\0\0\0A\0\0\x0e\0\0\0\x02w\0\x02\0\0\0B\0\0";
	struct scene s = {0};

	folder_make(&s.folder);
	folder_write_bytes(&s.folder, "db/logs.bson", dump, sizeof(dump) - 1);
	folder_write_bytes(&s.folder, "db/users.bson", dump, sizeof(dump) - 1);
	scene_open(&s);
	put(&s, "logs", "c");
	scene_again(&s);
	assert_string_equal(text_of(&s, "db/logs.bson"), "AB");
	put(&s, "logs", "c");
	commit(&s, ONE, 1);
	scene_again(&s);
	assert_string_equal(text_of(&s, "db/logs.bson"), "ABc");
	assert_string_equal(text_of(&s, "db/users.bson"), "AB");
	scene_end(&s);
}

TEST(a_torn_mark_counts_no_more_than_the_one_before)
{
	struct scene s = {0};
	char path[256];

	scene_open(&s);
	snprintf(path, sizeof(path), "%s", folder_path(&s.folder, "db/.genlog"));
	put(&s, "logs", "a"); /* the first mark is of the new file */
	commit(&s, ONE, 1);
	put(&s, "logs", "b");
	commit(&s, ONE, 2); /* turn 3: the second slot */
	for (int slot = 1; slot >= 0; slot--) {
		FILE *f = fopen(path, "r+");

		assert_non_null(f);
		fseek(f, slot * 4096 + 60, SEEK_SET);
		fputs("torn", f);
		fclose(f);
		scene_again(&s);
		assert_int_equal(resumed(&s, ONE), slot ? 1 : -1);
	}
	scene_end(&s);
}

TEST(a_file_that_was_taken_away_begins_anew)
{
	struct scene s = {0};

	scene_open(&s);
	put(&s, "logs", "abc");
	commit(&s, ONE, 3);
	scene_close(&s);
	unlink(folder_path(&s.folder, "db/logs.bson"));
	scene_open(&s);
	put(&s, "logs", "d");
	commit(&s, ONE, 4);
	assert_string_equal(text_of(&s, "db/logs.bson"), "d");
	scene_end(&s);
}

TEST(what_mongorestore_wants_to_know_stands_beside_it)
{
	struct scene s = {0};
	bson_t json;
	bson_iter_t it;
	char text[1024] = "";
	FILE *f;

	scene_open(&s);
	put(&s, "logs", "a");
	f = fopen(folder_path(&s.folder, "db/logs.metadata.json"), "r");
	assert_non_null(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	fclose(f);
	assert_true(bson_init_from_json(&json, text, -1, NULL));
	assert_true(bson_iter_init_find(&it, &json, "collectionName"));
	assert_string_equal(bson_iter_utf8(&it, NULL), "logs");
	bson_destroy(&json);
	scene_end(&s);
}

TEST(a_name_that_leaves_the_folder_is_refused_in_words)
{
	static const char *const names[] = {"", "../x", "a/b", ".hidden",
		"a_name_that_is_far_too_long_for_any_collection_of_ours_0123456789_0123456789_0123456789"};
	struct scene s = {0};
	char why[256];

	scene_open(&s);
	for (size_t i = 0; i < ROWS(names); i++) {
		assert_int_equal(write_try(&s, names[i], "a", why), -EAGAIN);
		assert_non_null(strstr(why, ".bson: Invalid argument"));
	}
	scene_end(&s);
}

TEST(only_one_writes_into_a_folder)
{
	struct scene s = {0};
	struct genlog_err err = {0};
	struct bench *other = calloc(1, sizeof(*other));
	char settings[256];

	scene_open(&s);
	snprintf(settings, sizeof(settings), "path: %s, database: db", s.folder.path);
	bench_open(other, GENLOG_OUTPUT, "archive", settings);
	assert_int_equal(other->plug.code->start(other->plug.state, NULL, &err), -EBUSY);
	assert_non_null(strstr(err.text, "is in use by another genlogd"));
	bench_close(other);
	free(other);
	scene_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_committed_stays_and_where_it_was_is_known),
		cmocka_unit_test(what_was_written_and_not_committed_is_cut_back),
		cmocka_unit_test(a_new_file_does_not_commit_what_others_have_got),
		cmocka_unit_test(another_spool_is_not_skipped_and_goes_on_behind),
		cmocka_unit_test(somebody_elses_dump_is_kept),
		cmocka_unit_test(a_torn_mark_counts_no_more_than_the_one_before),
		cmocka_unit_test(a_file_that_was_taken_away_begins_anew),
		cmocka_unit_test(what_mongorestore_wants_to_know_stands_beside_it),
		cmocka_unit_test(a_name_that_leaves_the_folder_is_refused_in_words),
		cmocka_unit_test(only_one_writes_into_a_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
