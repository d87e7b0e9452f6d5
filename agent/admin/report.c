#include "admin/report.h"

#include <stdio.h>

#include "base/log.h"

#define LINE 2048

struct line {
	char p[LINE];
	size_t n;
};

static void add(struct line *l, const char *key, uint64_t v)
{
	int n = v ? snprintf(l->p + l->n, LINE - l->n, " %s=%llu", key, (unsigned long long)v) : 0;

	if (n > 0 && (size_t)n < LINE - l->n)
		l->n += (size_t)n;
}

void report_log(const struct pipes *ps, const struct ship *sh, struct spool *s)
{
	struct line l = {.n = 0};
	struct spool_stats st;

	spool_stats_get(s, &st);
	for (int i = 0; i < PIPE_COUNTS; i++)
		add(&l, pipe_count_names[i].key, pipes_count(ps, (enum pipe_count)i));
	for (int i = 0; i < GENLOG_COUNTS; i++)
		add(&l, input_count_names[i].key, pipes_input_count(ps, (enum genlog_count)i));
	for (int i = 0; i < GENLOG_GAUGES; i++)
		add(&l, input_gauge_names[i].key, (uint64_t)pipes_gauge(ps, (enum genlog_gauge)i));
	for (int i = 0; i < SHIP_COUNTS; i++)
		add(&l, ship_count_names[i].key, ship_count(sh, (enum ship_count)i));
	add(&l, "waiting", st.docs_waiting);
	add(&l, "spool_bytes", st.bytes);
	log_info("figures:%s", l.n ? l.p : " nothing came, nothing went");
}
