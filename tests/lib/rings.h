/*
 * What a program has left in its segment, as text: an independent reader of include/genlog/ring.h, which believes what
 * it reads, for segments of the tests' own.
 */
#ifndef LIB_RINGS_H
#define LIB_RINGS_H

#include <stdbool.h>
#include <stddef.h>

#include <genlog/ring.h>

struct rings {
	struct gl_segment *s;
	size_t bytes;
	char text[1 << 20];
	size_t n;
};

/* Of a file; a *.ring of the folder that is the first of its process, or the one that was spilled as this. */
void rings_open(struct rings *r, const char *folder);
bool rings_open_order(struct rings *r, const char *folder, uint32_t order);
void rings_map(struct rings *r, int fd); /* closes fd */
/* To be looked at only: what is taken of it is not given back. */
void rings_peek(struct rings *r, const char *folder);
void rings_close(struct rings *r);

/*
 * Records from tail to head of all rings and slots, a line each, and gives them back:
 *	9 Work order {id} | 5 "x" 1.5 true
 *	gap 3    thread NAME    push 0 key=value    pop 0
 */
const char *rings_take(struct rings *r);

#endif
