#include "base/buf.h"
#include "base/crc.h"

#include <errno.h>

#include "agent/mine/lines.h"

static const char *const lines[] = {
	"session opened for user bob by (uid=0)",
	"work order created by alice",
	"work order created by bob",
	"Größe {5} of 10.1.2.3",
	"peer 10.1.2.3 gone",
	"peer x77 gone",
	"",
};

static struct mine *learned(size_t max)
{
	struct mine *m = mine_new(max);
	static char words[5000];

	for (size_t i = 0; i < ROWS(lines); i++)
		mined(m, lines[i]);
	memset(words, 'a', sizeof(words) - 1);
	for (size_t i = 5; i < sizeof(words) - 1; i += 6)
		words[i] = ' ';
	mined(m, words);
	return m;
}

static void same(struct mine *a, struct mine *b, const char *line)
{
	struct mined x = mined(a, line), y = mined(b, line);

	assert_int_equal(x.id, y.id);
	assert_int_equal(x.n, y.n);
	assert_memory_equal(x.text, y.text, x.n);
	assert_int_equal(x.fresh, y.fresh);
	assert_int_equal(x.widened, y.widened);
}

TEST(a_restart_changes_no_template)
{
	static const char *const after[] = {"work order created by carol", "work order closed by carol",
		"peer x78 gone", "a new line", "session opened for user eve by (uid=1)"};
	struct mine *a = learned(32), *b = mine_new(32);
	struct genlog_buf out = {0};

	assert_true(mine_changed(a));
	assert_int_equal(mine_save(a, &out), 0);
	assert_int_equal(mine_load(b, out.p, out.n), 0);
	assert_false(mine_changed(b));
	mine_clean(a);
	for (size_t i = 0; i < ROWS(lines); i++)
		same(a, b, lines[i]);
	assert_false(mine_changed(a) || mine_changed(b));
	for (size_t i = 0; i < ROWS(after); i++)
		same(a, b, after[i]);
	assert_true(mine_changed(a) && mine_changed(b));
	buf_free(&out);
	mine_free(a);
	mine_free(b);
}

/* What the cache knows as one must be one for the comparison too, which is all that is left after a restart. */
TEST(blanks_make_no_difference_after_a_restart)
{
	static const char *const pairs[][2] = {
		{"st5=a k= ", "st5=a k\x1c= "}, {"a: b", "a : b"}, {"f(x) y", "f (x) y"}};

	for (size_t i = 0; i < ROWS(pairs); i++) {
		struct mine *a = mine_new(4), *b = mine_new(4);
		struct genlog_buf out = {0};

		mined(a, pairs[i][0]);
		assert_int_equal(mine_save(a, &out), 0);
		assert_int_equal(mine_load(b, out.p, out.n), 0);
		same(a, b, pairs[i][1]);
		assert_int_equal(mined(b, pairs[i][0]).id, mined(b, pairs[i][1]).id);
		buf_free(&out);
		mine_free(a);
		mine_free(b);
	}
}

/* Those that were used last stay, as they would have. */
TEST(a_smaller_store_takes_what_it_has_room_for)
{
	struct mine *a = learned(32), *b = mine_new(2);
	struct genlog_buf out = {0};
	struct mine_stats st;

	mined(a, lines[0]);
	mined(a, lines[1]);
	assert_int_equal(mine_save(a, &out), 0);
	assert_int_equal(mine_load(b, out.p, out.n), 0);
	mine_stats(b, &st);
	assert_int_equal(st.templates, 2);
	assert_false(mined(b, lines[0]).fresh);
	assert_false(mined(b, lines[1]).fresh);
	buf_free(&out);
	mine_free(a);
	mine_free(b);
}

static void is_as_new(struct mine *m)
{
	struct mine_stats st;

	mine_stats(m, &st);
	assert_int_equal(st.templates, 0);
	assert_int_equal(st.bytes, 0);
	assert_false(mine_changed(m));
	assert_true(mined(m, lines[0]).fresh);
}

TEST(damage_is_refused_at_every_byte)
{
	struct mine *a = learned(8), *b = mine_new(8);
	struct genlog_buf out = {0};

	assert_int_equal(mine_save(a, &out), 0);
	for (size_t i = 0; i < out.n; i++) {
		out.p[i] ^= 0x10;
		assert_int_equal(mine_load(b, out.p, out.n), -EBADMSG);
		is_as_new(b);
		out.p[i] ^= 0x10;
		assert_int_equal(mine_load(b, out.p, i), -EBADMSG);
	}
	is_as_new(b);
	assert_int_equal(mine_load(b, out.p, out.n), 0);
	buf_free(&out);
	mine_free(a);
	mine_free(b);
}

/* A checksum can be forged; what lies behind it is looked at too. */
TEST(damage_behind_a_good_checksum_is_refused_or_harmless)
{
	struct mine *a = learned(8), *b = mine_new(8);
	struct genlog_buf out = {0};
	size_t refused = 0;

	assert_int_equal(mine_save(a, &out), 0);
	for (size_t i = 0; i + 4 < out.n; i++)
		for (int bit = 0; bit < 8; bit++) {
			uint32_t crc;
			int r;

			out.p[i] ^= (uint8_t)(1 << bit);
			crc = crc32c(0, out.p, out.n - 4);
			memcpy(out.p + out.n - 4, &crc, 4);
			r = mine_load(b, out.p, out.n);
			assert_true(r == 0 || r == -EBADMSG || (r == -ENOTSUP && i >= 4 && i < 6));
			refused += r != 0;
			for (size_t k = 0; k < ROWS(lines); k++)
				mined(b, lines[k]);
			out.p[i] ^= (uint8_t)(1 << bit);
		}
	assert_true(refused > 100);
	buf_free(&out);
	mine_free(a);
	mine_free(b);
}

TEST(another_versions_state_is_told_from_damage)
{
	struct mine *m = mine_new(8);
	struct genlog_buf out = {0};
	uint32_t crc;

	assert_int_equal(mine_save(m, &out), 0);
	out.p[4]++;
	crc = crc32c(0, out.p, out.n - 4);
	memcpy(out.p + out.n - 4, &crc, 4);
	assert_int_equal(mine_load(m, out.p, out.n), -ENOTSUP);
	is_as_new(m);
	buf_free(&out);
	mine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_restart_changes_no_template),
		cmocka_unit_test(blanks_make_no_difference_after_a_restart),
		cmocka_unit_test(a_smaller_store_takes_what_it_has_room_for),
		cmocka_unit_test(damage_is_refused_at_every_byte),
		cmocka_unit_test(damage_behind_a_good_checksum_is_refused_or_harmless),
		cmocka_unit_test(another_versions_state_is_told_from_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
