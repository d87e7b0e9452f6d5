#include <genlog/record.h>

#include "lib/test.h"

#define R "\xef\xbf\xbd"

/* As WHATWG replaces: one U+FFFD for each longest piece that begins a character and does not go on. */
TEST(each_invalid_piece_becomes_one_replacement)
{
	static const struct {
		const char *in;
		size_t n, valid;
		const char *out;
	} rows[] = {
		{"", 0, 0, ""},
		{"plain ascii of some length", 26, 26, "plain ascii of some length"},
		{"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 19, 19,
			"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
		{"\xed\x9f\xbf\xee\x80\x80", 6, 6, "\xed\x9f\xbf\xee\x80\x80"},
		{"a\x80z", 3, 1, "a" R "z"},
		{"\xff\xfe", 2, 0, R R},
		{"\xc0\xaf", 2, 0, R R},
		{"\xc1\xbf", 2, 0, R R},
		{"\xe0\x80\xaf", 3, 0, R R R},
		{"\xf0\x8f\xbf\xbf", 4, 0, R R R R},
		{"\xed\xa0\x80", 3, 0, R R R},
		{"\xf4\x90\x80\x80", 4, 0, R R R R},
		{"\xf5\x80\x80\x80", 4, 0, R R R R},
		{"\xe2\x82", 2, 0, R},
		{"\xe2\x82z", 3, 0, R "z"},
		{"\xf0\x9f\x98", 3, 0, R},
		{"\xf0\x9f\x98\xf0\x9f\x98\x80", 7, 0, R "\xf0\x9f\x98\x80"},
		{"\xc3", 1, 0, R},
		{"01234567\xe9 89", 12, 8, "01234567" R " 89"},
		{"0123456789abcde\xff", 16, 15, "0123456789abcde" R},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char out[64] = "";
		size_t n = genlog_utf8_repair(out, rows[i].in, rows[i].n);

		assert_int_equal(genlog_utf8_valid(rows[i].in, rows[i].n), rows[i].valid);
		out[n] = 0;
		if (strcmp(out, rows[i].out) != 0)
			fail_msg("row %zu: %s", i, out);
		assert_int_equal(genlog_utf8_valid(out, n), n);
	}
}

static size_t encode(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

TEST(every_character_is_valid_and_every_surrogate_is_not)
{
	for (uint32_t c = 0; c < 0x120000; c++) {
		char p[4];
		size_t n = encode(p, c);
		bool good = (c < 0xd800 || c > 0xdfff) && c <= 0x10ffff;

		assert_int_equal(genlog_utf8_valid(p, n) == n, good);
		if (n > 1)
			assert_int_equal(genlog_utf8_valid(p, n - 1), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_invalid_piece_becomes_one_replacement),
		cmocka_unit_test(every_character_is_valid_and_every_surrogate_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
