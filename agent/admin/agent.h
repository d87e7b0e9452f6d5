/*
 * The running agent, for the files of this folder.  All of it belongs to the main thread.
 *
 *	run.c      its life: what is opened in which order, what runs until when, what is closed
 *	reload.c   another configuration in its place, while it runs
 */
#ifndef ADMIN_AGENT_H
#define ADMIN_AGENT_H

#include "admin/run.h"
#include "pipe/pipe.h"
#include "ship/ship.h"

/* A configuration lives as long as any input that was made from it. */
struct loaded {
	struct loaded *next;
	struct conf conf;
};

struct agent {
	const struct run_options *options;
	struct loaded *loaded; /* the newest one first; those behind it are left from before a reload */
	struct pipes pipes;
	struct ship ship;
	struct conf *ship_conf; /* what the output was made from */
	struct conf_sum ship_sum;
	struct spool *spool;
	struct loop loop;
	struct loop_timer *sync;
	int signals;
	struct loop_watch *signal_watch;
	bool sync_failed;
	int exit_code;
	int64_t started_ms;  /* wall clock */
	uint64_t generation; /* of the configuration, from 1; counts reloads that were taken */
	int64_t loaded_ms;   /* when that was */
	struct admin *admin;
	struct metrics *metrics;
	struct progress *progress;
	struct http *http;
	struct actions *actions;
	struct loop_timer *rates;
	struct rate delivered;
	struct latency before; /* of the output, at the last look */
	double recent[3];      /* its quantiles between the last two looks: see status.h */
};

static inline const struct conf *agent_conf(const struct agent *a)
{
	return &a->loaded->conf;
}

/* run.c */
void agent_end(struct agent *a, int code);
int agent_start_ship(struct agent *a, struct genlog_err *err);

/* reload.c: a configuration with all that it needs, opened and not started; errors are in `conf`. */
struct made {
	struct loaded *loaded;
	struct pipes pipes;
	struct ship ship;
};
int made_load(struct made *m, const struct run_options *o);
void made_fini(struct made *m);
void agent_ship_made(struct agent *a, struct made *m); /* its output becomes the agent's */
size_t conf_aside(const struct conf *c);

/* Taken whole or not at all: what runs goes on unless the new one stands. */
struct reloaded {
	bool taken;
	struct pipes_swapped inputs;
	bool output; /* a new one */
	size_t services, aside;
	char why[256]; /* not taken: in words */
	char *errors;  /* what was wrong with the configuration, with places; NULL: nothing */
};
void reloaded_fini(struct reloaded *r);
void agent_reload(struct agent *a, struct reloaded *out);
void loaded_forget(struct agent *a); /* configurations that nothing needs any more */

#endif
