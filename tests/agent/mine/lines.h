/* What the miner's tests share: a line with its pad, and what is made of it as text. */
#ifndef MINE_LINES_H
#define MINE_LINES_H

#include "mine/mine.h"

#include "lib/test.h"

static inline struct mined mined(struct mine *m, const char *line)
{
	size_t n = strlen(line);
	char *p = calloc(1, n + GENLOG_PAD);
	struct mined d;

	memcpy(p, line, n);
	assert_int_equal(mine_line(m, p, n, &d), 0);
	free(p);
	return d;
}

static inline void expect_text(const struct mined *d, const char *text)
{
	if (d->n != strlen(text) || memcmp(d->text, text, d->n) != 0)
		fail_msg("%.*s, not\n%s", (int)d->n, d->text, text);
}

#endif
