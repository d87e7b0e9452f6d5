/* output stdout: one line of JSON a document (MongoDB's relaxed extended JSON), for people and for pipes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bson/bson.h>
#include <genlog/plugin.h>

struct output_stdout {
	bool collection;
};

static const struct genlog_opt opts[] = {
	GENLOG_BOOL(struct output_stdout, collection, .def = "no",
		.help = "put the collection's name and a tab before each document"),
	{0},
};

static int put_all(const char *p, size_t n)
{
	while (n) {
		ssize_t k = write(STDOUT_FILENO, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -errno;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

static int put_doc(const struct output_stdout *o, const char *collection, struct genlog_doc *d)
{
	bson_t b;
	char *json = bson_init_static(&b, d->bson, d->len) ? bson_as_relaxed_extended_json(&b, NULL) : NULL;
	int r = 0;

	if (!json) {
		d->outcome = GENLOG_REJECTED;
		d->reason = strdup("not a valid document");
		return 0;
	}
	if (o->collection) {
		r = put_all(collection, strlen(collection));
		r = r < 0 ? r : put_all("\t", 1);
	}
	r = r < 0 ? r : put_all(json, strlen(json));
	r = r < 0 ? r : put_all("\n", 1);
	bson_free(json);
	return r;
}

/* Documents before a failed one are out already: they may come twice, which is what a pipe can promise. */
static int stdout_write(void *state, struct genlog_batch *batch)
{
	for (size_t i = 0; i < batch->n; i++) {
		int r = put_doc(state, batch->collection, &batch->docs[i]);

		if (r < 0) {
			snprintf(batch->why, sizeof(batch->why), "standard output: %s", strerror(-r));
			while (i < batch->n)
				batch->docs[i++].outcome = GENLOG_RETRY;
			return 0;
		}
	}
	return 0;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_OUTPUT,
	.name = "stdout",
	.summary = "one line of JSON a document",
	.state_size = sizeof(struct output_stdout),
	.flags = GENLOG_OUT_SERIAL,
	.opts = opts,
	.write = stdout_write,
};
