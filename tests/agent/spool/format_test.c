/* The bytes of the spool: what is written is read, and every cut and every flipped bit is noticed. */
#include "spool/format.h"

#include <errno.h>

#include "lib/test.h"

static const struct segment_header segment = {.version = SPOOL_VERSION,
	.flags = SEGMENT_REUSED,
	.number = 0x1122334455667788,
	.id = "0123456789abcde",
	.created_ms = 1766399445000,
	.boot = 0xfedcba9876543210};

static const struct cursor_slot cursor = {
	.turn = 9, .id = "0123456789abcde", .segment = 7, .offset = 123456789012, .sequence = 42};

static const struct frame_header frame = {.kind = FRAME_GAP,
	.flags = FRAME_DURABLE_BEFORE,
	.payload_len = 4321,
	.docs = 17,
	.sequence = 0x0102030405060708,
	.payload_crc = 0xcafebabe};

#define SALT 0x5a17u

TEST(a_segment_header_is_read_as_written_and_each_bit_counts)
{
	uint8_t p[SEGMENT_HEADER];
	struct segment_header h = {0};

	segment_header_write(p, &segment);
	assert_memory_equal(p, "GENLOGSG\x01\x00\x40\x00", 12);
	assert_int_equal(segment_header_read(p, sizeof(p), &h), 0);
	assert_memory_equal(&h, &segment, sizeof(h));
	for (size_t n = 0; n < sizeof(p); n++)
		assert_int_equal(segment_header_read(p, n, &h), -EBADMSG);
	for (size_t i = 0; i < 8 * sizeof(p); i++) {
		p[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(segment_header_read(p, sizeof(p), &h), -EBADMSG);
		p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

TEST(a_frame_header_is_read_as_written_and_each_bit_counts)
{
	uint8_t p[FRAME_HEADER];
	struct frame_header h = {0};

	frame_header_write(p, &frame, SALT);
	assert_int_equal(frame_header_read(p, sizeof(p), &h, SALT), 0);
	assert_int_equal(h.kind, frame.kind);
	assert_int_equal(h.flags, frame.flags);
	assert_int_equal(h.header_len, FRAME_HEADER);
	assert_int_equal(h.payload_len, frame.payload_len);
	assert_int_equal(h.docs, frame.docs);
	assert_int_equal(h.sequence, frame.sequence);
	assert_int_equal(h.payload_crc, frame.payload_crc);
	assert_int_equal(frame_size(&h), 4360);
	for (size_t n = 0; n < sizeof(p); n++)
		assert_int_equal(frame_header_read(p, n, &h, SALT), -EBADMSG);
	for (size_t i = 0; i < 8 * sizeof(p); i++) {
		p[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(frame_header_read(p, sizeof(p), &h, SALT), -EBADMSG);
		p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

TEST(a_frame_of_another_segment_or_spool_is_none)
{
	uint8_t p[FRAME_HEADER], other[SPOOL_ID] = {1};
	struct frame_header h;

	frame_header_write(p, &frame, frame_salt(segment.id, 1));
	assert_int_equal(frame_header_read(p, sizeof(p), &h, frame_salt(segment.id, 1)), 0);
	assert_int_equal(frame_header_read(p, sizeof(p), &h, frame_salt(segment.id, 2)), -EBADMSG);
	assert_int_equal(frame_header_read(p, sizeof(p), &h, frame_salt(other, 1)), -EBADMSG);
}

TEST(a_frame_is_found_at_multiples_of_eight)
{
	uint8_t p[256] = {0};

	assert_int_equal(frame_search(p, sizeof(p), 0, SALT), sizeof(p));
	frame_header_write(p + 52, &frame, SALT);
	assert_int_equal(frame_search(p, sizeof(p), 0, SALT), sizeof(p));
	frame_header_write(p + 224, &frame, SALT);
	assert_int_equal(frame_search(p, sizeof(p), 0, SALT), 224);
	assert_int_equal(frame_search(p, sizeof(p), 217, SALT), 224);
	assert_int_equal(frame_search(p, sizeof(p), 225, SALT), sizeof(p));
	assert_int_equal(frame_search(p, 255, 0, SALT), 255);
	assert_int_equal(frame_search(p, 0, 8, SALT), 0);
}

TEST(a_cursor_slot_is_read_as_written_and_each_bit_counts)
{
	uint8_t p[CURSOR_SLOT];
	struct cursor_slot s = {0};

	cursor_slot_write(p, &cursor);
	assert_int_equal(cursor_slot_read(p, sizeof(p), &s), 0);
	assert_memory_equal(&s, &cursor, sizeof(s));
	for (size_t n = 0; n < sizeof(p); n++)
		assert_int_equal(cursor_slot_read(p, n, &s), -EBADMSG);
	for (size_t i = 0; i < 8 * sizeof(p); i++) {
		p[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(cursor_slot_read(p, sizeof(p), &s), -EBADMSG);
		p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

TEST(sections_fit_their_payload_or_are_refused)
{
	static const struct {
		struct frame_counts c;
		size_t n;
		int r;
	} rows[] = {
		{{1, 2, 3, 10, 20, 30}, 92, 0},
		{{1, 2, 3, 10, 20, 30}, 93, 0},
		{{1, 2, 3, 10, 20, 30}, 91, -EBADMSG},
		{{0}, 32, 0},
		{{0}, 31, -EBADMSG},
		{{0, 0, 0, UINT32_MAX, UINT32_MAX, UINT32_MAX}, 92, -EBADMSG},
		{{0, 0, 0, 0, UINT32_MAX - 31, 0}, 92, -EBADMSG},
	};
	uint8_t p[128];
	struct frame_body b;

	for (size_t i = 0; i < ROWS(rows); i++) {
		frame_sections_write(p, &rows[i].c);
		assert_int_equal(frame_body_read(p, rows[i].n, &b), rows[i].r);
	}
	frame_sections_write(p, &rows[0].c);
	assert_int_equal(frame_body_read(p, 92, &b), 0);
	assert_ptr_equal(b.name_p, p + 32);
	assert_ptr_equal(b.doc_p, p + 42);
	assert_ptr_equal(b.position_p, p + 62);
}

TEST(a_walk_ends_where_an_entry_does_not_fit)
{
	static const uint8_t names[] = "\x01\x00"
				       "a"
				       "\x02\x00"
				       "bc"
				       "\x00\x00";
	static const uint8_t docs[] = "\x01\x00\x02\x00\x05\x00\x00\x00\x00"
				      "\x00\x00\x00\x00\x04\x00\x00\x00\x00";
	static const uint8_t positions[] = "\x01\x00\x00\x00\x02\x00\x00\x00kvv"
					   "\x01\x00\x00\x00\xff\xff\xff\xffk";
	const uint8_t *p, *bson, *key, *val;
	const char *name;
	size_t n, m;
	uint16_t index;
	uint8_t level;
	uint32_t len;

	p = names;
	assert_true(frame_next_name(&p, names + 9, &name, &n) && n == 1 && *name == 'a');
	assert_false(frame_next_name(&p, names + 6, &name, &n));
	assert_true(frame_next_name(&p, names + 9, &name, &n) && n == 2 && *name == 'b');
	assert_false(frame_next_name(&p, names + 9, &name, &n));
	p = docs;
	assert_false(frame_next_doc(&p, docs + 8, &index, &level, &bson, &len));
	assert_true(frame_next_doc(&p, docs + 18, &index, &level, &bson, &len));
	assert_true(index == 1 && level == 2 && len == 5 && bson == docs + 4);
	assert_false(frame_next_doc(&p, docs + 18, &index, &level, &bson, &len));
	p = positions;
	assert_false(frame_next_position(&p, positions + 10, &key, &n, &val, &m));
	assert_true(frame_next_position(&p, positions + 20, &key, &n, &val, &m));
	assert_true(n == 1 && m == 2 && *key == 'k' && *val == 'v');
	assert_false(frame_next_position(&p, positions + 20, &key, &n, &val, &m));
	assert_ptr_equal(p, positions + 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_segment_header_is_read_as_written_and_each_bit_counts),
		cmocka_unit_test(a_frame_header_is_read_as_written_and_each_bit_counts),
		cmocka_unit_test(a_frame_of_another_segment_or_spool_is_none),
		cmocka_unit_test(a_frame_is_found_at_multiples_of_eight),
		cmocka_unit_test(a_cursor_slot_is_read_as_written_and_each_bit_counts),
		cmocka_unit_test(sections_fit_their_payload_or_are_refused),
		cmocka_unit_test(a_walk_ends_where_an_entry_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
