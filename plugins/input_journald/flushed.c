/*
 * At boot journald writes below /run, and later copies what it has there below /var, where the copies get other
 * numbers.  What was read from below /run is not read again there: of the same folder and boot, what is not later than
 * the last entry read and not earlier than the file's first.
 */
#include <stdlib.h>

#include "reader.h"

static void add(struct reader *r, uint64_t from, const char *cursor)
{
	size_t n = strlen(cursor);
	struct range *g = &r->ranges[r->n_ranges];

	if (r->n_ranges == RANGES || !cursor_id(cursor, n, 'b', g->boot) || !cursor_number(cursor, n, 'm', &g->last) ||
		!cursor_number(cursor, n, 'x', &g->sum))
		return;
	g->from = from;
	r->n_ranges++;
}

static bool is_there(const struct reader *r, const uint8_t id[ID_SIZE])
{
	for (const struct rfile *f = r->files; f; f = f->next)
		if (memcmp(f->head.id, id, ID_SIZE) == 0)
			return true;
	return false;
}

void flushed_prepare(struct reader *r, const struct rfile *f)
{
	r->n_ranges = 0;
	if (f->runtime || !f->folder)
		return;
	for (const struct rfile *o = r->files; o; o = o->next)
		if (o->runtime && o->folder == f->folder && o->cursor)
			add(r, o->head.head_time, o->cursor);
	for (size_t i = 0; i < r->n_known; i++) {
		const struct resume *k = &r->known[i];

		if (k->flags & WIRE_FILE_RUNTIME && k->folder == f->folder && !is_there(r, k->id))
			add(r, k->from, k->cursor);
	}
}

/* Of several within one microsecond, those up to the very one that was read last. */
static bool holds(struct rfile *f, const struct range *g, uint64_t at)
{
	char *cursor = NULL;
	uint64_t sum = 0;

	if (at != g->last)
		return at < g->last;
	if (f->passed)
		return false;
	if (sd_journal_get_cursor(f->j, &cursor) >= 0)
		f->passed = cursor_number(cursor, strlen(cursor), 'x', &sum) && sum == g->sum;
	free(cursor);
	return true;
}

bool flushed_has(const struct reader *r, struct rfile *f, uint64_t time)
{
	sd_id128_t boot;
	uint64_t at;

	if (!r->n_ranges || sd_journal_get_monotonic_usec(f->j, &at, &boot) < 0)
		return false;
	for (size_t i = 0; i < r->n_ranges; i++) {
		const struct range *g = &r->ranges[i];

		if (memcmp(boot.bytes, g->boot, ID_SIZE) == 0 && time >= g->from && holds(f, g, at))
			return true;
	}
	return false;
}
