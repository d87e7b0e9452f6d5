/*
 * The agent's door for those who ask: a unix socket, on which each request and each answer is one BSON document.
 *
 *	{command: "status"}            ─► one document                       server.c: who asks, and what
 *	{command: "tail", level: …}    ─► a document each, until they leave  live.c: what goes into the spool, as it
 *goes {command: "what?"}             ─► {error: "…"}                       commands.c: the table
 *
 * Owner:   the agent; all in the main thread, but for live.c's queue, which the readers fill.
 * Trust:   the file is 0660 and of the group that is set: whoever can open it may see what the agent sees and may make
 *          it read its configuration again.  Requests are bounded and checked.
 */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include "admin/agent.h"
#include "admin/answer.h"

#define REQUEST_MAX (64u << 10)

struct client;

struct admin {
	struct agent *agent;
	int fd;
	char *path;
	struct loop_watch *watch;
	struct client *clients;
	size_t n;
	int followers;
	struct answer answer;
	struct live *live;
};

/* 0, also where it cannot be had: that is said, and the agent runs without. */
int admin_open(struct admin *ad, struct agent *a);
void admin_close(struct admin *ad);
void admin_followers(struct admin *ad); /* counts anew those who look on */
void admin_woken(struct admin *ad);	/* main: readers have left something in live.c's queue */

/* door.c: 0 or -errno; -EADDRINUSE: another agent answers there. */
int door_open(int *fd, const char *path);
int door_give(const char *path, const char *group); /* NULL: to nobody */

/* A request that was checked: the elements of its document. */
struct request {
	const uint8_t *p, *end;
};
/* false: it is no document, or has elements that are not whole. */
bool request_read(const uint8_t *p, size_t n, struct request *r);
/* The text of a key; "" where there is none. */
const char *request_text(const struct request *r, const char *key);
int64_t request_int(const struct request *r, const char *key, int64_t otherwise);

struct command {
	const char *name;
	void (*run)(struct agent *a, const struct request *r, struct answer *out);
	bool follows; /* the client stays, and gets what comes: live.c */
};
const struct command *command_find(const char *name);

/* status.c: all that is known of the agent. */
void status_write(struct agent *a, const struct request *r, struct answer *out);

/* live.c */
struct live *live_new(struct agent *a);
void live_free(struct live *l);
struct batch_watcher *live_watcher(struct live *l);

/* What a client wants to see. */
struct live_filter {
	int least; /* enum level */
	char collection[128];
};
void live_follow(struct live *l, int clients);
/* Calls `fn` for every document in the queue, and says how many did not fit into it; empties it. */
typedef void live_fn(void *arg, const char *collection, int level, const uint8_t *bson, size_t n);
uint64_t live_drain(struct live *l, live_fn *fn, void *arg);

#endif
