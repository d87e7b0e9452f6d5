/* From the entry at hand to a message. */
#include <errno.h>

#include "names.h"
#include "reader.h"

static bool is_wanted(const struct reader *r, const char *field, size_t n)
{
	const struct name *row = name_find(field, n);
	enum use use = row ? (enum use)row->use : name_other(field, n);

	return use != USE_NEVER && (use != USE_RARELY || r->a.all_fields);
}

/* The name and `=`, and of the value as much as a document may have. */
static void put_field(struct reader *r, const char *p, size_t n, size_t max)
{
	if (n <= max) {
		put_u32(&r->out, (uint32_t)n);
		put_bytes(&r->out, p, n);
		return;
	}
	put_u32(&r->out, (uint32_t)max | WIRE_CUT);
	put_u64(&r->out, n);
	put_bytes(&r->out, p, max);
}

static uint32_t put_fields(struct reader *r, sd_journal *j, size_t room, uint8_t *flags)
{
	size_t start = r->out.b.n, n;
	const void *data;
	uint32_t fields = 0;
	int e;

	sd_journal_restart_data(j);
	while ((e = sd_journal_enumerate_available_data(j, &data, &n)) > 0) {
		const char *eq = memchr(data, '=', n);
		size_t name = eq ? (size_t)(eq - (const char *)data) : 0, max = name + 1 + r->a.max_line;

		if (!name || !is_wanted(r, data, name))
			continue;
		if (fields == WIRE_FIELDS || r->out.b.n - start + (n < max ? n : max) > room) {
			*flags |= WIRE_ENTRY_PART;
			continue;
		}
		put_field(r, data, n, max);
		fields++;
	}
	if (e < 0)
		*flags |= WIRE_ENTRY_PART;
	return fields;
}

int entry_put(struct reader *r, const struct rfile *f, uint64_t time, const char *cursor)
{
	struct wire_out *w = &r->out;
	uint8_t flags = 0;
	uint32_t fields;
	size_t at;

	put_begin(w, WIRE_ENTRY);
	put_u32(w, f->index);
	put_u64(w, time);
	put_text(w, cursor);
	at = w->b.n;
	put_u8(w, 0);
	put_u32(w, 0);
	fields = put_fields(r, f->j, WIRE_ENTRY_MAX, &flags);
	if (!w->bad) {
		w->b.p[at] = flags;
		memcpy(w->b.p + at + 1, &fields, sizeof(fields));
	}
	return put_end(w) ? 0 : -ENOMEM;
}
