/*
 * Bytes that no document covers, looked at in the file itself: all of it goes through the production path once more,
 * and each event that touches a hole says what it is.  What belongs to no event is blank.
 *
 * Files with one name may be different lives.  A file answers for a hole only if the event beside it says what the
 * document there says.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/audit.h"

struct survey {
	struct pipe_watcher watcher;
	struct tile *t;	   /* whose holes are asked for */
	struct tile found; /* the same holes, with what this file has for them */
	bool *fits;
	struct genlog_source *src;
	size_t docs; /* of the batch, before the event at hand */
	uint64_t from, to;
};

/* ── what the pipe tells; the reader's thread ── */

static void parsed(struct pipe_watcher *w, struct genlog_source *src, const struct event *e)
{
	struct survey *s = (struct survey *)(void *)w;

	s->src = src;
	s->docs = src->in->reader->batch.docs.n;
	s->from = e->offset;
	s->to = e->offset + e->raw_len;
}

static void filtered(struct pipe_watcher *w, const char *filter, enum genlog_verdict verdict)
{
	struct survey *s = (struct survey *)(void *)w;

	if (verdict == GENLOG_DROP)
		tile_explain(&s->found, s->from, s->to, TILE_FILTERED, filter);
}

static void header(struct pipe_watcher *w, struct genlog_source *src, const struct event *e)
{
	struct survey *s = (struct survey *)(void *)w;

	(void)src;
	tile_explain(&s->found, e->offset, e->offset + e->raw_len, TILE_HEADER, NULL);
}

static bool is(const struct tile_edge *e, uint64_t at, uint64_t says)
{
	return e->there && e->at == at && e->says == says;
}

static void compare(struct survey *s, const bson_t *doc)
{
	const struct tile *t = &s->found;
	size_t i = tile_hole_at(t, s->from);
	uint64_t says = audit_says(doc);

	for (; i < t->n_holes && t->holes[i].to == s->from; i++)
		s->fits[i] = s->fits[i] || is(&t->holes[i].behind, s->from, says);
	for (i = t->n_holes; i-- > 0 && t->holes[i].to == UINT64_MAX;)
		s->fits[i] = s->fits[i] || is(&t->holes[i].before, s->from, says);
}

static void written(struct pipe_watcher *w, const struct doc_facts *facts)
{
	struct survey *s = (struct survey *)(void *)w;
	const struct spool_batch *b = &s->src->in->reader->batch;
	const uint8_t *p = b->docs.p + s->docs, *end = b->docs.p + b->docs.n, *bson;
	uint16_t name;
	uint8_t level;
	uint32_t len;
	bson_t doc;

	(void)facts;
	if (s->docs < b->docs.n && frame_next_doc(&p, end, &name, &level, &bson, &len) &&
		bson_init_static(&doc, bson, len))
		compare(s, &doc);
	tile_explain(&s->found, s->from, s->to, TILE_MISSING, NULL);
}

/* ── one file ── */

static int read_through(struct audit *a, struct survey *s, const char *path, const char *as)
{
	struct replay r = {.passing = true};
	const char *tmp = getenv("TMPDIR");
	char folder[AUDIT_PATH];
	int e;

	snprintf(folder, sizeof(folder), "%.3000s/genlog-audit.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(folder)) {
		ctl_error("audit: %s: %s", folder, strerror(errno));
		return -EIO;
	}
	e = replay_load(&r, a->c, "audit");
	if (e == 0)
		e = replay_add(&r, path, as, NULL);
	if (e == 0)
		e = replay_start(&r, folder, 0, &s->watcher);
	while (e == 0 && (e = replay_next(&r)) == 1)
		e = replay_ack(&r);
	if (e == 0 && !replay_judge(&r))
		e = -EIO;
	replay_close(&r);
	(void)replay_remove(folder); /* a temporary folder: whoever cleans there has it too */
	return e;
}

/* What this file has for holes that no other has answered for yet. */
static void believe(struct survey *s, struct audit_source *src)
{
	for (size_t i = 0; i < s->t->n_holes; i++) {
		struct tile_hole *to = &s->t->holes[i], *from = &s->found.holes[i];
		bool no_edge = to->to == UINT64_MAX ? !to->before.there : !to->behind.there;
		uint64_t gap = to->bytes[TILE_GAP];

		if (to->known || (!s->fits[i] && !no_edge))
			continue;
		for (int k = 0; k < TILE_WHYS; k++) {
			to->bytes[k] = from->bytes[k];
			to->events[k] = from->events[k];
		}
		to->bytes[TILE_GAP] = gap;
		to->missing_at = from->missing_at;
		memcpy(to->filter, from->filter, sizeof(to->filter));
		to->known = src->looked_at;
		src->at_end = src->at_end || to->to == UINT64_MAX;
	}
}

static int survey(struct audit *a, const char *path, const char *as)
{
	struct audit_source *src = &a->source;
	struct tile *t = &src->logs;
	struct survey s = {.watcher = {parsed, filtered, written, header}, .t = t};
	int r = -ENOMEM;

	s.found = *t;
	s.found.holes = calloc(t->n_holes + 1, sizeof(*s.found.holes));
	s.fits = calloc(t->n_holes + 1, sizeof(*s.fits));
	if (s.found.holes && s.fits) {
		memcpy(s.found.holes, t->holes, t->n_holes * sizeof(*t->holes));
		for (size_t i = 0; i < t->n_holes; i++) {
			memset(s.found.holes[i].bytes, 0, sizeof(s.found.holes[i].bytes));
			memset(s.found.holes[i].events, 0, sizeof(s.found.holes[i].events));
		}
		r = read_through(a, &s, path, as);
	}
	if (r == 0) {
		snprintf(src->looked_in[src->looked_at++], AUDIT_PATH, "%s", path);
		believe(&s, src);
	}
	if (r == -ENOMEM)
		ctl_error("audit: no memory");
	free(s.found.holes);
	free(s.fits);
	return r == -ENOENT ? 0 : r;
}

/* ── which files ── */

static bool is_open_hole(const struct tile_hole *h)
{
	return !h->known && h->to != UINT64_MAX && tile_rest(h) > 1;
}

/* A plain file that ends where its documents end has no more to say; how long a compressed one is only reading tells.
 */
static bool is_worth_it(const struct audit_source *s, const char *path)
{
	const struct tile *t = &s->logs;
	struct stat st;

	for (size_t i = 0; i < t->n_holes; i++)
		if (is_open_hole(&t->holes[i]))
			return true;
	return replay_is_compressed(path) || t->lives != 1 || stat(path, &st) < 0 ||
	       (uint64_t)st.st_size != t->life[0].end;
}

static int look_at(struct audit *a, const char *path)
{
	struct genlog_source_desc d;
	struct genlog_input *in;
	char name[AUDIT_NAME];

	if (replay_describe(&a->config, path, &d, &in) < 0)
		return 0;
	snprintf(name, sizeof(name), "%016" PRIx64, d.generation);
	if (strcmp(name, a->source.name) != 0)
		return 0;
	if (a->source.looked_at == AUDIT_FILES)
		return 0;
	if (!is_worth_it(&a->source, path)) {
		a->source.at_end = true;
		return 0;
	}
	return survey(a, path, path);
}

static bool is_named(const struct audit *a, const char *path)
{
	for (size_t i = 0; i < a->n_files; i++)
		if (strcmp(a->files[i].path, path) == 0)
			return true;
	return false;
}

/* Rotated forms of a name begin with it: "app.log.1.gz", "app-20260102.log" of "app.log". */
static size_t stem(const char *name)
{
	size_t n = strcspn(name + 1, ".-_") + 1;

	return name[0] ? n : 0;
}

static int look_beside(struct audit *a)
{
	const char *slash = strrchr(a->source.path, '/'), *base = slash ? slash + 1 : a->source.path;
	char path[AUDIT_PATH + 256], folder[AUDIT_PATH];
	struct dirent *e;
	int r = 0;
	DIR *d;

	if (!slash)
		return 0;
	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - a->source.path), a->source.path);
	d = opendir(*folder ? folder : "/");
	while (d && r == 0 && (e = readdir(d))) {
		if (e->d_name[0] == '.' || strncmp(e->d_name, base, stem(base)) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		r = is_named(a, path) ? 0 : look_at(a, path);
	}
	if (d)
		closedir(d);
	return r;
}

int audit_look(struct audit *a)
{
	int r = 0;

	if (!a->configured)
		return 0;
	for (size_t i = 0; i < a->n_files && r == 0; i++)
		if (strcmp(a->files[i].name, a->source.name) == 0)
			r = look_at(a, a->files[i].path);
	return r < 0 ? r : look_beside(a);
}
