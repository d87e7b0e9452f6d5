#include "ship/sort.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"

static int room(struct sorted *s, size_t n)
{
	size_t cap = n + n / 2;
	void *docs, *group_of, *spare;

	if (n <= s->cap)
		return 0;
	docs = mem_realloc(s->docs, cap * sizeof(*s->docs));
	if (docs)
		s->docs = docs;
	group_of = mem_realloc(s->group_of, cap * sizeof(*s->group_of));
	if (group_of)
		s->group_of = group_of;
	spare = mem_realloc(s->spare, cap * sizeof(*s->spare));
	if (spare)
		s->spare = spare;
	if (!docs || !group_of || !spare)
		return -ENOMEM;
	s->cap = cap;
	return 0;
}

static int group_find(struct sorted *s, const char *name, size_t len)
{
	if (len >= SORT_NAME_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < s->groups; i++)
		if (strlen(s->group[i].name) == len && memcmp(s->group[i].name, name, len) == 0)
			return (int)i;
	if (s->groups == SORT_COLLECTIONS)
		return -EBADMSG;
	s->group[s->groups] = (struct sorted_group){0};
	memcpy(s->group[s->groups].name, name, len);
	return (int)s->groups++;
}

static int frame_groups(struct sorted *s, const struct frame_body *b, int *groups, size_t cap)
{
	const uint8_t *p = b->name_p, *end = p + b->name_len;
	const char *name;
	size_t len, n = 0;

	while (frame_next_name(&p, end, &name, &len)) {
		int g = n < cap ? group_find(s, name, len) : -EBADMSG;

		if (g < 0)
			return g;
		groups[n++] = g;
	}
	return p == end ? (int)n : -EBADMSG;
}

static bool is_document(const uint8_t *bson, uint32_t len)
{
	uint32_t says;

	memcpy(&says, bson, sizeof(says));
	return says == len && bson[len - 1] == 0;
}

static int frame_docs(struct sorted *s, const struct spool_frame *f)
{
	int groups[BATCH_NAMES], n;
	const struct frame_body *b = &f->body;
	const uint8_t *p, *end, *bson;
	uint16_t name;
	uint8_t level;
	uint32_t len;

	n = f->contradicts ? -EBADMSG : frame_groups(s, b, groups, BATCH_NAMES);
	if (n < 0)
		return n;
	p = b->doc_p;
	end = p + b->doc_len;
	while (s->n < s->cap && frame_next_doc(&p, end, &name, &level, &bson, &len)) {
		if (name >= n || !is_document(bson, len))
			return -EBADMSG;
		s->docs[s->n] = (struct genlog_doc){.bson = bson, .len = len};
		s->group_of[s->n++] = (uint16_t)groups[name];
		s->group[groups[name]].n++;
	}
	return p == end ? 0 : -EBADMSG;
}

/* Several collections: each one's documents side by side. */
static void gather(struct sorted *s)
{
	struct genlog_doc *docs = s->docs;
	size_t at[SORT_COLLECTIONS], from = 0;

	for (size_t g = 0; g < s->groups; g++) {
		s->group[g].from = at[g] = from;
		from += s->group[g].n;
	}
	if (s->groups < 2)
		return;
	for (size_t i = 0; i < s->n; i++)
		s->spare[at[s->group_of[i]]++] = docs[i];
	s->docs = s->spare;
	s->spare = docs;
}

int sort_take(struct sorted *s, const struct spool_take *t)
{
	int r = room(s, t->docs + 1), bad = 0;

	s->n = s->groups = 0;
	for (unsigned i = 0; i < t->frames && r == 0; i++) {
		r = frame_docs(s, &t->frame[i]);
		if (r == -EBADMSG) {
			bad = r;
			r = 0;
		}
	}
	if (r == 0)
		gather(s);
	return r < 0 ? r : bad;
}

void sorted_fini(struct sorted *s)
{
	free(s->docs);
	free(s->group_of);
	free(s->spare);
	*s = (struct sorted){0};
}
