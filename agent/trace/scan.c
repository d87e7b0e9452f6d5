#include "trace/scan.h"

/* Kept for each exception further in, so that an outer one with very many frames does not take all. */
#define SHARE 8

static void begin_at(struct trace_scan *s, const char *p)
{
	if (!s->begin)
		s->begin = p;
}

void scan_begins(struct trace_scan *s, const char *p)
{
	begin_at(s, p);
}

/* A chain that is too long keeps its later ones, which are further out; of others the first are kept. */
static bool make_room(struct trace_scan *s, enum scan_kind kind)
{
	if (s->n < SCAN_EXCEPTIONS)
		return true;
	if (kind != SCAN_CHAIN || !s->exceptions[0].chain)
		return false;
	memmove(s->exceptions, s->exceptions + 1, (SCAN_EXCEPTIONS - 1) * sizeof(*s->exceptions));
	s->n--;
	return true;
}

void scan_exception(struct trace_scan *s, enum scan_kind kind, struct trace_text type, struct trace_text message)
{
	if (s->keeping)
		return;
	begin_at(s, type.n ? type.p : s->line.p);
	s->frame = NULL;
	s->message_left = 0;
	if (!make_room(s, kind)) {
		s->current = -1;
		return;
	}
	s->current = s->n++;
	s->exceptions[s->current] = (struct scan_exception){.type = type, .message = message, .chain = kind};
}

void scan_message_opens(struct trace_scan *s)
{
	s->message_left = SCAN_MESSAGE_LINES;
}

void scan_message_ends(struct trace_scan *s)
{
	s->message_left = 0;
}

void scan_message_more(struct trace_scan *s, struct trace_text line)
{
	struct trace_text *m;

	if (s->keeping || s->current < 0 || s->message_left <= 0)
		return;
	s->message_left--;
	line = slice_trim(line);
	m = &s->exceptions[s->current].message;
	if (!line.n)
		return;
	*m = m->n ? slice(m->p, slice_end(line)) : line;
}

/* The frame told before is complete: it counts for the fingerprint. */
static void flush(struct trace_scan *s)
{
	if (s->frame && s->keeping) {
		s->frame->in_app = trace_in_app(s->t->language, s->frame);
		trace_keys_add(s, s->current, s->frame);
	}
	s->frame = NULL;
}

void scan_frame_ends(struct trace_scan *s)
{
	flush(s);
}

static void locate(struct trace_scan *s)
{
	struct scan_exception *e = &s->exceptions[s->current];

	if (!e->count++) {
		e->where = s->line;
		e->state = s->state;
	}
	e->where = slice(e->where.p, slice_end(s->line));
}

struct trace_frame *scan_frame(struct trace_scan *s)
{
	struct trace *t = s->t;
	bool kept = s->keeping && s->seen >= s->skip && s->seen - s->skip < s->room && t->all_frames < TRACE_FRAMES;

	flush(s);
	s->message_left = 0;
	begin_at(s, s->line.p);
	if (!s->keeping && s->current >= 0)
		locate(s);
	s->seen++;
	s->frame = kept ? &t->frames[t->all_frames++] : &s->spare;
	*s->frame = (struct trace_frame){.line = -1, .column = -1};
	return s->frame;
}

void scan_outward(struct trace_scan *s)
{
	if (s->keeping)
		return;
	s->frame = NULL;
	if (s->current > 0)
		s->current--;
}

void scan_split(struct trace_text name, struct trace_frame *f)
{
	const char *dot = slice_rchr(name, '.');

	if (dot && dot > name.p && dot[-1] == '.')
		dot--;
	f->function = dot ? slice(dot + 1, slice_end(name)) : name;
	f->class_name = dot ? slice(name.p, dot) : slice(name.p, name.p);
}

void scan_headless(struct trace_scan *s)
{
	struct trace_text type = {0}, message = {0};

	if (s->n || s->keeping)
		return;
	if (shape_embedded(s->before, &type, &message))
		begin_at(s, type.p);
	begin_at(s, s->line.p);
	scan_exception(s, SCAN_CAUSE, type, message);
}

/* A frame may go on over the next line, which then belongs to the same exception. */
static void feed(struct trace_scan *s, struct trace_text text)
{
	struct trace_text line;

	while (slice_line(&text, &line)) {
		struct trace_frame *told = s->frame;

		s->line = line;
		s->reader->line(s, line);
		if (!s->keeping && s->current >= 0 && s->frame && s->frame == told)
			s->exceptions[s->current].where = slice(s->exceptions[s->current].where.p, slice_end(line));
		if (slice_trim(line).n)
			s->before = line;
	}
}

static void reverse(struct trace_frame *f, uint32_t n)
{
	for (uint32_t i = 0; i + 1 < n - i; i++) {
		struct trace_frame swap = f[i];

		f[i] = f[n - 1 - i];
		f[n - 1 - i] = swap;
	}
}

static uint32_t frames_of(struct trace_scan *s, int i, uint32_t room)
{
	const struct scan_exception *e = &s->exceptions[i];
	uint32_t first = s->t->all_frames;

	s->current = i;
	s->seen = 0;
	s->room = room;
	s->skip = s->reversed && e->count > room ? e->count - room : 0;
	s->state = e->state;
	s->frame = NULL;
	feed(s, e->where);
	flush(s);
	if (s->reversed)
		reverse(s->t->frames + first, s->t->all_frames - first);
	return s->t->all_frames - first;
}

/* Outermost first: of those that were told inwards out the last, then the others as they came. */
static int in_order(const struct trace_scan *s, int *order)
{
	int n = 0;

	for (int i = s->n - 1; i >= 0; i--)
		if (s->exceptions[i].chain == SCAN_CHAIN)
			order[n++] = i;
	for (int i = 0; i < s->n; i++)
		if (s->exceptions[i].chain != SCAN_CHAIN)
			order[n++] = i;
	return n;
}

static uint32_t share(const struct trace_scan *s, int behind)
{
	uint32_t left = TRACE_FRAMES - s->t->all_frames, others = SHARE * (uint32_t)behind;

	return left > others ? left - others : 0;
}

static void keep(struct trace_scan *s)
{
	int order[SCAN_EXCEPTIONS];
	int n = in_order(s, order);
	struct trace *t = s->t;

	s->keeping = true;
	for (int i = 0; i < n; i++) {
		const struct scan_exception *e = &s->exceptions[order[i]];
		uint32_t first = t->all_frames, count = frames_of(s, order[i], share(s, n - 1 - i));

		if (i == 0) {
			t->exception_type = e->type;
			t->error_message = slice_trim(e->message);
			t->n_frames = count;
			continue;
		}
		t->causes[t->n_causes++] = (struct trace_cause){e->type, slice_trim(e->message), first, count};
	}
}

void scan_run(struct trace_scan *s, const struct trace_reader *reader, struct trace_text text)
{
	s->reader = reader;
	s->reversed = reader->reversed;
	s->end = slice_end(text);
	s->current = -1;
	s->state.place = (struct trace_frame){.line = -1, .column = -1};
	feed(s, text);
	if (reader->finish)
		reader->finish(s);
	s->t->text = slice_trim(slice(s->begin ? s->begin : text.p, s->end));
	keep(s);
}
