/*
 * What is learned, as bytes.  Little-endian:
 *
 *	magic32 · version16 · 0 · count32 · tick64 · births64
 *	count × (id64 · born64 · used64 · form_len16 · parts16 · cut8 · form · kind8 of each part)
 *	crc32c of all before
 *
 * A form is scanned again, so that no offset or hash is ever read from the file.  Where the rules have become others
 * since, and cut a form into other elements, that template is left out and learned anew.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/crc.h"
#include "mine/store.h"

#define STATE_MAGIC 0x6e6d6c67u /* "glmn" */
#define STATE_VERSION 1

struct head {
	uint32_t magic;
	uint16_t version, zero;
	uint32_t count, zero2;
	uint64_t tick, births;
};

struct row {
	uint64_t id, born, used;
	uint16_t form_n, parts;
	uint8_t cut, zero[3];
};
_Static_assert(sizeof(struct head) == 32 && sizeof(struct row) == 32, "the layout on disk");

static int save_tmpl(const struct mine *m, uint32_t at, struct genlog_buf *out)
{
	const struct tmpl *t = &m->tmpl[at];
	struct row row = {
		htole64(t->id), htole64(t->born), htole64(m->used[at]), htole16(t->form_n), htole16(t->n), t->cut, {0}};
	int r = genlog_buf_reserve(out, sizeof(row) + t->form_n + t->n);

	if (r < 0)
		return r;
	buf_append(out, &row, sizeof(row));
	buf_append(out, tmpl_form(t), t->form_n);
	for (uint16_t i = 0; i < t->n; i++)
		out->p[out->n++] = t->part[i].kind;
	return 0;
}

struct turn {
	uint64_t used;
	uint32_t at;
};

static int by_use(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	return x->used < y->used ? -1 : x->used > y->used;
}

/* From the least recently used one on, so that a smaller store keeps the others. */
static int save_all(const struct mine *m, struct genlog_buf *out)
{
	struct turn *turn = mem_calloc(m->in_use + 1, sizeof(*turn));
	size_t n = 0;
	int r = turn ? 0 : -ENOMEM;

	for (uint32_t k = 0; k < m->max && r == 0; k++)
		if (m->tmpl[k].part)
			turn[n++] = (struct turn){m->used[k], k};
	if (n)
		qsort(turn, n, sizeof(*turn), by_use);
	for (size_t i = 0; i < n && r == 0; i++)
		r = save_tmpl(m, turn[i].at, out);
	free(turn);
	return r;
}

int mine_save(const struct mine *m, struct genlog_buf *out)
{
	struct head head = {htole32(STATE_MAGIC), htole16(STATE_VERSION), 0, htole32(m->in_use), 0, htole64(m->tick),
		htole64(m->births)};
	size_t begin = out->n;
	uint32_t crc;
	int r = buf_append(out, &head, sizeof(head));

	if (r == 0)
		r = save_all(m, out);
	if (r == 0) {
		crc = htole32(crc32c(0, out->p + begin, out->n - begin));
		r = buf_append(out, &crc, sizeof(crc));
	}
	if (r < 0)
		out->n = begin;
	return r;
}

/* RFC 3629: how long the character at p is; 0: it is none. */
static size_t utf8_char(const uint8_t *p, size_t n)
{
	static const struct {
		uint8_t first, last, low, high, len; /* of the first byte, and of the second */
	} rows[] = {
		{0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	size_t i = 0;

	if (*p < 0x80)
		return 1;
	while (i < sizeof(rows) / sizeof(*rows) && (*p < rows[i].first || *p > rows[i].last))
		i++;
	if (i == sizeof(rows) / sizeof(*rows) || rows[i].len > n || p[1] < rows[i].low || p[1] > rows[i].high)
		return 0;
	for (size_t k = 2; k < rows[i].len; k++)
		if ((p[k] & 0xc0) != 0x80)
			return 0;
	return rows[i].len;
}

/* One line, as the scanner wants it. */
static bool is_form(const uint8_t *p, size_t n)
{
	size_t step;

	for (size_t i = 0; i < n; i += step) {
		step = utf8_char(p + i, n - i);
		if (!step || p[i] == '\n')
			return false;
	}
	return n <= SCAN_MAX_BYTES;
}

/* Whether the form, scanned again, has these parts. */
static bool is_of(const struct scan *s, const uint8_t *kinds, size_t n)
{
	if (s->n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (kinds[i] == EL_WORD && el_is_hole(&s->el[i]))
			return false;
	return true;
}

static int load_tmpl(struct mine *m, const struct row *row, const uint8_t *form)
{
	struct tmpl t = {.id = le64toh(row->id), .born = le64toh(row->born)};
	size_t n = le16toh(row->form_n), parts = le16toh(row->parts);
	const uint8_t *kinds = form + n;
	char line[SCAN_MAX_BYTES + GENLOG_PAD] = {0};

	if (!is_form(form, n) || parts > SCAN_MAX_ELS || row->cut > 1)
		return -EBADMSG;
	for (size_t i = 0; i < parts; i++)
		if (kinds[i] >= EL_KINDS)
			return -EBADMSG;
	if (t.born > m->births || le64toh(row->used) > m->tick)
		return -EBADMSG;
	memcpy(line, form, n);
	scan_form(&m->scan, line, n, row->cut);
	context_join(&m->scan);
	if (!is_of(&m->scan, kinds, parts))
		return 0;
	t.shape = match_shape(&m->scan);
	return store_put(m, &t, kinds, le64toh(row->used));
}

static int load_rows(struct mine *m, const uint8_t *p, const uint8_t *end, uint32_t count)
{
	int r = 0;

	for (; count && r == 0; count--) {
		struct row row;
		size_t n;

		if ((size_t)(end - p) < sizeof(row))
			return -EBADMSG;
		memcpy(&row, p, sizeof(row));
		p += sizeof(row);
		n = (size_t)le16toh(row.form_n) + le16toh(row.parts);
		if ((size_t)(end - p) < n)
			return -EBADMSG;
		r = load_tmpl(m, &row, p);
		p += n;
	}
	return r < 0 || p == end ? r : -EBADMSG;
}

int mine_load(struct mine *m, const void *p, size_t n)
{
	const uint8_t *bytes = p;
	struct head head;
	uint32_t crc;
	int r;

	store_clear(m);
	m->changed = false;
	if (n < sizeof(head) + sizeof(crc))
		return -EBADMSG;
	memcpy(&head, p, sizeof(head));
	memcpy(&crc, bytes + n - sizeof(crc), sizeof(crc));
	if (head.magic != htole32(STATE_MAGIC) || le32toh(crc) != crc32c(0, p, n - sizeof(crc)))
		return -EBADMSG;
	if (head.version != htole16(STATE_VERSION))
		return -ENOTSUP;
	m->tick = le64toh(head.tick);
	m->births = le64toh(head.births);
	r = load_rows(m, bytes + sizeof(head), bytes + n - sizeof(crc), le32toh(head.count));
	if (r < 0)
		store_clear(m);
	m->changed = false;
	return r;
}
