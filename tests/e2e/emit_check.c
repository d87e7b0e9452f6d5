/*
 * Compares what has arrived with what emit_writer has noted.
 *
 *	emit_check FOLDER FILE.bson        FOLDER has RUN.notes; counts of lost, twice and torn records, and of drops
 *
 * lost: a call had returned, and its record is not there, beyond the drops that were told.  -d: drops are expected.
 */
#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS_MAX 16

struct seen {
	uint8_t *times;
	uint64_t cap, n, greatest;
};

struct run {
	struct run *next;
	long number;
	uint64_t calls[THREADS_MAX], drops;
	struct seen seen[THREADS_MAX];
};

static struct run *runs;
static uint64_t torn, twice, told, documents, others;

static struct run *run_of(long number)
{
	struct run *r = runs;

	while (r && r->number != number)
		r = r->next;
	if (!r) {
		r = calloc(1, sizeof(*r));
		if (!r)
			exit(3);
		r->number = number;
		r->next = runs;
		runs = r;
	}
	return r;
}

static void make_text(char *to, size_t n, long run, long thread, uint64_t i)
{
	uint64_t x = (uint64_t)run * 1000003 + (uint64_t)thread * 7919 + i * 2654435761u;
	size_t len = x % (n - 1);

	for (size_t k = 0; k < len; k++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		to[k] = (char)('a' + (x >> 40) % 26);
	}
	to[len] = 0;
}

/* ── BSON, as far as it is needed: what a document has under a path of two names ── */

static int64_t size_of(uint8_t type, const uint8_t *v)
{
	int32_t n;

	memcpy(&n, v, 4);
	switch (type) {
	case 0x01:
	case 0x09:
	case 0x12: return 8;
	case 0x02: return 4 + (int64_t)n;
	case 0x03:
	case 0x04: return n;
	case 0x07: return 12;
	case 0x08: return 1;
	case 0x0a: return 0;
	case 0x10: return 4;
	default: fprintf(stderr, "type %u\n", type); exit(4);
	}
}

static const uint8_t *find(const uint8_t *doc, const char *name, uint8_t *type)
{
	const uint8_t *p = doc + 4;

	while (*p) {
		const char *key = (const char *)p + 1;
		const uint8_t *v = p + strlen(key) + 2;

		if (strcmp(key, name) == 0) {
			*type = *p;
			return v;
		}
		p = v + size_of(*p, v);
	}
	return NULL;
}

static int64_t number(const uint8_t *doc, const char *name)
{
	uint8_t type = 0;
	const uint8_t *v = doc ? find(doc, name, &type) : NULL;
	int64_t n = -1;

	if (v && type == 0x12)
		memcpy(&n, v, 8);
	return n;
}

static const char *text(const uint8_t *doc, const char *name)
{
	uint8_t type = 0;
	const uint8_t *v = find(doc, name, &type);

	return v && type == 0x02 ? (const char *)v + 4 : "";
}

static void mark(struct seen *s, uint64_t i)
{
	if (i >= s->cap) {
		uint64_t cap = 2 * i + 1024;

		s->times = realloc(s->times, cap);
		if (!s->times)
			exit(3);
		memset(s->times + s->cap, 0, cap - s->cap);
		s->cap = cap;
	}
	twice += s->times[i] != 0;
	s->n += !s->times[i];
	s->times[i] = 1;
	if (i >= s->greatest)
		s->greatest = i + 1;
}

static void take(const uint8_t *doc)
{
	uint8_t type;
	const uint8_t *context = find(doc, "context", &type), *gap = context ? find(context, "gap", &type) : NULL;
	int64_t run = number(context, "run"), thread = number(context, "writer"), i = number(context, "number");
	char want[120], message[80];

	documents++;
	if (gap)
		told += (uint64_t)number(gap, "count");
	if (run < 0 || gap) {
		others += !gap;
		return;
	}
	make_text(want, sizeof(want), run, thread, (uint64_t)i);
	snprintf(message, sizeof(message), "record %" PRId64 " of %" PRId64, i, thread);
	if (thread < 0 || thread >= THREADS_MAX || i < 0 || strcmp(text(context, "text"), want) != 0 ||
		strcmp(text(doc, "message"), message) != 0) {
		torn++;
		return;
	}
	mark(&run_of((long)run)->seen[thread], (uint64_t)i);
}

static void read_notes(const char *folder)
{
	DIR *d = opendir(folder);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		char path[600];
		uint64_t n[2 * THREADS_MAX] = {0};
		struct run *r;
		FILE *f;

		if (!isdigit((unsigned char)*e->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		f = fopen(path, "r");
		if (!f || fread(n, 1, sizeof(n), f) == 0) {
			if (f)
				fclose(f);
			continue;
		}
		fclose(f);
		r = run_of(strtol(e->d_name, NULL, 10));
		for (int i = 0; i < THREADS_MAX; i++)
			r->calls[i] = n[2 * i];
		r->drops = n[1];
	}
	if (d)
		closedir(d);
}

static void read_documents(FILE *f)
{
	static uint8_t doc[16 << 20];
	int32_t n;

	while (fread(&n, 4, 1, f) == 1 && n > 4 && n < (int32_t)sizeof(doc)) {
		memcpy(doc, &n, 4);
		if (fread(doc + 4, 1, (size_t)n - 4, f) != (size_t)n - 4)
			break;
		take(doc);
	}
}

int main(int argc, char **argv)
{
	uint64_t calls = 0, received = 0, missing = 0, beyond = 0, n = 0;
	FILE *f = argc == 3 ? fopen(argv[2], "r") : NULL;

	if (!f)
		return 2;
	read_notes(argv[1]);
	read_documents(f);
	fclose(f);
	for (const struct run *r = runs; r; r = r->next, n++)
		for (int i = 0; i < THREADS_MAX; i++) {
			const struct seen *s = &r->seen[i];

			calls += r->calls[i];
			received += s->n;
			uint64_t before = missing;

			for (uint64_t k = 0; k < r->calls[i]; k++)
				missing += k >= s->cap || !s->times[k];
			if (missing != before)
				fprintf(stderr, "run %ld, thread %d: %" PRIu64 " of %" PRIu64 " are missing\n",
					r->number, i, missing - before, r->calls[i]);
			for (uint64_t k = r->calls[i]; k < s->greatest; k++)
				beyond += s->times[k]; /* written, and killed before its call returned */
		}
	printf("runs=%" PRIu64 " calls=%" PRIu64 " received=%" PRIu64 " missing=%" PRIu64 " told=%" PRIu64
	       " twice=%" PRIu64 " torn=%" PRIu64 " beyond=%" PRIu64 " others=%" PRIu64 "\n",
		n, calls, received, missing, told, twice, torn, beyond, others);
	return 0;
}
