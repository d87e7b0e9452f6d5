/* What input and output forward share: MessagePack of strangers, times, texts, sums. */
#include "../../plugins/forward/auth.h"
#include "../../plugins/forward/iso.h"
#include "../../plugins/forward/mp.h"
#include "../../plugins/forward/text.h"

#include <genlog/record.h>

#include "lib/test.h"

static const struct {
	const char *bytes;
	size_t n;
	int r;
	size_t at;
} scans[] = {
	{"\x05", 1, 1, 1},
	{"\xff", 1, 1, 1},
	{"\x80", 1, 1, 1},
	{"\x90\x05", 2, 1, 1},
	{"\xa3"
	 "abcd",
		5, 1, 4},
	{"\xc1", 1, -EBADMSG, 0},
	{"\x91\xc1", 2, -EBADMSG, 1},
	{"\xc4\x02"
	 "ab",
		4, 1, 4},
	{"\xc5\x00\x02"
	 "ab",
		5, 1, 5},
	{"\xc7\x01\x05x", 4, 1, 4},
	{"\xd4\x05x", 3, 1, 3},
	{"\xd8\x05"
	 "0123456789abcdef",
		18, 1, 18},
	{"\xca\x00\x00\x00\x00", 5, 1, 5},
	{"\xcb\x00\x00\x00\x00\x00\x00\x00\x00", 9, 1, 9},
	{"\xcf\x00\x00\x00\x00\x00\x00\x00\x00", 9, 1, 9},
	{"\x92\x81\xa1"
	 "a\x90\xc0",
		6, 1, 6},
	{"\xdc\x00\x02\x01\x02", 5, 1, 5},
	{"\xde\x00\x01\x01\x02", 5, 1, 5},
	{"\xdf\x00\x00\x00\x01\x01\x02", 7, 1, 7},
	{"\x92\x01", 2, 0, 2},
	{"\xa3"
	 "ab",
		3, 0, 0},
	{"\xc4\x7f"
	 "ab",
		4, -EMSGSIZE, 0},
	{"\xd9", 1, 0, 0},
	{"\xdb\x00\x00\x00\x21", 5, -EMSGSIZE, 0},
	{"\xdd\x00\x00\x00\x21", 5, -EMSGSIZE, 5},
	{"\xde\x00\x11", 3, -EMSGSIZE, 3},
	{"\xdf\xff\xff\xff\xff", 5, -EMSGSIZE, 5},
};

TEST(a_value_is_whole_or_more_is_needed_or_it_is_none)
{
	for (size_t i = 0; i < ROWS(scans); i++) {
		struct mp_scan s = {0};
		char *copy = malloc(scans[i].n);
		int r;

		memcpy(copy, scans[i].bytes, scans[i].n);
		r = mp_scan(&s, copy, scans[i].n, 32);
		if (r != scans[i].r || s.at != scans[i].at)
			fail_msg("row %zu: %d at %zu", i, r, s.at);
		free(copy);
	}
}

TEST(it_may_come_byte_by_byte)
{
	for (size_t i = 0; i < ROWS(scans); i++) {
		struct mp_scan s = {0};
		int r = 0;

		for (size_t n = 0; n <= scans[i].n && r == 0; n++) {
			char *copy = malloc(n + 1);

			memcpy(copy, scans[i].bytes, n);
			r = mp_scan(&s, copy, n, 32);
			free(copy);
		}
		if (r != scans[i].r)
			fail_msg("row %zu: %d", i, r);
	}
}

TEST(nesting_has_an_end)
{
	uint8_t bytes[MP_DEPTH + 2];
	struct mp_scan s = {0};

	memset(bytes, 0x91, sizeof(bytes));
	bytes[MP_DEPTH] = 0xc0;
	assert_int_equal(mp_scan(&s, bytes, MP_DEPTH + 1, 1000), 1);
	bytes[MP_DEPTH] = 0x91;
	s = (struct mp_scan){0};
	assert_int_equal(mp_scan(&s, bytes, sizeof(bytes), 1000), -ELOOP);
}

static const struct {
	const char *bytes;
	size_t n;
	int64_t ms; /* -1: none */
} times[] = {
	{"\x05", 1, 5000},
	{"\xce\x69\x49\x1d\xd5", 5, 1766399445000},
	{"\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00", 9, 1500},
	{"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", 9, -1},
	{"\xd3\x7f\xff\xff\xff\xff\xff\xff\xff", 9, -1},
	{"\xd7\x00\x69\x49\x1d\xd5\x07\x54\xd4\xc0", 10, 1766399445123},
	{"\xc7\x08\x00\x69\x49\x1d\xd5\x07\x54\xd4\xc0", 11, 1766399445123},
	{"\xd7\x05\x69\x49\x1d\xd5\x07\x54\xd4\xc0", 10, -1},
	{"\xd6\x00\x69\x49\x1d\xd5", 6, -1},
	{"\xd6\xff\x69\x49\x1d\xd5", 6, 1766399445000},
	{"\xd7\xff\x1d\x53\x53\x00\x69\x49\x1d\xd5", 10, 1766399445123},
	{"\xc7\x0c\xff\x07\x54\xd4\xc0\x00\x00\x00\x00\x69\x49\x1d\xd5", 15, 1766399445123},
	{"\xc7\x0c\xff\x07\x54\xd4\xc0\x7f\xff\xff\xff\x69\x49\x1d\xd5", 15, -1},
	{"\xa1"
	 "5",
		2, -1},
	{"\xc0", 1, -1},
};

TEST(times_come_in_several_forms)
{
	for (size_t i = 0; i < ROWS(times); i++) {
		struct mp v = {0};
		int64_t ms = -1;

		assert_int_equal(mp_read((const uint8_t *)times[i].bytes, times[i].n, &v), times[i].n);
		if (mp_time(&v, &ms) != (times[i].ms >= 0) || ms != times[i].ms)
			fail_msg("row %zu: %lld", i, (long long)ms);
	}
}

TEST(a_time_is_written_and_read_back)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{0, "1970-01-01T00:00:00.000Z"},
		{-1, "1969-12-31T23:59:59.999Z"},
		{1766399445123, "2025-12-22T10:30:45.123Z"},
		{951782399999, "2000-02-28T23:59:59.999Z"},
		{951782400000, "2000-02-29T00:00:00.000Z"},
		{-62167219200000, "0000-01-01T00:00:00.000Z"},
		{253402300799999, "9999-12-31T23:59:59.999Z"},
	};
	char text[ISO_LEN + 1];
	int64_t ms;

	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_true(iso_write(text, rows[i].ms));
		assert_string_equal(text, rows[i].text);
		assert_true(iso_read(text, ISO_LEN, &ms));
		assert_true(ms == rows[i].ms);
	}
	assert_false(iso_write(text, 253402300800000));
	assert_false(iso_write(text, -62167219200001));
}

TEST(what_only_looks_like_a_time_is_none)
{
	static const char *const rows[] = {"2025-12-22T10:30:45.123", "2025-12-22 10:30:45.123Z",
		"2025-02-30T10:30:45.123Z", "2025-13-01T10:30:45.123Z", "2025-12-22T24:30:45.123Z",
		"2025-12-22T10:30:60.123Z", "2025-12-22T10:30:45.12aZ", "2025-00-22T10:30:45.123Z"};
	int64_t ms;

	for (size_t i = 0; i < ROWS(rows); i++)
		if (iso_read(rows[i], strlen(rows[i]), &ms))
			fail_msg("%s", rows[i]);
}

TEST(text_is_repaired_by_its_longest_invalid_pieces)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"", ""},
		{"plain text of more than eight", "plain text of more than eight"},
		{"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
		{"a\xff"
		 "b",
			"a\xef\xbf\xbd"
			"b"},
		{"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xe2\x82", "\xef\xbf\xbd"},
		{"\xe2\x82x", "\xef\xbf\xbdx"},
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\x80\xc3\xa4", "\xef\xbf\xbd\xc3\xa4"},
	};
	char out[256];

	for (size_t i = 0; i < ROWS(rows); i++) {
		size_t n = strlen(rows[i].in), k = genlog_utf8_repair(out, rows[i].in, n);

		out[k] = 0;
		assert_string_equal(out, rows[i].out);
		assert_int_equal(genlog_utf8_valid(rows[i].in, n) == n, strcmp(rows[i].in, rows[i].out) == 0);
	}
}

TEST(plain_keys)
{
	assert_true(text_is_plain_key("a-b c", 5));
	assert_false(text_is_plain_key("", 0));
	assert_false(text_is_plain_key("a.b", 3));
	assert_false(text_is_plain_key("$a", 2));
	assert_false(text_is_plain_key("a\0b", 3));
	assert_false(text_is_plain_key("\xc3\xa4", 2));
}

TEST(a_sum_is_that_of_all_its_parts)
{
	static const char abc[] = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
				  "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
	char sum[AUTH_HEX + 1];

	assert_int_equal(auth_digest(sum, (struct auth_part[]){{"a", 1}, {"", 0}, {"bc", 2}}, 3), 0);
	assert_string_equal(sum, abc);
	assert_true(auth_same(sum, abc, AUTH_HEX));
	assert_false(auth_same(sum, abc, AUTH_HEX - 1));
	sum[5] ^= 1;
	assert_false(auth_same(sum, abc, AUTH_HEX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_whole_or_more_is_needed_or_it_is_none),
		cmocka_unit_test(it_may_come_byte_by_byte),
		cmocka_unit_test(nesting_has_an_end),
		cmocka_unit_test(times_come_in_several_forms),
		cmocka_unit_test(a_time_is_written_and_read_back),
		cmocka_unit_test(what_only_looks_like_a_time_is_none),
		cmocka_unit_test(text_is_repaired_by_its_longest_invalid_pieces),
		cmocka_unit_test(plain_keys),
		cmocka_unit_test(a_sum_is_that_of_all_its_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
