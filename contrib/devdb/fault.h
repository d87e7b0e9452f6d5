/*
 * Misbehaviour on request.  A fault fires `left` times (ALWAYS: until it is cleared) after having let `skip`
 * chances go by.  Set by the control thread, asked by the connections.
 */
#ifndef DEVDB_FAULT_H
#define DEVDB_FAULT_H

#include <pthread.h>
#include <stdbool.h>

enum fault_kind {
	FAULT_ERROR,	   /* nothing applied, error `arg` */
	FAULT_DROP_BEFORE, /* nothing applied, connection closed */
	FAULT_DROP_AFTER,  /* applied, connection closed */
	FAULT_WCE,	   /* applied, write concern error `arg` */
	FAULT_KINDS
};

enum { FAULT_ALWAYS = -1 };

struct fault {
	int arg;
	int left;
	int skip;
};

struct faults {
	pthread_mutex_t lock;
	pthread_cond_t over; /* of hang */
	struct fault at[FAULT_KINDS];
	int delay_ms;
	bool hang;
	bool rst;
};

void faults_init(struct faults *f);
void faults_fini(struct faults *f);
void faults_clear(struct faults *f);

void fault_set(struct faults *f, enum fault_kind kind, struct fault to);
bool fault_fires(struct faults *f, enum fault_kind kind, int *arg);

void faults_set_delay(struct faults *f, int ms);
void faults_set_hang(struct faults *f, bool on);
void faults_set_rst(struct faults *f, bool on);
bool faults_rst(struct faults *f);
void faults_wait_hang(struct faults *f); /* returns when nothing hangs */
void faults_wait_delay(struct faults *f);

#endif
