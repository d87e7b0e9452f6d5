#include "admin/metrics.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "event/level.h"

static int64_t interval(const struct metrics *m)
{
	const struct conf_metrics *c = &agent_conf(m->agent)->agent.metrics;

	return m->agent->options->once ? CONF_METRICS_NEVER : c->interval;
}

static void write_id(struct answer *out, int64_t now)
{
	uint8_t id[12];
	uint32_t seconds = __builtin_bswap32((uint32_t)(now / 1000));

	memcpy(id, &seconds, sizeof(seconds));
	if (getrandom(id + 4, 8, 0) != 8)
		memset(id + 4, 0, 8);
	answer_oid(out, "_id", id);
}

static void write_latency(struct metrics *m, struct answer *out)
{
	struct latency now;

	latency_copy(&now, &m->agent->ship.latency);
	answer_doc(out, "insert_latency_ms");
	answer_double(out, "p50", latency_quantile(&now, &m->before, 0.5));
	answer_double(out, "p95", latency_quantile(&now, &m->before, 0.95));
	answer_double(out, "p99", latency_quantile(&now, &m->before, 0.99));
	answer_end(out);
	m->before = now;
}

/* What a filter was told to drop is no loss; what is told by a gap is. */
static uint64_t dropped(const struct agent *a)
{
	return pipes_input_count(&a->pipes, GENLOG_COUNT_LOST) + ship_count(&a->ship, SHIP_LOST);
}

static void write_figures(struct metrics *m, struct answer *out)
{
	struct agent *a = m->agent;
	int64_t now = clock_ms(), spent = now - m->at_ms;
	struct process_figures p;
	struct spool_stats st;

	spool_stats_get(a->spool, &st);
	process_look(&p);
	answer_uint(out, "queue_depth_docs", st.docs_waiting);
	answer_uint(out, "queue_depth_bytes", st.bytes);
	answer_double(out, "oldest_queued_seconds", st.docs_waiting ? (double)st.oldest_ms / 1000 : 0);
	answer_uint(out, "docs_in_total", st.docs_in);
	answer_uint(out, "docs_out_total", ship_count(&a->ship, SHIP_DELIVERED));
	answer_uint(out, "docs_dropped_total", dropped(a));
	answer_uint(out, "docs_dead_letter_total", ship_count(&a->ship, SHIP_REJECTED));
	write_latency(m, out);
	answer_double(out, "cpu_percent", spent > 0 ? (double)(p.cpu_ms - m->cpu_ms) * 100 / (double)spent : 0);
	answer_int(out, "rss_bytes", p.rss_bytes);
	answer_int(out, "open_files", p.open_files);
	m->cpu_ms = p.cpu_ms;
	m->at_ms = now;
}

static void write_doc(struct metrics *m)
{
	struct answer *out = &m->doc;
	struct answer scratch = {0};
	const struct conf_agent *c = &agent_conf(m->agent)->agent;
	int64_t now = clock_wall_ms();

	answer_begin(&scratch);
	answer_begin(out);
	write_id(out, now);
	answer_time(out, "timestamp", now);
	answer_text(out, "node_id", c->node_id);
	answer_text(out, "source_system", "genlog");
	if (c->environment)
		answer_text(out, "environment", c->environment);
	answer_text(out, "health", health_words[problems_write(m->agent, &scratch)]);
	answer_int(out, "uptime_ms", now - m->agent->started_ms);
	answer_uint(out, "generation", m->agent->generation);
	answer_doc(out, "metrics");
	write_figures(m, out);
	answer_end(out);
	answer_time(out, "createdAt", now);
	answer_fini(&scratch);
}

static int append(struct metrics *m)
{
	const char *collection = agent_conf(m->agent)->agent.metrics.collection;
	struct spool_batch *b = &m->batch;
	int name, r = answer_finish(&m->doc);

	batch_clear(b);
	name = r < 0 ? r : batch_name(b, collection, strlen(collection));
	r = name < 0 ? name : batch_doc_begin(b, (unsigned)name, LEVEL_INFO);
	if (r == 0)
		r = buf_append(&b->docs, m->doc.b.p, m->doc.b.n);
	if (r < 0)
		return r;
	batch_doc_done(b);
	return spool_append(m->agent->spool, b);
}

/* It is of the moment: one that cannot be written now is counted, and the next one is. */
static void on_timer(void *arg)
{
	static struct log_limit limit;
	struct metrics *m = arg;
	int r;

	write_doc(m);
	r = append(m);
	if (r < 0) {
		m->missed++;
		log_limited(&limit, LOG_LEVEL_WARN, "metrics: a document about the agent is left out (%s), %llu so far",
			r == -EAGAIN ? "the spool is full" : strerror(-r), (unsigned long long)m->missed);
	}
	metrics_reloaded(m);
}

void metrics_reloaded(struct metrics *m)
{
	if (m->timer)
		loop_timer_set(m->timer, interval(m) == CONF_METRICS_NEVER ? -1 : interval(m));
}

int metrics_open(struct metrics *m, struct agent *a)
{
	struct process_figures p;

	process_look(&p);
	*m = (struct metrics){.agent = a, .at_ms = clock_ms(), .cpu_ms = p.cpu_ms};
	m->timer = loop_timer(&a->loop, on_timer, m);
	if (!m->timer)
		return -ENOMEM;
	metrics_reloaded(m);
	return 0;
}

void metrics_close(struct metrics *m)
{
	loop_timer_free(m->timer);
	batch_fini(&m->batch);
	answer_fini(&m->doc);
	*m = (struct metrics){0};
}
