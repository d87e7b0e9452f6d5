/*
 * What the agent says of itself: one line on stderr, with a priority prefix for journald or a time for people.
 * Only main, pipe, ship and admin speak; everything below returns its error.  Any thread.
 *
 * log_limited() says at most one line in ten seconds for each place it is called from, and how many it kept back.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

struct log_limit {
	_Atomic int64_t next_ms;
	_Atomic uint32_t kept_back;
};

void log_threshold(enum log_level most);
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_vline(enum log_level level, const char *fmt, va_list ap);
void log_limited(struct log_limit *limit, enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The last warnings and errors, oldest first. */
#define LOG_RECENT 32
#define LOG_RECENT_TEXT 512
struct log_said {
	int64_t time_ms; /* wall clock */
	enum log_level level;
	char text[LOG_RECENT_TEXT];
};
/* How many there are in `out`, which has room for LOG_RECENT. */
size_t log_recent(struct log_said *out);

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
