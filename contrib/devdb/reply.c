#include "reply.h"

#include <stdio.h>
#include <string.h>

#include "errors.h"
#include "pg.h"

void reply_fini(struct reply *r)
{
	PQclear(r->row);
	r->row = NULL;
	if (r->doc)
		bson_destroy(r->doc);
	r->doc = NULL;
}

void reply_take(struct reply *r, bson_t *doc)
{
	reply_fini(r);
	r->doc = doc;
}

bson_t *reply_begin(struct reply *r)
{
	reply_take(r, bson_new());
	return r->doc;
}

void reply_row(struct reply *r, PGresult *row)
{
	reply_fini(r);
	r->row = row;
}

void reply_ok(struct reply *r)
{
	BSON_APPEND_DOUBLE(reply_begin(r), "ok", 1);
}

void reply_error(struct reply *r, int code, const char *fmt, va_list ap)
{
	char text[2048];
	char name[ERROR_NAME_SIZE];
	bson_t *d;

	vsnprintf(text, sizeof(text), fmt, ap);
	d = reply_begin(r);
	BSON_APPEND_DOUBLE(d, "ok", 0);
	BSON_APPEND_UTF8(d, "errmsg", bson_utf8_validate(text, strlen(text), false) ? text : "(not UTF-8)");
	BSON_APPEND_INT32(d, "code", code);
	BSON_APPEND_UTF8(d, "codeName", error_name(code, name));
}

bool reply_view(const struct reply *r, bson_t *view)
{
	if (r->doc)
		return bson_init_static(view, bson_get_data(r->doc), r->doc->len);
	return r->row && pg_view(r->row, 0, view);
}

int reply_code(const struct reply *r)
{
	bson_t b;
	bson_iter_t it;

	if (!reply_view(r, &b))
		return ERR_INTERNAL;
	if (bson_iter_init_find(&it, &b, "ok") && bson_iter_as_bool(&it))
		return 0;
	return bson_iter_init_find(&it, &b, "code") ? (int)bson_iter_as_int64(&it) : ERR_UNKNOWN;
}

static bool is_named(const char *key, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(*names, key))
			return true;
	return false;
}

void doc_copy_without(bson_t *dst, const bson_t *src, const char *const *names)
{
	bson_iter_t it;

	if (!bson_iter_init(&it, src))
		return;
	while (bson_iter_next(&it))
		if (!is_named(bson_iter_key(&it), names))
			bson_append_iter(dst, NULL, 0, &it);
}
