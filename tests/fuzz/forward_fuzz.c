/*
 * Any bytes as what a peer sends.  The first byte says how: with a handshake before, as a trusted peer, in which
 * pieces, and whether the rest stands as it is or as the entries of a chunk: plain, of documents, or said to be
 * compressed. Whatever comes of it has to be documents that MongoDB takes.
 */
#include "../plugins/forward_host.h"
#include "fuzz/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HANDSHAKE = 1, TRUSTED = 2, PIECES = 4, SHAPES = 24 };

static void look(void *arg, const char *collection, const uint8_t *bson, uint32_t n)
{
	struct genlog_buf b = {(uint8_t *)(uintptr_t)bson, n, n}, context;
	const uint8_t *next, *c;

	(void)arg;
	if (!*collection)
		abort();
	fuzz_check(&b);
	fuzz_check_keys(&(struct genlog_buf){(uint8_t *)(uintptr_t)bson + 4, n - 5, 0});
	c = genlog_bson_find(bson + 4, bson + n - 1, "context", 7, &next);
	if (!c || *c != GENLOG_BSON_DOC)
		return;
	context = (struct genlog_buf){(uint8_t *)(uintptr_t)c + 9 + 4, (size_t)(next - c) - 9 - 5, 0};
	fuzz_check_keys(&context);
}

/* ["genlog.c", bin, {"chunk": "x"}] */
static size_t wrap(uint8_t *to, const uint8_t *p, size_t n, unsigned shape)
{
	static const char *const tags[] = {"\xa3"
					   "abc",
		"\xa8genlog.c"};
	static const char tail[] = "\x81\xa5"
				   "chunk\xa1x";
	const char *tag = tags[shape & 1];
	size_t at = 0;

	to[at++] = 0x93;
	memcpy(to + at, tag, strlen(tag));
	at += strlen(tag);
	to[at++] = 0xc6;
	to[at++] = 0;
	to[at++] = (uint8_t)(n >> 16);
	to[at++] = (uint8_t)(n >> 8);
	to[at++] = (uint8_t)n;
	memcpy(to + at, p, n);
	at += n;
	memcpy(to + at, tail, sizeof(tail) - 1);
	return at + sizeof(tail) - 1;
}

/* In memory of exactly its size and the pad, so that a read beyond it is seen. */
static ssize_t give(struct session *s, const uint8_t *p, size_t n)
{
	char *copy = malloc(n + GENLOG_PAD);
	ssize_t r;

	memcpy(copy, p, n);
	memset(copy + n, 0xa1, GENLOG_PAD);
	r = session_feed(s, copy, n);
	free(copy);
	if (r > (ssize_t)n)
		abort();
	return r;
}

static void feed(struct session *s, const uint8_t *p, size_t n, size_t step)
{
	size_t from = 0, to = 0;

	while (to < n) {
		ssize_t r;

		to = n - to < step ? n : to + step;
		r = give(s, p + from, to - from);
		if (r < 0)
			break;
		from += (size_t)r;
	}
}

static struct host h;

static void at_end(void)
{
	host_close(&h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned runs;
	struct session s;
	uint8_t *bytes;
	size_t n;

	if (!size || size > 1 << 20)
		return 0;
	if (!runs) {
		host_open(&h);
		(void)atexit(at_end);
	} else if (runs % 4096 == 0) {
		host_crash(&h);
	}
	runs++;
	bytes = malloc(size + 64);
	n = size - 1;
	if ((data[0] & SHAPES) == 0)
		memcpy(bytes, data + 1, n);
	else
		n = wrap(bytes, data + 1, n, data[0] >> 3 & 1);
	h.intake.hello.shared_key = data[0] & HANDSHAKE ? "key" : NULL;
	h.intake.hello.self_hostname = "me";
	HOST_MUST(session_open(&s, &h.intake,
			  &(struct session_peer){
				  .name = "p", .local = data[0] & TRUSTED, .send = host_send, .arg = &h}) == 0);
	feed(&s, bytes, n, data[0] & PIECES ? 7 : n);
	(void)intake_commit(&h.intake);
	session_close(&s);
	genlog_turn_end(&h.in);
	host_documents(&h, look, NULL);
	h.answers.n = 0;
	free(bytes);
	return 0;
}
