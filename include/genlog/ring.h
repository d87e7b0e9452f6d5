/*
 * The bytes that a program and the agent share: segments with rings, version 1, little endian, 64 bit.
 *
 *	segment   page 0: struct gl_segment │ ring headers, 512 bytes each │ emergency slots │ site table │ rings
 *
 * One segment a process, one ring a thread; the thread alone writes it, the agent alone reads it.  Positions count
 * bytes and only grow: position & (capacity - 1) is the place.  The writer maps each ring twice in a row, so that a
 * record never wraps for it; in the file it may.
 *
 *	ring      … taken by the agent │ tail ── records ── head │ free …
 *	record    │ len32, whole, × 8 │ site32 │ time64 │ n × value64 │ texts, in order, unpadded │ 0–7 zero bytes │
 *
 * Commit: the writer copies a record behind `head`, then stores the new `head` with release order.  So what is below
 * `head` is whole, whenever the writer dies.  The reader loads `head` with acquire order, copies, and only then looks
 * at what it has copied: everything here may be hostile to it.  It stores `tail` with release order when the records
 * are durable; the writer loads it with acquire order before it writes over them.
 *
 * A recorder's ring (GL_RING_RECORDER) holds the newest records below the level.  Its writer takes the oldest away
 * itself: it stores `tail` (release) behind each record that it will write over, before it does.  The reader copies
 * tail … head, loads `tail` again (acquire, after a fence), and forgets what lies below that.
 *
 * Changes: a reader refuses a `version` that it does not know; sizes and offsets are in the header so that parts may
 * grow.
 */
#ifndef GENLOG_RING_H
#define GENLOG_RING_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GL_MAGIC 0x3130474f4c4e4547ULL /* "GENLOG01" */
#define GL_VERSION 1U
#define GL_PAGE 4096U
#define GL_ARGS_MAX 16U
#define GL_TEXT_MAX 32768U /* bytes of one text; longer ones are cut, and counted */
#define GL_RINGS_MAX 256U  /* of a segment */
#define GL_RING_MIN 65536U /* bytes; powers of two */
#define GL_RING_MAX (64U << 20)
#define GL_SITES_BYTES (256U << 10)
#define GL_SITE_FIRST 16U /* smaller site numbers are meta records */

/* Types of values.  Those from GL_TEXT on have bytes behind the values; their value is how many. */
enum gl_type {
	GL_NONE,
	GL_INT,
	GL_UINT,
	GL_DOUBLE,
	GL_BOOL,
	GL_POINTER,
	GL_TIME, /* milliseconds since 1970, a date in the document */
	GL_TEXT = 16,
	GL_TRACE,     /* return addresses, 8 bytes each, innermost first */
	GL_REGISTERS, /* as the machine's signal context has them, 8 bytes each */
	GL_ELEMENTS,  /* BSON elements, more fields of a document than values could be; nothing elsewhere */
	GL_TYPES
};

/* Records that the library writes for itself: their site is one of these, behind the time stands a struct below. */
enum gl_meta {
	GL_META_THREAD = 1, /* struct gl_thread: from here on the ring is this thread's */
	GL_META_GAP = 2,    /* struct gl_gap: records that found no room */
	GL_META_PUSH = 3,   /* struct gl_push, key, value: a field of all records of this ring from here on */
	GL_META_POP = 4,    /* u64: the depth that remains */
	GL_META_CLOCK = 5,  /* struct gl_anchor: taken anew */
	GL_META_MODULE = 6, /* struct gl_module, build id, path: code that addresses may lie in */
	GL_META_MODULES = 7 /* u64: how many follow; those before are forgotten */
};

struct gl_thread {
	int32_t tid;
	uint32_t generation;
	char name[16];
};

struct gl_gap {
	uint64_t count, first_time;
};

struct gl_push {
	uint32_t depth; /* of this field, from 0 */
	uint16_t key_len, value_len;
};

struct gl_anchor {
	uint64_t ticks, real_ns;
	double ticks_per_second;
};

struct gl_module {
	uint64_t start, end, offset; /* addresses in the process, and where `start` lies in the file */
	uint16_t build_id_len, path_len;
	uint32_t zero;
};

enum gl_clock { GL_CLOCK_REALTIME, GL_CLOCK_TSC, GL_CLOCK_COARSE };

struct gl_record {
	uint32_t len; /* whole, a multiple of 8 */
	uint32_t site;
	uint64_t time; /* nanoseconds since 1970, or ticks of the segment's clock */
};

/*
 * A place in the program that logs, written once: behind the struct stand its texts.  Entries follow one another at
 * multiples of 8; `site_head` says how many bytes of them are whole.
 */
struct gl_site_entry {
	uint32_t len, id;
	uint8_t level;	/* enum genlog_severity */
	uint8_t n_args; /* of which the template's holes name the first, `names` the others */
	uint16_t flags; /* enum gl_site_flag */
	uint32_t line;
	uint16_t template_len, names_len, file_len, function_len, collection_len, zero[3];
	uint8_t types[GL_ARGS_MAX];
};

enum gl_site_flag {
	GL_SITE_DOCUMENT = 1 << 0, /* the fields are a document of `collection`, at its top level */
};

enum gl_ring_state { GL_RING_FREE, GL_RING_OPEN, GL_RING_CLOSED };
enum gl_ring_kind { GL_RING_PLAIN, GL_RING_RECORDER };

/* 512 bytes: what seldom changes, the writer's lines, the reader's lines. */
struct gl_ring {
	uint32_t state, kind;
	uint32_t generation; /* how many threads have had it */
	int32_t tid;
	char name[16];
	uint8_t zero0[96];
	uint64_t head;
	uint64_t drops; /* records that found no room, since the beginning */
	uint8_t zero1[112];
	uint64_t tail;
	uint8_t zero2[120];
	uint8_t zero3[128];
};

/*
 * For signal handlers that interrupt a call, and threads without a ring: many writers.  A slot is free for position p
 * when its `turn` is p, and holds the record of p when it is p + 1; the reader sets it to p + slots.
 */
#define GL_SLOT_BYTES 1024U
struct gl_slot {
	uint64_t turn;
	int32_t tid;
	uint32_t len;
	uint8_t record[GL_SLOT_BYTES - 16];
};

/* Page 0.  Lines that different sides write lie 128 bytes apart. */
struct gl_segment {
	uint64_t magic; /* stored last */
	uint32_t version, header_bytes;
	uint64_t bytes; /* of the segment */
	uint32_t rings, ring_bytes, slots, sites_bytes;
	uint64_t ring_headers_at, slots_at, sites_at, rings_at;
	uint8_t uuid[16];
	uint8_t before[16]; /* of the segment that this one follows, when that was full; zero: none */
	uint32_t order;	    /* among those; 0: the first */
	uint32_t clock;
	struct gl_anchor anchor;
	int32_t pid; /* what the program says of itself; nobody trusts it */
	uint32_t uid;
	uint64_t start_ticks;
	char app[64];
	uint8_t zero0[40];

	uint64_t site_head;  /* bytes of whole entries */
	uint32_t rings_used; /* headers below were in use at some time */
	uint32_t crashed;    /* signal that the crash handler has told of; 0: none */
	uint64_t drops;	     /* of calls that had neither ring nor slot */
	uint8_t zero1[104];

	uint64_t slot_position, slot_drops;
	uint8_t zero2[112];

	/* The agent's. */
	uint32_t doorbell; /* futex: 1: it sleeps, and wants to be woken */
	uint32_t level;	   /* enum genlog_severity; 0: it has not said */
	uint32_t recorder; /* records from this level on are kept for the case of an error; 0: none */
	uint32_t epoch;	   /* changes when a new agent has taken the segment over */
	uint8_t zero3[112];
};

/*
 * The socket, SOCK_SEQPACKET.  The program sends one struct gl_hello, with the segment's descriptor (SCM_RIGHTS); the
 * agent answers with struct gl_answer, and again whenever that changes.  Nothing else is sent or believed.
 */
#define GL_HELLO 0x4f4c4c45484c47ULL  /* "GLHELLO" */
#define GL_ANSWER 0x52455753414c47ULL /* "GLASWER" */

struct gl_hello {
	uint64_t magic;
	uint32_t version, zero;
	uint8_t uuid[16];
};

struct gl_answer {
	uint64_t magic;
	uint32_t version, flags;  /* enum gl_answer_flag */
	uint32_t level, recorder; /* as in the segment */
};

enum gl_answer_flag {
	GL_ANSWER_KEPT = 1 << 0,    /* the segment outlives the agent: somebody else keeps its descriptor too */
	GL_ANSWER_REFUSED = 1 << 1, /* the agent does not read it; its log says why */
};

#define GL_SOCKET_PATH "/run/genlog/emit.sock"
#define GL_RINGS_PATH "/run/genlog/rings" /* files PID-UUID.ring, flock'ed by the program while it lives */

#ifndef __cplusplus
_Static_assert(sizeof(struct gl_ring) == 512 && sizeof(struct gl_slot) == GL_SLOT_BYTES, "parts of the segment");
_Static_assert(sizeof(struct gl_segment) == 640 && sizeof(struct gl_site_entry) == 48, "parts of the segment");
#endif

#ifdef __cplusplus
}
#endif
#endif
