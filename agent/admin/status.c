#include "admin/status.h"

#include "admin/http.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <genlog/version.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"

#define SOURCES_SHOWN 200

const char *const health_words[] = {[HEALTH_OK] = "ok", [HEALTH_DEGRADED] = "degraded", [HEALTH_FAILING] = "failing"};

static int64_t count_folder(const char *path)
{
	DIR *d = opendir(path);
	int64_t n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n > 2 ? n - 2 : 0;
}

void process_look(struct process_figures *p)
{
	struct rusage u = {0};
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	char text[128], *end = text;
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	*p = (struct process_figures){0};
	text[n > 0 ? n : 0] = 0; /* size, then resident, in pages */
	(void)strtoll(text, &end, 10);
	p->rss_bytes = strtoll(end, NULL, 10) * sysconf(_SC_PAGESIZE);
	if (fd >= 0)
		close(fd);
	(void)getrusage(RUSAGE_SELF, &u);
	p->cpu_ms = (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
		    (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
	p->open_files = count_folder("/proc/self/fd");
	p->threads = count_folder("/proc/self/task");
}

static void write_process(struct answer *out)
{
	struct process_figures p;

	process_look(&p);
	answer_doc(out, "process");
	answer_int(out, "rss_bytes", p.rss_bytes);
	answer_int(out, "cpu_ms", p.cpu_ms);
	answer_int(out, "open_files", p.open_files);
	answer_int(out, "threads", p.threads);
	answer_end(out);
}

static void write_spool(struct agent *a, struct answer *out)
{
	const struct conf_spool *c = &agent_conf(a)->agent.spool;
	struct spool_stats st;

	spool_stats_get(a->spool, &st);
	answer_doc(out, "spool");
	answer_text(out, "path", c->path);
	answer_uint(out, "bytes", st.bytes);
	answer_int(out, "max_size", c->max_size);
	answer_bool(out, "full", st.full);
	answer_uint(out, "docs_waiting", st.docs_waiting);
	answer_int(out, "oldest_ms", st.docs_waiting ? st.oldest_ms : 0);
	answer_uint(out, "segments", st.segments);
	answer_uint(out, "docs_in", st.docs_in);
	answer_uint(out, "docs_out", st.docs_out);
	answer_uint(out, "lost_docs", st.lost_docs);
	answer_uint(out, "damaged_bytes", st.damaged_bytes);
	answer_uint(out, "torn_bytes", st.torn_bytes);
	answer_end(out);
}

static void write_latency(struct agent *a, struct answer *out)
{
	struct latency l;

	latency_copy(&l, &a->ship.latency);
	answer_doc(out, "latency_ms");
	for (size_t i = 0; i < QUANTILES; i++)
		answer_double(out, quantiles[i].key, latency_quantile(&l, NULL, quantiles[i].share));
	answer_end(out);
	answer_doc(out, "latency_recent_ms");
	for (size_t i = 0; i < QUANTILES; i++)
		answer_double(out, quantiles[i].key, a->recent[i]);
	answer_end(out);
}

static void write_output(struct agent *a, struct answer *out)
{
	struct ship *sh = &a->ship;
	int64_t since = __atomic_load_n(&sh->failing_since, __ATOMIC_RELAXED);
	int64_t delivered = __atomic_load_n(&sh->delivered_ms, __ATOMIC_RELAXED);
	char why[sizeof(sh->why)];

	ship_why(sh, why, sizeof(why));
	answer_doc(out, "output");
	answer_text(out, "type", sh->out.code->name);
	answer_bool(out, "failing", since != 0);
	answer_int(out, "failing_ms", since ? clock_ms() - since : 0);
	answer_text(out, "last_failure", *why ? why : NULL);
	if (delivered)
		answer_time(out, "last_delivery", delivered);
	answer_double(out, "docs_per_second", a->delivered.per_second);
	for (int i = 0; i < SHIP_COUNTS; i++)
		answer_uint(out, ship_count_names[i].key, ship_count(sh, (enum ship_count)i));
	write_latency(a, out);
	answer_end(out);
}

static void write_log(struct answer *out)
{
	static const char *const words[] = {[LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARN] = "warning"};
	struct log_said said[LOG_RECENT];
	size_t n = log_recent(said);

	answer_array(out, "log");
	for (size_t i = 0; i < n; i++) {
		answer_doc(out, NULL);
		answer_time(out, "time", said[i].time_ms);
		answer_text(out, "level", words[said[i].level]);
		answer_text(out, "text", said[i].text);
		answer_end(out);
	}
	answer_end(out);
}

/* All that is wrong with drop-ins that are set aside, as --check says it. */
static void write_aside(struct agent *a, struct answer *out)
{
	const struct conf *c = agent_conf(a);
	char *text = NULL;
	size_t n = 0;
	FILE *f;

	answer_uint(out, "services", c->n_services);
	answer_uint(out, "services_aside", conf_aside(c));
	f = c->n_errors ? open_memstream(&text, &n) : NULL;
	if (f) {
		conf_errors_print(c, f);
		(void)fclose(f);
		answer_text_n(out, "config_errors", text, n < 8192 ? n : 8192);
	}
	free(text);
}

static void write_agent(struct agent *a, struct answer *out)
{
	answer_text(out, "version", GENLOG_VERSION);
	answer_int(out, "pid", getpid());
	answer_text(out, "node_id", agent_conf(a)->agent.node_id);
	answer_time(out, "time", clock_wall_ms());
	answer_time(out, "started", a->started_ms);
	answer_int(out, "uptime_ms", clock_wall_ms() - a->started_ms);
	answer_text(out, "config", a->options->config);
	answer_uint(out, "generation", a->generation);
	answer_time(out, "loaded", a->loaded_ms);
	answer_int(out, "followers", a->admin->followers);
	answer_bool(out, "tail_over_http", a->http->daemon && http_shows_documents(a->http));
}

void status_write(struct agent *a, const struct request *r, struct answer *out)
{
	int64_t most = request_int(r, "sources", SOURCES_SHOWN);

	write_agent(a, out);
	answer_text(out, "health", health_words[problems_write(a, out)]);
	write_aside(a, out);
	inputs_write(a, out);
	sources_write(a, most < 0 ? 0 : (size_t)most, out);
	write_spool(a, out);
	write_output(a, out);
	write_process(out);
	write_log(out);
}
