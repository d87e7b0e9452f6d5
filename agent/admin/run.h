/*
 * The life of the agent: what is opened in which order, what runs until when, and what is closed.
 *
 *	configuration ─► plugins opened (errors told) ─► spool ─► shippers ─► readers ─► loop: signals, sync, reload
 *	and back: readers stop, shippers stop, spool is made durable and closed.
 */
#ifndef ADMIN_RUN_H
#define ADMIN_RUN_H

#include <stdbool.h>
#include <stddef.h>

struct conf;

struct run_options {
	const char *config;
	bool once;  /* read what there is, deliver it, end */
	bool check; /* errors only */
	bool quiet;
	void (*checked)(
		void *arg, const struct conf *c, size_t inputs, bool starts); /* with `check`, in place of words */
	void *checked_arg;
};

/* The exit code: 0, 1 failed, as the manual says. */
int run_agent(const struct run_options *o);

#endif
