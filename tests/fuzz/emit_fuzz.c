/*
 * Any bytes as what a program has written into its segment.  The first byte says where they go: over a good segment, a
 * piece here and there; or as a ring, as the site table, or as the flight recorder's ring.  It is read alive, then
 * dead; whatever comes of it has to be documents that MongoDB takes.
 */
#include "../plugins/emit_host.h"
#include "fuzz/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(void *arg, const char *collection, const uint8_t *bson, uint32_t n)
{
	struct genlog_buf b = {(uint8_t *)(uintptr_t)bson, n, n};

	(void)arg;
	if (!*collection)
		abort();
	fuzz_check(&b);
	fuzz_check_keys(&(struct genlog_buf){(uint8_t *)(uintptr_t)bson + 4, n - 5, 0});
}

static void fill(struct made *m)
{
	uint32_t a = made_site(m, GENLOG_SEV_INFO, "Work {order} is {state}", "cycle,user_id", "isds", "");
	uint32_t b = made_site(m, GENLOG_SEV_ERROR, "{@x} {{}}", "t,u,p", "btup", "");
	uint32_t c = made_site(m, GENLOG_SEV_INFO, "", "a.b,a.c,l.0,l.1", "issd", "daemon_execution_logs");
	uint32_t d = made_site(m, GENLOG_SEV_CRITICAL, "{signal}", "trace,registers", "sBR", "");

	made_push(m, 0, "order", "7");
	made_record(m, 0, a, "isds", 1L, "state", 1.5, "user");
	made_record(m, 0, b, "btup", 1L, 2L, 3L, 4L);
	made_record(m, 0, c, "issd", 1L, "x", "y", 2.25);
	made_record(m, 0, d, "sBR", "SIGSEGV", "0123456789abcdef", "0123456789abcdef");
	made_record(m, 1, a, "isds", 1L, "state", 1.5, "trace");
	made_ring(m, 1)->kind = GL_RING_RECORDER;
	made_head(m)->rings_used = 2;
}

/* u16 place in units of 8, u8 length, bytes */
static void patch(struct made *m, const uint8_t *p, size_t n)
{
	while (n > 3) {
		size_t at = 8 * (size_t)(p[0] | p[1] << 8), len = p[2];

		p += 3;
		n -= 3;
		if (len > n)
			len = n;
		if (at < m->n && len <= m->n - at)
			memcpy(m->p + at, p, len);
		p += len;
		n -= len;
	}
}

static void put_ring(struct made *m, uint32_t i, const uint8_t *p, size_t n)
{
	n = n < GL_RING_MIN ? n & ~(size_t)7 : GL_RING_MIN;
	made_ring(m, i)->tail = made_ring(m, i)->head = 8 * 1000;
	for (size_t k = 0; k < n; k++)
		m->p[made_head(m)->rings_at + (size_t)i * GL_RING_MIN + (8 * 1000 + k) % GL_RING_MIN] = p[k];
	made_ring(m, i)->head += n;
}

static void put_sites(struct made *m, const uint8_t *p, size_t n)
{
	n = n < MADE_SITES ? n & ~(size_t)7 : MADE_SITES;
	memcpy(m->p + made_head(m)->sites_at, p, n);
	made_head(m)->site_head = n;
}

static void read_it(struct host *h, struct made *m)
{
	struct segment *s = host_segment(h, m);
	bool found = false;

	for (int i = 0; s && i < 3; i++) {
		(void)seg_read(s, &found);
		if (poll_settle(&h->emit) < 0)
			abort();
		s->dead = i > 0;
		h->reader.blocked = false;
	}
	if (s) {
		notes_forget(s);
		host_forget(s);
	}
	genlog_turn_end(&h->in);
	host_documents(h, look, NULL);
}

static struct host h;

static void at_end(void)
{
	host_close(&h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned runs;
	struct made m;

	if (size < 2)
		return 0;
	if (runs++ % 2000 == 0) {
		if (runs > 1)
			host_close(&h);
		else
			(void)atexit(at_end);
		host_open(&h);
	}
	made_open(&m);
	fill(&m);
	switch (data[0] & 3) {
	case 0: patch(&m, data + 1, size - 1); break;
	case 1: put_ring(&m, 0, data + 1, size - 1); break;
	case 2: put_ring(&m, 1, data + 1, size - 1); break;
	default: put_sites(&m, data + 1, size - 1); break;
	}
	read_it(&h, &m);
	made_close(&m);
	return 0;
}
