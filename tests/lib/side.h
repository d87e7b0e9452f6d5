/*
 * An input's half of the pipe, without the input: bytes are handed over as an input would, in any pieces, and what
 * became of them is told as text.
 */
#ifndef LIB_SIDE_H
#define LIB_SIDE_H

#include "lib/config.h"
#include "lib/spooled.h"
#include "pipe/join.h"

#define SIDE_TEXT_MAX (1 << 20)

struct side {
	struct config c;
	struct pipes ps;
	struct genlog_input *in;
	struct genlog_source *src;
	struct spooled s;
	char text[SIDE_TEXT_MAX]; /* the events as they came out: "message~with~lines|next", a trace behind '#' */
	size_t n;
	uint64_t offset; /* of what was taken */
};

/* `more` stands in the input's settings: "parser: auto". */
void side_open(struct side *s, const char *more);
void side_close(struct side *s);

/* Hands over what lies between what was taken and `until`. */
void side_give(struct side *s, const char *all, size_t until, unsigned flags);

/* Takes the documents of the batch into `text` as JSON, one a line, without those of their fields that come last. */
void side_json(struct side *s);

/* Takes the documents of the batch into `text`. */
void side_collect(struct side *s);

#endif
