/* Counters and gauges of all inputs together, for any thread. */
#include "base/count.h"
#include "pipe/pipe.h"

const struct pipe_name pipe_count_names[PIPE_COUNTS] = {
#define NAME(name, key, help) [PIPE_##name] = {key, help},
	PIPE_COUNT_LIST(NAME)
#undef NAME
};

const struct pipe_name input_count_names[GENLOG_COUNTS] = {
#define NAME(name, key, help) [GENLOG_COUNT_##name] = {key, help},
	GENLOG_COUNT_LIST(NAME)
#undef NAME
};

const struct pipe_name input_gauge_names[GENLOG_GAUGES] = {
#define NAME(name, key, help) [GENLOG_GAUGE_##name] = {key, help},
	GENLOG_GAUGE_LIST(NAME)
#undef NAME
};

uint64_t pipes_count(const struct pipes *ps, enum pipe_count what)
{
	uint64_t n = 0;

	for (size_t i = 0; i < ps->n_readers; i++)
		n += count_read(&ps->readers[i].gone_events[what]);
	for (size_t i = 0; i < ps->n_inputs; i++)
		n += count_read(&ps->inputs[i]->events[what]);
	return n;
}

uint64_t pipes_input_count(const struct pipes *ps, enum genlog_count what)
{
	uint64_t n = 0;

	for (size_t i = 0; i < ps->n_readers; i++)
		n += count_read(&ps->readers[i].gone_counts[what]);
	for (size_t i = 0; i < ps->n_inputs; i++)
		n += count_read(&ps->inputs[i]->counts[what]);
	return n;
}

int64_t pipes_gauge(const struct pipes *ps, enum genlog_gauge what)
{
	int64_t n = 0;

	for (size_t i = 0; i < ps->n_inputs; i++) {
		int64_t v = __atomic_load_n(&ps->inputs[i]->gauges[what], __ATOMIC_RELAXED);

		n = what != GENLOG_GAUGE_LAG_MS ? n + v : v > n ? v : n;
	}
	return n;
}
