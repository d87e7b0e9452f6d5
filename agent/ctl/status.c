/* What an operator wants to know first, on one screen. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/status.h"

#define SOURCES 10

static const char *colour(const struct ctl *c, const char *health)
{
	if (!c->colours)
		return "";
	return strcmp(health, "ok") == 0 ? "\033[32m" : strcmp(health, "failing") == 0 ? "\033[31m" : "\033[33m";
}

static void show_head(const struct ctl *c, const bson_t *doc)
{
	const char *health = ctl_text(doc, "health");
	char up[CTL_SHORT], loaded[CTL_SHORT];

	printf("genlogd %s on %s: %s%s%s\n", ctl_text(doc, "version"), ctl_text(doc, "node_id"), colour(c, health),
		health, c->colours ? "\033[0m" : "");
	printf("pid %" PRId64 ", up %s; loaded %s, generation %" PRId64 " of %s\n", ctl_int(doc, "pid"),
		ctl_span(up, ctl_int(doc, "uptime_ms")), ctl_clock(loaded, ctl_int(doc, "loaded")),
		ctl_int(doc, "generation"), ctl_text(doc, "config"));
}

static void show_problem(void *arg, const bson_t *p)
{
	const struct ctl *c = arg;
	const char *health = ctl_text(p, "health");
	const char *word = strcmp(health, "ok") == 0 ? "note" : health;

	printf("  %s%-9s%s ", colour(c, health), word, c->colours ? "\033[0m" : "");
	ctl_put_text(ctl_text(p, "what"));
	printf("\n            -> %s\n", ctl_text(p, "do"));
}

static void show_input(void *arg, const bson_t *in)
{
	char events[CTL_SHORT], lag[CTL_SHORT], age[CTL_SHORT];

	(void)arg;
	printf("  %-9s %-18.18s %7" PRId64 " %10.1f %14s %11s %11s %9" PRId64 "%s\n", ctl_text(in, "type"),
		ctl_text(in, "service"), ctl_int(in, "sources"), ctl_double(in, "events_per_second"),
		ctl_number(events, ctl_int(in, "events")), ctl_bytes(lag, ctl_int(in, "lag_bytes")),
		ctl_span(age, ctl_int(in, "lag_ms")), ctl_int(in, "unparsed"),
		ctl_bool(in, "runs") ? "" : "  does not run");
}

/* The name of a source is what its documents say: a path, a unit, a peer. */
const char *status_source_name(const bson_t *src)
{
	static const char *const labels[] = {
		"source.path", "source.unit", "source.peer", "source.program", "source.journal", "source.service"};

	for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++)
		if (*ctl_text(src, labels[i]))
			return ctl_text(src, labels[i]);
	return ctl_text(src, "source.type");
}

struct sources {
	int shown;
	bool all;
};

static void show_source(void *arg, const bson_t *src)
{
	struct sources *s = arg;
	char lag[CTL_SHORT], age[CTL_SHORT], events[CTL_SHORT], when[CTL_SHORT];
	int64_t taken = ctl_int(src, "last_taken");

	if (!s->all && s->shown >= SOURCES)
		return;
	if (!s->shown++)
		printf("\n  %-40s %14s %14s %11s %11s  %s\n", "source", "events", "position", "lag", "lag",
			"last taken");
	ctl_number(events, ctl_int(src, "events"));
	printf("  %-40.40s %14s %14" PRId64 " %11s %11s  %s\n", status_source_name(src), events,
		ctl_int(src, "position"), ctl_bytes(lag, ctl_int(src, "lag_bytes")),
		ctl_span(age, ctl_int(src, "lag_ms")), taken ? ctl_clock(when, taken) : "never");
}

static void show_spool(const bson_t *doc)
{
	char bytes[CTL_SHORT], max[CTL_SHORT], n[CTL_SHORT], age[CTL_SHORT];

	printf("\nspool     %s: %s of %s, %s documents wait", ctl_text(doc, "spool.path"),
		ctl_bytes(bytes, ctl_int(doc, "spool.bytes")), ctl_bytes(max, ctl_int(doc, "spool.max_size")),
		ctl_number(n, ctl_int(doc, "spool.docs_waiting")));
	if (ctl_int(doc, "spool.docs_waiting"))
		printf(", the oldest for %s", ctl_span(age, ctl_int(doc, "spool.oldest_ms")));
	puts(ctl_bool(doc, "spool.full") ? "; FULL" : "");
}

static void show_output(const bson_t *doc)
{
	char n[CTL_SHORT], failing[CTL_SHORT], when[CTL_SHORT];

	printf("output    %s: %s delivered, %.1f a second; a batch takes %.1f ms, 95 %% at most %.1f\n",
		ctl_text(doc, "output.type"), ctl_number(n, ctl_int(doc, "output.delivered")),
		ctl_double(doc, "output.docs_per_second"), ctl_double(doc, "output.latency_ms.p50"),
		ctl_double(doc, "output.latency_ms.p95"));
	if (ctl_bool(doc, "output.failing"))
		printf("          failing for %s", ctl_span(failing, ctl_int(doc, "output.failing_ms")));
	if (ctl_bool(doc, "output.failing") && ctl_int(doc, "output.last_delivery"))
		printf(", last delivery %s", ctl_clock(when, ctl_int(doc, "output.last_delivery")));
	if (ctl_bool(doc, "output.failing"))
		putchar('\n');
	if (ctl_int(doc, "output.retried") || ctl_int(doc, "output.rejected"))
		printf("          %" PRId64 " sent again, %" PRId64 " refused for good\n",
			ctl_int(doc, "output.retried"), ctl_int(doc, "output.rejected"));
}

static void show_process(const bson_t *doc)
{
	char rss[CTL_SHORT];
	double share = ctl_int(doc, "uptime_ms")
			       ? (double)ctl_int(doc, "process.cpu_ms") * 100 / (double)ctl_int(doc, "uptime_ms")
			       : 0;

	printf("process   %s, %.1f %% of a core since the start, %" PRId64 " open files\n",
		ctl_bytes(rss, ctl_int(doc, "process.rss_bytes")), share, ctl_int(doc, "process.open_files"));
}

static void show_said(void *arg, const bson_t *said)
{
	char when[CTL_SHORT];

	(void)arg;
	printf("  %s  %s: ", ctl_clock(when, ctl_int(said, "time")), ctl_text(said, "level"));
	ctl_put_text(ctl_text(said, "text"));
	putchar('\n');
}

static bool has_items(const bson_t *doc, const char *key)
{
	char path[64];
	bson_iter_t i, at;

	snprintf(path, sizeof(path), "%s.0", key);
	return bson_iter_init(&i, doc) && bson_iter_find_descendant(&i, path, &at);
}

void status_show(struct ctl *c, const bson_t *doc, bool all)
{
	struct sources s = {.all = all};

	show_head(c, doc);
	if (has_items(doc, "problems"))
		putchar('\n');
	ctl_each(doc, "problems", show_problem, c);
	if (has_items(doc, "inputs"))
		printf("\n  %-9s %-18s %7s %10s %14s %11s %11s %9s\n", "input", "service", "sources", "events/s",
			"events", "lag", "lag", "unparsed");
	ctl_each(doc, "inputs", show_input, c);
	ctl_each(doc, "sources", show_source, &s);
	if (ctl_int(doc, "sources_open") > s.shown)
		printf("  … and %" PRId64 " more; --all shows them\n", ctl_int(doc, "sources_open") - s.shown);
	show_spool(doc);
	show_output(doc);
	show_process(doc);
	if (has_items(doc, "log"))
		puts("\nwarnings and errors, the last ones");
	ctl_each(doc, "log", show_said, c);
}

int status_ask(struct ctl *c, int64_t sources, bson_t *reply)
{
	bson_t request = BSON_INITIALIZER;
	int r;

	BSON_APPEND_UTF8(&request, "command", "status");
	BSON_APPEND_INT64(&request, "sources", sources);
	r = ctl_ask(c, &request, reply);
	bson_destroy(&request);
	return r;
}

struct status_options {
	bool all;
};

static const struct ctl_option options[] = {
	{CTL_FLAG, "all", 'a', offsetof(struct status_options, all), NULL,
		"all sources, not only those that lag the most"},
	{0},
};

/* Red is worth an exit code of its own kind: a check of a monitoring system needs nothing else. */
static int run(struct ctl *c, const void *opts, int argc, char **argv)
{
	const struct status_options *o = opts;
	bson_t reply;
	int r = status_ask(c, o->all ? INT32_MAX : 200, &reply);

	(void)argc;
	(void)argv;
	if (r == 0 && c->json)
		ctl_json(&reply);
	else if (r == 0)
		status_show(c, &reply, o->all);
	if (r == 0 && strcmp(ctl_text(&reply, "health"), "failing") == 0)
		r = -EIO;
	bson_destroy(&reply);
	return r < 0 ? CTL_FAILED : CTL_OK;
}

const struct ctl_command ctl_status = {
	.name = "status",
	.summary = "how the running agent is, what is wrong, and what to do about it",
	.text = "Health, problems with what to do about them, inputs, the sources that lag the most, spool, output, "
		"and the\n"
		"last warnings and errors.  Exit code 1 where health is \"failing\" or no agent answers.\n"
		"\n"
		"  genlogctl status\n"
		"  genlogctl --json status | jq .problems\n",
	.size = sizeof(struct status_options),
	.options = options,
	.run = run,
};
