/* The wire protocol by hand, for what no driver would send. */
#ifndef TESTS_DEVDB_RAW_H
#define TESTS_DEVDB_RAW_H

#include <bson/bson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct raw {
	int fd;
	uint8_t out[4096];
	size_t n;
};

void raw_open(struct raw *r, int port);
void raw_close(struct raw *r);

/* A message is begun, filled and sent; its length is set at the end, or to what a test wants it to be. */
void raw_begin(struct raw *r, int32_t op);
void raw_put(struct raw *r, const void *p, size_t n);
void raw_put32(struct raw *r, uint32_t v);
void raw_body(struct raw *r, uint32_t flags, const char *json); /* an OP_MSG's */
void raw_send(struct raw *r);
void raw_send_length(struct raw *r, uint32_t length);

bool raw_answer(struct raw *r, bson_t *doc); /* false: closed without one.  The caller destroys doc */
bool raw_is_silent(struct raw *r, int ms);   /* neither an answer nor a close within that time */

#endif
