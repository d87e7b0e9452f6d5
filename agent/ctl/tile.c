#include "ctl/tile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tile_begin(struct tile *t, bool whole)
{
	struct tile_hole *holes = t->holes;
	struct tile_double *doubles = t->doubles;
	size_t room_holes = t->room_holes, room_doubles = t->room_doubles;

	*t = (struct tile){.whole = whole,
		.holes = holes,
		.doubles = doubles,
		.room_holes = room_holes,
		.room_doubles = room_doubles};
}

void tile_fini(struct tile *t)
{
	free(t->holes);
	free(t->doubles);
	*t = (struct tile){0};
}

static bool grow(void **v, size_t *room, size_t n, size_t size)
{
	size_t more = *room ? *room * 2 : 64;
	void *p = n < *room ? *v : realloc(*v, more * size);

	if (!p)
		return false;
	*v = p;
	*room = n < *room ? *room : more;
	return true;
}

static struct tile_edge edge_of(const struct tile_doc *d)
{
	return (struct tile_edge){d->offset, d->says, true};
}

static int add_hole(struct tile *t, struct tile_hole h)
{
	t->holes_n += h.to != UINT64_MAX;
	if (t->n_holes >= TILE_MOST + TILE_LIVES || (t->n_holes >= TILE_MOST && h.to != UINT64_MAX))
		return 0;
	if (!grow((void **)&t->holes, &t->room_holes, t->n_holes, sizeof(h)))
		return -ENOMEM;
	t->holes[t->n_holes++] = h;
	return 0;
}

static int add_double(struct tile *t, const struct tile_life *l, const struct tile_doc *b, bool same)
{
	const struct tile_doc *a = &l->last;
	uint64_t to = b->offset + b->length < l->end ? b->offset + b->length : l->end;
	struct tile_double d = {.from = b->offset, .to = to, .same = same, .timeless = same && b->timeless};

	t->doubles_n++;
	if (t->n_doubles == TILE_MOST)
		return 0;
	if (!grow((void **)&t->doubles, &t->room_doubles, t->n_doubles, sizeof(d)))
		return -ENOMEM;
	memcpy(d.id[0], a->id, TILE_ID);
	memcpy(d.id[1], b->id, TILE_ID);
	t->doubles[t->n_doubles++] = d;
	return 0;
}

/* The life that it fits behind: the one that ends nearest before it. */
static struct tile_life *fits(struct tile *t, const struct tile_doc *d)
{
	struct tile_life *best = NULL;

	for (unsigned i = 0; i < t->lives; i++)
		if (t->life[i].end <= d->offset && (!best || t->life[i].end > best->end))
			best = &t->life[i];
	return best;
}

static struct tile_life *farthest(struct tile *t)
{
	struct tile_life *best = &t->life[0];

	for (unsigned i = 1; i < t->lives; i++)
		if (t->life[i].end > best->end)
			best = &t->life[i];
	return best;
}

/* The life whose last document stands at the same offset, and says the same or something else. */
static struct tile_life *beside(struct tile *t, const struct tile_doc *d, bool same)
{
	for (unsigned i = 0; i < t->lives; i++)
		if (t->life[i].last.offset == d->offset && (t->life[i].last.says == d->says) == same)
			return &t->life[i];
	return NULL;
}

static void put(struct tile_life *l, const struct tile_doc *d)
{
	uint64_t end = d->offset + d->length;

	l->last = *d;
	l->end = end > l->end ? end : l->end;
}

static int first(struct tile *t, const struct tile_doc *d)
{
	t->lives = 1;
	put(&t->life[0], d);
	if (!t->whole || !d->offset)
		return 0;
	return add_hole(t, (struct tile_hole){.to = d->offset, .behind = edge_of(d)});
}

static int follow(struct tile *t, struct tile_life *l, const struct tile_doc *d)
{
	int r = 0;

	if (l->end < d->offset)
		r = add_hole(t, (struct tile_hole){.from = l->end,
					.to = d->offset,
					.life = (unsigned)(l - t->life),
					.before = edge_of(&l->last),
					.behind = edge_of(d)});
	put(l, d);
	return r;
}

static void split(struct tile *t, const struct tile_doc *d, bool overlaps)
{
	struct tile_life *l = &t->life[t->lives++];

	*l = (struct tile_life){.split_at = d->offset, .overlaps = overlaps};
	put(l, d);
}

int tile_add(struct tile *t, const struct tile_doc *d)
{
	struct tile_life *l;

	t->documents++;
	t->bytes += d->length;
	if (!t->lives)
		return first(t, d);
	if ((l = beside(t, d, true)))
		return add_double(t, l, d, true);
	if ((l = fits(t, d)))
		return follow(t, l, d);
	if (beside(t, d, false) && t->lives < TILE_LIVES) {
		split(t, d, false);
		return 0;
	}
	l = farthest(t);
	if (add_double(t, l, d, false) < 0)
		return -ENOMEM;
	if (t->lives < TILE_LIVES)
		split(t, d, true);
	else
		put(l, d);
	return 0;
}

unsigned tile_lives(const struct tile *t)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->lives; i++)
		n += !t->life[i].overlaps;
	return n;
}

/* Lines without a time at one offset, of which each life that splits off behind it has one. */
static void drop_common(struct tile *t)
{
	size_t kept = 0;
	uint64_t at = UINT64_MAX, splits = 0;

	for (size_t i = 0; i < t->n_doubles; i++) {
		const struct tile_double *d = &t->doubles[i];

		if (d->from != at)
			for (unsigned k = splits = 0; k < t->lives; k++)
				splits += !t->life[k].overlaps && t->life[k].split_at > d->from;
		at = d->from;
		if (d->timeless && splits) {
			splits--;
			t->doubles_n--;
		} else {
			t->doubles[kept++] = *d;
		}
	}
	t->n_doubles = kept;
}

/* What began with an overlap may go on for the life that it overlaps: then only the one that goes farther has an end.
 */
static bool has_end(const struct tile *t, unsigned i)
{
	bool doubtful = tile_lives(t) < t->lives;

	for (unsigned k = 0; doubtful && k < t->lives; k++)
		if (t->life[k].end > t->life[i].end)
			return false;
	return true;
}

int tile_end(struct tile *t)
{
	int r = t->lives ? 0 : add_hole(t, (struct tile_hole){.to = UINT64_MAX});

	drop_common(t);
	for (unsigned i = 0; i < t->lives && r == 0; i++)
		if (has_end(t, i))
			r = add_hole(t, (struct tile_hole){.from = t->life[i].end,
						.to = UINT64_MAX,
						.life = i,
						.before = edge_of(&t->life[i].last)});
	return r;
}

size_t tile_hole_at(const struct tile *t, uint64_t at)
{
	size_t lo = 0, hi = t->n_holes;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->holes[mid].to < at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void explain(struct tile_hole *h, uint64_t from, uint64_t to, enum tile_why why, const char *words)
{
	from = from > h->from ? from : h->from;
	to = to < h->to ? to : h->to;
	if (from >= to)
		return;
	if (why == TILE_MISSING && !h->events[why])
		h->missing_at = from;
	h->bytes[why] += to - from;
	h->events[why]++;
	if (words && why == TILE_FILTERED && !h->filter[0])
		snprintf(h->filter, sizeof(h->filter), "%s", words);
	if (words && why == TILE_GAP && !h->reason[0])
		snprintf(h->reason, sizeof(h->reason), "%s", words);
}

/* Of several lives holes lie among one another: as many as there are lives may come before one that is touched. */
void tile_explain(struct tile *t, uint64_t from, uint64_t to, enum tile_why why, const char *words)
{
	size_t i = tile_hole_at(t, from + 1), sure = i + TILE_LIVES;

	for (; i < t->n_holes && (i < sure || t->holes[i].from < to); i++)
		explain(&t->holes[i], from, to, why, words);
}

uint64_t tile_rest(const struct tile_hole *h)
{
	uint64_t said = 0;

	if (h->to == UINT64_MAX)
		return 0;
	for (int i = 0; i < TILE_WHYS; i++)
		said += h->bytes[i];
	return said < h->to - h->from ? h->to - h->from - said : 0;
}
