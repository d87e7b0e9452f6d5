#include "lib/rings.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/test.h"

static void map(struct rings *r, int fd, int flags)
{
	struct stat st;

	memset(r, 0, sizeof(*r));
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	r->bytes = (size_t)st.st_size;
	r->s = mmap(NULL, r->bytes, PROT_READ | PROT_WRITE, flags, fd, 0);
	assert_ptr_not_equal(r->s, MAP_FAILED);
	close(fd);
	assert_int_equal(__atomic_load_n(&r->s->magic, __ATOMIC_ACQUIRE), GL_MAGIC);
}

void rings_map(struct rings *r, int fd)
{
	map(r, fd, MAP_SHARED);
}

static int open_one(const char *folder, uint32_t order)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	struct gl_segment s;
	int fd = -1;

	assert_non_null(d);
	while (fd < 0 && (e = readdir(d))) {
		if (strlen(e->d_name) <= 5 || strcmp(e->d_name + strlen(e->d_name) - 5, ".ring") != 0)
			continue;
		fd = openat(dirfd(d), e->d_name, O_RDWR);
		if (fd >= 0 && (pread(fd, &s, sizeof(s), 0) != (ssize_t)sizeof(s) || s.order != order)) {
			close(fd);
			fd = -1;
		}
	}
	closedir(d);
	return fd;
}

void rings_open(struct rings *r, const char *folder)
{
	rings_map(r, open_one(folder, 0));
}

void rings_peek(struct rings *r, const char *folder)
{
	map(r, open_one(folder, 0), MAP_PRIVATE);
}

bool rings_open_order(struct rings *r, const char *folder, uint32_t order)
{
	int fd = open_one(folder, order);

	if (fd < 0)
		return false;
	rings_map(r, fd);
	return true;
}

void rings_close(struct rings *r)
{
	munmap(r->s, r->bytes);
}

static void add(struct rings *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(struct rings *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	r->n += (size_t)vsnprintf(r->text + r->n, sizeof(r->text) - r->n, fmt, ap);
	va_end(ap);
	assert_true(r->n < sizeof(r->text));
}

static const struct gl_site_entry *site_of(struct rings *r, uint32_t id)
{
	const uint8_t *p = (const uint8_t *)r->s + r->s->sites_at, *end = p + r->s->site_head;

	for (; p < end; p += ((const struct gl_site_entry *)(const void *)p)->len)
		if (((const struct gl_site_entry *)(const void *)p)->id == id)
			return (const void *)p;
	fail_msg("there is no site %u", id);
	return NULL;
}

static void add_value(struct rings *r, uint8_t type, uint64_t v, const char **text)
{
	double d;

	memcpy(&d, &v, sizeof(d));
	switch ((enum gl_type)type) {
	case GL_INT: add(r, " %" PRId64, (int64_t)v); break;
	case GL_UINT: add(r, " %" PRIu64 "u", v); break;
	case GL_DOUBLE: add(r, " %g", d); break;
	case GL_BOOL: add(r, " %s", v ? "true" : "false"); break;
	case GL_TIME: add(r, " @%" PRId64, (int64_t)v); break;
	case GL_TEXT: add(r, " \"%.*s\"", (int)v, *text); break;
	case GL_TRACE: add(r, " trace"); break;
	case GL_REGISTERS: add(r, " registers"); break;
	case GL_ELEMENTS: add(r, " elements"); break;
	default: add(r, " %" PRIx64 "x", v);
	}
	if (type >= GL_TEXT)
		*text += v;
}

static void add_record(struct rings *r, const uint8_t *p, uint32_t id)
{
	const struct gl_site_entry *e = site_of(r, id);
	const char *text = (const char *)p + sizeof(struct gl_record) + 8 * (size_t)e->n_args;
	const char *template = (const char *)(e + 1);

	add(r, "%u %.*s", e->level, e->template_len, template);
	if (e->names_len)
		add(r, " [%.*s]", e->names_len, template + e->template_len);
	if (e->collection_len)
		add(r, " in %.*s", e->collection_len,
			template + e->template_len + e->names_len + e->file_len + e->function_len);
	add(r, " |");
	for (uint32_t i = 0; i < e->n_args; i++) {
		uint64_t v;

		memcpy(&v, p + sizeof(struct gl_record) + 8 * (size_t)i, sizeof(v));
		add_value(r, e->types[i], v, &text);
	}
	add(r, "\n");
}

static void add_meta(struct rings *r, const uint8_t *p, uint32_t what)
{
	const struct gl_push *push = (const void *)p;
	const char *key = (const char *)(push + 1);

	if (what == GL_META_THREAD)
		add(r, "thread %s\n", ((const struct gl_thread *)(const void *)p)->name);
	else if (what == GL_META_GAP)
		add(r, "gap %" PRIu64 "\n", ((const struct gl_gap *)(const void *)p)->count);
	else if (what == GL_META_PUSH)
		add(r, "push %u %.*s=%.*s\n", push->depth, push->key_len, key, push->value_len, key + push->key_len);
	else if (what == GL_META_POP)
		add(r, "pop %" PRIu64 "\n", *(const uint64_t *)(const void *)p);
}

static void add_any(struct rings *r, const uint8_t *p)
{
	const struct gl_record *rec = (const void *)p;

	if (rec->site < GL_SITE_FIRST)
		add_meta(r, p + sizeof(*rec), rec->site);
	else
		add_record(r, p, rec->site);
}

static void take_ring(struct rings *r, uint32_t i)
{
	struct gl_ring *x = (struct gl_ring *)((uint8_t *)r->s + r->s->ring_headers_at) + i;
	const uint8_t *base = (const uint8_t *)r->s + r->s->rings_at + (size_t)i * r->s->ring_bytes;
	uint8_t *twice = malloc(2 * (size_t)r->s->ring_bytes);
	uint64_t head = __atomic_load_n(&x->head, __ATOMIC_ACQUIRE), tail = x->tail;

	memcpy(twice, base, r->s->ring_bytes);
	memcpy(twice + r->s->ring_bytes, base, r->s->ring_bytes);
	assert_true(head - tail <= r->s->ring_bytes);
	while (tail < head) {
		const uint8_t *p = twice + (tail & (r->s->ring_bytes - 1));

		add_any(r, p);
		tail += ((const struct gl_record *)(const void *)p)->len;
	}
	assert_int_equal(tail, head);
	__atomic_store_n(&x->tail, tail, __ATOMIC_RELEASE);
	free(twice);
}

static void take_slots(struct rings *r)
{
	for (uint32_t i = 0; i < r->s->slots; i++) {
		struct gl_slot *x = (void *)((uint8_t *)r->s + r->s->slots_at + (size_t)i * GL_SLOT_BYTES);

		if (x->turn % r->s->slots != (i + 1) % r->s->slots || x->turn == i)
			continue;
		add(r, "slot ");
		add_any(r, x->record);
		__atomic_store_n(&x->turn, x->turn - 1 + r->s->slots, __ATOMIC_RELEASE);
	}
}

const char *rings_take(struct rings *r)
{
	r->n = 0;
	r->text[0] = 0;
	for (uint32_t i = 0; i < r->s->rings_used; i++)
		take_ring(r, i);
	take_slots(r);
	return r->text;
}
