/* Delivery, with an output that answers as a script says: one letter a call and document. */
#include <bson/bson.h>
#include <errno.h>

#include "base/io.h"
#include "lib/spooled.h"
#include "lib/test.h"
#include "ship/shipper.h"

/*
 * The script: for each call of write() a word.  "again", "big" answer for the whole; else a letter a document: d,
 * r(etry), x (rejected).  A call beyond the script delivers.  `log` has what came: "logs[a b]" a call.
 */
struct actor {
	const char *script;
	struct ship *stop_at_end; /* told to stop when the script is at its end */
	char log[4096];
	uint64_t marks[16];
	size_t n_marks;
};

static void note(struct actor *a, const struct genlog_batch *b)
{
	size_t n = strlen(a->log);

	n += (size_t)snprintf(a->log + n, sizeof(a->log) - n, "%s%s[", n ? " " : "", b->collection);
	for (size_t i = 0; i < b->n; i++)
		n += (size_t)snprintf(
			a->log + n, sizeof(a->log) - n, "%s%s", i ? " " : "", (const char *)b->docs[i].bson + 11);
	snprintf(a->log + n, sizeof(a->log) - n, "]");
}

static void answer(struct genlog_batch *b, const char *word)
{
	for (size_t i = 0; i < b->n && word[i] && word[i] != ' '; i++) {
		b->docs[i].outcome = word[i] == 'r'   ? GENLOG_RETRY
				     : word[i] == 'x' ? GENLOG_REJECTED
						      : GENLOG_DELIVERED;
		b->docs[i].code = word[i] == 'x' ? 121 : 0;
		b->docs[i].reason = word[i] == 'x' ? strdup("no good") : NULL;
	}
}

static int act(void *self, struct genlog_batch *b)
{
	struct actor *a = *(struct actor **)self;
	const char *word = a->script;

	note(a, b);
	a->script += strcspn(word, " ");
	a->script += *a->script == ' ';
	if (!*a->script && a->stop_at_end)
		a->stop_at_end->stopping = true;
	if (strncmp(word, "again", 5) == 0) {
		snprintf(b->why, sizeof(b->why), "not now");
		return -EAGAIN;
	}
	if (strncmp(word, "big", 3) == 0)
		return -EMSGSIZE;
	answer(b, word);
	return 0;
}

static const struct genlog_plugin actor = {GENLOG_HEAD, .kind = GENLOG_OUTPUT, .name = "actor", .write = act};

struct stage {
	struct spooled s;
	struct actor a, *self;
	struct ship ship;
	struct shipper w;
};

static void stage_open(struct stage *g, const char *script)
{
	struct genlog_err err = {0};

	memset(g, 0, sizeof(*g));
	spooled_make(&g->s);
	spooled_open(&g->s);
	g->a.script = script;
	g->self = &g->a;
	g->ship.out.code = &actor;
	g->ship.out.state = &g->self;
	g->ship.spool = g->s.spool;
	g->ship.limits = (struct take_limits){.docs = 1000, .bytes = 1 << 20};
	pthread_mutex_init(&g->ship.lock, NULL);
	pthread_cond_init(&g->ship.stop_now, NULL);
	assert_int_equal(dead_open(&g->ship.dead, g->s.folder.path, &err), 0);
	g->w = (struct shipper){.ship = &g->ship, .random = 1};
}

static void stage_close(struct stage *g)
{
	dead_close(&g->ship.dead);
	spool_take_fini(&g->w.take);
	sorted_fini(&g->w.sorted);
	pthread_cond_destroy(&g->ship.stop_now);
	pthread_mutex_destroy(&g->ship.lock);
	spooled_end(&g->s);
}

/* One take with documents, delivered; what deliver() returns. */
static int go(struct stage *g)
{
	struct take_limits l = g->ship.limits;

	l.docs = 1 << 20;
	do
		assert_int_equal(spool_take(g->s.spool, &g->w.take, &l), 1);
	while (!g->w.take.docs && spool_ack(g->s.spool, &g->w.take) == 0);
	return deliver(&g->w);
}

TEST(what_is_not_taken_is_sent_again_and_nothing_else)
{
	static const struct {
		const char *script, *log;
		uint64_t delivered, rejected, retried, batches;
	} rows[] = {
		{"dddd", "logs[a b c d]", 4, 0, 0, 1},
		{"drdr", "logs[a b c d] logs[b d]", 4, 0, 2, 2},
		{"rrrr rdrr rd", "logs[a b c d] logs[a b c d] logs[a c d] logs[a]", 4, 0, 8, 4},
		{"again again", "logs[a b c d] logs[a b c d] logs[a b c d]", 4, 0, 8, 3},
		{"xddx", "logs[a b c d]", 2, 2, 0, 1},
		{"xrdx x", "logs[a b c d] logs[b]", 1, 3, 1, 2},
		{"big", "logs[a b c d] logs[a b] logs[c d]", 4, 0, 0, 3},
		{"big big big d big d", "logs[a b c d] logs[a b] logs[a] logs[b] logs[c d] logs[c] logs[d]", 3, 1, 0,
			7},
		{"big again big rd", "logs[a b c d] logs[a b] logs[a b] logs[a] logs[a] logs[b] logs[c d]", 4, 0, 3, 7},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct stage g;

		stage_open(&g, rows[i].script);
		spooled_add(&g.s, "a b c", "");
		spooled_add(&g.s, "d", "");
		assert_int_equal(go(&g), 0);
		if (strcmp(g.a.log, rows[i].log) != 0)
			fail_msg("%s: %s", rows[i].script, g.a.log);
		assert_int_equal(ship_count(&g.ship, SHIP_DELIVERED), rows[i].delivered);
		assert_int_equal(ship_count(&g.ship, SHIP_REJECTED), rows[i].rejected);
		assert_int_equal(ship_count(&g.ship, SHIP_RETRIED), rows[i].retried);
		assert_int_equal(ship_count(&g.ship, SHIP_BATCHES), rows[i].batches);
		assert_int_equal(g.w.attempt, 0);
		stage_close(&g);
	}
}

TEST(a_take_goes_in_even_parts)
{
	static const struct {
		uint32_t docs;
		const char *log;
	} rows[] = {{10, "logs[a b c d e f g]"}, {7, "logs[a b c d e f g]"}, {6, "logs[a b c] logs[d e f g]"},
		{3, "logs[a b] logs[c d] logs[e f g]"}, {1, "logs[a] logs[b] logs[c] logs[d] logs[e] logs[f] logs[g]"}};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct stage g;

		stage_open(&g, "");
		g.ship.limits.docs = rows[i].docs;
		spooled_add(&g.s, "a b c d e f g", "");
		assert_int_equal(go(&g), 0);
		assert_string_equal(g.a.log, rows[i].log);
		stage_close(&g);
	}
}

static size_t print_letter(char *to, size_t size, bool first, const uint8_t *p, size_t len)
{
	bson_iter_t it, word;
	bson_t letter;

	assert_true(bson_init_static(&letter, p, len));
	assert_true(bson_iter_init_find(&it, &letter, "rejected_at") && BSON_ITER_HOLDS_DATE_TIME(&it));
	assert_true(bson_iter_init_find(&it, &letter, "collection"));
	assert_string_equal(bson_iter_utf8(&it, NULL), "logs");
	assert_true(bson_iter_init_find(&it, &letter, "code") && bson_iter_int32(&it) == 121);
	assert_true(bson_iter_init_find(&it, &letter, "reason"));
	assert_string_equal(bson_iter_utf8(&it, NULL), "no good");
	assert_true(bson_iter_init(&it, &letter) && bson_iter_find_descendant(&it, "document.w", &word));
	return (size_t)snprintf(to, size, "%s%s", first ? "" : " ", bson_iter_utf8(&word, NULL));
}

/* The words of the documents in all letters. */
static const char *letters(struct stage *g)
{
	static char out[1024];
	uint8_t bytes[4096];
	FILE *f = fopen(folder_path(&g->s.folder, "dead-letter/000000.bson"), "r");
	size_t n, used = 0;

	assert_non_null(f);
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	*out = 0;
	for (size_t at = 0; at + 4 < n;) {
		int32_t len;

		memcpy(&len, bytes + at, 4);
		assert_in_range(len, 100, n - at);
		used += print_letter(out + used, sizeof(out) - used, !used, bytes + at, (size_t)len);
		at += (size_t)len;
	}
	return out;
}

TEST(rejected_ones_lie_in_the_dead_letters)
{
	struct stage g;

	stage_open(&g, "xdx");
	spooled_add(&g.s, "a b c", "");
	assert_int_equal(go(&g), 0);
	assert_string_equal(letters(&g), "a c");
	dead_close(&g.ship.dead);
	assert_int_equal(dead_open(&g.ship.dead, g.s.folder.path, &(struct genlog_err){0}), 0);
	g.a.script = "x";
	spooled_add(&g.s, "d", "");
	assert_int_equal(go(&g), 0);
	assert_string_equal(letters(&g), "a c d");
	stage_close(&g);
}

static int torn(void *arg, enum io_op op, size_t *len)
{
	(void)arg;
	if (op == IO_WRITE)
		*len /= 2;
	return op == IO_WRITE ? ENOSPC : 0;
}

static int unsynced(void *arg, enum io_op op, size_t *len)
{
	(void)arg;
	(void)len;
	return op == IO_SYNC ? EIO : 0;
}

/* Not safe there, they are not done: the take stays, and comes again; a torn letter is written over. */
TEST(without_dead_letters_nothing_is_acknowledged)
{
	static const struct io_hook hooks[] = {{torn, NULL}, {unsynced, NULL}};

	for (size_t i = 0; i < ROWS(hooks); i++) {
		struct stage g;

		stage_open(&g, "xdx");
		spooled_add(&g.s, "a b c", "");
		g.a.stop_at_end = &g.ship;
		io_hook_set(&hooks[i]);
		assert_int_equal(go(&g), -ESHUTDOWN);
		io_hook_set(NULL);
		assert_int_equal(ship_count(&g.ship, SHIP_REJECTED), 0);
		spooled_again(&g.s);
		g.ship.spool = g.s.spool;
		g.ship.stopping = false;
		dead_close(&g.ship.dead);
		assert_int_equal(dead_open(&g.ship.dead, g.s.folder.path, &(struct genlog_err){0}), 0);
		g.a.script = "ddx";
		*g.a.log = 0;
		assert_int_equal(go(&g), 0);
		assert_string_equal(g.a.log, "logs[a b c]");
		assert_non_null(strstr(letters(&g), "c"));
		stage_close(&g);
	}
}

TEST(a_stop_while_waiting_leaves_the_take_for_the_next_start)
{
	static const char *const scripts[] = {"again", "drd", "big again", "big d again"};

	for (size_t i = 0; i < ROWS(scripts); i++) {
		struct stage g;

		stage_open(&g, scripts[i]);
		spooled_add(&g.s, "a b c", "");
		g.a.stop_at_end = &g.ship;
		assert_int_equal(go(&g), -ESHUTDOWN);
		spooled_again(&g.s);
		assert_string_equal(spooled_all(&g.s), "a b c");
		stage_close(&g);
	}
}

static void add_to(struct spool_batch *b, const char *collection, const char *word)
{
	uint8_t doc[64] = {0};
	uint32_t n = (uint32_t)strlen(word), len = n + 13;
	uint32_t text = n + 1;

	memcpy(doc, &len, 4);
	memcpy(doc + 4, "\x02w", 3);
	memcpy(doc + 7, &text, 4);
	memcpy(doc + 11, word, n);
	assert_true(n < 40);
	assert_int_equal(batch_doc_begin(b, (unsigned)batch_name(b, collection, strlen(collection)), 1), 0);
	assert_int_equal(genlog_buf_reserve(&b->docs, len), 0);
	memcpy(b->docs.p + b->docs.n, doc, len);
	b->docs.n += len;
	batch_doc_done(b);
}

TEST(each_collection_gets_its_own_in_the_order_of_the_spool)
{
	struct spool_batch b = {.doc_n = 0};
	struct stage g;

	stage_open(&g, "");
	add_to(&b, "logs", "1");
	add_to(&b, "audit", "2");
	add_to(&b, "logs", "3");
	assert_int_equal(spool_append(g.s.spool, &b), 0);
	batch_clear(&b);
	add_to(&b, "other", "4");
	add_to(&b, "logs", "5");
	add_to(&b, "audit", "6");
	assert_int_equal(spool_append(g.s.spool, &b), 0);
	assert_int_equal(go(&g), 0);
	assert_string_equal(g.a.log, "logs[1 3 5] audit[2 6] other[4]");
	batch_fini(&b);
	stage_close(&g);
}

/* A frame that contradicts itself behind a good checksum: what fits of it goes, and the frames around it. */
TEST(of_a_frame_that_contradicts_itself_goes_what_fits)
{
	struct spool_batch b = {.doc_n = 0};
	struct stage g;

	stage_open(&g, "");
	spooled_add(&g.s, "a", "");
	add_to(&b, "logs", "1");
	add_to(&b, "logs", "2");
	add_to(&b, "logs", "3");
	b.docs.p[18] = 7; /* the second one's collection */
	assert_int_equal(spool_append(g.s.spool, &b), 0);
	spooled_add(&g.s, "b", "");
	assert_int_equal(go(&g), 0);
	assert_string_equal(g.a.log, "logs[a 1 b]");
	batch_fini(&b);
	stage_close(&g);
}

TEST(back_off_grows_to_its_bound_and_no_further)
{
	struct shipper w = {.random = 12345};
	int64_t most = 0;

	for (int i = 0; i < 3; i++) {
		w.attempt = 0;
		for (int64_t bound = 100, n = 0; n < 40; n++, bound = bound < 30000 ? 2 * bound : bound) {
			int64_t ms = backoff_ms(&w);

			assert_true(ms >= 10 && ms < 10 + (bound < 30000 ? bound : 30000));
			most = ms > most ? ms : most;
		}
	}
	assert_true(most > 15000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_taken_is_sent_again_and_nothing_else),
		cmocka_unit_test(a_take_goes_in_even_parts),
		cmocka_unit_test(rejected_ones_lie_in_the_dead_letters),
		cmocka_unit_test(without_dead_letters_nothing_is_acknowledged),
		cmocka_unit_test(a_stop_while_waiting_leaves_the_take_for_the_next_start),
		cmocka_unit_test(each_collection_gets_its_own_in_the_order_of_the_spool),
		cmocka_unit_test(of_a_frame_that_contradicts_itself_goes_what_fits),
		cmocka_unit_test(back_off_grows_to_its_bound_and_no_further),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
