/*
 * What the agent and the process that reads the journal say to each other: messages of [u32 length][u8 type][body] over
 * a stream, in this machine's byte order.  Neither side trusts the other: what reads latches the first thing wrong.
 *
 *	agent → reader   SETTINGS   once
 *	reader → agent   FILE       a file and its number, before anything else is said of it
 *	                 ENTRY      of that file
 *	                 LOOKED     how far that file has been looked at, though nothing of it may have been wanted
 *	                 LOST       entries of it are gone, or cannot be read
 *	                 STARTED    all files that were there have been told with where to begin
 *	                 IDLE       everything there is has been read
 *	                 SAY        for the log
 *	                 FAULT      the last one: it died of that file
 */
#ifndef JOURNALD_WIRE_H
#define JOURNALD_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <genlog/record.h>

#define WIRE_VERSION 1
#define WIRE_HEAD 5		   /* length and type */
#define WIRE_MAX (48u << 20)	   /* of a message */
#define WIRE_ENTRY_MAX (12u << 20) /* of an entry's fields, together */
#define WIRE_FIELDS 1024	   /* of an entry */
#define WIRE_CUT 0x80000000u	   /* in a field's length: its true one follows */
#define WIRE_BATCH (256u << 10)

enum wire_type {
	WIRE_SETTINGS = 1,
	WIRE_FILE,
	WIRE_ENTRY,
	WIRE_LOOKED,
	WIRE_LOST,
	WIRE_STARTED,
	WIRE_IDLE,
	WIRE_SAY,
	WIRE_FAULT
};

enum wire_file_flag {
	WIRE_FILE_DONE = 1 << 0,    /* read to its end, and nobody writes to it any more */
	WIRE_FILE_LEFT = 1 << 1,    /* it killed a reader: left out */
	WIRE_FILE_RUNTIME = 1 << 2, /* below /run: what is in it may be copied below /var */
};

enum wire_entry_flag { WIRE_ENTRY_PART = 1 << 0 }; /* some of its fields could not be read */

struct wire_in {
	const uint8_t *p, *end;
	bool bad;
};

static inline const uint8_t *wire_bytes(struct wire_in *w, size_t n)
{
	const uint8_t *p = w->p;

	if (w->bad || (size_t)(w->end - w->p) < n) {
		w->bad = true;
		return NULL;
	}
	w->p += n;
	return p;
}

static inline void wire_copy(struct wire_in *w, void *to, size_t n)
{
	const uint8_t *p = wire_bytes(w, n);

	if (p)
		memcpy(to, p, n);
	else
		memset(to, 0, n);
}

static inline uint8_t wire_u8(struct wire_in *w)
{
	uint8_t v;

	wire_copy(w, &v, sizeof(v));
	return v;
}

static inline uint32_t wire_u32(struct wire_in *w)
{
	uint32_t v;

	wire_copy(w, &v, sizeof(v));
	return v;
}

static inline uint64_t wire_u64(struct wire_in *w)
{
	uint64_t v;

	wire_copy(w, &v, sizeof(v));
	return v;
}

/* A text with its length before it. */
static inline const char *wire_text(struct wire_in *w, size_t *n)
{
	*n = wire_u32(w);
	return (const char *)wire_bytes(w, *n);
}

/* One without a NUL in it and with one behind it, as it was written by put_text(). */
static inline const char *wire_str(struct wire_in *w)
{
	size_t n;
	const char *p = wire_text(w, &n);

	if (!p || n == 0 || p[n - 1] != 0 || strlen(p) != n - 1)
		w->bad = true;
	return w->bad ? "" : p;
}

/* A buffer that is written to; `bad` is latched when memory is gone. */
struct wire_out {
	struct genlog_buf b;
	size_t start; /* of the message under construction */
	size_t whole; /* up to here there are whole messages */
	bool bad;
};

static inline void put_bytes(struct wire_out *w, const void *p, size_t n)
{
	if (w->bad || genlog_buf_reserve(&w->b, n) < 0) {
		w->bad = true;
		return;
	}
	memcpy(w->b.p + w->b.n, p, n);
	w->b.n += n;
}

static inline void put_u8(struct wire_out *w, uint8_t v)
{
	put_bytes(w, &v, sizeof(v));
}

static inline void put_u32(struct wire_out *w, uint32_t v)
{
	put_bytes(w, &v, sizeof(v));
}

static inline void put_u64(struct wire_out *w, uint64_t v)
{
	put_bytes(w, &v, sizeof(v));
}

static inline void put_text(struct wire_out *w, const char *p)
{
	put_u32(w, (uint32_t)strlen(p) + 1);
	put_bytes(w, p, strlen(p) + 1);
}

static inline void put_begin(struct wire_out *w, enum wire_type type)
{
	w->start = w->b.n;
	put_u32(w, 0);
	put_u8(w, (uint8_t)type);
}

/* The message is whole; without memory none of it is there. */
static inline bool put_end(struct wire_out *w)
{
	uint32_t n = (uint32_t)(w->b.n - w->start - sizeof(uint32_t));

	if (w->bad) {
		w->b.n = w->start;
		w->bad = false;
		return false;
	}
	memcpy(w->b.p + w->start, &n, sizeof(n));
	w->whole = w->b.n;
	return true;
}

/*
 * The message at p.  1: `type` and `body` are it, `used` bytes; 0: not all of it is there yet; -1: it cannot be one.
 */
static inline int wire_next(const uint8_t *p, size_t n, enum wire_type *type, struct wire_in *body, size_t *used)
{
	uint32_t len;

	if (n < WIRE_HEAD)
		return 0;
	memcpy(&len, p, sizeof(len));
	if (len < 1 || len > WIRE_MAX)
		return -1;
	if (n < len + sizeof(len))
		return 0;
	*type = (enum wire_type)p[4];
	*body = (struct wire_in){p + WIRE_HEAD, p + sizeof(len) + len, false};
	*used = len + sizeof(len);
	return 1;
}

#endif
