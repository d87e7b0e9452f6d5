/*
 * input journald, the agent's side.
 *
 *	journald.c   the plugin: settings, life
 *	process.c    the process that reads: started, listened to, started again
 *	messages.c   what it says, one message after the other
 *	known.c      positions: how far each file has been read
 *	event.c      from an entry to an event
 *	fields.c     its fields
 *	text.c       bytes to UTF-8
 *
 * The other side is reader.h.  What the two share: wire.h, settings.h, names.h, cursor.h.
 *
 * A position is kept for each file, by the id in its head, under a hash of what the input asks for: path, namespace and
 * filters.  So an input whose filters are changed is another one, and begins where `start` says.
 */
#ifndef INPUT_JOURNALD_H
#define INPUT_JOURNALD_H

#include <genlog/lru.h>

#include "cursor.h"
#include "names.h"
#include "settings.h"

#define SOURCES 512
#define STRIKES 3 /* a file that killed as many readers, one after the other, is left out */

struct known {
	struct known *next;
	uint8_t id[ID_SIZE];
	uint64_t generation; /* hash of the id that its numbers count in */
	char *cursor;	     /* NULL: from the beginning */
	size_t cursor_cap;
	uint64_t time, folder, from;
	int64_t seen_ms;
	uint8_t flags; /* enum wire_file_flag */
	uint8_t strikes;
	bool there; /* the reader has told of it */
	bool unstored;
	char *path;
};

struct field {
	const char *name, *value;
	const struct name *row; /* NULL: somebody's own */
	uint32_t name_n, hash;
	size_t n, full; /* of the value, as it is here and as it was */
	bool taken;
};

/* One entry as it came. */
struct entry {
	struct known *file;
	uint64_t time, seqnum, size;
	const char *cursor;
	uint8_t flags;
	size_t n;
	const struct field *message, *unit, *identifier, *object, *dumped, *id, *dropped, *priority;
	int64_t source_time, pid;
	struct field field[WIRE_FIELDS];
};

struct source {
	struct genlog_lru_node node;
	struct genlog_source *src;
};

struct journald {
	const char *path, *namespace, *priority, *boot, *since;
	struct genlog_strs units, identifiers, matches;
	int start, fields;

	struct genlog_input *in;
	const struct genlog_host *host;
	struct asked a;
	char **mangled; /* names of units as they are asked for */
	uint64_t scope;
	int fd;
	pid_t pid;
	struct genlog_watch *watch;
	struct genlog_timer *again;
	int64_t wait_ms;
	bool waiting, started, ended, progress;
	bool missing; /* there was no memory for a position of the spool */
	uint8_t *buf;
	size_t n, cap;
	struct known *known, **file, *last, *current; /* file: by the reader's number; last: unstored; current: read */
	size_t files, file_cap;
	struct genlog_lru sources;
	bool open;
	struct entry entry;
};

/* process.c */
void process_start(struct journald *j);
void process_end(struct journald *j);
void process_resume(struct journald *j);

/* messages.c: what is whole in the buffer.  0; -EAGAIN: not now; -EPROTO: it makes no sense. */
int messages_take(struct journald *j);

/* known.c */
int known_load(struct journald *j);
struct known *known_of(struct journald *j, const uint8_t id[ID_SIZE]);
int known_cursor(struct known *k, const char *cursor);
void known_store(struct journald *j, struct known *k);
void known_started(struct journald *j);
void known_forget(struct journald *j);
void known_free(struct journald *j);

/* event.c */
int entry_get(struct journald *j, struct wire_in *w); /* -EPROTO */
int event_hand_over(struct journald *j);	      /* 0, -EAGAIN */
int event_lost(struct journald *j, struct known *k, uint64_t n, const char *reason);
void sources_free(struct journald *j);

/* fields.c */
int fields_put(struct journald *j, struct genlog_record *rec);

/* text.c: at most 3 * n bytes; what is no UTF-8, and NUL, becomes U+FFFD. */
size_t text_valid(const char *p, size_t n); /* how much of it is as it should be */
size_t text_repair(char *to, const char *p, size_t n);

static inline uint64_t id_hash(const uint8_t id[ID_SIZE])
{
	return genlog_hash(id, ID_SIZE, 0);
}

static inline bool field_is(const struct field *f, const char *text)
{
	return f && f->n == strlen(text) && memcmp(f->value, text, f->n) == 0;
}

#endif
