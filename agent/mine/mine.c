#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "mine/store.h"

struct mine *mine_new(size_t max_templates)
{
	struct mine *m;

	if (max_templates < 1 || max_templates > UINT16_MAX)
		return NULL;
	m = mem_calloc(1, sizeof(*m) + max_templates * sizeof(m->tmpl[0]));
	if (!m)
		return NULL;
	m->used = mem_calloc(max_templates, sizeof(*m->used));
	if (!m->used) {
		free(m);
		return NULL;
	}
	m->max = (uint32_t)max_templates;
	words_init(&m->words);
	m->scan.words = &m->words;
	store_clear(m);
	return m;
}

void mine_free(struct mine *m)
{
	if (!m)
		return;
	store_clear(m);
	free(m->used);
	free(m);
}

/* NULL: not known, or known no more. */
static struct answer *cached(struct mine *m, uint64_t key)
{
	struct answer *set = m->cache[key >> 48 & (CACHE_SETS - 1)];

	for (size_t i = 0; i < CACHE_WAYS; i++)
		if (set[i].key == key)
			return m->tmpl[set[i].tmpl].serial == set[i].serial ? &set[i] : NULL;
	return NULL;
}

/* The place of the same key, else one by chance: a flood of skeletons that never come again leaves most of the others.
 */
static void remember(struct mine *m, uint64_t key, uint32_t at)
{
	struct answer *set = m->cache[key >> 48 & (CACHE_SETS - 1)];
	size_t way = (key ^ m->tick) % CACHE_WAYS;

	for (size_t i = 0; i < CACHE_WAYS; i++)
		if (set[i].key == key)
			way = i;
	set[way] = (struct answer){key, at, m->tmpl[at].serial};
}

int mine_line(struct mine *m, const char *p, size_t n, struct mined *out)
{
	const struct answer *a;
	const struct tmpl *t;
	uint64_t key;
	uint32_t at;
	int r;

	scan_line(&m->scan, p, n);
	key = context_join(&m->scan);
	*out = (struct mined){0};
	a = cached(m, key);
	if (a) {
		at = a->tmpl;
	} else {
		r = match_line(m, &at, out);
		if (r < 0)
			return r;
		remember(m, key, at);
	}
	m->used[at] = ++m->tick;
	t = &m->tmpl[at];
	out->text = tmpl_text(t);
	out->n = t->text_n;
	out->id = t->id;
	return 0;
}

bool mine_changed(const struct mine *m)
{
	return m->changed;
}

void mine_clean(struct mine *m)
{
	m->changed = false;
}

void mine_stats(const struct mine *m, struct mine_stats *out)
{
	*out = m->count;
	out->templates = m->in_use;
	out->bytes = m->bytes;
}
