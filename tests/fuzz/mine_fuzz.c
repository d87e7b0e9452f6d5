/*
 * Lines, or a saved state.  The first byte says which, and how many templates there may be.
 *   Lines: each one's template is looked at; then all is saved and loaded, and both miners say the same of the same
 * lines, and what shares a line's shape shares its skeleton. A state: its checksum is made good, it is loaded, and
 * lines that it never saw come after it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/crc.h"
#include "mine/memo.h"
#include "mine/mine.h"
#include "mine/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_MAX 4096

/* Holes are {} or {letters}; other braces come in pairs. */
static void look(const struct mined *d)
{
	if (d->n > TEXT_MAX || genlog_utf8_valid(d->text, d->n) != d->n || memchr(d->text, '\n', d->n))
		abort();
	for (size_t i = 0; i < d->n; i++) {
		if (d->text[i] != '{' && d->text[i] != '}')
			continue;
		if (i + 1 < d->n && d->text[i + 1] == d->text[i]) {
			i++;
			continue;
		}
		if (d->text[i++] != '{')
			abort();
		while (i < d->n && d->text[i] >= 'a' && d->text[i] <= 'z')
			i++;
		if (i == d->n || d->text[i] != '}')
			abort();
	}
}

/* Valid, with no byte to spare behind the pad; a record separator stands for a newline within a message. */
static char *message(const uint8_t *p, size_t *n)
{
	char *raw = malloc(*n + 1), *line = malloc(3 * *n + GENLOG_PAD);
	size_t len;

	for (size_t i = 0; i < *n; i++)
		raw[i] = (char)(p[i] == 0x1e ? '\n' : p[i]);
	len = genlog_utf8_repair(line, raw, *n);
	free(raw);
	line = realloc(line, len + GENLOG_PAD);
	memset(line + len, 'x', GENLOG_PAD);
	*n = len;
	return line;
}

static uint64_t key_of(const char *p, size_t n)
{
	static struct words words;
	static struct scan scan;

	if (!scan.words)
		words_init(&words);
	scan.words = &words;
	scan_line(&scan, p, n);
	return context_join(&scan);
}

/* With other digits. */
static void look_alike(char *line, size_t n)
{
	static struct memo memo;
	uint64_t key = key_of(line, n), shape = memo_shape(&memo, line, n);

	for (size_t i = 0; i < n; i++)
		if (line[i] >= '0' && line[i] <= '9')
			line[i] = (char)('0' + (line[i] - '0' + 1 + i % 9) % 10);
	if (memo_shape(&memo, line, n) == shape && shape && key_of(line, n) != key)
		abort();
}

static void each_line(struct mine *a, struct mine *b, const uint8_t *p, size_t size)
{
	const uint8_t *end = p + size;

	while (p < end) {
		const uint8_t *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl ? nl : end) - p);
		struct mined x, y;
		char *line;

		p += n + 1;
		line = message(p - n - 1, &n);
		if (mine_line(a, line, n, &x) < 0)
			abort();
		look(&x);
		if (b && (mine_line(b, line, n, &y) < 0 || x.id != y.id || x.n != y.n ||
				 memcmp(x.text, y.text, x.n) != 0 || x.fresh != y.fresh || x.widened != y.widened))
			abort();
		look_alike(line, n);
		free(line);
	}
}

static void bounded(const struct mine *m, size_t max)
{
	struct mine_stats st;

	mine_stats(m, &st);
	if (st.templates > max || (st.templates > 1 && st.bytes > max * 640))
		abort();
}

static void lines(size_t max, const uint8_t *p, size_t n)
{
	struct mine *a = mine_new(max), *b = mine_new(max);
	struct genlog_buf out = {0};

	each_line(a, NULL, p, n);
	bounded(a, max);
	if (mine_save(a, &out) < 0 || mine_load(b, out.p, out.n) < 0)
		abort();
	each_line(a, b, p, n);
	bounded(b, max);
	buf_free(&out);
	mine_free(a);
	mine_free(b);
}

static void state(size_t max, const uint8_t *p, size_t n)
{
	static const char after[] =
		"Failed password for root from 10.1.2.3 port 4711 ssh2\nsession opened for user bob\nx=1";
	struct mine *m = mine_new(max);
	uint8_t *bytes = malloc(n + 1);
	uint32_t crc;

	memcpy(bytes, p, n);
	if (n >= 4) {
		crc = crc32c(0, bytes, n - 4);
		memcpy(bytes + n - 4, &crc, 4);
	}
	if (mine_load(m, bytes, n) == 0)
		bounded(m, max);
	each_line(m, NULL, (const uint8_t *)after, sizeof(after) - 1);
	free(bytes);
	mine_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t max;

	if (!size)
		return 0;
	max = (size_t)(*data & 31) + 1;
	if (*data & 128)
		state(max, data + 1, size - 1);
	else
		lines(max, data + 1, size - 1);
	return 0;
}
