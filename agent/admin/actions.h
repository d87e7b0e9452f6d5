/*
 * What alert rules want to be run: commands and webhooks, a few at a time, each for a limited time, without a shell,
 *and with an environment that holds nothing of the agent's own.
 *
 *	reader: actions_take() ─► queue ─► main: a process, the notification as JSON on its standard input ─► its end,
 *told
 *
 * Owner: the agent.  Threads: actions_take() is for readers, the others for main.
 */
#ifndef ADMIN_ACTIONS_H
#define ADMIN_ACTIONS_H

#include <pthread.h>

#include "admin/agent.h"
#include "pipe/alerts.h"

#define ACTIONS_AT_ONCE 4
#define ACTIONS_WAITING 256
#define ACTION_MS 30000

struct action {
	struct actions *owner;
	struct loop_watch *watch;
	struct loop_timer *limit;
	pid_t pid; /* 0: free */
	int pidfd;
	bool killed;
	char what[160];
};

struct actions {
	struct agent *agent;
	pthread_mutex_t lock;
	struct alarm_run *first, **end; /* those that wait */
	size_t waiting;
	struct action running[ACTIONS_AT_ONCE];
	uint64_t run, failed, left_out;
};

void actions_open(struct actions *x, struct agent *a);
void actions_close(struct actions *x); /* what runs is left to itself */
void actions_take(struct actions *x, struct alarm_run *list);
void actions_woken(struct actions *x);

#endif
