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
void side_open_input(struct side *s, const char *settings); /* another one: "type: syslog, listen: [..]" */
void side_close(struct side *s);

/* For what may go wrong: 0, or -errno with what was said in `text`, and nothing is open. */
int side_try_input(struct side *s, const char *settings);

/* Starts the input, and runs its loop until `done` says so; false: it did not in five seconds. */
void side_start(struct side *s);
bool side_run(struct side *s, bool (*done)(struct side *s));
/* Takes all documents that came so far, those in the spool too, as side_collect() does. */
void side_collect_all(struct side *s);

/* Hands over what lies between what was taken and `until`. */
void side_give(struct side *s, const char *all, size_t until, unsigned flags);

/* Takes the documents of the batch into `text` as JSON, one a line, without those of their fields that come last. */
void side_json(struct side *s);

/* Takes the documents of the batch into `text`. */
void side_collect(struct side *s);

#endif
