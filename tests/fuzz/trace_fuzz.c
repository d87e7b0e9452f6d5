/*
 * Any text: its lines joined, the whole of it read, and what was read made BSON.  Every slice lies within the text, a
 * trace that is read could have been hoped for, and what is written is BSON as MongoDB takes it.
 */
#include <bson/bson.h>
#include <stdlib.h>

#include "base/buf.h"
#include "trace/join.h"
#include "trace/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void within(struct trace_text s, const char *p, size_t n)
{
	if (s.n && (s.p < p || s.p > p + n || s.n > (size_t)(p + n - s.p)))
		abort();
}

static void all_within(const struct trace *t, const char *p, size_t n)
{
	within(t->text, p, n);
	within(t->exception_type, p, n);
	within(t->error_message, p, n);
	within(t->error_code, p, n);
	within(t->thread, p, n);
	for (uint32_t i = 0; i < t->all_frames; i++) {
		within(t->frames[i].function, p, n);
		within(t->frames[i].class_name, p, n);
		within(t->frames[i].file, p, n);
		within(t->frames[i].module, p, n);
	}
	for (uint32_t i = 0; i < t->n_causes; i++) {
		within(t->causes[i].exception_type, p, n);
		within(t->causes[i].error_message, p, n);
		if (t->causes[i].first > t->all_frames || t->causes[i].n > t->all_frames - t->causes[i].first)
			abort();
	}
	if (t->n_causes > TRACE_CAUSES || t->all_frames > TRACE_FRAMES || t->n_frames > t->all_frames)
		abort();
	if (strlen(t->fingerprint) != 32)
		abort();
}

static void check_bson(const struct trace *t)
{
	const bson_validate_flags_t all = BSON_VALIDATE_UTF8 | BSON_VALIDATE_UTF8_ALLOW_NULL |
					  BSON_VALIDATE_DOLLAR_KEYS | BSON_VALIDATE_DOT_KEYS | BSON_VALIDATE_EMPTY_KEYS;
	struct genlog_buf out = {0};
	int32_t len;
	bson_error_t error;
	bson_t bson;

	if (buf_append(&out, "\0\0\0\0", 4) < 0 || trace_elements(&out, t) < 0 || buf_append(&out, "", 1) < 0)
		abort();
	len = (int32_t)out.n;
	memcpy(out.p, &len, sizeof(len));
	if (!bson_init_static(&bson, out.p, out.n) || !bson_validate_with_error(&bson, all, &error))
		abort();
	buf_free(&out);
}

/* The state is all there is: a copy of it gives the same answers. */
static void join(const char *p, size_t n, enum trace_language mode)
{
	struct trace_join j, copy;

	trace_join_init(&j, mode);
	for (size_t i = 0; i < n;) {
		const char *nl = memchr(p + i, '\n', n - i);
		size_t len = nl ? (size_t)(nl - p) - i : n - i;
		enum trace_link a, b;

		copy = j;
		a = trace_join(&j, p + i, len);
		b = trace_join(&copy, p + i, len);
		if (a != b || memcmp(&j, &copy, sizeof(j)) != 0 || a > TRACE_BLANK || (!i && a == TRACE_CONTINUES))
			abort();
		if (trace_join_open(&j) && !trace_join_holds(&j))
			abort();
		i += len + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trace t;
	char *text = malloc(3 * size + GENLOG_PAD);
	size_t n = genlog_utf8_repair(text, (const char *)data, size);

	memset(text + n, '(', GENLOG_PAD);
	join(text, n, TRACE_AUTO);
	join(text, n, (enum trace_language)(size % TRACE_LANGUAGES));
	if (trace_parse(&t, text, n)) {
		if (!trace_maybe(text, n))
			abort();
		all_within(&t, text, n);
		check_bson(&t);
	}
	free(text);
	return 0;
}
