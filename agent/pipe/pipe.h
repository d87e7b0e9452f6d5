/*
 * The reader's half of the data path: inputs hand lines over, and leave them as documents of a batch in the spool.
 *
 *	input plugin ─ genlog_lines() ─► lines.c ─► event.c: parser, filters, document ─► batch ─► spool_append()
 *
 * A reader is one thread with a loop, a batch and a record; inputs are spread over `workers` of them, and what one of
 * them has, its parser and filters too, runs on its reader alone.
 *
 * Back-pressure: while the spool refuses a batch the reader keeps it, says so, and tries again; inputs get -EAGAIN
 * meanwhile and are called back when there is room.
 */
#ifndef PIPE_PIPE_H
#define PIPE_PIPE_H

#include <pthread.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/count.h"
#include "conf/conf.h"
#include "event/doc.h"
#include "loop/loop.h"
#include "plug/plug.h"
#include "spool/spool.h"
#include "trace/join.h"
#include "trace/trace.h"

#define PIPE_COUNT_LIST(X)                                                                                             \
	X(EVENTS, "events", "events that became documents")                                                            \
	X(BYTES, "bytes", "bytes of source that they stood for")                                                       \
	X(UNPARSED, "unparsed", "events that the parser did not know, shipped raw with parse_error")                   \
	X(FILTERED, "filtered", "events that a filter dropped")                                                        \
	X(TRUNCATED, "truncated", "events cut at max_line")                                                            \
	X(BAD_UTF8, "invalid_utf8", "events with bytes that are not UTF-8, replaced by U+FFFD")                        \
	X(DUP_KEYS, "duplicate_keys", "events with a key twice, of which the last value was kept")                     \
	X(TOO_DEEP, "too_deep", "events nested too deeply, of which the rest was kept as text")                        \
	X(TOO_LARGE, "too_large", "events whose document would be too large, shipped as raw text, cut")                \
	X(NO_TIME, "no_time", "events without a time of their own")                                                    \
	X(HEADERS, "headers", "lines that only say how others are read")                                               \
	X(TRACES, "traces", "stack traces that became documents of their own")                                         \
	X(JOINED, "joined_lines", "lines that were joined to the event before them")                                   \
	X(SUPPRESSED, "suppressed", "events that filters held back and told by their number")                          \
	X(ALERTS, "alerts", "notifications that alert rules have made")                                                \
	X(GAPS, "gaps", "gap documents")                                                                               \
	X(GAP_BYTES, "gap_bytes", "bytes known to be lost")

enum pipe_count {
#define PIPE_COUNT_ENUM(name, key, help) PIPE_##name,
	PIPE_COUNT_LIST(PIPE_COUNT_ENUM)
#undef PIPE_COUNT_ENUM
		PIPE_COUNTS
};

struct pipe_name {
	const char *key, *help;
};
extern const struct pipe_name pipe_count_names[PIPE_COUNTS];
extern const struct pipe_name input_count_names[GENLOG_COUNTS];
extern const struct pipe_name input_gauge_names[GENLOG_GAUGES];

#define UNWRAPPED 255
#define AUTO_PARSERS 16
#define TEMPLATES_MAX 2048 /* of an input */

/* How lines become events. */
struct join {
	enum conf_join how;
	enum trace_language language;
	pcre2_code *start;
	pcre2_match_data *match;
	pcre2_match_context *limits;
	int64_t timeout; /* milliseconds */
};

struct input_sum {
	size_t sources, stuck;
	uint64_t lag_bytes;
	int64_t lag_ms;
};

/* The host's side of an input: the whole way of its lines. */
struct genlog_input {
	struct genlog_input *next;
	struct reader *reader;
	const struct conf *conf;   /* what it was made from, which lives as long */
	struct conf_sum signature; /* of all that makes it what it is */
	bool placed;		   /* main: a reader has it */
	bool leaving;		   /* main: the new configuration has no such input */
	const struct conf_service *service;
	unsigned ordinal; /* among the service's inputs */
	struct plug plug;
	struct plug *parsers; /* one, or those that `auto` chooses from */
	size_t n_parsers;
	struct plug *inner; /* read messages that are lines: the same, or those behind a named parser of heads */
	size_t n_inner;
	const struct plug **lookers; /* of them, those that are asked what a message is */
	size_t n_lookers;
	bool inner_named;      /* it was asked for by name: a message that it does not know is an error */
	struct plug *wrappers; /* take a program's lines out of those of its container's runtime */
	size_t n_wrappers;
	bool wrapped; /* they always are; else their first line tells */
	bool automatic;
	void *scratch; /* what a parser that only tries remembers of a source */
	struct plug *filters;
	size_t n_filters;
	struct join join;
	struct alerts *alerts; /* NULL: its service has no rules */
	bool templates;	       /* events without one of their own get a template */
	struct mine *mine;
	struct doc_defaults defaults;
	const char *collection;
	size_t collection_len;
	struct genlog_host host;
	struct genlog_buf own; /* the element `source` of what is said by the input itself */
	uint64_t own_salt;
	bool started, done;
	int64_t said_until;
	unsigned said; /* lines in the log, in this span of time */
	uint64_t counts[GENLOG_COUNTS];
	int64_t gauges[GENLOG_GAUGES];
	uint64_t events[PIPE_COUNTS];
	struct { /* main: who looks now and then */
		struct rate events, bytes;
	} rate;
	struct input_sum sum; /* main: of its open sources, as they were looked at last */
};

struct reader {
	pthread_t thread;
	bool running, ended;
	unsigned number;
	struct loop loop;
	struct spool *spool;
	const char *folder; /* of the spool: what is learned is kept there */
	struct loop_timer *save;
	struct genlog_input *inputs; /* its own */
	struct spool_batch batch;
	struct genlog_record rec;
	bool blocked;
	int told; /* why, as it was said last */
	int64_t blocked_since;
	struct loop_timer *again;
	struct genlog_source *held; /* with lines that wait for more */
	struct loop_timer *hold_tick;
	struct loop_timer *filter_tick; /* NULL: no filter wants it */
	struct trace *trace;		/* of the event at hand; made when first needed */
	struct genlog_buf elements;
	struct genlog_buf aside; /* inner.c: the context, while another is made */
	bool syncs;		 /* what is acknowledged has to be durable */
	struct pipe_watcher *watcher;
	struct frames *frames;	 /* made when first needed */
	void (*idle)(void *arg); /* called when an input has said that it is done */
	void *idle_arg;
	pthread_mutex_t lock; /* for the threads that ask: the list of sources, and the change that waits */
	pthread_cond_t changed;
	struct genlog_source *sources;
	size_t n_sources;
	struct reader_change *change;
	uint64_t asked, answered; /* main asks whether it moves */
	bool starting;		  /* new inputs wait for the positions of those before them to be in the spool */
	uint64_t gone_counts[GENLOG_COUNTS], gone_events[PIPE_COUNTS]; /* of inputs that run no more */
	struct batch_watcher *batches;
	struct alarm_run *alarms; /* of the batch at hand */
};

/* Somebody looks on while documents go into the spool: called by the reader's thread, before the batch is cleared. */
struct batch_watcher {
	bool (*wants)(struct batch_watcher *w); /* whether appended() is called */
	void (*appended)(struct batch_watcher *w, const struct spool_batch *b);
	void (*alarmed)(struct batch_watcher *w, struct alarm_run *list); /* takes the list */
};

struct pipes {
	struct reader *readers;
	size_t n_readers;
	struct genlog_input *
		*inputs; /* all, in the order of the configuration; each lies in its configuration's arena */
	size_t n_inputs;
};

/* build.c: opens all plugins of all services; errors go to the configuration, and set a service aside. */
int pipes_build(struct pipes *ps, struct conf *c, bool once);
void pipes_fini(struct pipes *ps);

void input_close(struct genlog_input *in);

/* defaults.c */
int input_defaults(struct genlog_input *in, struct conf *c, const struct conf_service *s, const struct conf_input *ci,
	const struct conf_parser *p);

/* signature.c: two inputs with the same one do the same, with the same names. */
void input_sign(struct genlog_input *in, const struct conf *c, const struct conf_service *s,
	const struct conf_input *ci, const struct conf_parser *p);

/*
 * swap.c: the inputs of `next`, which is not started, take the place of those of `ps`, which run.  Those with the same
 * signature go on undisturbed; the others are stopped, their positions written, and closed by their readers before new
 * ones start.  `next` is left with what was not needed.  0; -ENOMEM: nothing was changed.
 */
struct pipes_swapped {
	size_t kept, stopped, started;
};
int pipes_swap(struct pipes *ps, struct pipes *next, struct pipes_swapped *out);
void reader_change(void *reader);    /* loop.woken of a reader: a change may wait */
void reader_ended(struct reader *r); /* it takes no changes any more */
void reader_start_inputs(struct reader *r);

/* reader.c */
struct pipes_start {
	struct spool *spool;
	const char *folder; /* of the spool */
	bool syncs;	    /* genlog_durable() syncs */
	void (*idle)(void *arg);
	void *idle_arg;
	struct batch_watcher *batches; /* NULL: none */
};
int pipes_start(struct pipes *ps, const struct pipes_start *s);
void pipes_stop(struct pipes *ps); /* returns when all that was taken is in the spool, or refused by it */
bool pipes_done(const struct pipes *ps);
uint64_t pipes_count(const struct pipes *ps, enum pipe_count what);
uint64_t pipes_input_count(const struct pipes *ps, enum genlog_count what);
int64_t pipes_gauge(const struct pipes *ps, enum genlog_gauge what); /* the sum; of what lags, the worst */
int reader_flush(struct reader *r);
void reader_stop_input(struct reader *r, struct genlog_input *in);
void reader_tick(struct reader *r); /* filters that want it have a clock */
/* Before long, what was refused is tried again: the batch, and the inputs. */
void reader_again(struct reader *r);
/* What an input is told of a failure: -EAGAIN, and it is asked again. */
ssize_t reader_refused(struct reader *r, ssize_t why);

/* event.c: one event into the batch.  0, or -ENOMEM: nothing was added. */
struct event {
	const char *p;
	size_t n;
	uint64_t offset;
	size_t first;	  /* length of its first line */
	uint64_t raw_len; /* of the source's bytes, line end included */
	bool ascii;	  /* known to be */
	bool cut;
	int64_t now_ms;
	const char *raw; /* what it is known by; NULL: its first line */
	size_t raw_n;
	struct genlog_value time; /* when its own text says none */
	const char *stream;	  /* of a container; NULL: none */
};
int event_add(struct genlog_source *src, const struct event *e);

/* Its halves: the record before anything is read, and what is done with one that was. */
int event_begin(struct genlog_record *rec, const struct event *e);
int event_parsed(struct genlog_source *src, const struct event *e);

/* An event whose lines may not all be there yet, and the bytes of the source that it has so far: see join.c. */
struct held {
	struct trace_join state;
	bool open, ascii, listed;
	uint64_t start, end; /* of the source's bytes */
	size_t first;
	struct genlog_buf text;
	int64_t due;
	struct genlog_source *next, *before; /* in the reader's list */
};

/* Somebody looks on: what the pipe says of an event on its way.  For genlogctl; NULL in a running agent. */
struct pipe_watcher {
	void (*parsed)(struct pipe_watcher *w, struct genlog_source *src, const struct event *e);
	void (*filtered)(struct pipe_watcher *w, const char *filter, enum genlog_verdict verdict);
	void (*written)(struct pipe_watcher *w, const struct doc_facts *facts);
	/* Optional: a line that only says how others are read. */
	void (*header)(struct pipe_watcher *w, struct genlog_source *src, const struct event *e);
};

/* How far a source is; written by its reader, read by any thread. */
struct source_figures {
	uint64_t events, bytes, unparsed;
	uint64_t end;	   /* of what has become events, in the source's bytes */
	uint64_t size;	   /* where the source itself ends, as its input last said; 0: it says nothing of that */
	int64_t event_ms;  /* time of the newest event; 0: none */
	int64_t taken_ms;  /* when that was taken */
	int64_t behind_ms; /* when it was last seen to fall behind, having been level */
};

/* sources.c: the list of a reader's open sources. */
void count_unparsed(struct genlog_source *src);
void source_list(struct genlog_source *src);
void source_unlist(struct genlog_source *src);

/* Calls `fn` for every source of every reader; a reader's sources neither come nor go while it is asked. */
typedef void source_fn(void *arg, const struct genlog_source *src, const struct source_figures *f);
void pipes_sources(struct pipes *ps, source_fn *fn, void *arg);

/* A source as the host keeps it. */
struct genlog_source {
	struct genlog_input *in;
	struct genlog_buf source; /* the element of doc_source() */
	char *value;		  /* of it: a path, a unit; NULL: it has none */
	uint64_t generation, salt;
	void *mark; /* the input's */
	int32_t pid;
	uint64_t losses;		     /* told of it */
	struct genlog_source *next, *before; /* sources.c */
	struct source_figures figures;

	uint8_t wrapper;     /* which of the input's knows its lines, from 1, or UNWRAPPED; 0: not known yet */
	uint8_t parser;	     /* which of the input's reads its lines, from 1; 0: none yet */
	uint8_t read_by;     /* which of them has read the last event; 0: none has known it */
	uint8_t rival;	     /* another that knew the last lines */
	uint8_t rival_lines; /* how many of them */
	void *memory;	     /* of that parser */

	struct held held;
};

#endif
