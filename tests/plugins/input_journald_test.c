/* What the process that reads the journal says, and the documents that come of it. */
#include "../../plugins/input_journald/journald.h"

#include "../../plugins/input_journald/cursor.c"
#include "../../plugins/input_journald/names.c"
#include "../../plugins/input_journald/settings.c"
#include "../../plugins/input_journald/text.c"
#undef ROW
#include "../../plugins/input_journald/fields.c"
#define digits event_digits
#include "../../plugins/input_journald/event.c"
#undef digits
#define wall_ms known_wall_ms
#include "../../plugins/input_journald/known.c"
#undef wall_ms
#include "../../plugins/input_journald/messages.c"

#include <bson/bson.h>

#include "lib/test.h"

#include "lib/scarce.h"
#include "lib/side.h"

#define CURSOR                                                                                                         \
	"s=0123456789abcdef0123456789abcdef;i=1f;b=11111111111111111111111111111111;m=5;t=60a24182d8240;x="            \
	"780ecfebb5b02a27"

static struct side s;
static struct journald j;
static struct wire_out out;

static void begin(void)
{
	static const uint8_t id[ID_SIZE] = {1}, series[ID_SIZE] = {2};

	side_open_input(&s, "type: journald, path: /none");
	memset(&j, 0, sizeof(j));
	j.in = s.in;
	j.host = &s.in->host;
	j.a.path = "";
	j.scope = 5;
	assert_true(genlog_lru_open(&j.sources, 4, sizeof(struct source)));
	out.b.n = 0;
	put_begin(&out, WIRE_FILE);
	put_u32(&out, 0);
	put_bytes(&out, id, ID_SIZE);
	put_bytes(&out, series, ID_SIZE);
	put_u8(&out, 0);
	put_u64(&out, 0);
	put_u64(&out, 0);
	put_text(&out, "/var/log/journal/x/system.journal");
	put_end(&out);
}

static void end(void)
{
	sources_free(&j);
	known_free(&j);
	free(j.buf);
	side_close(&s);
	free(out.b.p);
	out = (struct wire_out){0};
}

static void put_field_text(const char *p, size_t n)
{
	put_u32(&out, (uint32_t)n);
	put_bytes(&out, p, n);
}

/* An entry of "FIELD=value" texts, NULL-ended. */
static void put_entry(const char *const *fields)
{
	uint32_t n = 0;

	while (fields[n])
		n++;
	put_begin(&out, WIRE_ENTRY);
	put_u32(&out, 0);
	put_u64(&out, 1700000001000000);
	put_text(&out, CURSOR);
	put_u8(&out, 0);
	put_u32(&out, n);
	for (uint32_t i = 0; i < n; i++)
		put_field_text(fields[i], strlen(fields[i]));
	put_end(&out);
}

static int give(size_t n)
{
	free(j.buf);
	j.buf = calloc(1, n + GENLOG_PAD);
	memcpy(j.buf, out.b.p, n);
	j.n = n;
	return messages_take(&j);
}

#define FIELDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* `source` stands behind what side_json() shows. */
static void comes_from(const char *const *fields, const char *label, const char *value)
{
	bson_iter_t it, at;
	uint16_t name;
	uint8_t level;
	const uint8_t *p, *bson;
	uint32_t len;
	bson_t doc;
	char path[64];

	begin();
	put_entry(fields);
	assert_int_equal(give(out.b.n), 0);
	p = s.in->reader->batch.docs.p;
	assert_true(frame_next_doc(&p, p + s.in->reader->batch.docs.n, &name, &level, &bson, &len));
	assert_true(bson_init_static(&doc, bson, len));
	snprintf(path, sizeof(path), "source.%s", label);
	assert_true(bson_iter_init(&it, &doc) && bson_iter_find_descendant(&it, path, &at));
	assert_string_equal(bson_iter_utf8(&at, NULL), value);
	batch_clear(&s.in->reader->batch);
	end();
}

static void becomes(const char *const *fields, const char *json)
{
	begin();
	put_entry(fields);
	assert_int_equal(give(out.b.n), 0);
	side_json(&s);
	if (!strstr(s.text, json))
		fail_msg("wanted %s\nin %s", json, s.text);
	assert_int_equal(j.known->unstored, false);
	assert_string_equal(j.known->cursor, CURSOR);
	end();
}

TEST(an_entry_is_a_document)
{
	becomes(FIELDS("MESSAGE=hello", "PRIORITY=4", "_SYSTEMD_UNIT=a.service", "SYSLOG_IDENTIFIER=prog", "_PID=42",
			"CODE_FUNC=f", "CODE_LINE=12", "_UID=7", "ORDER=17"),
		"\"level\" : \"WARN\", \"module\" : \"MES\", \"class_name\" : \"prog\", \"method_name\" : \"f\", "
		"\"message\" : \"hello\"");
	becomes(FIELDS("MESSAGE=hello", "CODE_LINE=12", "_UID=7", "ORDER=17"),
		"\"context\" : { \"code_line\" : 12, \"uid\" : 7, \"order\" : \"17\" }");
}

TEST(priorities_are_levels)
{
	static const char *const rows[][2] = {{"PRIORITY=0", "CRITICAL"}, {"PRIORITY=1", "CRITICAL"},
		{"PRIORITY=2", "CRITICAL"}, {"PRIORITY=3", "ERROR"}, {"PRIORITY=4", "WARN"}, {"PRIORITY=5", "INFO"},
		{"PRIORITY=6", "INFO"}, {"PRIORITY=7", "DEBUG"}, {"PRIORITY=8", "INFO"}, {"PRIORITY=", "INFO"}};
	char want[64];

	for (size_t i = 0; i < ROWS(rows); i++) {
		snprintf(want, sizeof(want), "\"level\" : \"%s\"", rows[i][1]);
		becomes(FIELDS("MESSAGE=x", rows[i][0]), want);
	}
}

TEST(a_field_that_stands_there_again_is_an_array)
{
	becomes(FIELDS("MESSAGE=x", "TAG=a", "OTHER=o", "TAG=b", "TAG=c"),
		"\"tag\" : [ \"a\", \"b\", \"c\" ], \"other\" : \"o\"");
	becomes(FIELDS("MESSAGE=x", "MESSAGE=y"), "\"messages\" : [ \"x\", \"y\" ]");
	becomes(FIELDS("MESSAGE=x", "CODE_LINE=1", "CODE_LINE=2"), "\"code_line\" : [ \"1\", \"2\" ]");
}

TEST(nobody_passes_for_a_trusted_field)
{
	becomes(FIELDS("MESSAGE=x", "HOSTNAME=evil", "_HOSTNAME=web"),
		"\"hostname\" : \"web\", \"user_hostname\" : \"evil\"");
	becomes(FIELDS("MESSAGE=x", "user_hostname=a", "HOSTNAME=b"),
		"\"user_hostname\" : \"a\", \"user_hostname_\" : \"b\"");
	becomes(FIELDS("MESSAGE=x", "A.B=1", "A-B=2"), "\"a_b\" : \"1\", \"a_b_\" : \"2\"");
}

TEST(bytes_that_are_no_text_are_repaired)
{
	becomes(FIELDS("MESSAGE=a\xff"
		       "b"),
		"\"message\" : \"a\xef\xbf\xbd"
		"b\"");
	becomes(FIELDS("MESSAGE=x", "BIN=a\xc3"), "\"bin\" : \"a\xef\xbf\xbd\"");
}

TEST(the_source_is_the_unit_or_who_it_is_about)
{
	comes_from(FIELDS("MESSAGE=x", "_SYSTEMD_UNIT=a.service"), "unit", "a.service");
	comes_from(FIELDS("MESSAGE=x", "_SYSTEMD_UNIT=init.scope", "UNIT=b.service"), "unit", "b.service");
	comes_from(FIELDS("MESSAGE=x", "_SYSTEMD_UNIT=evil.service", "UNIT=b.service"), "unit", "evil.service");
	comes_from(FIELDS("MESSAGE=x", "SYSLOG_IDENTIFIER=kernel"), "identifier", "kernel");
	comes_from(FIELDS("MESSAGE=x"), "identifier", "unknown");
	comes_from(
		FIELDS("N_DROPPED=17", "OBJECT_SYSTEMD_UNIT=a.service", "MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e"),
		"unit", "a.service");
}

/* What the slots of the entry before held is not its own. */
TEST(a_dump_without_a_message_is_an_entry)
{
	begin();
	put_entry(FIELDS("MESSAGE=Suppressed 17 messages from a", "N_DROPPED=17",
		"MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e"));
	put_entry(FIELDS("COREDUMP_SIGNAL_NAME=SIGSEGV", "MESSAGE_ID=fc2e22bc6ee647b6b90729ab34a250b1"));
	assert_int_equal(give(out.b.n), 0);
	side_json(&s);
	assert_non_null(strstr(s.text, "\"coredump_signal_name\" : \"SIGSEGV\""));
	end();
}

TEST(what_journald_suppressed_is_a_gap)
{
	begin();
	put_entry(FIELDS("MESSAGE=Suppressed 17 messages from a", "N_DROPPED=17", "OBJECT_SYSTEMD_UNIT=a.service",
		"MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e"));
	assert_int_equal(give(out.b.n), 0);
	side_json(&s);
	assert_non_null(strstr(s.text, "gap: 17 events were lost"));
	assert_int_equal(s.in->counts[GENLOG_COUNT_LOST], 17);
	end();
}

/* While the spool is full nothing is taken; then it goes on where it was, with the position behind the last. */
TEST(what_has_no_room_is_taken_later)
{
	begin();
	put_entry(FIELDS("MESSAGE=first"));
	put_entry(FIELDS("MESSAGE=second", "TAG=a", "TAG=b"));
	s.in->reader->blocked = true;
	assert_int_equal(give(out.b.n), -EAGAIN);
	assert_int_equal(messages_take(&j), -EAGAIN);
	assert_int_equal(s.in->reader->batch.doc_n, 0);
	assert_null(j.known->cursor);
	s.in->reader->blocked = false;
	assert_int_equal(messages_take(&j), 0);
	assert_int_equal(j.n, 0);
	assert_string_equal(j.known->cursor, CURSOR);
	side_json(&s);
	assert_non_null(strstr(s.text, "\"message\" : \"first\""));
	assert_non_null(strstr(s.text, "\"tag\" : [ \"a\", \"b\" ]"));
	end();
}

TEST(a_message_may_end_anywhere)
{
	begin();
	put_entry(FIELDS("MESSAGE=x", "TAG=a"));
	put_entry(FIELDS("MESSAGE=y"));
	for (size_t n = 0; n < out.b.n; n++) {
		j.files = 0;
		assert_int_equal(give(n), 0);
	}
	end();
}

/* Every length within a message is made a lie. */
TEST(lengths_that_lie_are_refused)
{
	size_t first, n;

	begin();
	first = out.b.n;
	put_entry(FIELDS("MESSAGE=x", "TAG=a"));
	n = out.b.n;
	for (size_t at = first + WIRE_HEAD; at + 4 < n; at++) {
		uint8_t kept[4];

		memcpy(kept, out.b.p + at, 4);
		memset(out.b.p + at, 0xff, 4);
		j.files = 0;
		(void)give(n); /* what it says may be text; that nothing is read beyond, the sanitizer sees */
		memcpy(out.b.p + at, kept, 4);
	}
	memset(out.b.p + first + WIRE_HEAD, 7, 4);
	j.files = 0;
	assert_int_equal(give(n), -EPROTO);
	end();
}

TEST(nonsense_is_refused)
{
	static const struct {
		size_t n;
		const char *bytes;
	} rows[] = {{5, "\0\0\0\0\3"}, {5, "\xff\xff\xff\xff\3"}, {5, "\1\0\0\0\1"}, {5, "\1\0\0\0\x63"},
		{9, "\5\0\0\0\2\1\0\0\0"}, {9, "\5\0\0\0\3\1\0\0\0"}, {5, "\1\0\0\0\4"}, {5, "\1\0\0\0\5"},
		{5, "\1\0\0\0\10"}, {10, "\6\0\0\0\11\1\0\0\0\7"}};

	for (size_t i = 0; i < ROWS(rows); i++) {
		begin();
		out.b.n = 0;
		put_bytes(&out, rows[i].bytes, rows[i].n);
		assert_int_equal(give(rows[i].n), -EPROTO);
		end();
	}
}

TEST(a_file_that_kills_three_readers_is_left_out)
{
	begin();
	put_begin(&out, WIRE_FAULT);
	put_u32(&out, 0);
	put_u8(&out, SIGBUS);
	put_end(&out);
	for (int i = 1; i <= STRIKES; i++) {
		j.files = 0;
		assert_int_equal(j.known ? j.known->flags : 0, 0);
		assert_int_equal(give(out.b.n), 0);
	}
	assert_int_equal(j.known->flags, WIRE_FILE_LEFT);
	side_json(&s);
	assert_non_null(strstr(s.text, "without dying of it"));
	end();
}

/* Each allocation on the way of two entries fails once: both become documents, and their cursor is known. */
TEST(without_memory_they_are_taken_again)
{
	static const char whose[] = "_journald_test";
	unsigned n;

	for (n = 1; scarce_runs(n, whose); n++) {
		int r;

		scarce_pause();
		begin();
		put_entry(FIELDS("MESSAGE=hello", "TAG=a", "TAG=b", "_SYSTEMD_UNIT=a.service", "ORDER=17"));
		put_entry(FIELDS("MESSAGE=world", "_SYSTEMD_UNIT=b.service"));
		j.buf = calloc(1, out.b.n + GENLOG_PAD);
		memcpy(j.buf, out.b.p, out.b.n);
		j.n = out.b.n;
		scarce_go_on(whose);
		r = messages_take(&j);
		if (r == -EAGAIN) {
			assert_true(scarce.refused);
			s.in->reader->blocked = false;
			r = messages_take(&j);
		}
		scarce_pause();
		assert_int_equal(r, 0);
		side_json(&s);
		assert_int_equal(s.in->reader->batch.doc_n, 0);
		assert_non_null(strstr(s.text, "\"message\" : \"hello\""));
		assert_non_null(strstr(s.text, "\"tag\" : [ \"a\", \"b\" ]"));
		assert_non_null(strstr(s.text, "\"message\" : \"world\""));
		assert_null(strstr(strstr(s.text, "world") + 1, "hello"));
		if (j.known->cursor) /* else the older one stands, and both are read again: the same documents */
			assert_string_equal(j.known->cursor, CURSOR);
		end();
	}
	print_message("%u allocations\n", n - 2);
	assert_true(n > 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_is_a_document),
		cmocka_unit_test(priorities_are_levels),
		cmocka_unit_test(a_field_that_stands_there_again_is_an_array),
		cmocka_unit_test(nobody_passes_for_a_trusted_field),
		cmocka_unit_test(bytes_that_are_no_text_are_repaired),
		cmocka_unit_test(the_source_is_the_unit_or_who_it_is_about),
		cmocka_unit_test(a_dump_without_a_message_is_an_entry),
		cmocka_unit_test(what_journald_suppressed_is_a_gap),
		cmocka_unit_test(what_has_no_room_is_taken_later),
		cmocka_unit_test(a_message_may_end_anywhere),
		cmocka_unit_test(lengths_that_lie_are_refused),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(a_file_that_kills_three_readers_is_left_out),
		cmocka_unit_test(without_memory_they_are_taken_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
