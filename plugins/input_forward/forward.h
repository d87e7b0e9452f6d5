/*
 * input forward inside: the Fluent Forward protocol, version 1.
 *
 *	forward.c   the plugin: settings, listeners, connections
 *	session.c   a connection: bytes in, whole messages out, acknowledgements back; a plain feed() that a test can
 *call hello.c     the handshake with shared key and users message.c   the forms of a message: Message, Forward,
 *PackedForward, compressed; options inflate.c   gzip and zstd, bounded chunk.c     the entries of a message become
 *events, and what was taken is noted in the same frame notes.c     chunks that were taken, the last few thousand
 *	record.c    an entry: which of its fields is the message, which go to slots, the rest to the context
 *	document.c  an entry that another genlog has sent: a document, as it stood there
 *	value.c     MessagePack to BSON; json.c to JSON; keys.c, keys that stand twice
 *
 * What is acknowledged is durable: the entries of a chunk and the note that it was taken go into one frame of the
 * spool, and after genlog_durable() the answers go out, for all connections at once.  A chunk that comes again because
 * its answer was lost is found in the notes, and answered without being taken.
 */
#ifndef INPUT_FORWARD_H
#define INPUT_FORWARD_H

#include <genlog/lru.h>

#include "../forward/auth.h"
#include "value.h"

#define CHUNK_ID_MAX 1024
#define NOTE_KEY_MAX 64
#define FIELDS_MAX 1024
#define MEMO 64
#define MEMO_KEY 32
#define TAG_MAX 1024

/* ── notes.c ── */

struct note {
	struct genlog_lru_node node;
	uint64_t turn;	/* the order in which they came, for after a restart */
	uint64_t check; /* of what is in the chunk: another chunk of that name is another chunk */
	uint32_t taken;
	uint8_t done;
	uint8_t len;
	char key[NOTE_KEY_MAX];
};

struct notes {
	struct genlog_lru lru;
	uint64_t seed, turn;
};

int notes_open(struct notes *n, int64_t remember);
int notes_load(struct notes *n, struct genlog_input *in);
void notes_close(struct notes *n);
struct note *notes_find(struct notes *n, const char *key, size_t len);
/* Into the frame under construction; what was noted longest ago is forgotten there too.  0, or -ENOMEM. */
int notes_put(struct notes *n, struct genlog_input *in, const struct note *what);

/* ── what all connections share ── */

enum trust { TRUST_AUTO, TRUST_YES, TRUST_NO };

struct hello_conf {
	const char *shared_key; /* NULL: no handshake */
	const char *self_hostname;
	struct genlog_strs users; /* name:password */
};

/* Which key stood at a place last, and what it meant. */
struct memo {
	char key[MEMO_KEY];
	uint8_t len, slot, rank;
};

/* A field of a record: where it lies, and what it is for. */
struct field {
	struct bson_key key;
	const uint8_t *value, *end;
	struct mp v;
	uint8_t slot, rank;
	bool gone; /* another of its name comes later, or it has its place already */
};

struct session;

struct intake {
	struct genlog_input *in;
	struct hello_conf hello;
	size_t chunk_limit, inflated_limit, max_line;
	const char *document_tag;
	int trust;
	struct notes notes;
	struct keys *keys;
	struct memo memo[MEMO];
	struct field *fields;
	size_t n_fields;
	struct genlog_buf scratch, text, inflated, document, key_text;
	struct session *waiting; /* for an acknowledgement */
	size_t acks;		 /* of all of them */
	void (*wants_commit)(void *arg);
	void *arg;
};

int intake_open(struct intake *k);
void intake_close(struct intake *k);

/* ── chunk.c ── */

/* A message, read: entries one behind the other. */
struct chunk {
	const uint8_t *p, *end;
	uint32_t n;	     /* how many; counted by chunk_count() where the message does not say */
	struct bson_key tag; /* valid UTF-8 */
	const char *id;	     /* as MessagePack; NULL: nobody wants to hear of it */
	size_t id_n;
	bool single; /* p is a time, and the record follows without an array around them */
	bool signal; /* metrics or traces, not logs */
	struct mp packed, compressed;
};

/* Every entry is whole, and how many there are.  0 or -EBADMSG. */
int chunk_count(struct chunk *c);
/* 0; 1: it was there already; -EAGAIN: some of it was taken, the same has to come again; -ENOMEM. */
int chunk_take(struct session *s, const struct chunk *c);

/* ── record.c, document.c ── */

struct entry {
	const uint8_t *raw, *raw_end; /* all of it */
	const uint8_t *record;	      /* up to raw_end */
	const uint8_t *metadata;      /* NULL: none */
	const uint8_t *metadata_end;
	int64_t ms;
	bool has_time, odd; /* odd: no entry at all */
};

void entry_read(struct entry *e, const uint8_t *p, const uint8_t *end, bool single);

/* 0; -EAGAIN; -ENOMEM. */
int record_take(struct intake *k, struct genlog_source *src, const struct chunk *c, const struct entry *e, uint64_t at);

/* Fields of the map at p into k->fields; the last of a name stays.  0; -EBADMSG: no map; -EOVERFLOW: too many. */
int fields_read(struct intake *k, const uint8_t *p, const uint8_t *end);

/* As what it was sent.  0; -EAGAIN; 1: it is none, and is taken as a record. */
int document_take(struct intake *k, const struct chunk *c, const struct entry *e);
/* The tag names a collection for documents. */
bool document_wanted(const struct intake *k, const struct chunk *c);

/* ── message.c, inflate.c ── */

/* A whole message.  0; 1: a heartbeat; -EBADMSG with words in `why`. */
int message_read(struct chunk *c, const uint8_t *p, const uint8_t *end, const char **why);
/* PackedForward: its entries, decompressed where they are not plain.  0; -EBADMSG, -EMSGSIZE, -ENOMEM, with words. */
int message_unpack(struct intake *k, struct chunk *c, const char **why);

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };
/* Into `out`, of at most `max`; 64 bytes behind may be read.  0; -EBADMSG; -EMSGSIZE; -ENOMEM. */
int inflate_all(struct genlog_buf *out, size_t max, enum packing how, const char *p, size_t n);

/* ── session.c, hello.c ── */

struct session_peer {
	const char *name;
	bool local; /* loopback or unix */
	bool known; /* by a certificate */
	int (*send)(void *arg, const void *p, size_t n);
	void *arg;
};

enum session_state { SESSION_HELO, SESSION_OPEN, SESSION_BROKEN };

struct session {
	struct intake *k;
	struct session_peer peer;
	enum session_state state;
	struct mp_scan scan; /* of the message at the front */
	uint32_t skip;	     /* its entries that were taken already, where no note says so */
	uint64_t generation, number;
	uint64_t records; /* taken by the last feed() */
	struct genlog_source *src;
	struct genlog_buf acks;
	size_t n_acks;
	bool waits;
	struct session *next, *before; /* of those that wait */
	char nonce[AUTH_SALT], salt[AUTH_SALT];
};

int session_open(struct session *s, struct intake *k, const struct session_peer *peer);
void session_close(struct session *s);
/*
 * Takes whole messages from the front; how many bytes that was.  -EAGAIN: the spool is full, and nothing was taken off
 * the front.  -EPROTO: broken, and it was said why.
 */
ssize_t session_feed(struct session *s, const char *p, size_t n);
/* May this peer's documents be taken as they are? */
bool session_trusted(const struct session *s);

/* Makes durable what was taken and answers all that wait for it.  0 or -EAGAIN. */
int intake_commit(struct intake *k);

int hello_begin(struct session *s);
/* The peer's PING.  0: it may go on; -EACCES: it was answered and has to go; -EBADMSG. */
int hello_ping(struct session *s, const uint8_t *p, const uint8_t *end);

#endif
