#include "ship/flow.h"

#define DOCS_LEAST 100 /* of smaller batches the time says little */
#define SLOW 4	       /* times the best */
#define IN_A_ROW 4     /* one batch alone changes nothing */
#define FORGET 64      /* the best is believed less with every batch that does not reach it */

void flow_init(struct flow *f, unsigned most)
{
	*f = (struct flow){.most = most, .limit = most};
	pthread_mutex_init(&f->lock, NULL);
}

void flow_fini(struct flow *f)
{
	pthread_mutex_destroy(&f->lock);
}

static void set_limit(struct flow *f, unsigned limit)
{
	f->in_a_row = 0;
	if (limit >= 1 && limit <= f->most)
		__atomic_store_n(&f->limit, limit, __ATOMIC_RELAXED);
}

static bool is_slow(struct flow *f, int64_t each)
{
	bool slow = f->best_ns && each > SLOW * f->best_ns;

	if (!f->best_ns || each < f->best_ns)
		f->best_ns = each;
	else
		f->best_ns += f->best_ns / FORGET + 1;
	return slow;
}

void flow_report(struct flow *f, size_t docs, int64_t ns)
{
	if (docs < DOCS_LEAST)
		return;
	pthread_mutex_lock(&f->lock);
	if (is_slow(f, ns / (int64_t)docs))
		f->in_a_row = f->in_a_row > 0 ? f->in_a_row + 1 : 1;
	else
		f->in_a_row = f->in_a_row < 0 ? f->in_a_row - 1 : -1;
	if (f->in_a_row == IN_A_ROW)
		set_limit(f, f->limit - 1);
	else if (f->in_a_row == -IN_A_ROW)
		set_limit(f, f->limit + 1);
	pthread_mutex_unlock(&f->lock);
}

void flow_failed(struct flow *f)
{
	pthread_mutex_lock(&f->lock);
	set_limit(f, 1);
	pthread_mutex_unlock(&f->lock);
}
