/*
 * For programs that call syslog(3): with this header in the place of <syslog.h> their calls go to the agent through
 * libgenlog, without a system call.  What openlog() says becomes fields; the mask of setlogmask() holds; LOG_PERROR and
 * LOG_CONS are not heeded.
 *
 *	#include <genlog/syslog.h>          or           cc -include genlog/syslog.h …
 */
#ifndef GENLOG_SYSLOG_H
#define GENLOG_SYSLOG_H

#include <stdarg.h>
#include <syslog.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

void genlog_openlog(const char *ident, int option, int facility);
void genlog_syslog(int priority, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void genlog_vsyslog(int priority, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void genlog_closelog(void);
int genlog_setlogmask(int mask);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#ifndef GENLOG_LIBRARY
#undef openlog
#undef syslog
#undef vsyslog
#undef closelog
#undef setlogmask
#define openlog genlog_openlog
#define syslog genlog_syslog
#define vsyslog genlog_vsyslog
#define closelog genlog_closelog
#define setlogmask genlog_setlogmask
#endif

#endif
