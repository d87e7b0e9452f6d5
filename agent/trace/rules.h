/* What a line that begins without a blank may be to a trace: rows by its first bytes, then shapes. */
#ifndef TRACE_RULES_H
#define TRACE_RULES_H

#include "trace/slice.h"

#define LANG(l) (1u << TRACE_##l)
#define LANG_ALL ((1u << TRACE_LANGUAGES) - 2)

enum join_phase {
	JOIN_NOTHING, /* no line yet */
	JOIN_WHOLE,   /* a line that nothing can be joined to */
	JOIN_LINE,    /* an ordinary line: a head behind it is its own */
	JOIN_DONE,    /* a trace is over */
	JOIN_TRACE,   /* among frames */
	JOIN_MESSAGE, /* among the lines of a message, while there are some left */
	JOIN_AWAIT,   /* the head of a trace must follow */
	JOIN_TAIL,    /* Python's last line was seen: its message may go on */
	JOIN_REPORT,  /* of a sanitizer: any line, until its summary */
};

enum join_role {
	JOIN_FIRST, /* a trace of its own, unless it stands behind an ordinary line or was awaited */
	JOIN_HEAD,  /* the same; within a message it belongs to that */
	JOIN_PART,  /* of an open trace of these languages; behind an ordinary line it opens one */
	JOIN_INNER, /* of an open trace of these languages, and of nothing else */
};

struct join_rule {
	const char *word;
	uint16_t langs;
	uint8_t n, role, phase; /* n 0: a shape and no word; a message may have such a line */
	uint8_t left;		/* lines of a message where records of the log are plain to see */
	uint8_t sure;		/* and where they are not */
};

/* The rule for a line, given what may be open; NULL: there is none. */
const struct join_rule *join_rule_of(struct trace_text s, uint16_t langs, enum join_phase phase);

/* By what stands behind its blanks: the languages whose frame a line may be; 0: of none in particular. */
uint16_t join_frame_langs(struct trace_text trimmed);

#endif
