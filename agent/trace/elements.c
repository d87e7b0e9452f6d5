#include <genlog/bson.h>

#include "trace/slice.h"

#define NAME_MAX_LEN 1024 /* of names and paths; longer ones are no such thing */
#define INDEX_MAX 3	  /* digits: an array has 256 at most */
#define FRAME_ROOM 160	  /* what a frame takes beside its texts: keys, lengths, numbers */
#define CAUSE_ROOM 128

#define KEY(w, type, key) genlog_bson_key(w, type, key, sizeof(key) - 1)

/* Cut where a character begins. */
static struct trace_text clipped(struct trace_text s, uint32_t max)
{
	if (s.n <= max)
		return s;
	for (s.n = max; s.n && (s.p[s.n] & 0xc0) == 0x80;)
		s.n--;
	return s;
}

static uint8_t *text(uint8_t *w, const char *key, struct trace_text s)
{
	if (!s.n)
		return w;
	w = genlog_bson_key(w, GENLOG_BSON_STR, key, strlen(key));
	return genlog_bson_text(w, s.p, s.n);
}

static uint8_t *name(uint8_t *w, const char *key, struct trace_text s)
{
	return text(w, key, clipped(s, NAME_MAX_LEN));
}

static uint8_t *number(uint8_t *w, const char *key, int32_t v)
{
	if (v < 0)
		return w;
	w = genlog_bson_key(w, GENLOG_BSON_INT32, key, strlen(key));
	return genlog_bson_i32(w, v);
}

/* The key of an array's element: its index. */
static uint8_t *index_key(uint8_t *w, uint32_t i)
{
	char digits[INDEX_MAX];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + i % 10);
	while ((i /= 10) && at);
	return genlog_bson_key(w, GENLOG_BSON_DOC, digits + at, sizeof(digits) - at);
}

static uint8_t *frame(uint8_t *w, uint32_t i, const struct trace_frame *f)
{
	uint8_t *start = w = index_key(w, i);

	w = genlog_bson_begin(w);
	w = name(w, "function", f->function);
	w = name(w, "class_name", f->class_name);
	w = name(w, "file", f->file);
	w = number(w, "line", f->line);
	w = number(w, "column", f->column);
	w = name(w, "module", f->module);
	w = KEY(w, GENLOG_BSON_BOOL, "in_app");
	*w++ = f->in_app;
	return genlog_bson_end(start, w);
}

static uint8_t *frames(uint8_t *w, const struct trace_frame *f, uint32_t n)
{
	uint8_t *start;

	if (!n)
		return w;
	start = w = KEY(w, GENLOG_BSON_ARRAY, "frames");
	w = genlog_bson_begin(w);
	for (uint32_t i = 0; i < n; i++)
		w = frame(w, i, &f[i]);
	return genlog_bson_end(start, w);
}

static uint8_t *cause(uint8_t *w, uint32_t i, const struct trace *t)
{
	const struct trace_cause *c = &t->causes[i];
	uint8_t *start = w = index_key(w, i);

	w = genlog_bson_begin(w);
	w = name(w, "exception_type", c->exception_type);
	w = text(w, "error_message", c->error_message);
	w = frames(w, t->frames + c->first, c->n);
	return genlog_bson_end(start, w);
}

static uint8_t *causes(uint8_t *w, const struct trace *t)
{
	uint8_t *start;

	if (!t->n_causes)
		return w;
	start = w = KEY(w, GENLOG_BSON_ARRAY, "causes");
	w = genlog_bson_begin(w);
	for (uint32_t i = 0; i < t->n_causes; i++)
		w = cause(w, i, t);
	return genlog_bson_end(start, w);
}

/* Names take what they are long, up to their bound, and never more than the whole text does. */
static size_t room(const struct trace *t)
{
	size_t n = 1024 + (size_t)t->text.n + t->error_message.n + 4 * NAME_MAX_LEN;
	const struct trace_frame *f = t->frames;

	for (uint32_t i = 0; i < t->all_frames; i++)
		n += (size_t)clipped(f[i].function, NAME_MAX_LEN).n + clipped(f[i].class_name, NAME_MAX_LEN).n +
		     clipped(f[i].file, NAME_MAX_LEN).n + clipped(f[i].module, NAME_MAX_LEN).n + FRAME_ROOM;
	for (uint32_t i = 0; i < t->n_causes; i++)
		n += (size_t)t->causes[i].error_message.n + NAME_MAX_LEN + CAUSE_ROOM;
	return n;
}

int trace_elements(struct genlog_buf *out, const struct trace *t)
{
	int r = genlog_buf_reserve(out, room(t));
	const char *language = trace_language_name(t->language);
	uint8_t *w;

	if (r < 0)
		return r;
	w = out->p + out->n;
	w = KEY(w, GENLOG_BSON_STR, "language");
	w = genlog_bson_text(w, language, strlen(language));
	w = name(w, "exception_type", t->exception_type);
	w = text(w, "error_message", t->error_message);
	w = name(w, "error_code", t->error_code);
	w = causes(w, t);
	w = frames(w, t->frames, t->n_frames);
	w = text(w, "stack_trace", t->text);
	w = KEY(w, GENLOG_BSON_STR, "fingerprint");
	w = genlog_bson_text(w, t->fingerprint, sizeof(t->fingerprint) - 1);
	w = name(w, "thread", t->thread);
	out->n = (size_t)(w - out->p);
	return 0;
}
