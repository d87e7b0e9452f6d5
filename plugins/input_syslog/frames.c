#include "frames.h"

#include <string.h>

#define DIGITS 9
#define BLANKS 8  /* before a message; more are a line's own */
#define ABSURD 16 /* times the limit */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Some senders end a counted message by a newline all the same, and some put blanks behind one. */
static size_t between(const char *p, size_t n)
{
	size_t i = 0, blanks;

	while (i < n && (p[i] == '\n' || p[i] == '\r' || p[i] == 0))
		i++;
	for (blanks = i; blanks < n && blanks - i < BLANKS && p[blanks] == ' '; blanks++)
		;
	return blanks < n && (p[blanks] == '<' || is_digit(p[blanks])) ? blanks : i;
}

/* Nothing but what may stand before a message, or be its length: whose it is shows with the next byte. */
static bool is_open(const char *p, size_t n)
{
	size_t i = 0, digits = 0;

	while (i < n && i < BLANKS && p[i] == ' ')
		i++;
	while (i < n && digits <= DIGITS && is_digit(p[i])) {
		i++;
		digits++;
	}
	return digits <= DIGITS && (i == n || (digits && p[i] == ' ' && i + 1 == n));
}

enum head { HEAD_LINE, HEAD_COUNTED };

/*
 * "123 <": digits, a blank, and a message as all of them begin.  After a counted one the next is believed to be counted
 * without that.
 */
static enum head read_head(const struct frames *f, const char *p, size_t n, size_t *length, size_t *at)
{
	size_t i = 0, sum = 0;

	while (i < n && i <= DIGITS && is_digit(p[i]))
		sum = 10 * sum + (size_t)(p[i++] - '0');
	if (!i || i > DIGITS || i + 1 >= n || p[i] != ' ')
		return HEAD_LINE;
	if (!f->counted && p[i + 1] != '<')
		return HEAD_LINE;
	*length = sum;
	*at = i + 1;
	return HEAD_COUNTED;
}

/* "0 ", a message of no bytes: only among others that are counted, for a line may begin so. */
static size_t nothing(const struct frames *f, const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && i < DIGITS && p[i] == '0')
		i++;
	if (!i || i + 1 >= n || p[i] != ' ')
		return 0;
	return f->counted || p[i + 1] == '<' || is_digit(p[i + 1]) ? i + 1 : 0;
}

static size_t trim(const char *p, size_t n)
{
	while (n && (p[n - 1] == '\n' || p[n - 1] == '\r' || p[n - 1] == 0))
		n--;
	return n;
}

static void counted(
	struct frames *f, const char *p, size_t n, size_t from, size_t length, size_t max, bool end, struct frame *out)
{
	size_t have = n - from, want = length < max ? length : max;

	out->p = p + from;
	out->raw = from + length;
	if (have < want && !end)
		return;
	out->what = FRAME_MESSAGE;
	out->n = have < want ? have : want;
	out->cut = out->n < length;
	out->used = have < length ? n : from + length;
	f->skip = have < length && !end ? length - have : 0;
	f->counted = true;
	if (!out->cut)
		out->n = trim(out->p, out->n);
}

static const char *find_end(const char *p, size_t n)
{
	const char *nl = memchr(p, '\n', n), *nul = memchr(p, 0, nl ? (size_t)(nl - p) : n);

	return nul ? nul : nl;
}

static void line(struct frames *f, const char *p, size_t n, size_t max, bool end, struct frame *out)
{
	const char *stop = f->scanned < n ? find_end(p + f->scanned, n - f->scanned) : NULL;
	size_t length = stop ? (size_t)(stop - p) : n;

	out->p = p;
	f->scanned = length;
	if (!stop && !end && length <= max)
		return;
	f->scanned = 0;
	f->counted = false;
	out->what = FRAME_MESSAGE;
	out->cut = length > max;
	out->n = out->cut ? max : trim(p, length);
	out->raw = length + (stop != NULL);
	out->used = length + (stop != NULL);
	f->skip_line = out->cut && !stop && !end;
}

static void skip_line(struct frames *f, const char *p, size_t n, bool end, struct frame *out)
{
	const char *stop = find_end(p, n);

	out->used = stop ? (size_t)(stop - p) + 1 : n;
	f->skipped += out->used;
	if (!stop && !end)
		return;
	out->what = FRAME_REST;
	out->raw = f->skipped;
	f->skipped = 0;
	f->skip_line = false;
}

static void skip_counted(struct frames *f, size_t n, struct frame *out)
{
	out->used = n < f->skip ? n : (size_t)f->skip;
	f->skip -= out->used;
}

void frame_next(struct frames *f, const char *p, size_t n, bool end, size_t max, struct frame *out)
{
	size_t length = 0, at = 0, gap;
	enum head h;

	*out = (struct frame){.what = FRAME_MORE};
	if (f->skip) {
		skip_counted(f, n, out);
		return;
	}
	if (f->skip_line) {
		if (n || end)
			skip_line(f, p, n, end, out);
		return;
	}
	if (!f->scanned && !end && n <= max && is_open(p, n))
		return;
	gap = f->scanned ? 0 : between(p, n);
	if (gap || !n) {
		out->used = gap;
		return;
	}
	out->used = f->scanned ? 0 : nothing(f, p, n);
	out->bad = out->used > 0;
	if (out->bad)
		return;
	h = f->scanned ? HEAD_LINE : read_head(f, p, n, &length, &at);
	if (h == HEAD_COUNTED && (!length || length / ABSURD > max)) {
		out->bad = true;
		h = HEAD_LINE;
	}
	if (h == HEAD_COUNTED)
		counted(f, p, n, at, length, max, end, out);
	else if (h == HEAD_LINE)
		line(f, p, n, max, end, out);
}
