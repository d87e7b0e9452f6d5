/* Each allocation on the way of a segment fails once: nothing is lost, nothing comes twice. */
#include "lib/json.h"
#include "lib/test.h"

#include "lib/scarce.h"

#include "emit_host.h"

#define OURS "_scarce_test"

struct told {
	char text[1 << 18];
	size_t n;
};

static struct host h;
static struct made m;
static struct told told, wanted;

static void tell(void *arg, const char *collection, const uint8_t *bson, uint32_t n)
{
	struct told *t = arg;
	bson_t doc, out = BSON_INITIALIZER;
	char *json;

	assert_true(bson_init_static(&doc, bson, n));
	bson_copy_to_excluding_noinit(&doc, &out, "_id", "log_id", "createdAt", "timestamp", "source", NULL);
	json = relaxed_json(&out, NULL);
	t->n += (size_t)snprintf(t->text + t->n, sizeof(t->text) - t->n, "%s %s\n", collection, json);
	assert_true(t->n < sizeof(t->text));
	bson_free(json);
	bson_destroy(&out);
}

static void put_slot(uint32_t id)
{
	struct gl_slot *x = (void *)(m.p + made_head(&m)->slots_at);
	struct gl_record r = {.len = sizeof(r) + 8, .site = id, .time = MADE_TIME};

	memcpy(x->record, &r, sizeof(r));
	memcpy(x->record + sizeof(r), &(uint64_t){9}, 8);
	x->tid = 77;
	x->len = r.len;
	x->turn = 1;
	made_head(&m)->slot_position = 1;
}

static void put_module(void)
{
	struct {
		struct gl_module head;
		char path[8];
	} x = {.head = {.start = 0x1000, .end = 0x2000, .path_len = 7}, .path = "/my/lib"};

	made_put(&m, 0, GL_META_MODULE, &x, sizeof(x.head) + 7);
}

/* All that a ring may say. */
static void put_all(void)
{
	const struct gl_thread t = {12, 1, "worker"};
	uint32_t id = made_site(&m, GENLOG_SEV_INFO, "{i} of {s}", "more", "isd", "");

	made_put(&m, 0, GL_META_THREAD, &t, sizeof(t));
	made_push(&m, 0, "order", "7");
	made_push(&m, 1, "place", "L7");
	made_record(&m, 0, id, "isd", 1L, "text", 1.5);
	made_put(&m, 0, GL_META_POP, &(uint64_t){1}, 8);
	made_record(&m, 0, id, "isd", 2L, "text", 1.5);
	put_module();
	id = made_site(&m, GENLOG_SEV_ERROR, "{x}", "trace", "iB", "");
	made_record(&m, 0, id, "iB", 3L, "\x01\x11\0\0\0\0\0\0\x99\x99\0\0\0\0\0\0");
	id = made_site(&m, GENLOG_SEV_INFO, "", "a.b,c.0,d", "iss", "things");
	made_record(&m, 0, id, "iss", 4L, "five", "six");
	put_slot(made_site(&m, GENLOG_SEV_WARN, "slot {n}", "", "i", ""));
	made_ring(&m, 0)->drops = 5;
}

static void begin(void)
{
	host_open(&h);
	made_open(&m);
	put_all();
}

static void end(void)
{
	while (h.emit.segments)
		host_forget(h.emit.segments);
	host_close(&h);
	made_close(&m);
}

/* What was refused is tried again, as the agent does. */
static struct segment *add(void)
{
	const char *why = NULL;

	for (int i = 0; i < 2; i++) {
		struct segment *s = seg_new(&h.emit);
		int r = s ? 0 : -ENOMEM;

		if (s) {
			s->v.p = m.p;
			s->v.bytes = m.n;
			s->uid = 7;
			r = seg_check(&s->v, &s->l, 128 << 20);
			assert_int_equal(r, 0);
			r = seg_add(s, &why);
		}
		if (r == 0)
			return s;
		assert_int_equal(r, -ENOMEM);
		assert_true(scarce.refused);
		if (s) {
			assert_string_equal(why, "no memory");
			host_forget(s);
		}
	}
	return NULL;
}

static void read_all(struct segment *s)
{
	bool found = true;

	for (int tries = 0; found; tries++) {
		found = false;
		if (seg_read(s, &found) == -EAGAIN) {
			assert_true(scarce.refused && tries < 10);
			h.reader.blocked = false;
			found = true;
		}
	}
	for (int tries = 0; poll_settle(&h.emit) < 0; tries++) {
		assert_true(scarce.refused && tries < 3);
		h.reader.blocked = h.emit.blocked = false;
	}
}

static void collect(struct told *t)
{
	t->n = 0;
	t->text[0] = 0;
	host_documents(&h, tell, t);
}

static void expect_wanted(unsigned n)
{
	collect(&told);
	if (strcmp(told.text, wanted.text) != 0)
		print_error("without allocation %u: wanted\n%s\n", n, wanted.text);
	assert_string_equal(told.text, wanted.text);
	assert_int_equal(made_ring(&m, 0)->tail, made_ring(&m, 0)->head);
}

TEST(a_segment_is_read)
{
	unsigned n;

	for (n = 0; n == 0 || scarce_runs(n, OURS); n++) {
		struct segment *s;

		scarce_pause();
		begin();
		scarce_go_on(n ? OURS : NULL);
		s = add();
		assert_non_null(s);
		read_all(s);
		scarce_pause();
		if (n == 0) {
			collect(&wanted);
			assert_non_null(strstr(wanted.text, "slot 9"));
		} else {
			expect_wanted(n);
		}
		end();
	}
	assert_true(n > 20);
	print_message("%u allocations\n", n - 2);
}

/* An agent that was killed has left notes of rings, with fields. */
TEST(notes_are_found_again)
{
	uint32_t id;
	unsigned n;

	for (n = 1; scarce_runs(n, OURS); n++) {
		struct segment *s;

		scarce_pause();
		host_open(&h);
		made_open(&m);
		id = made_site(&m, GENLOG_SEV_INFO, "{i}", "", "i", "");
		made_push(&m, 0, "order", "7");
		made_record(&m, 0, id, "i", 1L);
		s = host_segment(&h, &m);
		read_all(s);
		host_forget(s);
		made_ring(&m, 0)->tail = 0;
		host_crash(&h);
		made_record(&m, 0, id, "i", 2L);
		notes_free(&h.emit);
		h.emit.notes = NULL;
		h.emit.n_notes = h.emit.cap_notes = 0;
		scarce_go_on(OURS);
		if (notes_load(&h.emit) < 0) { /* the agent does not start, and is started again */
			notes_free(&h.emit);
			h.emit.notes = NULL;
			h.emit.n_notes = h.emit.cap_notes = 0;
			h.emit.notes_missing = false;
			assert_int_equal(notes_load(&h.emit), 0);
		}
		s = add();
		read_all(s);
		scarce_pause();
		collect(&told);
		assert_non_null(strstr(told.text, "\"order\" : \"7\""));
		assert_non_null(strstr(told.text, "\"i\" : 2"));
		assert_null(strstr(strstr(told.text, "\"i\" : 1") + 1, "\"i\" : 1"));
		end();
	}
	assert_true(n > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_segment_is_read),
		cmocka_unit_test(notes_are_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
