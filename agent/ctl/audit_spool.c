/*
 * What is missing in the database may lie in the agent's spool and wait for its delivery.  The spool is read as it lies
 * there, with or without an agent at work on it; only for sources of which something is missing.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl/audit.h"
#include "ctl/spool.h"

static int see(void *arg, const struct spool_doc *d)
{
	struct audit_source *s = arg;
	int64_t offset, length;
	bson_t doc;

	if (!bson_init_static(&doc, d->bson, d->len) || strcmp(ctl_text(&doc, "source.file"), s->name) != 0 ||
		bson_has_field(&doc, "log_id"))
		return 0;
	offset = ctl_int(&doc, "source.offset");
	length = ctl_int(&doc, "source.length");
	if (offset >= 0 && length > 0)
		tile_explain(&s->logs, (uint64_t)offset, (uint64_t)offset + (uint64_t)length, TILE_WAITING, NULL);
	return 0;
}

static bool some_missing(const struct tile *t)
{
	for (size_t i = 0; i < t->n_holes; i++)
		if (t->holes[i].events[TILE_MISSING] || (!t->holes[i].known && tile_rest(&t->holes[i]) > 1))
			return true;
	return false;
}

static void take_off(uint64_t *from, uint64_t n)
{
	*from -= n < *from ? n : *from;
}

void audit_look_in_spool(struct audit *a)
{
	struct tile *t = &a->source.logs;
	struct spool_which which = {.waiting = true};
	struct genlog_err err = {0};
	struct look look = {0};

	if (!a->configured || !some_missing(t))
		return;
	if (look_open(&look, a->config.conf.agent.spool.path, &err) == 0)
		(void)spool_docs(&look, &which, see, &a->source); /* what it cannot read counts as missing still */
	else if (!a->told_spool)
		ctl_error("audit: what waits in the agent's spool is not known: %s", err.text);
	a->told_spool = true;
	look_fini(&look);
	for (size_t i = 0; i < t->n_holes; i++) {
		struct tile_hole *h = &t->holes[i];

		if (!h->known)
			continue;
		take_off(&h->bytes[TILE_MISSING], h->bytes[TILE_WAITING]);
		take_off(&h->events[TILE_MISSING], h->events[TILE_WAITING]);
	}
}
