/*
 * The slots of a record: their keys, what kind of value the schema wants in each, and the names by which programs
 * call them.  `rank` is the place in the list of names: 0 is the key itself, and where two names of one slot stand in
 * the same event the lower rank has it, the other goes into the context under its name.
 */
#ifndef EVENT_SLOTS_H
#define EVENT_SLOTS_H

#include <genlog/record.h>

enum slot_kind { SLOT_DATE, SLOT_TEXT, SLOT_NUMBER, SLOT_COUNT, SLOT_TAGS };

struct slot_info {
	char head[32]; /* type byte, key, NUL: as a document has them, if the value has the kind's own type */
	uint8_t head_len;
	uint8_t key_len;
	uint8_t kind;  /* enum slot_kind */
	bool nullable; /* null says something: known to be none */
	const char *key;
};

extern const struct slot_info slot_infos[GENLOG_SLOTS];

static inline const struct slot_info *slot_info(enum genlog_slot s)
{
	return &slot_infos[s];
}

/* The name of a rank, as the table has it; NULL: there is no such rank. */
const char *slot_name(enum genlog_slot s, int rank);

/* A value as its slot wants it: a number in a text slot becomes text, and so on.  false: it has no place there. */
bool slot_fit(struct genlog_record *rec, enum genlog_slot s, struct genlog_value *v);

#endif
