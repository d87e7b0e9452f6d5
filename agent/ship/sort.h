/* The documents of a take, by collection, in the order of the spool. */
#ifndef SHIP_SORT_H
#define SHIP_SORT_H

#include <genlog/plugin.h>

#include "spool/spool.h"

#define SORT_COLLECTIONS 256
#define SORT_NAME_MAX 240

struct sorted_group {
	char name[SORT_NAME_MAX];
	size_t from, n; /* of `docs` */
};

struct sorted {
	struct genlog_doc *docs;
	uint16_t *group_of;
	struct genlog_doc *spare;
	size_t cap, n;
	struct sorted_group group[SORT_COLLECTIONS];
	size_t groups;
};

/* 0; -ENOMEM; -EBADMSG: a frame's sections contradict themselves, and what fits of it was taken. */
int sort_take(struct sorted *s, const struct spool_take *t);
void sorted_fini(struct sorted *s);

#endif
