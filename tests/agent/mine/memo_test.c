/* What the memo leaves out of a line changes nothing of its skeleton. */
#include "mine/memo.h"

#include "agent/mine/lines.h"
#include "mine/masks.h"
#include "mine/scan.h"

#define ROOM (MASKS_BYTES + GENLOG_PAD)

static struct memo memo;
static struct words words;
static struct scan scan = {.words = &words};
static uint64_t seed = 88172645463325252ULL;

static unsigned below(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed * 0x2545f4914f6cdd1dULL) >> 33) % n;
}

static uint64_t key_of(const char *p, size_t n)
{
	scan_line(&scan, p, n);
	return context_join(&scan);
}

static uint64_t shape_of(const char *p, size_t n)
{
	memo.rest = 0;
	return memo_shape(&memo, p, n);
}

/* A line made of what lines are made of. */
static size_t make_line(char *line)
{
	static const char *const pieces[] = {"0", "1", "7", "12", "00001234", "0000123400005678", "123456",
		"90071992547409931234", "5ms", "0x1f", "1.5GB", "10.1.2.3", "10.1.2.3:80", "12:30:45.123", "12:30",
		"2025-12-22", "0.5", "-5", "+7", "blk_-1608999687", "order4711", "ssh2", "log4j", "utf8", "deadbeef",
		"1a2b3c4d5e", "12345678e", "fe80::1", "r1", "3f2a8c1e-0b1d-4c2e-9f3a-123456789abc", "a1b2", "user",
		"for", "from", "bytes", "KB", "ms", "Mon", "Jan", "order", "status", "x", "web-1", "a.b.c",
		"/var/log/x1.log", "http://h1/a?b=1&c=2", "me1@x.org", "50%", "#5", "=", "==", ":", ": ", ",", ", ",
		";", "(", ")", "[", "]", "{", "}", "<", ">", "\"", "'", "|", "\t", "\n", ".", "/", "-", "_", "\xc3\xa9",
		" ", " ", " ", " ", "  "};
	size_t n = 0;

	for (unsigned i = below(24) + 1; i; i--) {
		const char *s = pieces[below(ROWS(pieces))];

		if (n + strlen(s) > MEMO_LINE)
			break;
		memcpy(line + n, s, strlen(s));
		n += strlen(s);
	}
	return n;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Other digits; a run of them now and then of another length. */
static size_t vary(char *to, const char *from, size_t n)
{
	size_t w = 0;

	for (size_t i = 0; i < n; i++) {
		bool digit = is_digit(from[i]);

		if (digit && below(8) == 0)
			continue;
		to[w++] = digit ? (char)('0' + below(10)) : from[i];
		if (digit && below(8) == 0 && w < MEMO_LINE)
			to[w++] = (char)('0' + below(10));
		if (w >= MEMO_LINE)
			break;
	}
	return w;
}

TEST(lines_of_one_shape_have_one_skeleton)
{
	unsigned same = 0;

	words_init(&words);
	for (int i = 0; i < 300000; i++) {
		char a[ROOM] = {0}, b[ROOM] = {0};
		size_t n = make_line(a), k = vary(b, a, n);

		if (shape_of(a, n) != shape_of(b, k))
			continue;
		same++;
		if (key_of(a, n) != key_of(b, k))
			fail_msg("%.*s\n%.*s", (int)n, a, (int)k, b);
	}
	assert_true(same > 30000);
}

TEST(what_shares_a_shape)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{"order 5 done", "order 71234 done", true},
		{"id 00001234", "id 00009999", true},
		{"id 00001234", "id 12345678", false},
		{"took 5ms", "took 7ms", true},
		{"from 10.1.2.3:80", "from 91.8.7.6:91", true},
		{"at 12:30:45", "at 23:59:59", true},
		{"block blk_-1608 ok", "block blk_-9999 ok", true},
		{"req 3f2a8c1e-0b1d-4c2e-9f3a-123456789abc", "req aaaaaaaa-0b1d-4c2e-9f3a-123456789abc", true},
		{"id deadbeef01", "id 1234567890abcdef", true},
		{"ssh2 x", "ssh1 x", false},
		{"log4j x", "log5j x", false},
		{"v 0x10", "v 1x10", false},
		{"order 5 done\nmore", "order 6 done\nless", true},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char a[ROOM] = {0}, b[ROOM] = {0};

		memcpy(a, rows[i].a, strlen(rows[i].a));
		memcpy(b, rows[i].b, strlen(rows[i].b));
		if ((shape_of(a, strlen(a)) == shape_of(b, strlen(b))) != rows[i].same)
			fail_msg("%s\n%s", a, b);
	}
}

TEST(masks_agree_with_the_table)
{
	for (int i = 0; i < 20000; i++) {
		char line[ROOM];
		struct masks a, b;
		size_t n = below(MASKS_BYTES + 1), len;

		for (size_t k = 0; k < sizeof(line); k++)
			line[k] = (char)below(256);
		if (below(4))
			for (size_t k = 0; k < sizeof(line); k++)
				line[k] = line[k] == '\n' ? 'x' : line[k];
		len = masks_make(&a, line, n);
		assert_int_equal(len, masks_make_portable(&b, line, n));
		assert_int_equal(a.last, b.last);
		for (size_t k = 0; k <= a.last; k++) {
			assert_int_equal(a.digit[k], b.digit[k]);
			assert_int_equal(a.other[k], b.other[k]);
			assert_int_equal(a.end[k], b.end[k]);
		}
		for (size_t k = 0; k < len; k++)
			assert_int_equal(masks_has(a.end, k), (byte_bits[(uint8_t)line[k]] & (B_HARD | B_BLANK)) != 0);
	}
}

/* Where every line is new, most are let pass without a look. */
TEST(it_rests_where_it_knows_nothing)
{
	static struct memo m;
	unsigned looked = 0;

	for (unsigned i = 0; i < 40000; i++) {
		char line[ROOM];
		uint64_t shape, key;
		int n = snprintf(line, sizeof(line), "word%c%c%c%c here", 'a' + i % 26, 'a' + i / 26 % 26,
			'a' + i / 676 % 26, 'a' + i / 17576 % 26);

		shape = memo_shape(&m, line, (size_t)n);
		looked += shape != 0;
		if (shape && !memo_find(&m, shape, &key))
			memo_keep(&m, shape, i);
	}
	assert_true(looked < 4000);
}

/* A miner with the memo says what one without it would have said. */
TEST(templates_are_the_same)
{
	static const char *const lines[] = {"job 1 done in 5 ms", "job 22 done in 17 ms", "job 333 done in 1 ms",
		"user bob from 10.1.2.3 port 80", "user eve from 10.1.2.30 port 8080", "state (on)", "state (off)"};
	struct mine *m = mine_new(16);
	uint64_t id[ROWS(lines)];

	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < ROWS(lines); i++) {
			struct mined d = mined(m, lines[i]);

			if (round)
				assert_int_equal(d.id, id[i]);
			id[i] = d.id;
		}
	assert_int_equal(id[0], id[2]);
	assert_int_equal(id[3], id[4]);
	assert_int_not_equal(id[5], id[6]);
	mine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_one_shape_have_one_skeleton),
		cmocka_unit_test(what_shares_a_shape),
		cmocka_unit_test(masks_agree_with_the_table),
		cmocka_unit_test(it_rests_where_it_knows_nothing),
		cmocka_unit_test(templates_are_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
