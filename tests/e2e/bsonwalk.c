/*
 * bsonwalk: reads a row of BSON documents, as mongodump writes them, to its last byte, and counts or shows them.
 *
 *	bsonwalk count [-F FIRST -n LINES] [-v] [FILE]   what is there, by context.n: see below
 *	bsonwalk flat [FILE]                             `path <tab> type <tab> value` a line, a blank line a document
 *	bsonwalk messages [FILE]                         `message` of each, a line a document
 *
 * count: docs, found (of the numbers FIRST … FIRST+LINES-1), lost, twice (numbers seen more than once), foreign
 * (numbers outside), ids_twice (an _id seen again), gaps (documents with context.gap), gap_bytes, min, max.
 * -v: the ranges that were lost or came twice, on standard error.  Exit code 1: a document is damaged.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DOUBLE = 1, TEXT, DOC, ARRAY, BINARY, OID = 7, BOOL, DATE, NIL, INT32 = 16, INT64 = 18 };

static const char *const type_names[] = {[DOUBLE] = "double",
	[TEXT] = "string",
	[DOC] = "object",
	[ARRAY] = "array",
	[BINARY] = "binary",
	[OID] = "oid",
	[BOOL] = "bool",
	[DATE] = "date",
	[NIL] = "null",
	[INT32] = "int32",
	[INT64] = "int64"};

struct field {
	const char *path;
	int type;
	const uint8_t *p;
	size_t n; /* of the value, headers of strings and documents included */
};

typedef void field_fn(void *arg, const struct field *f);

static int64_t int_of(const uint8_t *p, size_t n)
{
	int64_t v = 0;
	int32_t v32;

	if (n == 8) {
		memcpy(&v, p, 8);
		return v;
	}
	memcpy(&v32, p, 4);
	return v32;
}

/* Bytes of a value; 0: it does not fit or is of no kind that we write. */
static size_t value_size(int type, const uint8_t *p, size_t room, bool *ok)
{
	int64_t n = room >= 4 ? int_of(p, 4) : -1;

	*ok = true;
	switch (type) {
	case DOUBLE:
	case DATE:
	case INT64: return 8;
	case INT32: return 4;
	case BOOL: return 1;
	case OID: return 12;
	case NIL: return 0;
	case TEXT: *ok = n >= 1 && (size_t)n + 4 <= room && p[3 + n] == 0; return (size_t)n + 4;
	case DOC:
	case ARRAY: *ok = n >= 5 && (size_t)n <= room && p[n - 1] == 0; return (size_t)n;
	case BINARY: *ok = n >= 0 && (size_t)n + 5 <= room; return (size_t)n + 5;
	default: *ok = false; return 0;
	}
}

static bool walk(const uint8_t *p, size_t n, char *path, size_t at, size_t cap, field_fn *fn, void *arg)
{
	const uint8_t *end = p + n - 1;

	for (p += 4; p < end;) {
		const uint8_t *key = p + 1, *nul = memchr(key, 0, (size_t)(end - key));
		struct field f = {.path = path, .type = *p};
		size_t k = nul ? (size_t)(nul - key) : 0;
		bool ok;

		if (!nul || at + k + 2 > cap)
			return false;
		memcpy(path + at, key, k + 1);
		f.p = nul + 1;
		f.n = value_size(f.type, f.p, (size_t)(end - f.p), &ok);
		if (!ok || f.n > (size_t)(end - f.p))
			return false;
		fn(arg, &f);
		path[at + k] = '.';
		if ((f.type == DOC || f.type == ARRAY) && !walk(f.p, f.n, path, at + k + 1, cap, fn, arg))
			return false;
		p = f.p + f.n;
	}
	return p == end && *end == 0;
}

/* ── showing ── */

static void put_text(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] < 0x20 || p[i] == 0x7f)
			printf("\\x%02x", p[i]);
		else
			putchar(p[i]);
}

static void put_value(const struct field *f)
{
	double d;

	switch (f->type) {
	case TEXT: put_text(f->p + 4, f->n - 5); break;
	case DATE:
	case INT32:
	case INT64: printf("%" PRId64, int_of(f->p, f->n)); break;
	case BOOL: printf("%s", *f->p ? "true" : "false"); break;
	case DOUBLE:
		memcpy(&d, f->p, sizeof(d));
		printf("%.17g", d);
		break;
	case OID:
		for (size_t i = 0; i < f->n; i++)
			printf("%02x", f->p[i]);
		break;
	default: break;
	}
}

static void show_flat(void *arg, const struct field *f)
{
	(void)arg;
	printf("%s\t%s\t", f->path, type_names[f->type]);
	put_value(f);
	putchar('\n');
}

static void show_message(void *arg, const struct field *f)
{
	(void)arg;
	if (f->type == TEXT && strcmp(f->path, "message") == 0) {
		put_value(f);
		putchar('\n');
	}
}

/* ── counting ── */

struct count {
	uint64_t first, lines, docs, found, twice, foreign, gaps, gap_bytes, ids_twice;
	int64_t min, max;
	uint8_t *seen; /* how often each number came, 255 at most */
	uint8_t *ids;  /* 12 bytes each */
	size_t ids_cap;
	bool verbose;
};

static void count_number(struct count *c, int64_t v)
{
	uint64_t i = (uint64_t)v - c->first;

	if (!c->lines)
		return;
	if (v < (int64_t)c->first || i >= c->lines) {
		c->foreign++;
		return;
	}
	c->found += c->seen[i] == 0;
	c->twice += c->seen[i] == 1;
	c->seen[i] += c->seen[i] < 255;
	c->min = v < c->min ? v : c->min;
	c->max = v > c->max ? v : c->max;
}

static void keep_id(struct count *c, const uint8_t *p)
{
	if ((c->docs + 1) * 12 > c->ids_cap) {
		c->ids_cap = c->ids_cap ? 2 * c->ids_cap : 1 << 16;
		c->ids = realloc(c->ids, c->ids_cap);
		if (!c->ids)
			exit(1);
	}
	memcpy(c->ids + c->docs * 12, p, 12);
}

static void count_field(void *arg, const struct field *f)
{
	struct count *c = arg;

	if (f->type == OID && strcmp(f->path, "_id") == 0)
		keep_id(c, f->p);
	else if ((f->type == INT32 || f->type == INT64) && strcmp(f->path, "context.n") == 0)
		count_number(c, int_of(f->p, f->n));
	else if (f->type == DOC && strcmp(f->path, "context.gap") == 0)
		c->gaps++;
	else if (f->type == INT64 && strcmp(f->path, "context.gap.bytes") == 0)
		c->gap_bytes += (uint64_t)int_of(f->p, f->n);
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 12);
}

static void tell_ranges(const struct count *c, bool lost)
{
	for (uint64_t i = 0, from; i < c->lines; i++) {
		if (lost ? c->seen[i] != 0 : c->seen[i] < 2)
			continue;
		for (from = i; i + 1 < c->lines && (lost ? c->seen[i + 1] == 0 : c->seen[i + 1] > 1);)
			i++;
		fprintf(stderr, "%s: %" PRIu64 " … %" PRIu64 "\n", lost ? "lost" : "twice", c->first + from,
			c->first + i);
	}
}

static void tell(struct count *c)
{
	if (c->ids)
		qsort(c->ids, c->docs, 12, by_bytes);
	for (uint64_t i = 1; i < c->docs; i++)
		c->ids_twice += memcmp(c->ids + i * 12, c->ids + (i - 1) * 12, 12) == 0;
	if (c->verbose) {
		tell_ranges(c, true);
		tell_ranges(c, false);
	}
	printf("docs=%" PRIu64 " found=%" PRIu64 " lost=%" PRIu64 " twice=%" PRIu64 " foreign=%" PRIu64, c->docs,
		c->found, c->lines - c->found, c->twice, c->foreign);
	printf(" ids_twice=%" PRIu64 " gaps=%" PRIu64 " gap_bytes=%" PRIu64, c->ids_twice, c->gaps, c->gap_bytes);
	printf(" min=%" PRId64 " max=%" PRId64 "\n", c->found ? c->min : -1, c->found ? c->max : -1);
}

/* ── the run ── */

#define DOC_MAX (17u << 20)

static bool next_doc(FILE *in, uint8_t *doc, size_t *n, bool *end)
{
	size_t got = fread(doc, 1, 4, in);

	*end = got == 0;
	if (got < 4)
		return *end;
	*n = (size_t)(uint32_t)int_of(doc, 4);
	return *n >= 5 && *n <= DOC_MAX && fread(doc + 4, 1, *n - 4, in) == *n - 4 && doc[*n - 1] == 0;
}

static int run(FILE *in, const char *what, struct count *c)
{
	field_fn *fn = strcmp(what, "count") == 0 ? count_field : strcmp(what, "flat") == 0 ? show_flat : show_message;
	uint8_t *doc = malloc(DOC_MAX);
	uint64_t at = 0;
	char path[4096];
	bool end = false, ok = doc != NULL;
	size_t n = 0;

	while (ok && (ok = next_doc(in, doc, &n, &end)) && !end) {
		ok = walk(doc, n, path, 0, sizeof(path), fn, c);
		c->docs++;
		at += n;
		if (fn == show_flat)
			putchar('\n');
	}
	if (!ok)
		fprintf(stderr, "bsonwalk: damaged at byte %" PRIu64 ", document %" PRIu64 "\n", at, c->docs);
	else if (fn == count_field)
		tell(c);
	free(doc);
	return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct count c = {.min = INT64_MAX, .max = -1};
	const char *what = argc > 1 ? argv[1] : "";
	FILE *in = stdin;
	int option, r;

	while (argc > 1 && (option = getopt(argc - 1, argv + 1, "F:n:v")) != -1) {
		if (option == 'F')
			c.first = strtoull(optarg, NULL, 10);
		else if (option == 'n')
			c.lines = strtoull(optarg, NULL, 10);
		c.verbose = c.verbose || option == 'v';
	}
	if (strcmp(what, "count") != 0 && strcmp(what, "flat") != 0 && strcmp(what, "messages") != 0) {
		fprintf(stderr, "usage: bsonwalk count|flat|messages [-F FIRST -n LINES] [-v] [FILE]\n");
		return 2;
	}
	if (optind + 1 < argc && !(in = fopen(argv[optind + 1], "re"))) {
		fprintf(stderr, "bsonwalk: %s: %s\n", argv[optind + 1], strerror(errno));
		return 1;
	}
	c.seen = calloc(c.lines + 1, 1);
	r = c.seen ? run(in, what, &c) : 1;
	free(c.seen);
	free(c.ids);
	return r;
}
