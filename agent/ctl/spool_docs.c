#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/spool.h"

#define NAMES 256
#define NAME_MAX_ 240

struct walk {
	struct look *look;
	struct spool_which *w;
	spool_doc_fn *fn;
	void *arg;
	char name[NAMES][NAME_MAX_ + 1];
};

/* A name that is too long for a collection is cut: nobody has such a one. */
static unsigned read_names(struct walk *k, const struct frame_body *b)
{
	const uint8_t *p = b->name_p;
	const char *name;
	unsigned n = 0;
	size_t len;

	while (n < NAMES && frame_next_name(&p, b->name_p + b->name_len, &name, &len))
		snprintf(k->name[n++], sizeof(k->name[0]), "%.*s", (int)(len > NAME_MAX_ ? NAME_MAX_ : len), name);
	return n;
}

static int frame(void *arg, const struct look_frame *f)
{
	struct walk *k = arg;
	struct spool_doc d = {.segment = f->segment->number, .at = f->at};
	const uint8_t *p;
	struct frame_body b;
	unsigned names;
	uint16_t which;
	int r = 0;

	if (!f->good)
		k->w->damaged += f->segment->last ? 0 : f->size;
	if (!f->good || !f->header.docs || (k->w->waiting && !look_waits(k->look, d.segment, f->at)) ||
		frame_body_read(f->payload, f->len, &b) < 0)
		return 0;
	names = read_names(k, &b);
	p = b.doc_p;
	while (r == 0 && frame_next_doc(&p, b.doc_p + b.doc_len, &which, &d.level, &d.bson, &d.len)) {
		d.collection = which < names ? k->name[which] : "";
		if (which < names && (!k->w->collection || strcmp(k->w->collection, d.collection) == 0))
			r = k->fn(k->arg, &d);
	}
	return r;
}

int spool_docs(struct look *l, struct spool_which *w, spool_doc_fn *fn, void *arg)
{
	struct walk k = {.look = l, .w = w, .fn = fn, .arg = arg};
	int r = 0;

	for (size_t i = 0; i < l->n && r == 0; i++) {
		uint64_t number = l->segment[i].number;

		if ((w->one && number != w->number) || (w->waiting && l->has_cursor && number < l->cursor.segment))
			continue;
		r = look_frames(l, i, SEGMENT_HEADER, frame, &k);
		if (r == -ENOENT) /* given back meanwhile: it was delivered */
			r = 0;
	}
	return r;
}
