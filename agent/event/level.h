/* The five levels of the schema, and every common spelling of them. */
#ifndef EVENT_LEVEL_H
#define EVENT_LEVEL_H

#include <genlog/record.h>

enum level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR, LEVEL_CRITICAL, LEVELS };

/* "DEBUG" … "CRITICAL" */
struct genlog_value level_value(enum level l);

/* A word (`warn`, `Warning`, `W`, `SEVERE`, `[info]`) or a number (syslog 0–7, bunyan 10–60); -1: not a level. */
int level_of(const struct genlog_value *v);

#endif
