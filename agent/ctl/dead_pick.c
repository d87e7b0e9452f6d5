#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "ctl/dead.h"
#include "ctl/spool.h"

int dead_pick_read(struct dead_pick *p, const struct dead_which *w, int argc, char **argv)
{
	*p = (struct dead_pick){.which = w, .number = mem_calloc((size_t)argc + 1, sizeof(*p->number))};
	if (!p->number) {
		ctl_error("no memory");
		return CTL_FAILED;
	}
	for (size_t i = 0; i < w->codes.n; i++)
		if (text_int(w->codes.v[i], &p->code[i]) < 0) {
			ctl_error("--code: \"%s\" is not a number", w->codes.v[i]);
			return CTL_USAGE;
		}
	for (int i = 0; i < argc; i++)
		if (text_int(argv[i], &p->number[p->numbers++]) < 0 || p->number[i] < 1) {
			ctl_error("\"%s\" is not the number of a letter; see genlogctl dead-letter show", argv[i]);
			return CTL_USAGE;
		}
	return CTL_OK;
}

void dead_pick_fini(struct dead_pick *p)
{
	free(p->number);
	*p = (struct dead_pick){0};
}

bool dead_picked(const struct dead_pick *p, const struct letter *x)
{
	bool code = !p->which->codes.n, number = !p->numbers;

	if (x->done || (p->which->collection && strcmp(p->which->collection, x->collection) != 0))
		return false;
	for (size_t i = 0; i < p->which->codes.n; i++)
		code |= p->code[i] == x->code;
	for (size_t i = 0; i < p->numbers; i++)
		number |= p->number[i] == x->number;
	return code && number;
}

int dead_letters_open(const struct ctl *c, const char *given, struct conf *conf, struct letters *l)
{
	const char *path = ctl_spool_path(c, given, conf);
	struct genlog_err err = {0};
	int r = path ? letters_open(l, path, &err) : -EINVAL;

	if (path && r < 0)
		ctl_error("%s", err.text);
	return r;
}

void dead_letter_doc(bson_t *out, const struct letter *x, bool whole)
{
	char file[64];
	bson_t doc;

	snprintf(file, sizeof(file), "%06u.bson:%lld", x->file, (long long)x->at);
	BSON_APPEND_INT64(out, "number", x->number);
	BSON_APPEND_UTF8(out, "place", file);
	BSON_APPEND_DATE_TIME(out, "rejected_at", x->rejected_ms);
	BSON_APPEND_UTF8(out, "collection", x->collection);
	BSON_APPEND_INT32(out, "code", x->code);
	BSON_APPEND_UTF8(out, "reason", x->reason);
	if (whole && bson_init_static(&doc, x->doc, x->doc_len) && bson_validate(&doc, BSON_VALIDATE_NONE, NULL))
		BSON_APPEND_DOCUMENT(out, "document", &doc);
}
