/* The agent's figures, as rows of the tables that count them. */
#ifndef ADMIN_REPORT_H
#define ADMIN_REPORT_H

#include "pipe/pipe.h"
#include "ship/ship.h"

/* One line in the log: what came in, what went out, what waits, and every counter of trouble that is not zero. */
void report_log(const struct pipes *ps, const struct ship *sh, struct spool *s);

#endif
