/*
 * MongoDB's wire protocol as bytes: pure functions on memory, nothing here knows of sockets.
 *
 *	header   length u32 · request id · response to · opcode            (16 bytes, little endian)
 *	MSG      flags · { 0, document | 1, length, name, documents… }*  [ · checksum ]
 *	QUERY    flags · "db.$cmd" · skip · limit · document               (the first hello of old drivers)
 *	COMPRESSED  opcode · plain length · compressor · bytes
 *
 * Nothing that came from the peer is believed: every length is checked against what is there.  A parsed
 * message borrows from the bytes it was parsed from, except for `plain`, which it owns.
 */
#ifndef DEVDB_WIRE_H
#define DEVDB_WIRE_H

#include <bson/bson.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum wire_op { WIRE_REPLY = 1, WIRE_QUERY = 2004, WIRE_COMPRESSED = 2012, WIRE_MSG = 2013 };

enum {
	WIRE_HEADER = 16,
	WIRE_MAX_DOCUMENT = 16777216,
	WIRE_MAX_MESSAGE = 48000000,
	WIRE_MAX_BATCH = 25000, /* the engine takes no more writes at once */
	WIRE_MAX_SEQUENCES = 4,
	WIRE_DB_SIZE = 128,
	WIRE_CHECKSUM_PRESENT = 1,
	WIRE_MORE_TO_COME = 2,
};

struct wire_sequence {
	const char *name;
	const uint8_t *p;
	size_t n;
};

struct wire_msg {
	enum wire_op op; /* after decompression */
	int32_t id;
	uint32_t flags;
	int compressor; /* -1: came plain; the answer goes the same way */
	bson_t body;
	char db[WIRE_DB_SIZE]; /* QUERY only: MSG has $db in its body */
	struct wire_sequence sequence[WIRE_MAX_SEQUENCES];
	int sequences;
	uint8_t *plain;
};

/* An answer, ready for writev: it borrows the document. */
struct wire_frame {
	uint8_t head[40];
	uint8_t *packed;
	struct iovec part[2];
	int parts;
};

/* The length a message says it has, or -EPROTO.  Wants WIRE_HEADER bytes. */
int64_t wire_length(const uint8_t *p);
int wire_parse(struct wire_msg *m, const uint8_t *p, size_t n); /* a whole message; 0 or -errno */
void wire_msg_fini(struct wire_msg *m);

/* The answer to m: 0 or -ENOMEM. */
int wire_frame_init(struct wire_frame *f, const struct wire_msg *m, int32_t id, const uint8_t *doc, size_t n);
void wire_frame_fini(struct wire_frame *f);

uint32_t wire_get32(const uint8_t *p);
void wire_put32(uint8_t *p, uint32_t v);

#endif
