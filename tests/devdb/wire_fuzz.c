/*
 * libFuzzer: bytes as a message, through the parser, the walk over its documents, and the answer.
 *
 *	clang -fsanitize=fuzzer,address … tests/devdb/wire_fuzz.c contrib/devdb/{wire,pack,batch,reject}.c
 */
#include <stdint.h>
#include <stdlib.h>

#include "batch.h"
#include "reject.h"
#include "wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void answer(const struct wire_msg *m)
{
	static const uint8_t empty[] = {5, 0, 0, 0, 0};
	struct wire_frame f;

	if (wire_frame_init(&f, m, 1, empty, sizeof(empty)) == 0 && f.part[0].iov_len < WIRE_HEADER)
		abort();
	wire_frame_fini(&f);
}

static void screen(const struct wire_msg *m, struct rejects *rules)
{
	struct batch b = {0};
	uint8_t *rest;
	size_t n;

	if (batch_read(&b, m) == 0) {
		batch_screen(&b, rules, false);
		rest = batch_join(&b, &n);
		if (n > b.bytes)
			abort();
		free(rest);
	}
	batch_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct reject rule = {.field = "a.b", .value = "x", .code = 121};
	struct rejects rules = {.rule = {{.code = 0}}};
	struct wire_msg m;

	if (size < WIRE_HEADER || wire_length(data) < 0)
		return 0;
	rejects_init(&rules);
	rejects_add(&rules, &rule);
	if (wire_parse(&m, data, size) == 0) {
		screen(&m, &rules);
		answer(&m);
	}
	wire_msg_fini(&m);
	rejects_fini(&rules);
	return 0;
}
