/* What every document of an input has unless its event says otherwise. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <genlog/bson.h>

#include "base/buf.h"
#include "event/record.h"
#include "pipe/traces.h"

static void set_default(struct doc_defaults *d, enum genlog_slot s, const char *text)
{
	if (!text || !*text)
		return;
	d->slot[s] = genlog_str(text, strlen(text));
	d->set |= 1ULL << s;
}

static int set_tags(struct doc_defaults *d, struct conf *c, const struct genlog_strs *tags)
{
	size_t room = 16;
	uint8_t *start, *w;
	char key[24];

	if (!tags->n)
		return 0;
	for (size_t i = 0; i < tags->n; i++)
		room += GENLOG_BSON_MAX(sizeof(key), strlen(tags->v[i]));
	start = arena_alloc(&c->arena, room);
	if (!start)
		return -ENOMEM;
	w = genlog_bson_begin(start);
	for (size_t i = 0; i < tags->n; i++) {
		size_t n = (size_t)snprintf(key, sizeof(key), "%zu", i);

		w = genlog_bson_text(genlog_bson_key(w, GENLOG_BSON_STR, key, n), tags->v[i], strlen(tags->v[i]));
	}
	w = genlog_bson_end(start, w);
	d->slot[GENLOG_SLOT_TAGS] =
		(struct genlog_value){.type = GENLOG_V_ARRAY, .n = (uint32_t)(w - start), .u.p = (const char *)start};
	d->set |= 1ULL << GENLOG_SLOT_TAGS;
	return 0;
}

static int set_others(struct doc_defaults *d, const struct conf_fields *f)
{
	struct genlog_record rec = {0};
	int r = record_begin(&rec, "", 0);

	for (size_t i = 0; i < f->n_others && r == 0; i++)
		r = genlog_context_put(&rec, f->others[i].name, strlen(f->others[i].name),
			genlog_str(f->others[i].value, strlen(f->others[i].value)));
	if (r == 0)
		r = buf_append(&d->context, rec.context.p, rec.context.n);
	record_fini(&rec);
	return r;
}

/* A parser's formats in the zone of this input, unless the parser names its own. */
static int set_formats(struct doc_defaults *d, struct conf *c, const struct conf_parser *p, const struct tz *zone)
{
	struct time_format *f;

	if (p && p->zone)
		zone = p->zone;
	d->automatic = (struct time_format){.zone = zone};
	if (!p || !p->n_formats)
		return 0;
	f = arena_array(&c->arena, p->n_formats, sizeof(*f));
	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < p->n_formats; i++) {
		f[i] = p->formats[i];
		f[i].zone = zone;
	}
	d->formats = f;
	d->n_formats = p->n_formats;
	return 0;
}

int input_defaults(struct genlog_input *in, struct conf *c, const struct conf_service *s, const struct conf_input *ci,
	const struct conf_parser *p)
{
	struct doc_defaults *d = &in->defaults;
	int r;

	d->id_seed = doc_seed(ci->collection);
	d->trace_seed = doc_seed(TRACES_COLLECTION);
	set_default(d, GENLOG_SLOT_MODULE, s->name && *s->name ? s->name : "unknown");
	set_default(d, GENLOG_SLOT_ENVIRONMENT, s->fields.environment);
	set_default(d, GENLOG_SLOT_VERSION, s->fields.version);
	set_default(d, GENLOG_SLOT_NODE_ID, c->agent.node_id);
	r = set_tags(d, c, &s->fields.tags);
	if (r == 0)
		r = set_others(d, &s->fields);
	return r < 0 ? r : set_formats(d, c, p, ci->zone);
}
