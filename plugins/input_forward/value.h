/*
 * MessagePack to BSON and to JSON: one pass, no recursion, into bytes that grow no further than they may.
 *
 * BSON: integers become int64 (what no int64 holds becomes text), floats doubles, bytes the text that they are, or else
 * their hexadecimal digits; an EventTime becomes a date; another ext becomes {ext, data}.  Keys are made fit; of a key
 * that stands twice the last value stays.  What is nested too deeply, or in a map of too many keys, becomes JSON text.
 */
#ifndef INPUT_FORWARD_VALUE_H
#define INPUT_FORWARD_VALUE_H

#include <genlog/bson.h>
#include <genlog/plugin.h>

#include "../forward/mp.h"

/* Of one record, in all its maps; and how many may stand twice, since each of these costs a search. */
#define KEYS_MAX 4096
#define KEYS_TWICE_MAX 64
#define KEYS_TABLE 8192

/* Keys that were seen, by map and name.  Emptied by a new stamp. */
struct keys {
	uint64_t stamp, seed;
	uint32_t n, twice, maps;
	struct {
		uint64_t hash, stamp;
	} place[KEYS_TABLE];
};

void keys_begin(struct keys *k);
/* Whether it stands there already. */
bool keys_add(struct keys *k, uint32_t map, const char *key, size_t n);

struct bson_out {
	struct genlog_buf *b;
	size_t max;
	struct keys *keys;
	struct genlog_buf *scratch;
	unsigned depth; /* what lies deeper becomes text */
	bool exact;	/* a document as another agent had it: widths of integers are kept, nothing becomes text */
	bool deep;	/* something became text */
	bool merged;	/* keys came that may stand there a second time */
};

struct bson_key {
	const char *p;
	size_t n;
};

/*
 * The element of one value, which is whole.  0; -ENOMEM; -E2BIG: more than `max`; -EOVERFLOW: too many keys twice;
 * -ELOOP: too deep, where that may not be; -EBADMSG.
 */
int bson_value(struct bson_out *o, struct bson_key key, const uint8_t *p, const uint8_t *end);
/* A text, or bytes, as the text that a document may have. */
int bson_text(struct bson_out *o, struct bson_key key, const char *p, size_t n);
/* A key of any type as a document may have it, in memory of the scratch where it is not its own. */
int bson_key_fit(struct genlog_buf *scratch, const struct mp *v, struct bson_key *out);
/* The element of that name goes, if there is one behind `start`. */
void bson_drop(struct bson_out *o, size_t start, struct bson_key key);
/* A key of map `map`, whose elements begin at `start`: an earlier element of that name goes. */
int bson_key_once(struct bson_out *o, uint32_t map, size_t start, struct bson_key key);

/* The value as compact JSON.  0; 1: cut at `max` bytes; -ENOMEM, -EBADMSG. */
int json_text(struct genlog_buf *b, size_t max, const uint8_t *p, const uint8_t *end);

#endif
