/* The control socket: a line in, a line out, and the connection is closed. */
#ifndef DEVDB_CONTROL_H
#define DEVDB_CONTROL_H

#include <stddef.h>

struct gate;

int control_start(struct gate *g, const char *path); /* serves in a thread, for as long as we run */

/* Does one command; what is to be said, a line without its end, goes to out.  0, or -EINVAL. */
int control_run(struct gate *g, const char *line, char *out, size_t size);

int control_send(const char *path, const char *line); /* the exit code for main */

#endif
