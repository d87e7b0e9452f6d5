/* Every byte of the spool and of its dead letters, and what is wrong means for the documents. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/spool.h"
#include "ship/letters.h"

struct options {
	const char *spool;
};

static const struct ctl_option rows[] = {SPOOL_OPTION(struct options), {0}};

static const struct {
	const char *name, *means;
	bool bad;
} kinds[FOUND_KINDS] = {
	[FOUND_HEAD] = {"header", "the segment's header is damaged; its frames are read all the same", true},
	[FOUND_FRAME] = {"frame", "bytes that are no frame; they are skipped, and go into quarantine/", true},
	[FOUND_BODY] = {"body", "a frame contradicts itself; what fits of it is shipped", true},
	[FOUND_HOLE] = {"hole", "documents are missing before this place", true},
	[FOUND_TORN] = {"torn", "an unfinished write; the agent cuts it off when it starts, its source is read again",
		true},
	[FOUND_MENDED] = {"mended", "damage was here, and is in quarantine/ now", false},
};

struct verify {
	struct ctl *c;
	struct look *look;
	uint64_t bad, letters, done;
};

static void tell(
	struct verify *v, const char *name, const char *place, uint64_t bytes, uint64_t docs, const char *means)
{
	bson_t d = BSON_INITIALIZER;

	BSON_APPEND_UTF8(&d, "found", name);
	BSON_APPEND_UTF8(&d, "place", place);
	BSON_APPEND_INT64(&d, "bytes", (int64_t)bytes);
	BSON_APPEND_INT64(&d, "documents_missing", (int64_t)docs);
	BSON_APPEND_UTF8(&d, "means", means);
	if (v->c->json)
		ctl_json(&d);
	else if (docs)
		printf("%s  %s, %" PRIu64 " bytes, %" PRIu64 " documents missing: %s\n", place, name, bytes, docs,
			means);
	else
		printf("%s  %s, %" PRIu64 " bytes: %s\n", place, name, bytes, means);
	bson_destroy(&d);
}

static void tell_finding(struct verify *v, const struct finding *f)
{
	char place[SPOOL_PLACE];

	ctl_place(place, v->look->segment[f->span.segment].number, f->span.at);
	tell(v, kinds[f->kind].name, place, f->kind == FOUND_HOLE ? 0 : f->span.size, f->docs, kinds[f->kind].means);
	v->bad += kinds[f->kind].bad;
}

static int letter(void *arg, const struct letter *x)
{
	struct verify *v = arg;

	v->letters++;
	v->done += x->done;
	return 0;
}

static void letter_end(void *arg, const struct letters_end *e)
{
	struct verify *v = arg;
	char place[SPOOL_PLACE];

	if (e->newest && v->look->in_use)
		return; /* one that is being written */
	snprintf(place, sizeof(place), "dead-letter/%06u.bson:%" PRId64, e->file, e->at);
	tell(v, "letter", place, (uint64_t)e->bytes, 0,
		e->newest ? "an unfinished letter; the agent writes over it, its document is sent again"
			  : "no letter is found from here on to the end of the file");
	v->bad++;
}

static int verify_letters(struct verify *v, const char *path)
{
	struct genlog_err err = {0};
	struct letters l = {.dir = -1};
	int r = letters_open(&l, path, &err);

	if (r == 0)
		r = letters_each(&l, letter, letter_end, v);
	if (r < 0)
		ctl_error("%s", err.code ? err.text : strerror(-r));
	letters_close(&l);
	return r;
}

static void sum(struct verify *v, const struct spool_scan *x)
{
	uint64_t frames = 0, docs = 0;
	bson_t d = BSON_INITIALIZER;

	for (size_t i = 0; i < v->look->n; i++) {
		frames += x->segment[i].frames;
		docs += x->segment[i].docs;
	}
	BSON_APPEND_INT64(&d, "segments", (int64_t)v->look->n);
	BSON_APPEND_INT64(&d, "frames", (int64_t)frames);
	BSON_APPEND_INT64(&d, "docs", (int64_t)docs);
	BSON_APPEND_INT64(&d, "dead_letters", (int64_t)(v->letters - v->done));
	BSON_APPEND_INT64(&d, "damaged_places", (int64_t)v->bad);
	if (v->c->json)
		ctl_json(&d);
	else
		printf("%zu segments, %" PRIu64 " frames, %" PRIu64 " documents, %" PRIu64 " dead letters: %s\n",
			v->look->n, frames, docs, v->letters - v->done, v->bad ? "damaged" : "all good");
	bson_destroy(&d);
}

static int verify(struct verify *v, const char *path)
{
	struct spool_scan x = {0};
	int r = spool_scan(&x, v->look, v->c);

	for (size_t i = 0; i < x.n && r == 0; i++)
		tell_finding(v, &x.finding[i]);
	if (r == 0)
		r = verify_letters(v, path);
	if (r == 0)
		sum(v, &x);
	spool_scan_fini(&x);
	return r == 0 && !v->bad ? CTL_OK : CTL_FAILED;
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	const struct options *o = options;
	struct conf conf = {0};
	struct genlog_err err = {0};
	struct look l = {0};
	struct verify v = {.c = c, .look = &l};
	const char *path = ctl_spool_path(c, o->spool, &conf);
	int r = path ? look_open(&l, path, &err) : -1;

	(void)argc;
	(void)argv;
	if (path && r < 0)
		ctl_error("%s", err.text);
	r = r < 0 ? CTL_FAILED : verify(&v, path);
	look_fini(&l);
	conf_fini(&conf);
	return r;
}

const struct ctl_command ctl_spool_verify = {
	.name = "spool verify",
	.summary = "all checksums, sequences and dead letters",
	.text = "Reads the folder, with the agent running or not, and changes nothing.  Each finding has its place,\n"
		"SEGMENT:OFFSET, and what it means.  Exit codes: 0 all is good, 1 something is damaged or cannot be "
		"read.\n"
		"\n"
		"  genlogctl spool verify || genlogctl spool repair --dry-run\n",
	.size = sizeof(struct options),
	.options = rows,
	.run = run,
};
