/*
 * What the process that reads the journal says, as bytes in pieces: the decoder has to stay within them, and every
 * document that comes of it has to be one.
 */
#include "input_journald/cursor.c"
#include "input_journald/journald.h"
#undef KEY
#define digits event_digits
#include "input_journald/event.c"
#undef digits
#include "input_journald/fields.c"
#include "input_journald/names.c"
#include "input_journald/text.c"
#undef VERSION
#define wall_ms known_wall_ms
#include "input_journald/known.c"
#undef wall_ms
#define take message_take
#include "input_journald/messages.c"
#undef take

#include "base/log.h"
#include "parser.h"
#include "pipe/pipe.h"

static const struct genlog_plugin code = {GENLOG_HEAD, .kind = GENLOG_INPUT, .name = "journald"};

static void check_documents(struct spool_batch *b)
{
	const uint8_t *p = b->docs.p, *end = b->docs.n ? p + b->docs.n : p, *bson;
	uint16_t name;
	uint8_t level;
	uint32_t len;

	for (uint32_t i = 0; i < b->doc_n; i++) {
		struct genlog_buf one;

		if (!frame_next_doc(&p, end, &name, &level, &bson, &len))
			abort();
		one = (struct genlog_buf){(uint8_t *)(uintptr_t)bson, len, len};
		fuzz_check(&one);
	}
	batch_clear(b);
}

static void feed(struct journald *j, struct spool_batch *b, const uint8_t *data, size_t size, size_t step)
{
	int r = 0;

	for (size_t at = 0; at < size && r == 0; at += step) {
		size_t n = size - at < step ? size - at : step;

		j->buf = realloc(j->buf, j->n + n + GENLOG_PAD);
		memcpy(j->buf + j->n, data + at, n);
		memset(j->buf + j->n + n, 'x', GENLOG_PAD);
		j->n += n;
		r = messages_take(j);
		if (r == -EAGAIN)
			abort();
		check_documents(b);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reader reader;
	static struct genlog_input in;
	static struct journald j;

	if (size < 1)
		return 0;
	log_threshold(LOG_LEVEL_ERROR - 1);
	in.reader = &reader;
	in.plug.code = &code;
	in.collection = "system_logs";
	in.collection_len = 11;
	in.host.max_line = 4096;
	in.defaults.set = 1ULL << GENLOG_SLOT_MODULE;
	in.defaults.slot[GENLOG_SLOT_MODULE] = genlog_str("MES", 3);
	memset(&j, 0, sizeof(j));
	j.in = &in;
	j.host = &in.host;
	j.a.path = "";
	if (!genlog_lru_open(&j.sources, 4, sizeof(struct source)))
		return 0;
	feed(&j, &reader.batch, data + 1, size - 1, (size_t)data[0] * 16 + 1);
	free(j.buf);
	sources_free(&j);
	known_free(&j);
	return 0;
}
