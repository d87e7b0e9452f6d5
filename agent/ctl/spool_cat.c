#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/show.h"
#include "ctl/commands.h"
#include "ctl/spool.h"

struct options {
	const char *spool, *segment, *collection;
	bool waiting;
	int64_t limit;
};

static const struct ctl_option rows[] = {
	SPOOL_OPTION(struct options),
	{CTL_TEXT, "segment", 0, offsetof(struct options, segment), "N",
		"of this segment alone: its number, hex as ls has it"},
	{CTL_TEXT, "collection", 0, offsetof(struct options, collection), "NAME", "for this collection alone"},
	{CTL_FLAG, "waiting", 0, offsetof(struct options, waiting), NULL, "only what is not delivered"},
	{CTL_NUMBER, "limit", 'n', offsetof(struct options, limit), "N", "the first N"},
	{0},
};

struct show {
	const struct ctl *c;
	int64_t left; /* negative: no limit */
};

static const char *text_of(const bson_t *b, const char *key, uint32_t *n)
{
	bson_iter_t i;

	*n = 0;
	return bson_iter_init_find(&i, b, key) && BSON_ITER_HOLDS_UTF8(&i) ? bson_iter_utf8(&i, n) : NULL;
}

/* Time, level, module and message where it is a log, else the whole as JSON. */
static void line(const bson_t *b, const struct spool_doc *d)
{
	char place[SPOOL_PLACE];
	uint32_t level_n, module_n, n;
	const char *level = text_of(b, "level", &level_n), *module = text_of(b, "module", &module_n);
	const char *message = text_of(b, "message", &n);
	bson_iter_t i;
	char *json;

	printf("%s  %s  ", ctl_place(place, d->segment, d->at), d->collection);
	if (bson_iter_init_find(&i, b, "timestamp") && BSON_ITER_HOLDS_DATE_TIME(&i)) {
		show_time(stdout, bson_iter_date_time(&i));
		fputs("  ", stdout);
	}
	if (message) {
		printf("%-8s %s  ", level ? level : "", module ? module : "");
		show_text(stdout, message, n);
		putchar('\n');
		return;
	}
	json = bson_as_relaxed_extended_json(b, NULL);
	puts(json ? json : "");
	bson_free(json);
}

static void json_line(const bson_t *b, const struct spool_doc *d)
{
	bson_t row = BSON_INITIALIZER;
	char place[SPOOL_PLACE];

	BSON_APPEND_UTF8(&row, "collection", d->collection);
	BSON_APPEND_UTF8(&row, "place", ctl_place(place, d->segment, d->at));
	BSON_APPEND_DOCUMENT(&row, "document", b);
	ctl_json(&row);
	bson_destroy(&row);
}

static int show(void *arg, const struct spool_doc *d)
{
	struct show *s = arg;
	char place[SPOOL_PLACE];
	bson_t b;

	if (s->left == 0)
		return 1;
	s->left -= s->left > 0;
	if (!bson_init_static(&b, d->bson, d->len) || !bson_validate(&b, BSON_VALIDATE_NONE, NULL))
		ctl_error("%s: a document for %s is no BSON; it is left out", ctl_place(place, d->segment, d->at),
			d->collection);
	else
		(s->c->json ? json_line : line)(&b, d);
	return ferror(stdout) ? 1 : 0;
}

/* As ls has it, or with 0x, or without the zeros before it. */
static int read_number(const char *s, uint64_t *out)
{
	char *end;

	*out = strtoull(s, &end, 16);
	return *s && !*end && strspn(s, "0123456789abcdefABCDEFx") == strlen(s) ? 0 : -1;
}

static bool has_segment(const struct look *l, uint64_t number)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->segment[i].number == number)
			return true;
	return false;
}

static int cat(struct ctl *c, const struct options *o, struct look *l, struct spool_which *w)
{
	struct show s = {c, o->limit ? o->limit : -1};
	int r;

	if (w->one && !has_segment(l, w->number)) {
		ctl_error("spool cat: there is no segment %016" PRIx64 "; see genlogctl spool ls", w->number);
		return CTL_FAILED;
	}
	r = spool_docs(l, w, show, &s);
	if (r < 0)
		ctl_error("the spool cannot be read: %s", strerror(-r));
	if (w->damaged && r == 0)
		ctl_error("%" PRIu64 " damaged bytes were passed over; see genlogctl spool verify", w->damaged);
	return r < 0 ? CTL_FAILED : CTL_OK;
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	const struct options *o = options;
	struct spool_which w = {.waiting = o->waiting, .collection = o->collection, .one = o->segment};
	struct look l = {0};
	int r;

	(void)argc;
	(void)argv;
	if (o->segment && read_number(o->segment, &w.number) < 0) {
		ctl_error("spool cat: \"%s\" is not the number of a segment; see genlogctl spool ls", o->segment);
		return CTL_USAGE;
	}
	r = ctl_spool_look(c, o->spool, &l) == 0 ? cat(c, o, &l, &w) : CTL_FAILED;
	look_fini(&l);
	return r;
}

const struct ctl_command ctl_spool_cat = {
	.name = "spool cat",
	.summary = "the documents in the spool",
	.text = "Reads the folder, with the agent running or not, and changes nothing.  What was delivered is in it "
		"until\n"
		"its segment is given back.  With --json {collection, place, document} a line.\n"
		"\n"
		"  genlogctl spool cat --waiting --collection system_logs -n 20\n",
	.size = sizeof(struct options),
	.options = rows,
	.run = run,
};
