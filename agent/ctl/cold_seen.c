#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/cold.h"

static int key_of(const bson_t *doc, struct cold_key *key)
{
	unsigned char sha[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (EVP_Digest(bson_get_data(doc), doc->len, sha, &n, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	memcpy(key, sha, sizeof(*key));
	key->a |= 1; /* never zero, which is an empty slot */
	return 0;
}

/* The slot of the key, or the empty one where it belongs. */
static struct cold_key *slot_of(const struct cold_seen *s, const struct cold_key *key)
{
	size_t i = key->b & (s->room - 1);

	while (s->slots[i].a && (s->slots[i].a != key->a || s->slots[i].b != key->b))
		i = (i + 1) & (s->room - 1);
	return &s->slots[i];
}

static int grow(struct cold_seen *s)
{
	struct cold_seen more = {.room = s->room ? s->room * 2 : 4096, .n = s->n};

	if (s->n * 2 < s->room)
		return 0;
	more.slots = calloc(more.room, sizeof(*more.slots));
	if (!more.slots)
		return -ENOMEM;
	for (size_t i = 0; i < s->room; i++)
		if (s->slots[i].a)
			*slot_of(&more, &s->slots[i]) = s->slots[i];
	free(s->slots);
	*s = more;
	return 0;
}

int cold_seen_add(struct cold_seen *s, const bson_t *doc)
{
	struct cold_key key, *slot;
	int r = key_of(doc, &key);

	if (r == 0)
		r = grow(s);
	if (r < 0)
		return r;
	slot = slot_of(s, &key);
	if (slot->a)
		return 1;
	*slot = key;
	s->n++;
	return 0;
}

void cold_seen_fini(struct cold_seen *s)
{
	free(s->slots);
	*s = (struct cold_seen){0};
}
