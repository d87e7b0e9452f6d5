/*
 * A plugin's own process: this program again, with a hidden first argument, which loads the plugin and calls child().
 *
 *	genlogd --child NAME FOLDER
 *
 * fd 3 is its end of a socketpair; it has no other but the first three.  Signals are as they are by default.
 */
#ifndef PIPE_CHILD_H
#define PIPE_CHILD_H

#include <sys/types.h>

#define CHILD_FD 3

/* What is run; tests name another program.  NULL: this one. */
extern const char *child_program;

/* In the new process: the exit code.  `args` are NAME and FOLDER. */
int child_main(char **args);

/* 0; or -errno. */
int child_start(const char *name, const char *folder, int type, int *fd, pid_t *pid);

#endif
