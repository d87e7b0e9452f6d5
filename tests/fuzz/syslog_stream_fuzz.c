/* A stream of syslog messages as bytes: the first says in what pieces it arrives.  No byte is taken twice or left. */
#include "input_syslog/frames.c"

#include <stdlib.h>

#define MAX 100

struct sum {
	uint64_t used, messages;
};

static void check(const struct frame *f, const char *p, size_t n)
{
	if (f->used > n || f->n > (f->cut ? MAX : MAX + 16))
		abort();
	if (f->what == FRAME_MESSAGE && (!f->used || f->p < p || f->p + f->n > p + n))
		abort();
}

static struct sum feed(const char *all, size_t n, size_t step)
{
	struct frames f = {0};
	struct sum s = {0};
	size_t there = 0;

	do {
		struct frame out;

		there = n - there > step ? there + step : n;
		do {
			char *copy = malloc(there - s.used + 1); /* so that reading beyond it shows */

			memcpy(copy, all + s.used, there - s.used);
			frame_next(&f, copy, there - s.used, there == n, MAX, &out);
			check(&out, copy, there - s.used);
			free(copy);
			s.used += out.used;
			s.messages += out.what == FRAME_MESSAGE;
		} while (out.used && s.used < there);
	} while (there < n);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sum whole, pieces;

	if (size < 2)
		return 0;
	whole = feed((const char *)data + 1, size - 1, size);
	pieces = feed((const char *)data + 1, size - 1, data[0] + 1U);
	if (whole.used != size - 1 || pieces.used != size - 1 || whole.messages != pieces.messages)
		abort();
	return 0;
}
