#include "ctl/hits.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/filter.h"

#define SLACK 4096 /* kept beyond the limit before they are sorted and cut */

static void show(struct hits *h, const bson_t *doc)
{
	h->shown++;
	hits_print(h, doc);
}

static int compare(const void *a, const void *b, void *arg)
{
	const struct hits *h = arg;
	bson_iter_t x, y, at;
	bool has_x, has_y, comparable;
	int r;

	has_x = bson_iter_init(&at, *(bson_t *const *)a) && bson_iter_find_descendant(&at, h->sort, &x);
	has_y = bson_iter_init(&at, *(bson_t *const *)b) && bson_iter_find_descendant(&at, h->sort, &y);
	if (has_x && has_y)
		r = filter_compare(&x, &y, &comparable);
	else
		r = (int)has_x - (int)has_y;
	return h->down ? -r : r;
}

static void sort_and_cut(struct hits *h)
{
	qsort_r(h->kept, h->n_kept, sizeof(*h->kept), compare, h);
	while ((int64_t)h->n_kept > h->limit) {
		bson_destroy(h->kept[--h->n_kept]);
		h->more = true;
	}
}

static bool keep(struct hits *h, const bson_t *doc)
{
	if (h->n_kept == h->room) {
		size_t room = h->room ? h->room * 2 : 1024;
		bson_t **more = realloc(h->kept, room * sizeof(*more));

		if (!more) {
			ctl_error("no memory to sort in; a limit needs less");
			return false;
		}
		h->kept = more;
		h->room = room;
	}
	h->kept[h->n_kept++] = bson_copy(doc);
	if (h->limit < INT64_MAX - SLACK && (int64_t)h->n_kept >= h->limit + SLACK)
		sort_and_cut(h);
	return true;
}

bool hits_take(struct hits *h, const bson_t *doc)
{
	h->n++;
	if (h->count)
		return true;
	if (h->sort)
		return keep(h, doc);
	if (h->shown == h->limit) {
		h->more = true;
		return false;
	}
	show(h, doc);
	return true;
}

void hits_end(struct hits *h)
{
	if (h->n_kept)
		sort_and_cut(h);
	for (size_t i = 0; i < h->n_kept; i++)
		show(h, h->kept[i]);
}

void hits_fini(struct hits *h)
{
	for (size_t i = 0; i < h->n_kept; i++)
		bson_destroy(h->kept[i]);
	free(h->kept);
	h->kept = NULL;
	h->n_kept = h->room = 0;
}
