/* Whether all that was read of files is in the database, once. */
#include "ctl/audit.h"
#include "ctl/array.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/commands.h"

#define STATUS_SOURCES 100000

/* ── which collections ── */

static void add_collection(struct audit *a, const char *name, size_t n)
{
	if (!n || n >= SORT_NAME_MAX || a->n_collections == AUDIT_COLLECTIONS)
		return;
	for (size_t i = 0; i < a->n_collections; i++)
		if (strlen(a->collections[i]) == n && memcmp(a->collections[i], name, n) == 0)
			return;
	memcpy(a->collections[a->n_collections], name, n);
	a->collections[a->n_collections++][n] = 0;
}

/* "CONDITION -> COLLECTION" of filter route. */
static void add_routes(struct audit *a, const struct conf_filter *f)
{
	const struct conf_node *rules = strcmp(f->type, "route") == 0 ? conf_get(f->node, "rules") : NULL;

	for (const struct conf_node *n = rules ? rules->first : NULL; n; n = n->next) {
		const char *to = n->text ? strstr(n->text, "->") : NULL;

		for (const char *next; to && (next = strstr(to + 2, "->"));)
			to = next;
		if (to)
			to += 2 + strspn(to + 2, " \t");
		if (to)
			add_collection(a, to, strcspn(to, " \t"));
	}
}

static void choose_collections(struct audit *a)
{
	const struct conf *c = &a->config.conf;

	for (size_t i = 0; i < a->o->only.n; i++)
		add_collection(a, a->o->only.v[i], strlen(a->o->only.v[i]));
	if (a->o->only.n)
		return;
	add_collection(a, "system_logs", 11);
	add_collection(a, "error_stack_traces", 18);
	for (size_t i = 0; a->configured && i < c->n_services; i++) {
		for (size_t k = 0; k < c->services[i].n_inputs; k++)
			add_collection(
				a, c->services[i].inputs[k].collection, strlen(c->services[i].inputs[k].collection));
		for (size_t k = 0; k < c->services[i].n_filters; k++)
			add_routes(a, &c->services[i].filters[k]);
	}
}

/* ── which sources ── */

static int name_file(struct audit *a, const char *arg)
{
	struct audit_file *f = &a->files[a->n_files];
	struct genlog_source_desc d = {0};
	struct genlog_input *in;
	int r = replay_absolute(arg, f->path, sizeof(f->path));

	if (r == 0)
		r = replay_describe(&a->config, f->path, &d, &in);
	if (r == -ENOENT)
		ctl_error("audit: no input of the configuration reads %s", f->path);
	else if (r == -ENODATA)
		ctl_error("audit: %s has no whole line yet", f->path);
	else if (r < 0)
		ctl_error("audit: %s: %s", f->path, strerror(-r));
	if (r < 0)
		return r;
	snprintf(f->name, sizeof(f->name), "%016" PRIx64, d.generation);
	a->n_files++;
	return 0;
}

static void add_found(void *names, const bson_t *doc)
{
	array_add_text(names, ctl_text(doc, "_id"));
}

/* A source that has got a document since then is looked at whole. */
static int names_since(struct audit *a, bson_t *names)
{
	bson_t *pipeline = BCON_NEW("pipeline", "[", "{", "$match", "{", "source.type", BCON_UTF8("tail"), "timestamp",
		"{", "$gte", BCON_DATE_TIME(clock_wall_ms() - a->o->since), "}", "}", "}", "{", "$group", "{", "_id",
		BCON_UTF8("$source.file"), "}", "}", "]");
	int r = 0;

	for (size_t i = 0; i < a->n_collections && r == 0; i++)
		r = db_aggregate(&a->db, a->collections[i], pipeline, "audit", add_found, names);
	bson_destroy(pipeline);
	return r;
}

/* ── one after the other ── */

static void begin(struct audit *a, const char *name, const char *path)
{
	struct audit_source *s = &a->source;

	snprintf(s->name, sizeof(s->name), "%s", name);
	snprintf(s->path, sizeof(s->path), "%s", path);
	s->n_gaps = 0;
	s->looked_at = 0;
	s->at_end = false;
	tile_begin(&s->logs, true);
	tile_begin(&s->traces, false);
	for (size_t i = 0; i < a->n_files; i++)
		if (strcmp(a->files[i].name, name) == 0)
			a->files[i].seen = true;
}

static int end(struct audit *a)
{
	struct audit_source *s = &a->source;
	int r = tile_end(&s->logs);

	if (r < 0) {
		ctl_error("audit: no memory");
		return r;
	}
	for (size_t i = 0; i < s->n_gaps; i++)
		tile_explain(
			&s->logs, s->gaps[i].from, s->gaps[i].from + s->gaps[i].bytes, TILE_GAP, s->gaps[i].reason);
	r = audit_look(a);
	if (r < 0)
		return r;
	audit_look_in_spool(a);
	audit_tell(a);
	return r;
}

static void add_gap(struct audit_source *s, const struct audit_doc *d)
{
	struct audit_gap *g = &s->gaps[s->n_gaps];

	if (s->n_gaps == AUDIT_GAPS)
		return; /* their bytes will be unproven, or missing */
	*g = (struct audit_gap){.from = d->d.offset, .bytes = d->gap_bytes};
	snprintf(g->reason, sizeof(g->reason), "%s", d->reason);
	s->n_gaps++;
}

static int add(struct audit *a, const struct audit_doc *d)
{
	struct audit_source *s = &a->source;
	int r = 0;

	snprintf(s->path, sizeof(s->path), "%s", d->path);
	if (d->gap)
		add_gap(s, d);
	else if (d->d.length)
		r = tile_add(d->trace ? &s->traces : &s->logs, &d->d);
	if (r < 0)
		ctl_error("audit: no memory");
	return r;
}

static int all_sources(struct audit *a, struct audit_docs *docs)
{
	struct ctl_progress progress = {.what = "documents"};
	struct audit_doc d;
	bool open = false;
	uint64_t n = 0;
	int r;

	while ((r = audit_docs_next(docs, &d)) == 1) {
		if (!*d.name)
			continue; /* of a filter that counts: it stands for no bytes */
		r = 0;
		if (open && strcmp(a->source.name, d.name) != 0) {
			ctl_progress_end(a->c, &progress);
			r = end(a);
			open = false;
		}
		if (r == 0 && !open)
			begin(a, d.name, d.path);
		open = true;
		r = r == 0 ? add(a, &d) : r;
		ctl_progress(a->c, &progress, ++n);
		if (r < 0 || replay_interrupted())
			break;
	}
	ctl_progress_end(a->c, &progress);
	if (r < 0 || replay_interrupted())
		return r < 0 ? r : -EINTR;
	return open ? end(a) : 0;
}

/* Named, and no document says that it was read. */
static int those_without(struct audit *a)
{
	int r = 0;

	for (size_t i = 0; i < a->n_files && r == 0; i++) {
		if (a->files[i].seen)
			continue;
		begin(a, a->files[i].name, a->files[i].path);
		r = end(a);
	}
	return r;
}

static int check(struct audit *a)
{
	bool some = a->n_files || a->o->since;
	bson_t names = BSON_INITIALIZER;
	struct audit_docs *docs = NULL;
	int r = 0;

	for (size_t i = 0; i < a->n_files; i++)
		array_add_text(&names, a->files[i].name);
	if (!a->n_files && a->o->since)
		r = names_since(a, &names);
	if (r == 0)
		docs = audit_docs_open(a, some ? &names : NULL);
	bson_destroy(&names);
	if (!docs)
		return -EIO;
	r = all_sources(a, docs);
	audit_docs_close(docs);
	if (r == 0)
		r = those_without(a);
	if (r == 0 && !some)
		r = audit_tell_others(a);
	if (r == 0)
		audit_tell_end(a);
	if (r == -EINTR)
		ctl_error("audit: interrupted");
	return r;
}

/* ── the command ── */

/* Where nobody listens that is no failure: then only documents and files speak. */
static void ask_agent(struct audit *a)
{
	bson_t request = BSON_INITIALIZER;

	BSON_APPEND_UTF8(&request, "command", "status");
	BSON_APPEND_INT64(&request, "sources", STATUS_SOURCES);
	if (access(ctl_socket_path(a->c), F_OK) == 0) {
		bson_destroy(&a->status);
		if (ctl_ask(a->c, &request, &a->status) < 0)
			bson_reinit(&a->status);
	}
	bson_destroy(&request);
}

static int prepare(struct audit *a, int argc, char **argv)
{
	bool asked = a->c->config || argc || access(CTL_CONFIG, F_OK) == 0;
	int r = asked ? replay_load(&a->config, a->c, "audit") : 0;

	a->configured = asked && r == 0;
	if (!asked)
		ctl_error("audit: there is no configuration, so no file can be looked into");
	a->files = calloc((size_t)argc + 1, sizeof(*a->files));
	if (r == 0 && !a->files)
		r = -ENOMEM;
	for (int i = 0; i < argc && r == 0; i++)
		r = name_file(a, argv[i]);
	if (r < 0)
		return r;
	choose_collections(a);
	r = db_open(a->c, &a->db, &a->o->db);
	if (r == 0)
		ask_agent(a);
	return r;
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	struct audit *a = calloc(1, sizeof(*a));
	bool bad;
	int r;

	if (!a) {
		ctl_error("audit: no memory");
		return CTL_FAILED;
	}
	a->c = c;
	a->o = options;
	bson_init(&a->status);
	r = prepare(a, argc, argv);
	if (r == 0)
		r = check(a);
	bad = a->bad > 0;
	bson_destroy(&a->status);
	tile_fini(&a->source.logs);
	tile_fini(&a->source.traces);
	replay_close(&a->config);
	db_close(&a->db);
	free(a->files);
	free(a);
	return r < 0 || bad ? CTL_FAILED : CTL_OK;
}

static const struct ctl_option rows[] = {
	DB_ROWS(struct audit_options),
	{CTL_LIST, "collection", 'C', offsetof(struct audit_options, only), "NAME",
		"documents of this one; may be given several times (all that the configuration names)"},
	{CTL_TIME, "since", 0, offsetof(struct audit_options, since), "TIME",
		"sources that have got documents in the last 2h, 30d"},
	{0},
};

const struct ctl_command ctl_audit = {
	.name = "audit",
	.args = "[FILE…]",
	.summary = "whether all that was read of files is in the database, once",
	.text = "For every file, by its generation: the ranges that documents say they are of have to tile it.  What "
		"lies\n"
		"between them is looked at in the file itself, where it is on this host, rotated and compressed forms\n"
		"too: blank, dropped by a filter, a header, or missing.  Gap documents tell what is known to be lost.\n"
		"Without FILE: all files that documents name.\n"
		"\n"
		"  genlogctl audit\n"
		"  genlogctl audit /var/log/mes/app.log.1 --json\n"
		"  genlogctl audit --since 2d\n"
		"\n"
		"MISSING is what should be a document and is none: backfill mends it.  UNPROVEN is a hole that no "
		"file\n"
		"here can explain.  TWICE are two documents of one range.  Exit code 1 where there is any of these.\n"
		"Only input tail has bytes to tile; documents of others are counted.  A stack trace's document that "
		"is\n"
		"missing beside its log is found by backfill --dry-run.\n",
	.most = -1,
	.size = sizeof(struct audit_options),
	.options = rows,
	.run = run,
};
