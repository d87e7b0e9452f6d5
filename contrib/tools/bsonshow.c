/*
 * bsonshow: a file of BSON documents, as lines of JSON.
 *
 *	bsonshow [--last N] [--module NAME]... FILE
 *
 * --last N: only the last N (of each module that is named); what is before them is counted.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bson/bson.h>

#define MODULES 16
#define KEEP 64

struct shown {
	const char *module; /* NULL: any */
	char *line[KEEP];
	size_t n;
};

static const char *module_of(const bson_t *b)
{
	bson_iter_t it;

	return bson_iter_init_find(&it, b, "module") && BSON_ITER_HOLDS_UTF8(&it) ? bson_iter_utf8(&it, NULL) : "";
}

static void keep(struct shown *s, const bson_t *b, size_t last)
{
	char **at = &s->line[s->n++ % last];

	bson_free(*at);
	*at = bson_as_relaxed_extended_json(b, NULL);
}

static void print(const struct shown *s, size_t last)
{
	size_t from = s->n > last ? s->n - last : 0;

	printf("%s%s%zu documents\n", s->module ? s->module : "", s->module ? ": " : "", s->n);
	for (size_t i = from; i < s->n; i++)
		puts(s->line[i % last]);
}

static int show(const char *path, struct shown *s, size_t n, size_t last)
{
	bson_error_t error;
	bson_reader_t *r = bson_reader_new_from_file(path, &error);
	const bson_t *b;
	bool clean = false;

	if (!r) {
		fprintf(stderr, "bsonshow: %s: %s\n", path, error.message);
		return 1;
	}
	while ((b = bson_reader_read(r, &clean)))
		for (size_t i = 0; i < n; i++)
			if (!s[i].module || strcmp(s[i].module, module_of(b)) == 0)
				keep(&s[i], b, last);
	bson_reader_destroy(r);
	for (size_t i = 0; i < n; i++)
		print(&s[i], last);
	if (!clean)
		fprintf(stderr, "bsonshow: %s: what follows is no document\n", path);
	return clean ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"last", required_argument, NULL, 'l'}, {"module", required_argument, NULL, 'm'}, {0}};
	struct shown shown[MODULES] = {0};
	size_t n = 0, last = KEEP;
	int c, code;

	while ((c = getopt_long(argc, argv, "l:m:", options, NULL)) != -1) {
		if (c == 'l')
			last = strtoull(optarg, NULL, 10);
		else if (c == 'm' && n < MODULES)
			shown[n++].module = optarg;
		else
			return 2;
	}
	if (optind != argc - 1 || !last || last > KEEP) {
		fprintf(stderr, "usage: bsonshow [--last 1..%d] [--module NAME]... FILE\n", KEEP);
		return 2;
	}
	code = show(argv[optind], shown, n ? n : 1, last);
	for (size_t i = 0; i < MODULES; i++)
		for (size_t k = 0; k < KEEP; k++)
			bson_free(shown[i].line[k]);
	return code;
}
