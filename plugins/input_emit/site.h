/* A call site as it was copied out of a segment: checked, and made ready so that a record is only appended. */
#ifndef INPUT_EMIT_SITE_H
#define INPUT_EMIT_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <genlog/ring.h>

/* A piece of the message: fixed text, then an argument; n_args and above: none. */
struct site_piece {
	const char *p;
	uint16_t n;
	uint8_t arg;
};

struct site_key {
	const char *p; /* with its NUL */
	uint16_t n;    /* without */
	uint8_t slot;  /* enum genlog_slot; GENLOG_SLOTS: none */
	bool in_context;
};

struct plan;

struct site {
	uint8_t level, n_args, n_texts; /* of GENLOG_LEVEL_*; of n_args, those with bytes behind the values */
	uint8_t types[GL_ARGS_MAX];
	bool has_trace, has_slots, clashes; /* a key of its own is one that records of its ring have too */
	uint16_t n_pieces;
	struct site_piece *pieces;
	struct site_key keys[GL_ARGS_MAX];
	const char *template, *function, *collection;
	uint32_t template_n, function_n;
	uint32_t literal;   /* bytes of all pieces */
	uint32_t room;	    /* bytes of the context, without texts */
	const uint8_t *own; /* BSON elements: file, line */
	uint32_t own_n;
	struct plan *plan; /* of a document; NULL: it is none */
	const char *error; /* why it is not what it says */
};

/* One entry with its texts, `n` bytes.  NULL: no memory, or (errno EBADMSG) it contradicts itself. */
struct site *site_new(const uint8_t *p, size_t n, uint32_t id);
void site_free(struct site *t);

#endif
