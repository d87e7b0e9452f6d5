/* Records that the library writes for itself. */
#include "emit.h"

#include <errno.h>
#include <stdlib.h>

static int append(struct genlog_buf *b, const uint8_t *p, size_t n)
{
	if (!n || !p)
		return 0;
	if (genlog_buf_reserve(b, n) < 0)
		return -ENOMEM;
	if (b->p)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	return 0;
}

/* "" is left out. */
static uint8_t *element(uint8_t *w, const char *key, const char *p, size_t n)
{
	char fixed[3 * 64];

	n = genlog_utf8_repair(fixed, p, strnlen(p, n));
	return n ? genlog_bson_text(genlog_bson_key(w, GENLOG_BSON_STR, key, strlen(key)), fixed, n) : w;
}

static int rebuild(struct segment *s, struct ring *r, const char *name, size_t n)
{
	uint8_t room[640], *w = element(room, "app", s->l.app, sizeof(s->l.app) - 1);
	int code;

	w = element(w, "thread", name, n);
	if (r->tid)
		w = genlog_bson_i32(genlog_bson_key(w, GENLOG_BSON_INT32, "tid", 3), r->tid);
	r->extra.n = 0;
	code = append(&r->extra, room, (size_t)(w - room));
	return code;
}

static void drop_fields(struct ring *r, uint64_t depth)
{
	for (uint64_t i = depth; i < DEPTH_MAX; i++) {
		free(r->pushed[i].p);
		r->pushed[i] = (struct pushed){NULL, 0};
	}
	if (r->depth > depth)
		r->depth = (uint32_t)depth;
}

int meta_thread(struct segment *s, struct ring *r, int32_t tid, const char name[16])
{
	int code;

	r->tid = tid;
	drop_fields(r, 0);
	code = rebuild(s, r, name, 16);
	if (code < 0)
		r->tid = -1; /* it has to be said again */
	return code;
}

/* The fixed elements stand before those of fields: what is behind them is made anew. */
static int rejoin(struct ring *r)
{
	size_t n = 0;
	int code = 0;
	const uint8_t *p = r->extra.p, *end = p ? p + r->extra.n : p;
	static const char *const fixed[] = {"app", "thread", "tid"};

	for (unsigned i = 0; i < 3 && p && n < r->extra.n; i++) {
		size_t key = strlen((const char *)p + n + 1);

		if (strcmp((const char *)p + n + 1, fixed[i]) != 0)
			continue;
		n += key + 2 + (size_t)genlog_bson_value_size(p[n], p + n + key + 2, end);
	}
	r->extra.n = n;
	/* The innermost first: of a key that stands twice, it is the one. */
	for (uint32_t i = r->depth; i-- > 0 && code == 0;)
		code = append(&r->extra, r->pushed[i].p, r->pushed[i].n);
	return code;
}

/* As they were when the ring was noted: u16 and an element for each depth. */
int meta_restore(struct ring *r, const uint8_t *p, size_t n)
{
	uint16_t len;

	drop_fields(r, 0);

	for (uint32_t i = 0; i < DEPTH_MAX && n >= sizeof(len); i++) {
		memcpy(&len, p, sizeof(len));
		p += sizeof(len);
		n -= sizeof(len);
		if (len > n)
			break;
		r->pushed[i].p = len ? malloc(len) : NULL;
		if (len && !r->pushed[i].p)
			return -ENOMEM;
		if (len)
			memcpy(r->pushed[i].p, p, len);
		r->pushed[i].n = len;
		r->depth = i + 1;
		p += len;
		n -= len;
	}
	return rejoin(r);
}

size_t meta_save(const struct ring *r, uint8_t *to)
{
	uint8_t *w = to;

	for (uint32_t i = 0; i < r->depth; i++) {
		uint16_t len = (uint16_t)r->pushed[i].n;

		w = genlog_bson_bytes(w, &len, sizeof(len));
		if (len)
			w = genlog_bson_bytes(w, r->pushed[i].p, len);
	}
	return (size_t)(w - to);
}

static int push(struct ring *r, const uint8_t *p, uint32_t n)
{
	struct gl_push h;
	char key[GENLOG_KEY_ROOM(3 * 64)], fixed[3 * 64], value[3 * 1024];
	size_t key_n, value_n;
	struct pushed *f;
	uint8_t *w;

	if (n < sizeof(h))
		return 0;
	memcpy(&h, p, sizeof(h));
	if (h.depth >= DEPTH_MAX || h.key_len > 64 || h.value_len > 1024 || n - sizeof(h) < h.key_len + h.value_len)
		return 0;
	drop_fields(r, h.depth);
	f = &r->pushed[h.depth];
	key_n = genlog_key_fit(key, fixed, genlog_utf8_repair(fixed, (const char *)p + sizeof(h), h.key_len));
	value_n = genlog_utf8_repair(value, (const char *)p + sizeof(h) + h.key_len, h.value_len);
	f->p = malloc(GENLOG_BSON_MAX(key_n, value_n));
	if (!f->p)
		return -ENOMEM;
	w = genlog_bson_text(genlog_bson_key(f->p, GENLOG_BSON_STR, key, key_n), value, value_n);
	f->n = (uint32_t)(w - f->p);
	r->depth = h.depth + 1;
	return rejoin(r);
}

static int pop(struct ring *r, const uint8_t *p, uint32_t n)
{
	uint64_t depth;

	if (n < sizeof(depth))
		return 0;
	memcpy(&depth, p, sizeof(depth));
	if (depth < DEPTH_MAX)
		drop_fields(r, depth);
	return rejoin(r);
}

static int module(struct segment *s, const uint8_t *p, uint32_t n)
{
	struct gl_module h;
	struct module *m;

	if (n < sizeof(h) || s->n_modules >= MODULES_MAX)
		return 0;
	memcpy(&h, p, sizeof(h));
	if (h.build_id_len > sizeof(m->build_id) || h.path_len >= PATH_ROOM ||
		n - sizeof(h) < (size_t)h.build_id_len + h.path_len || h.end <= h.start)
		return 0;
	if (s->n_modules == s->cap_modules) {
		uint32_t cap = s->cap_modules ? 2 * s->cap_modules : 16;

		m = realloc(s->modules, cap * sizeof(*m));
		if (!m)
			return -ENOMEM;
		s->modules = m;
		s->cap_modules = cap;
	}
	m = &s->modules[s->n_modules++];
	*m = (struct module){.head = h};
	memcpy(m->build_id, p + sizeof(h), h.build_id_len);
	memcpy(m->path, p + sizeof(h) + h.build_id_len, h.path_len);
	return 0;
}

static int thread(struct segment *s, struct ring *r, const uint8_t *p, uint32_t n)
{
	struct gl_thread h;

	if (n < sizeof(h))
		return 0;
	memcpy(&h, p, sizeof(h));
	return meta_thread(s, r, h.tid, h.name);
}

/* -ENOMEM: nothing is left out, it has to be taken again. */
int meta_take(struct segment *s, struct ring *r, const uint8_t *p, uint32_t n, uint32_t what)
{
	switch (what) {
	case GL_META_THREAD: return thread(s, r, p, n);
	case GL_META_PUSH: return push(r, p, n);
	case GL_META_POP: return pop(r, p, n);
	case GL_META_MODULE: return module(s, p, n);
	case GL_META_MODULES: s->n_modules = 0; break;
	case GL_META_CLOCK:
		if (n >= sizeof(s->anchor))
			memcpy(&s->anchor, p, sizeof(s->anchor));
		break;
	}
	return 0;
}

void meta_free(struct ring *r)
{
	drop_fields(r, 0);
	free(r->extra.p);
	r->extra = (struct genlog_buf){NULL, 0, 0};
}
