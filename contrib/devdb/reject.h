/*
 * Documents that are to be refused one by one: those in which a field (dotted names go into documents and
 * arrays) reads as a given text.  Strings read as they are, whole numbers in decimal, booleans as true and
 * false, ObjectIds in hex; nothing else matches.
 */
#ifndef DEVDB_REJECT_H
#define DEVDB_REJECT_H

#include <bson/bson.h>
#include <pthread.h>
#include <stdatomic.h>

enum { REJECT_MAX = 16, REJECT_TEXT = 256 };

struct reject {
	char field[REJECT_TEXT];
	char value[REJECT_TEXT];
	int code;
};

struct rejects {
	pthread_rwlock_t lock;
	atomic_int n; /* 0 is the way of most documents, and needs no lock */
	struct reject rule[REJECT_MAX];
};

void rejects_init(struct rejects *r);
void rejects_fini(struct rejects *r);
int rejects_add(struct rejects *r, const struct reject *rule); /* -ENOSPC */
void rejects_clear(struct rejects *r);
int rejects_code(struct rejects *r, const bson_t *doc); /* of the first rule that matches, or 0 */

#endif
