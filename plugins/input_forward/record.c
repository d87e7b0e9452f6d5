#include <errno.h>

#include "../forward/text.h"
#include "forward.h"

/* ── an entry: [time, record] or [[time, metadata], record] ── */

static void read_time(struct entry *e, const uint8_t *p, const uint8_t *end, const struct mp *v, size_t head)
{
	const uint8_t *q = p + head;
	struct mp t = *v;

	if (v->type == MP_ARRAY) {
		ssize_t n = v->n ? mp_read(q, (size_t)(end - q), &t) : 0;

		if (n <= 0)
			return;
		if (v->n > 1) {
			e->metadata = mp_skip(q, end);
			e->metadata_end = e->metadata ? mp_skip(e->metadata, end) : NULL;
		}
	}
	e->has_time = mp_time(&t, &e->ms) && (e->ms / 1000 != 0); /* 1970 says that there is none */
}

void entry_read(struct entry *e, const uint8_t *p, const uint8_t *end, bool single)
{
	struct mp head = {0}, v = {0};
	ssize_t n = single ? 0 : mp_read(p, (size_t)(end - p), &head);

	*e = (struct entry){.raw = p, .raw_end = end, .record = p, .odd = true};
	if (!single && (head.type != MP_ARRAY || head.n < 2))
		return;
	p += n;
	n = mp_read(p, (size_t)(end - p), &v);
	if (n <= 0 || v.type == MP_MAP || v.type == MP_STR)
		return;
	read_time(e, p, end, &v, (size_t)n);
	p = mp_skip(p, end);
	e->odd = !p || p >= end;
	e->record = e->odd ? e->record : p;
}

/* ── its fields ── */

static void learn(struct memo *m, const struct mp *key)
{
	int rank = 0;

	m->slot = (uint8_t)genlog_slot_of(key->p, key->n, &rank);
	m->rank = (uint8_t)rank;
	m->len = key->n <= MEMO_KEY ? (uint8_t)key->n : 0;
	memcpy(m->key, key->p, m->len);
}

static void set_meaning(struct intake *k, struct field *f, const struct mp *key)
{
	struct memo *m = &k->memo[k->n_fields % MEMO];

	f->slot = GENLOG_SLOTS;
	f->rank = 0;
	if ((key->type != MP_STR && key->type != MP_BIN) || !key->n)
		return;
	if (m->len != key->n || memcmp(m->key, key->p, key->n) != 0)
		learn(m, key);
	f->slot = m->slot;
	f->rank = m->rank;
}

/* A key that had to be changed is kept in `key_text`, whose memory moves: its place there, for the time being. */
static int set_key(struct intake *k, struct field *f, const struct mp *key)
{
	struct genlog_buf *t = &k->key_text;
	int r = bson_key_fit(&k->scratch, key, &f->key);

	if (r < 0 || f->key.p == key->p)
		return r;
	r = genlog_buf_reserve(t, f->key.n);
	if (r < 0)
		return r;
	memcpy(t->p + t->n, f->key.p, f->key.n);
	f->key.p = NULL;
	t->n += f->key.n;
	return 0;
}

static int drop_twice(struct intake *k, const struct field *f)
{
	if (!keys_add(k->keys, 0, f->key.p, f->key.n))
		return 0;
	if (++k->keys->twice > KEYS_TWICE_MAX)
		return -EOVERFLOW;
	for (struct field *g = k->fields; g < f; g++)
		if (g->key.n == f->key.n && memcmp(g->key.p, f->key.p, f->key.n) == 0)
			g->gone = true;
	return 0;
}

static int settle_keys(struct intake *k)
{
	const char *changed = (const char *)k->key_text.p;
	int r = 0;

	keys_begin(k->keys);
	for (size_t i = 0; i < k->n_fields && r == 0; i++) {
		struct field *f = &k->fields[i];

		if (!f->key.p) {
			f->key.p = changed;
			changed += f->key.n;
		}
		r = drop_twice(k, f);
	}
	return r;
}

static int field_read(struct intake *k, const uint8_t **p, const uint8_t *end)
{
	struct field *f = &k->fields[k->n_fields];
	struct mp key = {0};
	int r;

	if (mp_read(*p, (size_t)(end - *p), &key) <= 0)
		return -EBADMSG;
	f->value = mp_skip(*p, end);
	if (!f->value || mp_read(f->value, (size_t)(end - f->value), &f->v) <= 0)
		return -EBADMSG;
	f->end = f->v.type == MP_STR ? (const uint8_t *)f->v.p + f->v.n : mp_skip(f->value, end);
	if (!f->end)
		return -EBADMSG;
	f->gone = false;
	set_meaning(k, f, &key);
	r = set_key(k, f, &key);
	*p = f->end;
	k->n_fields++;
	return r;
}

int fields_read(struct intake *k, const uint8_t *p, const uint8_t *end)
{
	struct mp v = {0};
	ssize_t n = mp_read(p, (size_t)(end - p), &v);
	int r = 0;

	k->n_fields = 0;
	k->key_text.n = 0;
	if (n <= 0 || v.type != MP_MAP)
		return -EBADMSG;
	if (v.n > FIELDS_MAX)
		return -EOVERFLOW;
	p += n;
	for (uint32_t i = 0; i < v.n && r == 0; i++)
		r = field_read(k, &p, end);
	return r < 0 ? r : settle_keys(k);
}
