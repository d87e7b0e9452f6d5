/*
 * The listening socket, which can be closed and opened again without losing its port: while it is closed, a
 * socket that does not listen holds the port, and clients are refused.  One thread accepts, the control
 * thread opens and shuts; each waits until the other has seen it.
 */
#ifndef DEVDB_DOOR_H
#define DEVDB_DOOR_H

#include <pthread.h>
#include <stdbool.h>

struct door {
	int port; /* the real one, also when 0 was asked for */
	int fd;
	int wake; /* eventfd: look again */
	bool want_open;
	bool is_open;
	bool serving; /* somebody accepts: it is for them to turn */
	pthread_mutex_t lock;
	pthread_cond_t turned;
};

int door_open(struct door *d, int port); /* 0 or -errno */
void door_close(struct door *d);
void door_set(struct door *d, bool open); /* returns when it is so */

/* Waits for the next client, turning when asked to.  Its fd; -EINTR when stop_fd has something to read. */
int door_accept(struct door *d, int stop_fd);

#endif
