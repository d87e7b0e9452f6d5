/* Segments with damage of all kinds: whatever is read out of them has to be documents.  And numbers as text. */
#include "lib/test.h"

#include "emit_host.h"

static struct host h;
static struct made m;

static void put_slot(uint64_t position, uint32_t id, long v)
{
	struct gl_slot *x = (void *)(m.p + made_head(&m)->slots_at + position % MADE_SLOTS * GL_SLOT_BYTES);
	struct gl_record r = {.len = 24, .site = id, .time = MADE_TIME};

	memcpy(x->record, &r, sizeof(r));
	memcpy(x->record + sizeof(r), &v, 8);
	x->len = 24;
	x->turn = position + 1;
}

static uint64_t seed = 1;

static uint32_t any(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

static void fill_all(void)
{
	uint32_t a = made_site(&m, GENLOG_SEV_INFO, "Work {order} is {state}", "cycle,trace", "isds", "");
	uint32_t b = made_site(&m, GENLOG_SEV_ERROR, "{@x} {{}}", "t,u,p", "btup", "");
	uint32_t c = made_site(&m, GENLOG_SEV_INFO, "", "a.b,a.c,l.0,l.1", "issd", "daemon_execution_logs");
	uint32_t d = made_site(&m, GENLOG_SEV_CRITICAL, "{signal}", "trace,registers", "sBR", "");
	struct gl_module mod = {.start = 0x1000, .end = 0x9000000000000000, .path_len = 8};
	uint8_t body[sizeof(mod) + 8];

	memcpy(body, &mod, sizeof(mod));
	memcpy(body + sizeof(mod), "/bin/cat", 8);
	made_put(&m, 0, GL_META_MODULE, body, sizeof(body));
	made_push(&m, 0, "order", "7");
	for (long i = 0; i < 3; i++) {
		made_record(&m, 0, a, "isds", i, "state", 1.5, "trace");
		made_record(&m, 0, b, "btup", 1L, 2L, 3L, 4L);
		made_record(&m, 0, c, "issd", i, "x", "y", 2.25);
		made_record(&m, 0, d, "sBR", "SIGSEGV", "0123456789abcdef", "0123456789abcdef");
		made_record(&m, 1, a, "isds", i, "state", 1.5, "trace");
	}
	made_ring(&m, 1)->kind = GL_RING_RECORDER;
	made_head(&m)->rings_used = 2;
	made_head(&m)->slot_position = 2;
	put_slot(0, a, 1);
	put_slot(1, b, 1);
}

/* A number that is at a limit, or nearly right, finds more than any number. */
static void damage(void)
{
	static const uint64_t numbers[] = {0, 1, 7, 8, 15, 16, 255, 256, 4095, 65535, 65536, 0x7fffffff, 0x80000000,
		0xffffffff, 0x7fffffffffffffff, 0x8000000000000000, UINT64_MAX, UINT64_MAX - 7};
	static const uint32_t places[][2] = {{0, sizeof(struct gl_segment)}, {GL_PAGE, 3 * 512}, {2 * GL_PAGE, 2048},
		{4 * GL_PAGE, 600}, {8 * GL_PAGE, 1500}, {8 * GL_PAGE + GL_RING_MIN, 300}};
	const uint32_t *where = places[any(6)];
	uint8_t *p = m.p + where[0] + any(where[1]);
	uint64_t v = numbers[any(sizeof(numbers) / sizeof(*numbers))];
	size_t n = 1u << any(4);

	if (any(2))
		p = m.p + ((p - m.p) & ~7);
	if (any(3) == 0)
		*p ^= (uint8_t)(1u << any(8));
	else
		memcpy(p, &v, n);
}

static void valid(void *arg, const char *collection, const uint8_t *bson, uint32_t n)
{
	bson_t doc;

	(void)arg;
	assert_true(*collection);
	assert_true(bson_init_static(&doc, bson, n));
	assert_true(bson_validate(&doc,
		BSON_VALIDATE_UTF8 | BSON_VALIDATE_UTF8_ALLOW_NULL | BSON_VALIDATE_DOT_KEYS | BSON_VALIDATE_EMPTY_KEYS,
		NULL));
}

/* GENLOG_TEST_LONG=1: 20 000 of them. */
TEST(segments_that_are_damaged)
{
	int rounds = getenv("GENLOG_TEST_LONG") ? 20000 : 2000, taken = 0;

	for (int i = 0; i < rounds; i++) {
		struct segment *s;

		if (i % 500 == 0) {
			if (i)
				host_close(&h);
			host_open(&h);
		}
		made_open(&m);
		fill_all();
		for (uint32_t k = any(4) + 1; k > 0; k--)
			damage();
		s = host_segment(&h, &m);
		for (int k = 0; s && k < 4; k++) {
			bool found = false;

			assert_int_equal(seg_read(s, &found), 0);
			assert_int_equal(poll_settle(&h.emit), 0);
			s->dead = k >= 2;
			damage();
		}
		taken += s != NULL;
		if (s) {
			notes_forget(s);
			host_forget(s);
		}
		genlog_turn_end(&h.in);
		host_documents(&h, valid, NULL);
		made_close(&m);
	}
	host_close(&h);
	assert_true(taken > rounds / 2);
}

/* ── numbers ── */

TEST(numbers)
{
	static const struct {
		double d;
		const char *text;
	} rows[] = {{0, "0"}, {-1, "-1"}, {42, "42"}, {0.1, "0.1"}, {12.5, "12.5"}, {-0.001, "-0.001"}, {1e21, "1e+21"},
		{0.1 + 0.2, "0.30000000000000004"}, {1.0 / 3, "0.3333333333333333"}, {123456.789, "123456.789"},
		{1e-7, "1e-07"}, {9007199254740993.0, "9007199254740992"}};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char to[NUMBER_ROOM + 1];

		to[number_double(to, rows[i].d)] = 0;
		assert_string_equal(to, rows[i].text);
	}
	for (int i = 0; i < 200000; i++) {
		uint64_t bits = (uint64_t)any(UINT32_MAX) << 33 ^ (uint64_t)any(UINT32_MAX) << 8 ^ any(256);
		double d = i & 1 ? (double)any(1000000000) / 1000 : 0;
		char to[NUMBER_ROOM + 1];

		if (!(i & 1))
			memcpy(&d, &bits, 8);
		if (d != d)
			continue;
		to[number_double(to, d)] = 0;
		assert_true(strtod(to, NULL) == d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_that_are_damaged),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
