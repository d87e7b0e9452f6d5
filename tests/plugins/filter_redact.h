/* The filter redact, and a message that it has looked at. */
#ifndef FILTER_REDACT_H
#define FILTER_REDACT_H

#include "base/buf.h"
#include "event/record.h"
#include "lib/plugin.h"
#include "lib/test.h"

static struct bench b;

static enum genlog_verdict run(void)
{
	return b.plug.code->filter(b.plug.state, &b.rec);
}

static void message(const char *text)
{
	bench_line(&b, text);
	genlog_set_slot(&b.rec, GENLOG_SLOT_MESSAGE, genlog_str(b.rec.line, b.rec.len));
}

static void open_it(const char *settings)
{
	bench_open(&b, GENLOG_FILTER, "redact", settings);
	if (b.opened < 0)
		fail_msg("%s", b.config.said);
}

#define PW "[redacted:password]"
#define TOK "[redacted:token]"

#endif
