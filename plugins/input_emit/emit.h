/*
 * input emit: records that programs have written into shared memory with libgenlog; <genlog/ring.h> is the format.
 *
 *	emit.c      the plugin: settings, start, end
 *	listen.c    the socket that programs hand their segments to, and who they are
 *	files.c     folders of segments in files, which outlive everybody
 *	kept.c      segments that systemd keeps for the next agent
 *	poll.c      when who is looked at; what is durable is given back
 *	wake.c      programs ring while the agent sleeps
 *	segment.c   a segment is checked and opened, and ends
 *	clock.c     the time stamp counter as time of day
 *	read.c      one look at a segment
 *	ring.c      records are copied out of a ring, and checked
 *	slots.c     the emergency slots
 *	meta.c      what the library says of a ring: thread, fields, modules
 *	site.c      call sites, compiled once: template, keys
 *	render.c    a record becomes an event: message, slots, context
 *	document.c  a record becomes a document of its own
 *	elements.c  fields that come as BSON are checked
 *	notes.c     how far each ring was read, in the spool
 *	recorder.c  the flight recorder
 *	death.c     how a process ended
 *	trace.c     addresses become frames; elf.c knows their names
 *	view.c, number.c, text.c
 *
 * Everything in a segment is untrusted: it is copied, and the copy is checked and used.  A file is never mapped, since
 * its owner may cut it; memory has seals against that.  `tail` is stored when the records are in the spool.
 */
#ifndef INPUT_EMIT_H
#define INPUT_EMIT_H

#include <genlog/bson.h>
#include <genlog/genlog.h>
#include <genlog/plugin.h>

#include "clock.h"
#include "number.h"
#include "plan.h"
#include "site.h"
#include "text.h"
#include "view.h"

#define RECORD_MAX (sizeof(struct gl_record) + GL_ARGS_MAX * (8 + (size_t)GL_TEXT_MAX) + 8)
#define CHUNK (256u << 10)
#define STRIKES 8u
#define DEPTH_MAX 16u
#define MODULES_MAX 512u
#define PATH_ROOM 512
#define SLOTS_RING GL_RINGS_MAX /* as which the slots go in notes and identities */
#define UUID 16

/* What was checked of a segment's first page. */
struct layout {
	uint64_t bytes, headers_at, slots_at, sites_at, rings_at;
	uint32_t rings, ring_bytes, slots, sites_bytes, clock;
	struct gl_anchor anchor;
	uint8_t uuid[UUID];
	char app[65];
};

/* A field of all records of a ring, as BSON element. */
struct pushed {
	uint8_t *p;
	uint32_t n;
};

struct ring {
	uint32_t index;
	bool recorder, noted, told_bad;
	uint64_t head;	/* as it was when it was looked at */
	uint64_t at;	/* read up to here */
	uint64_t tail;	/* as it stands in the segment: durable */
	uint64_t drops; /* as its writer counts */
	uint64_t told;	/* of them */
	int32_t tid;
	uint32_t depth;
	struct pushed pushed[DEPTH_MAX];
	struct genlog_buf extra; /* BSON elements: app, thread, tid, pushed ones */
};

struct module {
	struct gl_module head;
	char path[PATH_ROOM];
	uint8_t build_id[64];
};

enum { FD_STORE_AUTO, FD_STORE_YES, FD_STORE_NO };

enum how_ended { ENDED_UNKNOWN, ENDED_WELL, ENDED_SIGNAL, ENDED_CODE };

struct segment {
	struct segment *next;
	struct emit *owner;
	struct view v;
	struct layout l;
	uint64_t inode, device;
	uint32_t uid;
	int32_t pid; /* 0: not known */
	int pidfd;
	unsigned long long start; /* of its process */
	char path[PATH_ROOM];	  /* of a file; empty: memory */
	uint8_t *page;		  /* of a file, for the kernel alone */
	char app[3 * 65];	  /* what the program calls itself, as valid text */
	size_t app_n;
	struct genlog_watch *death;
	struct genlog_source *src;
	struct peer *peer; /* its connection; NULL: none */
	struct ring *rings;
	uint32_t used; /* of the rings */
	struct ring slots;
	struct site **sites;
	uint32_t n_sites, cap_sites;
	uint64_t site_at;
	struct module *modules;
	uint32_t n_modules, cap_modules;
	struct gl_anchor anchor; /* of its clock, the newest */
	unsigned strikes, sure;	 /* the least of its times: enum clock_sure */
	bool kept, dead, drained, bad, dirty, error_seen, end_told;
	uint32_t crashed;
	int64_t look_at, wait; /* milliseconds: when it is looked at next */
	int64_t dead_since, quiet_since, tell_at, lock_at;
};

/* A connection. */
struct peer {
	struct peer *next;
	struct emit *owner;
	struct segment *segment;
	struct genlog_watch *watch;
	int fd;
	int64_t until; /* it has to have said hello */
};

/* A note of the spool that no segment has asked for yet. */
struct note {
	uint8_t key[22];
	uint64_t at, told;
	uint8_t *fields; /* as meta_save() has them */
	size_t fields_n;
	bool used;
};

struct folder {
	const char *path;
	int fd, inotify_watch;
};

struct emit {
	/* settings */
	const char *socket;
	struct genlog_strs rings;
	int64_t mode, debug_records, max_segment, max_segments, max_bytes;
	int level, debug, module, fd_store;

	struct genlog_input *in;
	const struct genlog_host *host;
	struct segment *segments;
	struct peer *peers;
	struct note *notes;
	size_t n_notes, cap_notes;
	bool notes_missing; /* there was no memory for one */
	struct genlog_timer *look, *tidy;
	struct genlog_watch *listen_watch, *folder_watch;
	struct folder *folders;
	int listen_fd, inotify;
	uint8_t *chunk; /* RECORD_MAX and more: what is copied out */
	struct genlog_buf doc;
	struct symbols *symbols;
	struct ticks_clock clock;
	struct wake *wake;
	bool open, bound, blocked, pending, asleep;
};

bool emit_is_done(const struct emit *e);
int64_t emit_ms(void); /* of the clock that only goes forward */
int64_t emit_wall_ms(void);
uint32_t emit_severity(int level); /* of the setting; 0: the program's own */

/* poll.c */
void poll_soon(struct emit *e);
void poll_pass(struct emit *e);
int poll_settle(struct emit *e); /* what was read becomes durable, and is given back: 0, or -EAGAIN */
void poll_on_timer(void *arg);

/* wake.c: arm: programs are asked to ring, and all have to be looked at once more; disarm: nobody waits for it. */
int wake_open(struct emit *e);
int wake_start(struct emit *e);
void wake_close(struct emit *e);
bool wake_can(const struct emit *e);
void wake_arm(struct emit *e);
void wake_disarm(struct emit *e);
void wake_forget(struct segment *s);

/* segment.c.  `s` has view, identity and path; it is freed where that fails. */
int seg_check(const struct view *v, struct layout *l, uint64_t most);
struct segment *seg_new(struct emit *e);
int seg_add(struct segment *s, const char **why);
int seg_read(struct segment *s, bool *found); /* 0; -EAGAIN: the spool has no room */
void seg_store_tails(struct segment *s);
void seg_say_level(struct segment *s);
void seg_end(struct segment *s);  /* its process is dead, and it was read */
void seg_free(struct segment *s); /* out of the list, and all that it has */
struct segment *seg_find(struct emit *e, uint32_t uid, const uint8_t uuid[UUID]);
void seg_strike(struct segment *s, struct ring *r);
int64_t seg_time_ms(struct segment *s, uint64_t time);
bool seg_is_readable(const struct segment *s); /* its clock is known */

/* ring.c */
int ring_drain(struct segment *s, struct ring *r, bool *found);
int ring_record(struct segment *s, struct ring *r, const uint8_t *p, uint32_t len, uint64_t at, bool recorded);
uint64_t ring_offset(const struct ring *r, uint64_t at);
int ring_copy(const struct segment *s, const struct ring *r, uint64_t at, uint8_t *to, size_t n);

/* slots.c */
int slots_begin(struct segment *s, uint64_t position);
int slots_drain(struct segment *s, const struct gl_segment *now, bool *found);
void slots_release(struct segment *s);

/* meta.c */
int meta_take(struct segment *s, struct ring *r, const uint8_t *p, uint32_t n, uint32_t what);
int meta_thread(struct segment *s, struct ring *r, int32_t tid, const char name[16]);
/* Fields of a ring, beside its position; META_ROOM is enough for all. */
#define META_ROOM (DEPTH_MAX * (2 + GENLOG_BSON_MAX(GENLOG_KEY_ROOM(3 * 64), 3 * 1024)))
size_t meta_save(const struct ring *r, uint8_t *to);
int meta_restore(struct ring *r, const uint8_t *p, size_t n);
void meta_free(struct ring *r);

/* render.c, document.c */
struct field {
	uint64_t v;
	const char *p; /* text, valid */
	uint32_t n;
};
/* Where a record stood, and when. */
struct stood {
	uint64_t at;
	uint32_t len;
	int64_t ms;
	bool recorded;
};
int render_fields(const struct site *t, const uint8_t *p, uint32_t len, struct field *f);
int render_event(struct segment *s, struct ring *r, const struct site *t, const uint8_t *p, const struct stood *where);
uint8_t *render_value(uint8_t *w, const struct site_key *k, uint8_t type, const struct field *f);
int document_put(
	struct segment *s, struct ring *r, const struct site *t, const struct field *f, const struct stood *where);

/* elements.c: NULL: they may go into the document as they are; else why not. */
const char *elements_check(const struct plan *plan, const uint8_t *p, size_t n);

/* notes.c */
int notes_load(struct emit *e);
int notes_find(struct segment *s, struct ring *r);
int notes_put(struct segment *s, struct ring *r);
void notes_forget(struct segment *s);
void notes_tidy(struct emit *e);
void notes_free(struct emit *e);

/* listen.c, files.c, kept.c */
int listen_open(struct emit *e, struct genlog_err *err);
void listen_close(struct emit *e);
void peer_close(struct peer *p);
int files_open(struct emit *e, struct genlog_err *err);
void files_close(struct emit *e);
bool files_is_dead(struct segment *s);
void files_remove(struct segment *s);
void files_scan(struct emit *e);
const char *listen_map(struct segment *s, int fd); /* why not; NULL: it is mapped */
void peer_gone(struct peer *p);
bool kept_put(struct segment *s);
void kept_remove(struct segment *s);
void kept_take(struct emit *e);

/* death.c */
int death_watch(struct segment *s);
int death_tell(struct segment *s); /* how it ended, if that is known */
bool death_may_be_told(struct segment *s, int64_t now);
bool death_was_bad(struct segment *s);
enum how_ended death_how(struct segment *s, int *number);

/* recorder.c */
int recorder_ship(struct segment *s);

/* trace.c */
struct genlog_value trace_text(struct segment *s, struct genlog_record *rec, const char *p, uint32_t n);
struct genlog_value trace_registers(struct genlog_record *rec, const char *p, uint32_t n);
void trace_free(struct emit *e);

#endif
