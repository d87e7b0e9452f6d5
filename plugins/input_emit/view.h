/* The bytes of a segment, within bounds: memory whose size has seals, or a file that may shrink at any time. */
#ifndef INPUT_EMIT_VIEW_H
#define INPUT_EMIT_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view {
	uint8_t *p; /* NULL: a file, which is not mapped */
	uint64_t bytes;
	int fd;
};

/* 0; -ERANGE: out of bounds; -EIO: the file has become shorter. */
int view_copy(const struct view *v, void *to, uint64_t at, size_t n);
/* One number that the other side stores with release order. */
int view_load(const struct view *v, uint64_t at, uint64_t *out);
void view_store64(const struct view *v, uint64_t at, uint64_t n);
void view_store32(const struct view *v, uint64_t at, uint32_t n);

#endif
