/* The names of a source's columns, as its header tells them: kept from line to line, in memory of a fixed size. */
#ifndef PLUGINS_COLUMNS_H
#define PLUGINS_COLUMNS_H

#include "named.h"

#define COLUMNS_MAX 64
#define COLUMNS_BYTES 2048

struct columns {
	uint16_t n, used;
	uint16_t from[COLUMNS_MAX], len[COLUMNS_MAX];
	char names[COLUMNS_BYTES];
};

/* Names that have no room any more are counted by their column like those that a header does not have. */
static inline void columns_add(struct columns *c, struct slice name)
{
	if (c->n == COLUMNS_MAX || name.n > sizeof(c->names) - c->used)
		return;
	memcpy(c->names + c->used, name.p, name.n);
	c->from[c->n] = c->used;
	c->len[c->n] = (uint16_t)name.n;
	c->used = (uint16_t)(c->used + name.n);
	c->n++;
}

static inline struct slice columns_name(const struct columns *c, unsigned i)
{
	return (struct slice){c->names + c->from[i], c->len[i]};
}

/* "column_7": a value beyond the header, or under an empty name; counted from 1. */
#define COLUMN_ROOM 24

static inline struct slice column_name(char *to, unsigned i)
{
	char *p = to + COLUMN_ROOM;

	for (i++; i; i /= 10)
		*--p = (char)('0' + i % 10);
	p -= 7;
	memcpy(p, "column_", 7);
	return slice(p, to + COLUMN_ROOM);
}

#endif
