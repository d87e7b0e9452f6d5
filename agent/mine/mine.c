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

/* Known by its shape, by its skeleton, or compared. */
static int template_of(struct mine *m, const char *p, size_t n, uint32_t *at, struct mined *out)
{
	uint64_t shape = memo_shape(&m->memo, p, n), key;
	const struct answer *a = shape && memo_find(&m->memo, shape, &key) ? cached(m, key) : NULL;
	int r = 0;

	if (!a) {
		scan_line(&m->scan, p, n);
		key = context_join(&m->scan);
		if (shape)
			memo_keep(&m->memo, shape, key);
		a = cached(m, key);
	}
	if (a)
		*at = a->tmpl;
	else
		r = match_line(m, at, out);
	if (!a && r == 0)
		remember(m, key, *at);
	return r;
}

int mine_line(struct mine *m, const char *p, size_t n, struct mined *out)
{
	const struct tmpl *t;
	uint32_t at;
	int r;

	*out = (struct mined){0};
	r = template_of(m, p, n, &at, out);
	if (r < 0)
		return r;
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
