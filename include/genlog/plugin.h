/*
 * The plugin ABI.  A plugin is one shared object that exports one symbol, `genlog_plugin`: a const struct that says
 * what it is, its settings as rows, and its callbacks.  It sees include/ and nothing else.
 *
 * The host does the chores: it allocates and zeroes the state, checks and stores the settings before open(), and
 * calls close() even after a failed open(), though not where the settings were wrong and open() was not called.  So a
 * plugin parses no configuration and has no clean-up ladder; its close() has to accept a half-made state.
 *
 * Threads: inputs, parsers and filters of one instance run on one reader thread, start to end.  An output's write()
 * runs on several shipper threads at once unless it is GENLOG_OUT_SERIAL.
 * Errors:  0 or more is good, -errno is not; words go into `err`.  A plugin does not print: it returns, or it calls
 * genlog_say(), which the host limits in rate.
 * Version: a host takes plugins of its own ABI version only, and says so in words.  Within a version structs grow at
 * their end; `size` tells what the other side knows.
 */
#ifndef GENLOG_PLUGIN_H
#define GENLOG_PLUGIN_H

#include <sys/types.h>

#include "err.h"
#include "opt.h"
#include "record.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define GENLOG_ABI 1

enum genlog_kind { GENLOG_INPUT, GENLOG_PARSER, GENLOG_FILTER, GENLOG_OUTPUT, GENLOG_KINDS };

enum genlog_verdict { GENLOG_KEEP, GENLOG_DROP };

/* ── parsers ──────────────────────────────────────────────────────────────────────────────────────────────────── */

/* What parse() returns beside -errno. */
enum genlog_parsed {
	GENLOG_PARSED = 0,
	GENLOG_NO_MATCH = 1, /* not this parser's kind of line: shipped raw, with rec->parse_error or a standard one */
	GENLOG_HEADER = 2,   /* it says how the lines behind it are to be read, and becomes no document */
};

enum genlog_parser_flag {
	GENLOG_PARSER_LINES = 1 << 0, /* every line is an event: lines are not joined unless the input asks for it */
	GENLOG_PARSER_FIRST =
		1 << 1, /* wants the first line of an event alone; what follows is joined to its message */
	GENLOG_PARSER_OUTER = 1 << 2, /* its message may be a line of another parser's: JSON behind a syslog head */
};

/* One line of a container's log: what the program has written, and what the runtime has put around it. */
struct genlog_unwrapped {
	struct genlog_value time; /* text, or GENLOG_V_NONE */
	const char *p;		  /* the program's text, valid until the record is used again */
	size_t n;
	uint8_t stream; /* 0 or 1: lines of two streams do not mix */
	bool partial;	/* the line goes on in the next one of its stream */
	const char *stream_name;
};

/* ── inputs ───────────────────────────────────────────────────────────────────────────────────────────────────── */

struct genlog_input;  /* the host's side of an input instance */
struct genlog_source; /* one thing that lines come from: a file's generation, a connection, a unit */
struct genlog_watch;
struct genlog_timer;

/* Where a source's lines come from; what a document's `source` says.  The host copies what it keeps. */
struct genlog_source_desc {
	const char *type;  /* "tail" */
	const char *label; /* "path", "unit", "peer" */
	const char *value;
	uint64_t generation; /* names the bytes that offsets count in; shown as 16 hex digits */
	uint64_t salt;	     /* random, kept with the position: part of the _id of events without a time of their own */
	const char *head;    /* where reading begins behind the beginning: whole lines from there, for parsers whose */
	size_t head_len;     /* first line tells how the others are read; NULL: not to be had, or not needed */
	const char *const *more; /* names and values in turns, NULL-ended, for the document's `source`; NULL: none */
};

enum genlog_lines_flag {
	GENLOG_LINES_END = 1 << 0, /* no more will follow: take the last line even without its newline */
	GENLOG_LINES_CUT = 1 << 1, /* genlog_line(): longer than max_line */
};

typedef void genlog_fd_fn(void *arg, uint32_t events);
typedef void genlog_timer_fn(void *arg);

/* The node and the run, as an input may need them. */
struct genlog_host {
	const char *node_id;
	bool once; /* read what there is, say genlog_input_done(), and rest */
	size_t max_line;
	bool wants_head;			    /* genlog_source_desc.head is of use */
	const char *module, *environment, *version; /* of the service, for documents that an input makes; "" or NULL */
};
const struct genlog_host *genlog_host(struct genlog_input *in);

/* Watch an fd (EPOLLIN, EPOLLOUT); the fd stays the plugin's.  NULL: no memory or not watchable, errno says. */
struct genlog_watch *genlog_watch(struct genlog_input *in, int fd, uint32_t events, genlog_fd_fn *fn, void *arg);
void genlog_unwatch(struct genlog_watch *w);
int genlog_watch_set(struct genlog_watch *w, uint32_t events); /* others from now on; 0: only errors and hang-ups */

/* A timer that is not running.  Set: once, after `ms`; again from its own callback where it should repeat. */
struct genlog_timer *genlog_timer(struct genlog_input *in, genlog_timer_fn *fn, void *arg);
void genlog_timer_set(struct genlog_timer *t, int64_t ms);
void genlog_timer_free(struct genlog_timer *t);

/* The input's own word for a source, for taken(). */
void genlog_source_mark(struct genlog_source *src, void *mark);
void *genlog_source_marked(const struct genlog_source *src);

/* NULL: no memory; resume() will be called, as after -EAGAIN. */
struct genlog_source *genlog_source_open(struct genlog_input *in, const struct genlog_source_desc *desc);
void genlog_source_close(struct genlog_source *src);

/* Nothing more comes that could belong to the lines not taken: they are taken now, where the host has kept them. */
void genlog_source_finish(struct genlog_source *src);

/*
 * Hands over bytes of a source, `offset` bytes from its beginning, GENLOG_PAD readable bytes behind them.  Returns how
 * many were taken: whole lines, of which each is now an event of the batch under construction.  The rest has to be
 * handed over again, with what follows it.  -EAGAIN: the spool has no room; resume() will be called when it has.
 */
ssize_t genlog_lines(struct genlog_source *src, const char *p, size_t n, uint64_t offset, unsigned flags);

/*
 * As above for one event that the input has cut out itself: `n` bytes of text, which need not be UTF-8, that stand for
 * `raw_len` bytes of the source, line end included.  With GENLOG_LINES_CUT the text is only the beginning of a line
 * that was too long.  Returns n, or -EAGAIN.
 */
ssize_t genlog_line(
	struct genlog_source *src, const char *p, size_t n, uint64_t offset, uint64_t raw_len, unsigned flags);

/*
 * Where that ends which could be taken of the source, in its own bytes: what lies between that and what was taken is
 * how far it lags.  A line without its end is nothing to take yet.  from(): what lies before that was taken earlier.
 */
void genlog_source_size(struct genlog_source *src, uint64_t size);
void genlog_source_from(struct genlog_source *src, uint64_t offset);

/* The process that what follows comes from: source.pid of its documents.  0: none, or not known. */
void genlog_source_pid(struct genlog_source *src, int32_t pid);

/*
 * An event that comes as fields and not as a line.
 *
 * begin(): a record whose message is this text, which need not be UTF-8; n = 0: without one.  The input puts slots and
 * context into it.  It is known by rec->raw, which is this text unless the input sets it.  NULL: as -EAGAIN
 * above.  Nothing else may be handed over in between; an event that is begun may be left.
 * end(): if the input's parsers know the message as a line of theirs, JSON within a journal's entry say, what it says
 * of itself goes before what was put.  Then it passes the filters and becomes a document.  0, or -EAGAIN: nothing was
 * taken, begin again after resume().
 */
struct genlog_record *genlog_event_begin(struct genlog_source *src, const char *text, size_t n);
int genlog_event_end(struct genlog_source *src, uint64_t offset, uint64_t raw_len);
/* As end(), for an input that knows that the message is no line of anything. */
int genlog_event_put(struct genlog_source *src, uint64_t offset, uint64_t raw_len);

/*
 * A document that was made elsewhere, for this collection as it stands: no parser, no filter, its own `_id`, which is
 * its first element.  The input answers for the bytes: valid BSON, UTF-8, less than 15 MiB; `level` is one of
 * GENLOG_LEVEL_*.  0, or -EAGAIN: as above.
 */
int genlog_document(struct genlog_input *in, const char *collection, const uint8_t *bson, size_t n, int level);

/*
 * What was handed over becomes durable before this returns: written, and synced unless the operator has forbidden it.
 * Takes a millisecond or more: once for many events.  0; -EAGAIN: the spool has no room, and nothing may be
 * acknowledged to anybody; ask again after resume().
 */
int genlog_durable(struct genlog_input *in);

/*
 * The input waits, for want of memory of its own as well as after -EAGAIN: resume() is called before long.  After
 * -EAGAIN alone that is not needed, and does no harm.
 */
void genlog_resume_soon(struct genlog_input *in);

/*
 * A process of the plugin's own, for code that must not take the agent down: child() of the plugin runs in it, with
 * one thread, no state, and one end of a socketpair (SOCK_SEQPACKET or SOCK_STREAM, as `type` says).  Returns the
 * other end, or -errno.  Whoever sees the other side closed ends; the input waits for `pid` after that.
 */
int genlog_child(struct genlog_input *in, int type, pid_t *pid);

/*
 * Positions: an input's own notes on how far it is, by key.  They become durable in one write with the events that
 * were handed over before, or not at all; after a restart genlog_positions() tells the newest of each key.
 * A position of 0 bytes forgets the key.
 */
int genlog_position(struct genlog_input *in, const void *key, size_t key_len, const void *val, size_t len);
typedef void genlog_position_fn(void *arg, const void *key, size_t key_len, const void *val, size_t len);
void genlog_positions(struct genlog_input *in, genlog_position_fn *fn, void *arg);

/* Something was lost, or may have been: a gap document, a counter and a line in the log. */
int genlog_gap(struct genlog_source *src, uint64_t offset, uint64_t bytes, const char *reason);

/* As above for `n` events that nobody can name. */
int genlog_lost(struct genlog_source *src, uint64_t n, const char *reason);

/*
 * From a filter's tick(): `n` events were held back since it was said last.  A document with `message` and
 * context.suppressed = {count, reason, key}; level WARN.  `key` and `message` are text of any length, cut where long.
 */
int genlog_suppressed(struct genlog_input *in, uint64_t n, const char *reason, const char *key, const char *message);

/*
 * The end of a turn: what was handed over may be written out now.  0: it is in the spool, where a crash of the agent
 * does not reach it (genlog_durable() is for crashes of the machine); -EAGAIN: not yet, the host keeps it and tries.
 */
int genlog_turn_end(struct genlog_input *in);

/* With `once`: everything that was there has been handed over. */
void genlog_input_done(struct genlog_input *in);

enum genlog_say { GENLOG_SAY_ERROR, GENLOG_SAY_WARN, GENLOG_SAY_INFO, GENLOG_SAY_DEBUG };
void genlog_say(struct genlog_input *in, enum genlog_say level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Counters of inputs, exported as genlog_input_<name>_total. */
#define GENLOG_COUNT_LIST(X)                                                                                           \
	X(FILES_OPENED, "files_opened", "files opened for reading")                                                    \
	X(FILES_ROTATED, "files_rotated", "files that were renamed away and read to their end")                        \
	X(FILES_TRUNCATED, "files_truncated", "truncations seen")                                                      \
	X(LINES_TRUNCATED, "lines_truncated", "lines longer than max_line that were cut")                              \
	X(READ_ERRORS, "read_errors", "reads, opens and decompressions that failed")                                   \
	X(NUL_SKIPPED, "nul_bytes_skipped", "NUL bytes skipped at the head of truncated files")                        \
	X(OVERFLOWS, "watch_overflows", "times the kernel dropped file events and folders were read again")            \
	X(RECEIVED, "received", "messages, entries or records received")                                               \
	X(RECEIVED_BYTES, "received_bytes", "bytes received")                                                          \
	X(KERNEL_DROPS, "kernel_drops", "messages that the kernel dropped because its buffer was full")                \
	X(LOST, "lost", "events known to be lost, told by gap documents")                                              \
	X(RATE_LIMITED, "rate_limited", "times a peer had to wait, or messages dropped, because of its rate")          \
	X(CONNECTIONS, "connections", "connections accepted")                                                          \
	X(CONNECTIONS_REFUSED, "connections_refused", "connections refused by a limit or a failed handshake")          \
	X(CONNECTIONS_IDLE, "connections_idle", "connections closed because nothing came")                             \
	X(FRAMES_BAD, "frames_bad", "frames that contradict their protocol")                                           \
	X(ACKS, "acks", "chunks acknowledged after they were durable")                                                 \
	X(REPEATED, "repeated", "chunks or entries seen before and not taken again")                                   \
	X(RESTARTS, "restarts", "times a process of the input's own was started again")

enum genlog_count {
#define GENLOG_COUNT_ENUM(name, key, help) GENLOG_COUNT_##name,
	GENLOG_COUNT_LIST(GENLOG_COUNT_ENUM)
#undef GENLOG_COUNT_ENUM
		GENLOG_COUNTS
};
void genlog_count(struct genlog_input *in, enum genlog_count what, uint64_t n);

/* Figures that go up and down, exported as genlog_input_<name>. */
#define GENLOG_GAUGE_LIST(X)                                                                                           \
	X(CONNECTIONS, "connections_open", "connections that are open")                                                \
	X(LAG_MS, "lag_ms", "how old the newest event was when it was read")                                           \
	X(BUFFERED, "buffered_bytes", "bytes of unfinished messages kept in memory")

enum genlog_gauge {
#define GENLOG_GAUGE_ENUM(name, key, help) GENLOG_GAUGE_##name,
	GENLOG_GAUGE_LIST(GENLOG_GAUGE_ENUM)
#undef GENLOG_GAUGE_ENUM
		GENLOG_GAUGES
};
void genlog_gauge(struct genlog_input *in, enum genlog_gauge what, int64_t value);

/* ── outputs ──────────────────────────────────────────────────────────────────────────────────────────────────── */

enum genlog_outcome {
	GENLOG_DELIVERED,
	GENLOG_RETRY,	 /* not now: the host backs off and sends the same bytes again */
	GENLOG_REJECTED, /* never: the host writes it to the dead letters with the reason */
};

struct genlog_doc {
	const uint8_t *bson;
	uint32_t len;
	uint32_t outcome; /* enum genlog_outcome, set by the output */
	int32_t code;	  /* why it was rejected, for a machine; and for a person: */
	char *reason;	  /* malloc'ed by the output, freed by the host; may be NULL */
};

/* Documents for one collection, in the order of the spool. */
struct genlog_batch {
	size_t size;
	const char *collection;
	struct genlog_doc *docs;
	size_t n;
	unsigned worker; /* which shipper calls, from 0: an output may keep a connection for each */
	bool alarm;	 /* set by the output with -EAGAIN: an operator has to act (credentials, rights) */
	char why[256];	 /* set by the output with a negative result: one line for the log */
};

/* How far the host has come in the spool `spool_id`, as an output may want to keep it beside its data. */
struct genlog_mark {
	uint8_t spool_id[16];
	uint64_t sequence;
};

enum genlog_out_flag {
	GENLOG_OUT_SERIAL = 1 << 0, /* one shipper, batches in order */
};

/* ── the one exported struct ──────────────────────────────────────────────────────────────────────────────────── */

struct genlog_plugin {
	uint32_t abi;
	uint32_t size;
	enum genlog_kind kind;
	const char *name;
	const char *summary;
	size_t state_size;
	const struct genlog_opt *opts; /* ended by a zeroed row; NULL: no settings */
	unsigned flags;

	int (*open)(void *self, struct genlog_err *err);
	void (*close)(void *self);

	/*
	 * parser: fills slots and context from rec->line.  enum genlog_parsed, or -errno.
	 * rec->source: `source_size` bytes, zeroed when the source opens, for what has to be known from line to line.
	 */
	int (*parse)(void *self, struct genlog_record *rec);
	size_t source_size;

	/*
	 * parser, optional: how surely the line is of its kind, without parsing it: 0 not at all, 100 beyond doubt.
	 * Those that have it are what `auto` chooses from.
	 */
	int (*looks)(void *self, const char *p, size_t n);

	/* parser of containers' logs, instead of parse(): the text within, or GENLOG_NO_MATCH.  Scratch: the record's.
	 */
	int (*unwrap)(void *self, struct genlog_record *rec, struct genlog_unwrapped *out);

	/*
	 * filter: may change the record; what it drops is counted.  A filter that holds events back in number (a rate,
	 * repeats) tells how many by genlog_suppressed(), from tick(), which is called about every second, and with
	 * `last` when the agent stops.
	 */
	enum genlog_verdict (*filter)(void *self, struct genlog_record *rec);
	void (*tick)(void *self, struct genlog_input *in, bool last);

	/*
	 * input: of what genlog_lines() left, the next `n` bytes, which are at `p`, have become an event after all.
	 * An input without it has every line taken for an event.  Not the place to close a source.
	 */
	void (*taken)(void *self, struct genlog_source *src, const char *p, size_t n);

	/*
	 * input, optional: whether `value` names something that it reads, and what it would say of that source if it
	 * read it from the beginning; texts live as long as `value` does.  0; -ENOENT: it is none of its own; -errno.
	 */
	int (*describe)(void *self, struct genlog_input *in, const char *value, struct genlog_source_desc *out);

	/*
	 * Called once when the agent runs, and not by --check: open() looks at settings, start() touches the world.
	 * input: names what it watches; lines come from then on.  output: `in` is NULL; optional.
	 * resume(): there is room again after -EAGAIN.
	 */
	int (*start)(void *self, struct genlog_input *in, struct genlog_err *err);
	void (*resume)(void *self);

	/*
	 * input, optional.  stop(): the agent ends or is reloaded; the last chance to hand over what is there already,
	 * in a fraction of a second.  child(): see genlog_child(); what it returns is the process's exit code.
	 */
	void (*stop)(void *self);
	int (*child)(int fd);

	/*
	 * output: delivers a batch and sets each document's outcome, all of which are GENLOG_DELIVERED when it is
	 * called; may block.  -EAGAIN: nothing is known of any of them, `why` says why; the host backs off.
	 * commit(): all up to the mark has been written; make it durable.  resumed(): the mark that the output has
	 * kept for this spool; what lies before it is not sent again.  false: it has none.
	 */
	int (*write)(void *self, struct genlog_batch *batch);
	int (*commit)(void *self, const struct genlog_mark *mark, struct genlog_err *err);
	bool (*resumed)(void *self, struct genlog_mark *mark);

	/*
	 * input, optional, before start(): of all that it could read it reads this file alone, and others that it was
	 * given so, from the beginning to the end, as if it stood at `as`.  0; -ENOENT: `as` is none of its own;
	 * -errno.
	 */
	int (*replay)(void *self, const char *path, const char *as);
};

#define GENLOG_HEAD .abi = GENLOG_ABI, .size = sizeof(struct genlog_plugin)
#define GENLOG_PLUGIN __attribute__((visibility("default"))) const struct genlog_plugin genlog_plugin
extern GENLOG_PLUGIN;

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
