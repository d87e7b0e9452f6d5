/*
 * What programs have left in a folder of rings, as text: ringdump FOLDER [FILE]
 * A line for each record of a site, with its fields by name:
 *	9 Work order {order_id} status updated to {status} | order_id=1 status="released"
 * It believes what it reads: for segments of the tests' own.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <genlog/ring.h>

static const struct gl_segment *s;

static const void *at(uint64_t offset)
{
	return (const uint8_t *)s + offset;
}

static const struct gl_site_entry *site_of(uint32_t id)
{
	for (uint64_t n = 0; n < s->site_head;) {
		const struct gl_site_entry *e = at(s->sites_at + n);

		if (e->id == id)
			return e;
		n += e->len;
	}
	fprintf(stderr, "ringdump: there is no site %u\n", id);
	exit(1);
}

/* The name of the next argument: of the template's holes first, then of the list. */
struct names {
	const char *hole, *hole_end, *list, *list_end;
};

static void next_name(struct names *x, char *name, size_t size)
{
	const char *start, *end;

	while (x->hole < x->hole_end && (*x->hole != '{' || x->hole[1] == '{'))
		x->hole += *x->hole == '{' ? 2 : 1;
	if (x->hole < x->hole_end) {
		start = x->hole + 1;
		end = memchr(start, '}', (size_t)(x->hole_end - start));
		x->hole = end ? end : x->hole_end;
	} else {
		start = x->list;
		end = memchr(start, ',', (size_t)(x->list_end - start));
		x->list = end ? end + 1 : x->list_end;
	}
	if (!end)
		end = x->list_end;
	snprintf(name, size, "%.*s", (int)(end - start), start);
}

static void print_value(uint8_t type, uint64_t v, const char **text)
{
	double d;

	memcpy(&d, &v, sizeof(d));
	switch ((enum gl_type)type) {
	case GL_INT: printf("%" PRId64, (int64_t)v); break;
	case GL_DOUBLE: printf("%g", d); break;
	case GL_BOOL: printf("%s", v ? "true" : "false"); break;
	case GL_TIME: printf("@%" PRId64, (int64_t)v); break;
	case GL_TEXT: printf("\"%.*s\"", (int)v, *text); break;
	default: printf("%" PRIu64, v);
	}
	if (type >= GL_TEXT)
		*text += v;
}

static void print_record(const uint8_t *p)
{
	const struct gl_record *r = (const void *)p;
	const struct gl_site_entry *e = site_of(r->site);
	const char *texts = (const char *)(e + 1), *list = texts + e->template_len;
	struct names x = {texts, list, list, list + e->names_len};
	const char *text = (const char *)(r + 1) + 8 * (size_t)e->n_args;

	printf("%u %.*s", e->level, e->template_len, texts);
	if (e->collection_len)
		printf("in %.*s", e->collection_len, list + e->names_len + e->file_len + e->function_len);
	printf(" |");
	for (uint32_t i = 0; i < e->n_args; i++) {
		char name[64];
		uint64_t v;

		memcpy(&v, p + sizeof(*r) + 8 * (size_t)i, sizeof(v));
		next_name(&x, name, sizeof(name));
		printf(" %s=", name);
		print_value(e->types[i], v, &text);
	}
	printf("\n");
}

static void print_any(const uint8_t *p)
{
	const struct gl_record *r = (const void *)p;
	const struct gl_push *push = (const void *)(r + 1);
	const char *key = (const char *)(push + 1);

	if (r->site >= GL_SITE_FIRST)
		print_record(p);
	else if (r->site == GL_META_PUSH)
		printf("push %.*s=%.*s\n", push->key_len, key, push->value_len, key + push->key_len);
	else if (r->site == GL_META_POP)
		printf("pop\n");
}

static void print_ring(uint32_t i)
{
	const struct gl_ring *x = (const struct gl_ring *)at(s->ring_headers_at) + i;
	uint8_t *twice = malloc(2 * (size_t)s->ring_bytes);

	if (!twice)
		exit(1);
	for (int k = 0; k < 2; k++)
		memcpy(twice + (size_t)k * s->ring_bytes, at(s->rings_at + (uint64_t)i * s->ring_bytes), s->ring_bytes);
	for (uint64_t n = x->tail; n < x->head;) {
		const uint8_t *p = twice + (n & (s->ring_bytes - 1));

		print_any(p);
		n += ((const struct gl_record *)(const void *)p)->len;
	}
	free(twice);
}

static int print_file(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return 1;
	s = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (s == MAP_FAILED || s->magic != GL_MAGIC)
		return 1;
	for (uint32_t i = 0; i < s->rings_used; i++)
		print_ring(i);
	return 0;
}

int main(int argc, char **argv)
{
	DIR *d = argc > 1 ? opendir(argv[1]) : NULL;
	struct dirent *e;
	int failed = !d;

	while (!failed && (e = readdir(d)))
		if (strlen(e->d_name) > 5 && strcmp(e->d_name + strlen(e->d_name) - 5, ".ring") == 0)
			failed = print_file(dirfd(d), e->d_name);
	if (failed)
		fprintf(stderr, "ringdump: %s: not readable\n", argc > 1 ? argv[1] : "which folder?");
	return failed;
}
