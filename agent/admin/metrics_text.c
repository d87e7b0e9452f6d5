/* The figures as Prometheus reads them.  Each row is a family; names and units are OpenMetrics'. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <genlog/version.h>

#include "admin/http.h"
#include "admin/metrics.h"
#include "admin/progress.h"
#include "admin/status.h"
#include "base/clock.h"

static void head(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void one(FILE *f, const char *name, const char *type, const char *help, double v)
{
	head(f, name, type, help);
	fprintf(f, "%s %.15g\n", name, v);
}

/* A label's value: backslash, quote and line end are escaped. */
static void label(FILE *f, const char *s)
{
	for (; *s; s++) {
		if (*s == '\\' || *s == '"')
			fputc('\\', f);
		if (*s == '\n')
			fputs("\\n", f);
		else
			fputc(*s, f);
	}
}

static void labels(FILE *f, const char *name, const struct genlog_input *in, size_t i)
{
	fprintf(f, "%s{input=\"%zu\",type=\"", name, i);
	label(f, in->plug.code->name);
	fputs("\",service=\"", f);
	label(f, in->service->name ? in->service->name : "");
	fputs("\"} ", f);
}

typedef double value_fn(const struct genlog_input *in, int what);

static double event_count(const struct genlog_input *in, int what)
{
	return (double)count_read(&in->events[what]);
}

static double input_count(const struct genlog_input *in, int what)
{
	return (double)count_read(&in->counts[what]);
}

static double gauge(const struct genlog_input *in, int what)
{
	double v = (double)__atomic_load_n(&in->gauges[what], __ATOMIC_RELAXED);

	return what == GENLOG_GAUGE_LAG_MS ? v / 1000 : v;
}

static double sum(const struct genlog_input *in, int what)
{
	const double v[] = {(double)in->sum.sources, (double)in->sum.lag_bytes, (double)in->sum.lag_ms / 1000,
		!__atomic_load_n(&in->done, __ATOMIC_RELAXED), (double)in->sum.stuck};

	return v[what];
}

static void family(
	FILE *f, const struct agent *a, const char *name, const char *type, const char *help, value_fn *fn, int what)
{
	head(f, name, type, help);
	for (size_t i = 0; i < a->pipes.n_inputs; i++) {
		labels(f, name, a->pipes.inputs[i], i);
		fprintf(f, "%.15g\n", fn(a->pipes.inputs[i], what));
	}
}

static void put_inputs(FILE *f, struct agent *a)
{
	static const struct {
		const char *name, *help;
	} sums[] = {{"genlog_input_sources", "sources that are open"},
		{"genlog_input_behind_bytes", "bytes of its sources that were not read yet"},
		{"genlog_input_behind_seconds",
			"how old the newest event is of the source that is the farthest behind"},
		{"genlog_input_up", "1: it runs"},
		{"genlog_input_stuck_sources", "sources that have more to read and do not move"}};
	char name[128];

	for (int i = 0; i < PIPE_COUNTS; i++) {
		snprintf(name, sizeof(name), "genlog_input_%s_total", pipe_count_names[i].key);
		family(f, a, name, "counter", pipe_count_names[i].help, event_count, i);
	}
	for (int i = 0; i < GENLOG_COUNTS; i++) {
		snprintf(name, sizeof(name), "genlog_input_%s_total", input_count_names[i].key);
		family(f, a, name, "counter", input_count_names[i].help, input_count, i);
	}
	for (int i = 0; i < GENLOG_GAUGES; i++) {
		const char *key = i == GENLOG_GAUGE_LAG_MS ? "lag_seconds" : input_gauge_names[i].key;

		snprintf(name, sizeof(name), "genlog_input_%s", key);
		family(f, a, name, "gauge", input_gauge_names[i].help, gauge, i);
	}
	for (int i = 0; i < (int)(sizeof(sums) / sizeof(*sums)); i++)
		family(f, a, sums[i].name, "gauge", sums[i].help, sum, i);
}

static void put_spool(FILE *f, struct agent *a)
{
	struct spool_stats st;

	spool_stats_get(a->spool, &st);
	one(f, "genlog_spool_bytes", "gauge", "size of the spool on disk", (double)st.bytes);
	one(f, "genlog_spool_max_bytes", "gauge", "the most it may have", (double)agent_conf(a)->agent.spool.max_size);
	one(f, "genlog_spool_documents", "gauge", "documents that wait for their delivery", (double)st.docs_waiting);
	one(f, "genlog_spool_oldest_seconds", "gauge", "how long the oldest of them has been waiting",
		st.docs_waiting ? (double)st.oldest_ms / 1000 : 0);
	one(f, "genlog_spool_segments", "gauge", "files of the spool", (double)st.segments);
	one(f, "genlog_spool_full", "gauge", "1: it takes nothing", st.full);
	one(f, "genlog_spool_documents_in_total", "counter", "documents written to it", (double)st.docs_in);
	one(f, "genlog_spool_lost_documents_total", "counter", "documents in damaged parts of it",
		(double)st.lost_docs);
	one(f, "genlog_spool_damaged_bytes_total", "counter", "bytes of it that made no sense",
		(double)st.damaged_bytes);
}

/* Steps of the clock's own histogram, put together to these. */
static void put_latency(FILE *f, const struct ship *sh)
{
	static const double ends[] = {
		0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1, 2, 4, 8, 16, 32};
	const char *name = "genlog_output_write_duration_seconds";
	struct latency l;
	uint64_t n = 0;
	unsigned step = 0;

	latency_copy(&l, &sh->latency);
	head(f, name, "histogram", "how long calls of the output took");
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		for (; step < LATENCY_STEPS && latency_end(step) <= ends[i] * 1000; step++)
			n += l.n[step];
		fprintf(f, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name, ends[i], n);
	}
	for (; step < LATENCY_STEPS; step++)
		n += l.n[step];
	fprintf(f, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum %.15g\n%s_count %" PRIu64 "\n", name, n, name,
		(double)ship_count(sh, SHIP_WRITE_MS) / 1000, name, n);
}

static void put_output(FILE *f, struct agent *a)
{
	char name[128];

	for (int i = 0; i < SHIP_COUNTS; i++) {
		if (i == SHIP_WRITE_MS)
			continue;
		snprintf(name, sizeof(name), "genlog_output_%s_total", ship_count_names[i].key);
		one(f, name, "counter", ship_count_names[i].help, (double)ship_count(&a->ship, (enum ship_count)i));
	}
	one(f, "genlog_output_failing", "gauge", "1: the last call of the output failed",
		__atomic_load_n(&a->ship.failing_since, __ATOMIC_RELAXED) != 0);
	put_latency(f, &a->ship);
}

static void put_agent(FILE *f, struct agent *a)
{
	struct process_figures p;
	struct answer scratch = {0};
	char stuck[256];
	enum health health;

	answer_begin(&scratch);
	health = problems_write(a, &scratch);
	answer_fini(&scratch);
	process_look(&p);
	head(f, "genlog_build_info", "gauge", "1, with the version");
	fputs("genlog_build_info{version=\"" GENLOG_VERSION "\"} 1\n", f);
	one(f, "genlog_health", "gauge", "0: ok, 1: degraded, 2: failing; `genlogctl status` says why", health);
	one(f, "genlog_ready", "gauge", "1: data flows", !progress_stuck(a->progress, stuck, sizeof(stuck)));
	one(f, "genlog_config_generation", "gauge", "configurations taken since the start", (double)a->generation);
	one(f, "genlog_config_loaded_timestamp_seconds", "gauge", "when the last one was taken",
		(double)a->loaded_ms / 1000);
	one(f, "genlog_services_aside", "gauge", "drop-ins with errors, which do not run",
		(double)conf_aside(agent_conf(a)));
	one(f, "genlog_metrics_documents_missed_total", "counter",
		"documents about the agent that the spool did not take", (double)a->metrics->missed);
	one(f, "process_start_time_seconds", "gauge", "when the agent was started", (double)a->started_ms / 1000);
	one(f, "process_cpu_seconds_total", "counter", "CPU time, user and system", (double)p.cpu_ms / 1000);
	one(f, "process_resident_memory_bytes", "gauge", "resident memory", (double)p.rss_bytes);
	one(f, "process_open_fds", "gauge", "open descriptors", (double)p.open_files);
}

void metrics_text(struct agent *a, struct http_reply *out)
{
	FILE *f = open_memstream(&out->text, &out->n);

	out->type = "text/plain; version=0.0.4; charset=utf-8";
	if (!f)
		return;
	put_agent(f, a);
	put_inputs(f, a);
	put_spool(f, a);
	put_output(f, a);
	if (fclose(f) != 0) {
		free(out->text);
		out->text = NULL;
	}
}
