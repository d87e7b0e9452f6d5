/*
 * Messages in a stream.  Each is framed as its first bytes say: "MSGLEN SP MSG", or up to the next newline or NUL.
 *
 * A message that is too long is given up to the limit, and what follows of it is passed over; the stream goes on.
 */
#ifndef INPUT_SYSLOG_FRAMES_H
#define INPUT_SYSLOG_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What has to be known from call to call; zeroed at the beginning. */
struct frames {
	size_t scanned;	  /* bytes at the front that hold no end of a line */
	uint64_t skip;	  /* bytes of a counted message that come yet and are not wanted */
	uint64_t skipped; /* of a line without an end */
	bool skip_line;
	bool counted; /* the last message was */
};

enum frame_what {
	FRAME_MORE,    /* nothing but what was used: more has to come */
	FRAME_MESSAGE, /* `p`, `n` */
	FRAME_REST,    /* `raw` bytes of a line, which was given without them, were passed over */
};

struct frame {
	enum frame_what what;
	const char *p;
	size_t n;
	uint64_t raw; /* bytes of the stream that it stands for, those that come yet too */
	bool cut;     /* longer than the limit */
	bool bad;     /* its length is absurd: it was read as a line */
	size_t used;  /* of the bytes given */
};

void frame_next(struct frames *f, const char *p, size_t n, bool end, size_t max, struct frame *out);

#endif
