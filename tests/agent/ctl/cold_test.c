/* Files of documents: cut at every byte, damaged, written with every step failing once; what is finished is whole. */
#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "ctl/cold.h"

#include "lib/folder.h"
#include "lib/test.h"

static bson_t *document(int i)
{
	return BCON_NEW("_id", BCON_INT32(i), "message", BCON_UTF8("a message of some length"), "n", BCON_INT64(i * 7));
}

/* How many documents there are before the end; -1000 less than that where the end is none. */
static int count(const char *path)
{
	struct docs d;
	bson_t doc;
	int r, n = 0;

	assert_int_equal(docs_open(&d, open(path, O_RDONLY | O_CLOEXEC)), 0);
	while ((r = docs_next(&d, &doc)) == 1)
		n++;
	if (r < 0)
		assert_true(d.why[0] != 0);
	docs_close(&d);
	return r < 0 ? n - 1000 : n;
}

TEST(a_file_that_is_cut_anywhere_says_so)
{
	struct folder f;
	uint8_t bytes[1024];
	size_t n = 0, one = 0;

	folder_make(&f);
	for (int i = 0; i < 3; i++) {
		bson_t *doc = document(i);

		one = doc->len;
		memcpy(bytes + n, bson_get_data(doc), doc->len);
		n += doc->len;
		bson_destroy(doc);
	}
	for (size_t cut = 0; cut <= n; cut++) {
		int whole = (int)(cut / one);

		folder_write_bytes(&f, "a.bson", bytes, cut);
		assert_int_equal(count(folder_path(&f, "a.bson")), cut % one ? whole - 1000 : whole);
	}
	folder_remove(&f);
}

TEST(lengths_are_not_believed)
{
	static const int32_t lengths[] = {0, 4, -1, INT32_MIN, INT32_MAX, DOCS_MAX + 1, 5};
	struct folder f;

	folder_make(&f);
	for (size_t i = 0; i < ROWS(lengths); i++) {
		uint8_t bytes[16] = {0};

		memcpy(bytes, &lengths[i], 4);
		bytes[4] = 7;
		folder_write_bytes(&f, "a.bson", bytes, sizeof(bytes));
		assert_int_equal(count(folder_path(&f, "a.bson")), -1000);
	}
	folder_remove(&f);
}

TEST(what_was_seen_is_known_by_all_of_its_bytes)
{
	struct cold_seen s = {0};
	bson_t *changed = BCON_NEW("_id", BCON_INT32(1), "message", BCON_UTF8("another"));

	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 10000; i++) {
			bson_t *doc = document(i);

			assert_int_equal(cold_seen_add(&s, doc), round);
			bson_destroy(doc);
		}
	assert_int_equal(cold_seen_add(&s, changed), 0);
	assert_int_equal(s.n, 10001);
	bson_destroy(changed);
	cold_seen_fini(&s);
}

TEST(days_have_names)
{
	static const struct {
		int64_t ms;
		const char *name;
	} rows[] = {{0, "1970-01-01"}, {-1, "1969-12-31"}, {INT64_C(1767348000000), "2026-01-02"},
		{INT64_C(951782400000), "2000-02-29"}};
	char name[16];

	for (size_t i = 0; i < ROWS(rows); i++) {
		cold_day_name(rows[i].ms, name);
		assert_string_equal(name, rows[i].name);
	}
	assert_true(cold_is_day("2026-01-02"));
	assert_true(cold_is_day("2026-01-02.17"));
	assert_false(cold_is_day("2026-01-02."));
	assert_false(cold_is_day("2026-01-02.x"));
	assert_false(cold_is_day("2026-1-2"));
	assert_false(cold_is_day(""));
}

/* ── parts ── */

static struct cold_part part_of(const struct folder *f)
{
	return (struct cold_part){
		.dir = -1, .root = f->path, .database = "db", .collection = "c", .day = "2026-01-02", .number = 1};
}

/* Writes 50 documents; the first failure. */
static int write_part(struct cold_part *p)
{
	bson_t none = BSON_INITIALIZER;
	struct schema_live live;
	struct cold_writer w = {.fd = -1};
	char why[200];
	int r = cold_part_open(p, true);

	schema_live_init(&live);
	if (r == 0)
		r = cold_write_begin(&w, p);
	for (int i = 0; r == 0 && i < 50; i++) {
		bson_t *doc = document(i);

		r = cold_write_add(&w, doc);
		bson_destroy(doc);
	}
	if (r == 0)
		r = cold_write_end(&w, &live);
	if (r == 0)
		r = cold_read(p, &w.sum.facts, NULL, NULL, why);
	if (r == 0)
		r = cold_manifest_write(p, &w.sum.facts, &none);
	cold_write_fini(&w);
	schema_live_fini(&live);
	return r;
}

static int prove(const struct cold_part *p, char why[200])
{
	struct cold_facts facts = {0};
	int r = cold_manifest_read(p, &facts);

	return r < 0 ? r : cold_read(p, &facts, NULL, NULL, why);
}

struct fail {
	int at, asked;
};

static int fails(void *arg, enum io_op op, size_t *len)
{
	struct fail *f = arg;

	(void)op;
	(void)len;
	return ++f->asked == f->at ? ENOSPC : 0;
}

TEST(a_step_that_fails_leaves_no_finished_part)
{
	struct fail fail = {0};
	int r = -1;

	for (fail.at = 1; r < 0; fail.at++) {
		struct folder f;
		struct cold_part p;
		char why[200];

		folder_make(&f);
		p = part_of(&f);
		fail.asked = 0;
		io_hook_set(&(struct io_hook){fails, &fail});
		r = write_part(&p);
		io_hook_set(NULL);
		if (p.dir >= 0 && cold_part_is_finished(&p))
			assert_int_equal(prove(&p, why), 0);
		else
			assert_true(r < 0);
		cold_part_close(&p);
		assert_int_equal(write_part(&p), 0); /* and the next run makes it whole */
		assert_int_equal(prove(&p, why), 0);
		cold_part_close(&p);
		folder_remove(&f);
	}
	assert_true(fail.at > 10);
}

TEST(a_flipped_bit_is_found)
{
	static const char *const names[] = {"2026-01-02/db/c.bson.gz", "2026-01-02/db/c.manifest.json"};
	struct folder f;
	struct cold_part p;
	char why[200];
	unsigned found = 0, all = 0;

	folder_make(&f);
	p = part_of(&f);
	assert_int_equal(write_part(&p), 0);
	for (size_t i = 0; i < ROWS(names); i++) {
		int fd = open(folder_path(&f, names[i]), O_RDWR | O_CLOEXEC);
		uint8_t b;

		for (off_t at = 0; pread(fd, &b, 1, at) == 1; at++, all++) {
			b ^= 1;
			assert_int_equal(pwrite(fd, &b, 1, at), 1);
			found += prove(&p, why) < 0;
			b ^= 1;
			assert_int_equal(pwrite(fd, &b, 1, at), 1);
		}
		close(fd);
	}
	/* Not of consequence: time and system in gzip's head, and what a manifest has for people. */
	assert_true(found > all / 2);
	assert_int_equal(prove(&p, why), 0);
	cold_part_close(&p);
	folder_remove(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_that_is_cut_anywhere_says_so),
		cmocka_unit_test(lengths_are_not_believed),
		cmocka_unit_test(what_was_seen_is_known_by_all_of_its_bytes),
		cmocka_unit_test(days_have_names),
		cmocka_unit_test(a_step_that_fails_leaves_no_finished_part),
		cmocka_unit_test(a_flipped_bit_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
