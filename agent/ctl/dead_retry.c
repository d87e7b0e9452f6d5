/*
 * Letters go to the output once more.  A batch is delivered and made durable before its letters are noted as done: who
 * is killed in between delivers them again, and the output knows them by their _id.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/commands.h"
#include "ctl/dead.h"
#include "ctl/spool.h"

#define BATCH_DOCS 500
#define BATCH_BYTES ((size_t)8 << 20)

static const struct ctl_option rows[] = {DEAD_OPTIONS, {0}};

struct retry {
	const struct ctl *c;
	const struct dead_pick *pick;
	struct letters letters;
	struct dead_output out;
	char *collection; /* of the batch */
	struct letter note[BATCH_DOCS];
	struct genlog_doc doc[BATCH_DOCS];
	size_t at[BATCH_DOCS]; /* in `bytes` */
	size_t n;
	struct genlog_buf bytes;
	uint64_t delivered, refused, again;
	struct ctl_progress progress;
};

static void count_outcomes(struct retry *x, size_t *done)
{
	for (size_t i = 0; i < x->n; i++) {
		struct genlog_doc *d = &x->doc[i];

		if (d->outcome == GENLOG_DELIVERED)
			x->note[(*done)++] = x->note[i];
		x->delivered += d->outcome == GENLOG_DELIVERED;
		x->again += d->outcome == GENLOG_RETRY;
		x->refused += d->outcome == GENLOG_REJECTED;
		free(d->reason);
	}
}

static int send_batch(struct retry *x)
{
	size_t done = 0;
	int r;

	if (!x->n)
		return 0;
	for (size_t i = 0; i < x->n; i++)
		x->doc[i].bson = x->bytes.p + x->at[i];
	r = dead_output_write(&x->out, x->collection, x->doc, x->n);
	if (r == 0)
		r = dead_output_commit(&x->out);
	if (r == 0) {
		count_outcomes(x, &done);
		r = done ? letters_note(&x->letters, x->note, done) : 0;
		if (r < 0)
			ctl_error("delivered, but that cannot be noted: %s; a further retry delivers them again, which "
				  "is harmless",
				strerror(-r));
	}
	x->n = 0;
	x->bytes.n = 0;
	ctl_progress(x->c, &x->progress, x->delivered + x->refused);
	return r;
}

static int keep(struct retry *x, const struct letter *l)
{
	if (!x->n) {
		free(x->collection);
		x->collection = mem_strdup(l->collection);
	}
	x->at[x->n] = x->bytes.n;
	if (!x->collection || buf_append(&x->bytes, l->doc, l->doc_len) < 0) {
		ctl_error("no memory");
		return -ENOMEM;
	}
	x->note[x->n] = *l;
	x->doc[x->n++] = (struct genlog_doc){.len = l->doc_len};
	return 0;
}

static int one(void *arg, const struct letter *l)
{
	struct retry *x = arg;
	bson_t b;
	int r = 0;

	if (!dead_picked(x->pick, l))
		return 0;
	if (!bson_init_static(&b, l->doc, l->doc_len) || !bson_validate(&b, BSON_VALIDATE_NONE, NULL)) {
		ctl_error("letter %" PRId64 ": its document is no BSON; it stays where it is", l->number);
		x->refused++;
		return 0;
	}
	if (x->n && (x->n == BATCH_DOCS || x->bytes.n + l->doc_len > BATCH_BYTES ||
			    strcmp(x->collection, l->collection) != 0))
		r = send_batch(x);
	return r < 0 ? r : keep(x, l);
}

static void tell(const struct retry *x)
{
	bson_t d = BSON_INITIALIZER;

	BSON_APPEND_INT64(&d, "delivered", (int64_t)x->delivered);
	BSON_APPEND_INT64(&d, "refused", (int64_t)x->refused);
	BSON_APPEND_INT64(&d, "not_now", (int64_t)x->again);
	if (x->c->json)
		ctl_json(&d);
	else
		printf("%" PRIu64 " delivered, %" PRIu64 " refused again, %" PRIu64 " not taken now\n", x->delivered,
			x->refused, x->again);
	bson_destroy(&d);
}

static int work(struct retry *x, struct conf *conf, const char *path)
{
	int r = dead_output_open(&x->out, conf, path);

	if (r == 0) {
		r = letters_each(&x->letters, one, NULL, x);
		if (r == 0)
			r = send_batch(x);
		ctl_progress_end(x->c, &x->progress);
		tell(x);
	}
	dead_output_close(&x->out);
	if (r == 0 && letters_tidy(&x->letters) < 0)
		ctl_error("files whose letters are done with cannot be removed; they do no harm");
	return r < 0 || x->refused || x->again ? CTL_FAILED : CTL_OK;
}

/* The configuration has to be there: it says where they go. */
static int load(struct retry *x, struct conf *conf)
{
	const char *file = x->c->config ? x->c->config : CTL_CONFIG;
	struct genlog_err err = {0};
	const char *path;
	int r = conf_load(conf, file);

	if (r < 0) {
		conf_errors_print(conf, stderr);
		ctl_error("%s does not say what the output is", file);
		return CTL_FAILED;
	}
	path = x->pick->which->spool ? x->pick->which->spool : conf->agent.spool.path;
	r = letters_open(&x->letters, path, &err);
	if (r < 0)
		ctl_error("%s", err.text);
	else if ((r = letters_lock(&x->letters)) < 0)
		ctl_error("another genlogctl is at work on these dead letters");
	return r < 0 ? CTL_FAILED : work(x, conf, path);
}

static int retry(const struct ctl *c, const struct dead_pick *pick)
{
	struct retry *x = mem_calloc(1, sizeof(*x));
	struct conf conf = {0};
	int r;

	if (!x) {
		ctl_error("no memory");
		return CTL_FAILED;
	}
	x->c = c;
	x->pick = pick;
	x->letters.dir = -1;
	x->progress.what = "delivering";
	r = load(x, &conf);
	letters_close(&x->letters);
	conf_fini(&conf);
	buf_free(&x->bytes);
	free(x->collection);
	free(x);
	return r;
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	struct dead_pick pick;
	int r = dead_pick_read(&pick, options, argc, argv);

	if (r == CTL_OK)
		r = retry(c, &pick);
	dead_pick_fini(&pick);
	return r;
}

const struct ctl_command ctl_dead_retry = {
	.name = "dead-letter retry",
	.args = "[N…]",
	.summary = "dead letters go to the output once more",
	.text = "Through the output of the configuration, also while the agent runs (an archive has one writer: stop "
		"it\n"
		"first).  What is delivered is noted and its file removed in the end; what is refused again stays.\n"
		"Exit codes: 0 all delivered, 1 some were not.\n"
		"\n"
		"  genlogctl dead-letter retry --collection system_logs --code 121\n",
	.most = -1,
	.size = sizeof(struct dead_which),
	.options = rows,
	.run = run,
};
