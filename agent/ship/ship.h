/*
 * The shipper's half of the data path: what lies in the spool goes to the output, until it is delivered.
 *
 *	spool_take() ─► documents by collection ─► output plugin's write() ─┬─ delivered ─► spool_ack()
 *	                                               ▲                    ├─ rejected ──► dead letters
 *	                                               └──── back-off ◄─────┴─ not now
 *
 * `connections` threads, as many of them at work as the output keeps pace with (flow.h), each with one take at a time;
 *a take is acknowledged when every document of it is delivered or safe in the dead letters, and the spool's cursor
 *follows the oldest that is not.  Nothing is ever given up.
 */
#ifndef SHIP_SHIP_H
#define SHIP_SHIP_H

#include "conf/conf.h"
#include "plug/plug.h"
#include "ship/dead.h"
#include "ship/flow.h"
#include "ship/latency.h"
#include "spool/spool.h"

#define SHIP_COUNT_LIST(X)                                                                                             \
	X(DELIVERED, "delivered", "documents that the output took")                                                    \
	X(REJECTED, "rejected", "documents that the output will never take: in the dead letters")                      \
	X(RETRIED, "retried", "documents sent again")                                                                  \
	X(BATCHES, "batches", "calls of the output")                                                                   \
	X(FAILURES, "failures", "calls of the output that failed as a whole")                                          \
	X(WRITE_MS, "write_ms", "milliseconds spent in the output")                                                    \
	X(LOST, "lost", "documents lost in damaged parts of the spool")

enum ship_count {
#define SHIP_COUNT_ENUM(name, key, help) SHIP_##name,
	SHIP_COUNT_LIST(SHIP_COUNT_ENUM)
#undef SHIP_COUNT_ENUM
		SHIP_COUNTS
};

struct ship_name {
	const char *key, *help;
};
extern const struct ship_name ship_count_names[SHIP_COUNTS];

struct shipper;

struct ship {
	struct spool *spool;
	struct plug out;
	struct take_limits limits;
	struct dead dead;
	struct flow flow;
	struct shipper *shippers;
	size_t n;
	pthread_mutex_t lock; /* stopping, and the waits of back-off */
	pthread_cond_t stop_now;
	bool stopping, ready;
	void (*emptied)(void *arg); /* called when nothing is left in the spool */
	void *emptied_arg;
	uint64_t counts[SHIP_COUNTS];
	int64_t failing_since;		 /* 0: the last call went well */
	bool alarm;			 /* and only an operator can mend that */
	char why[256];			 /* it failed last; under `lock` */
	int64_t failed_ms, delivered_ms; /* wall clock, of the last of each; 0: never */
	struct latency latency;
};

/* What the configuration says of its output. */
struct plug_ask ship_ask(const struct conf *c);
/* The output is opened here; errors are told to the configuration. */
int ship_open(struct ship *sh, struct conf *c);
int ship_start(struct ship *sh, struct conf *c, struct spool *spool, void (*emptied)(void *), void *arg,
	struct genlog_err *err);
/* Ends the shippers, after the answer that each is waiting for. */
void ship_stop(struct ship *sh);
/* The same, but waits `ms` at most.  false: some wait for an answer still, and nothing may be freed. */
bool ship_stop_within(struct ship *sh, int64_t ms);
void ship_fini(struct ship *sh);
/* What the last failure was, in words; "" where none was. */
void ship_why(struct ship *sh, char *out, size_t cap);
uint64_t ship_count(const struct ship *sh, enum ship_count what);

#endif
