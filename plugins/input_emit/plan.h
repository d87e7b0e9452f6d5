/* How the fields of a site become a document: names with dots nest, once and for all records. */
#ifndef INPUT_EMIT_PLAN_H
#define INPUT_EMIT_PLAN_H

#include "site.h"

enum plan_op { PLAN_FIELD, PLAN_DOC, PLAN_ARRAY, PLAN_CLOSE };

struct plan_step {
	uint8_t op; /* enum plan_op */
	uint8_t arg;
	uint16_t n;    /* of the key */
	const char *p; /* with its NUL */
};

#define PLAN_DEPTH 6
#define PLAN_STEPS (GL_ARGS_MAX * (2 * PLAN_DEPTH + 1))

struct plan {
	uint16_t n;
	uint32_t room; /* bytes of all keys and fixed values */
	bool has_id, has_node, has_environment, has_version, has_created, has_source, has_timestamp;
	bool wants_timestamp;
	struct plan_step steps[PLAN_STEPS];
	char keys[]; /* the steps' */
};

/* NULL: no memory, or `error` says why the site's fields are no document. */
struct plan *plan_new(const struct site *t, const char *names, size_t n, const char **error);
void plan_free(struct plan *p);

#endif
