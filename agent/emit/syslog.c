/* syslog(3) into the ring: the text as the program formats it, priority and identity as fields. */
#include "emit.h"

#include <errno.h>
#include <stdio.h>

#include <genlog/syslog.h>

#define TEXT_MAX 2048
#define SEVERITIES 8

static const char *ident = "";
static int facility = LOG_USER, mask = 0xff;

static const enum genlog_severity severities[SEVERITIES] = {GENLOG_SEV_CRITICAL, GENLOG_SEV_CRITICAL,
	GENLOG_SEV_CRITICAL, GENLOG_SEV_ERROR, GENLOG_SEV_WARN, GENLOG_SEV_INFO, GENLOG_SEV_INFO, GENLOG_SEV_DEBUG};

static const char *const facilities[] = {"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp",
	"cron", "authpriv", "ftp", "12", "13", "14", "15", "local0", "local1", "local2", "local3", "local4", "local5",
	"local6", "local7"};

#define SITE(level)                                                                                                    \
	{                                                                                                              \
		0, __LINE__, level, 4, 0, {GL_TEXT, GL_TEXT, GL_TEXT, GL_INT}, "{message}", "ident,facility,priority", \
			"", "", ""                                                                                     \
	}

static struct gl_site sites[SEVERITIES] = {SITE(GENLOG_SEV_CRITICAL), SITE(GENLOG_SEV_CRITICAL),
	SITE(GENLOG_SEV_CRITICAL), SITE(GENLOG_SEV_ERROR), SITE(GENLOG_SEV_WARN), SITE(GENLOG_SEV_INFO),
	SITE(GENLOG_SEV_INFO), SITE(GENLOG_SEV_DEBUG)};

/* The text is the caller's, as with openlog(3). */
void genlog_openlog(const char *i, int option, int f)
{
	(void)option;
	ident = i ? i : "";
	if (f)
		facility = f;
}

void genlog_closelog(void)
{
	ident = "";
}

int genlog_setlogmask(int m)
{
	int old = mask;

	if (m)
		mask = m;
	return old;
}

static const char *facility_name(int priority)
{
	unsigned f = (unsigned)LOG_FAC(priority & LOG_FACMASK ? priority : facility);

	return f < sizeof(facilities) / sizeof(*facilities) ? facilities[f] : "user";
}

void genlog_vsyslog(int priority, const char *fmt, va_list ap)
{
	int p = LOG_PRI(priority), code = errno, n;
	char text[TEXT_MAX];
	struct gl_arg a[5];

	if (!(mask & LOG_MASK(p)) || (int)severities[p] < __atomic_load_n(&gl_common.threshold, __ATOMIC_RELAXED))
		return;
	n = vsnprintf(text, sizeof(text), fmt, ap); /* glibc's knows %m */
	errno = code;
	if (n < 0)
		return;
	if (n >= (int)sizeof(text)) {
		n = (int)sizeof(text) - 1;
		GL_ADD(truncated, 1);
	}
	while (n && text[n - 1] == '\n')
		n--;
	a[0] = gl_arg_text(genlog_text(text, (size_t)n));
	a[1] = gl_arg_s(ident);
	a[2] = gl_arg_s(facility_name(priority));
	a[3] = gl_arg_i(p);
	gl_emit_site(&sites[p], a);
}

void genlog_syslog(int priority, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	genlog_vsyslog(priority, fmt, ap);
	va_end(ap);
}
