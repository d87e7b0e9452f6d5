#include "spool/age.h"

#include <string.h>

/* The mark that a document is behind is the last one not after it. */
static unsigned mark_of(const struct age *a, uint64_t sequence)
{
	unsigned i = 0;

	while (i + 1 < a->n && a->mark[i + 1].sequence <= sequence)
		i++;
	return i;
}

static void forget(struct age *a, uint64_t delivered)
{
	unsigned gone = mark_of(a, delivered);

	a->n -= gone;
	memmove(a->mark, a->mark + gone, a->n * sizeof(*a->mark));
	if (a->n <= 1)
		a->step = AGE_STEP_MS;
}

static void thin_out(struct age *a)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < a->n; i += 2)
		a->mark[kept++] = a->mark[i];
	a->n = kept;
	a->step *= 2;
}

void age_come(struct age *a, uint64_t sequence, uint64_t delivered, int64_t now)
{
	if (delivered >= sequence)
		a->n = 0;
	forget(a, delivered);
	if (a->n && now - a->mark[a->n - 1].ms < a->step)
		return;
	if (a->n == AGE_MARKS)
		thin_out(a);
	a->mark[a->n++] = (struct age_mark){sequence, now};
}

int64_t age_of(const struct age *a, uint64_t sequence, int64_t now)
{
	return a->n ? now - a->mark[mark_of(a, sequence)].ms : 0;
}
