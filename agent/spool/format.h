/*
 * The bytes of the spool.  All integers little-endian; pure functions on memory.
 *
 *	segment file    %016x.seg
 *	 0       8         10        12     16         24        40       48     56      60    64
 *	 │magic  │version16│hdrlen16 │flags │number64  │id[16]   │created │boot  │zero   │crc  │ frames …
 *	 flags, bit 0: the file was another segment before; behind the last frame lies what it held then.
 *	 boot: which life of the kernel wrote it.  In the same life nothing written was lost, synced or not.
 *
 *	frame, at a multiple of 8
 *	 0       4     5      6         8          12      16         24       28       32
 *	 │magic  │kind │flags │hdrlen16 │payload32 │docs32 │sequence64│crc hdr │crc pay │ payload, padded to 8
 *
 *	payload of BATCH, GAP, SNAPSHOT: four counts, four sizes, then four sections
 *	 names      {u16 length, bytes}                                     the frame's own: no frame needs another
 *	 documents  {u16 name, u8 level, u8 flags, BSON}
 *	 positions  {u16 key length, u16 zero, u32 value length, key, value}   0 bytes of value: forgotten
 *	 notes      reserved, empty
 *
 *	cursor file     two slots of 512 bytes, written in turn; the valid one with the greater turn counts
 *	 │magic8 │version16 │hdrlen16 │zero32 │turn64 │id[16] │segment64 │offset64 │sequence64 │ zero … │crc32 at 508│
 *
 * A frame's sequence is the number of documents before it in the life of the spool: a hole in it counts what is lost.
 * Rules of change: hdrlen lets a header grow, a reader skips what it does not know; a new `version` is refused.
 */
#ifndef SPOOL_FORMAT_H
#define SPOOL_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPOOL_VERSION 1
#define SEGMENT_HEADER 64
#define FRAME_HEADER 32
#define FRAME_PAYLOAD_MAX (48u << 20)
#define FRAME_SECTIONS 32
#define FRAME_MAGIC 0x4d524647u /* GFRM */
#define CURSOR_SLOT 512
#define SPOOL_ID 16

/* HOLE: here were damaged bytes, which lie in quarantine/ now; it is as much a hole as they were. */
enum frame_kind { FRAME_BATCH = 1, FRAME_SNAPSHOT = 2, FRAME_GAP = 3, FRAME_SEAL = 4, FRAME_HOLE = 5 };

/* flags of a SNAPSHOT: every segment before this one was durable when it was written. */
enum frame_flag { FRAME_DURABLE_BEFORE = 1 << 0 };

#define SEGMENT_REUSED 1u

struct segment_header {
	uint16_t version;
	uint32_t flags;
	uint64_t number;
	uint8_t id[SPOOL_ID];
	int64_t created_ms;
	uint64_t boot;
};

struct frame_header {
	uint8_t kind, flags;
	uint16_t header_len;
	uint32_t payload_len, docs;
	uint64_t sequence;
	uint32_t payload_crc;
};

/* The sections of a payload, as they lie. */
struct frame_body {
	uint32_t names, docs, positions;
	const uint8_t *name_p, *doc_p, *position_p;
	size_t name_len, doc_len, position_len;
};

struct cursor_slot {
	uint64_t turn;
	uint8_t id[SPOOL_ID];
	uint64_t segment, offset, sequence;
};

void segment_header_write(uint8_t out[SEGMENT_HEADER], const struct segment_header *h);
/* 0; -EBADMSG: not a segment or damaged; -ENOTSUP: another version, `h->version` says which. */
int segment_header_read(const uint8_t *p, size_t n, struct segment_header *h);

/*
 * Header checksums start from `salt`, made of the spool's id and the segment's number: neither bytes that a log line
 * carries nor what a file held in an earlier life can pass for a frame, also where one is searched for.
 */
uint32_t frame_salt(const uint8_t id[SPOOL_ID], uint64_t segment);
void frame_header_write(uint8_t out[FRAME_HEADER], const struct frame_header *h, uint32_t salt);
/* 0; -EBADMSG.  Says nothing of the payload. */
int frame_header_read(const uint8_t *p, size_t n, struct frame_header *h, uint32_t salt);

static inline size_t frame_size(const struct frame_header *h)
{
	return ((size_t)h->header_len + h->payload_len + 7) & ~(size_t)7;
}

/* The next place at or behind `from` where a valid frame header stands; n: none. */
size_t frame_search(const uint8_t *p, size_t n, size_t from, uint32_t salt);

struct frame_counts {
	uint32_t names, docs, positions;
	uint32_t name_len, doc_len, position_len;
};
void frame_sections_write(uint8_t out[FRAME_SECTIONS], const struct frame_counts *c);
/* 0; -EBADMSG: counts and sizes do not fit the payload. */
int frame_body_read(const uint8_t *payload, size_t n, struct frame_body *b);

/* Walks: each returns false at the end, or when what stands there does not fit (then *p != end). */
bool frame_next_name(const uint8_t **p, const uint8_t *end, const char **name, size_t *len);
bool frame_next_doc(
	const uint8_t **p, const uint8_t *end, uint16_t *name, uint8_t *level, const uint8_t **bson, uint32_t *len);
bool frame_next_position(
	const uint8_t **p, const uint8_t *end, const uint8_t **key, size_t *key_len, const uint8_t **val, size_t *len);

void cursor_slot_write(uint8_t out[CURSOR_SLOT], const struct cursor_slot *s);
int cursor_slot_read(const uint8_t *p, size_t n, struct cursor_slot *s); /* as segment_header_read() */

#endif
