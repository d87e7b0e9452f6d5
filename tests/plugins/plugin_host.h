/*
 * The agent's side of an input, with a spool in memory; documents come out.  For tests and fuzzers of inputs that are
 * called without a socket; what cannot be ends the process.
 *
 * The includer defines HOST_NAME, HOST_SPOOL (bytes), HOST_STATE (members of struct host), HOST_END(h) (what they leave
 * behind), and then host_plugin_open() and host_plugin_close().
 */
#ifndef PLUGINS_PLUGIN_HOST_H
#define PLUGINS_PLUGIN_HOST_H

#include <bson/bson.h>
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "event/record.h"
#include "pipe/pipe.h"

#define HOST_MUST(x)                                                                                                   \
	do {                                                                                                           \
		if (!(x))                                                                                              \
			abort();                                                                                       \
	} while (0)

struct host {
	char folder[64];
	struct spool *spool;
	struct reader reader;
	struct genlog_input in;
	int64_t max_size;
	HOST_STATE
};

static const struct genlog_plugin host_plugin = {GENLOG_HEAD, .kind = GENLOG_INPUT, .name = HOST_NAME};

static void host_plugin_open(struct host *h);
static void host_plugin_close(struct host *h);

static void host_timer(void *arg)
{
	(void)arg;
}

static void host_spool_open(struct host *h)
{
	struct spool_conf conf = {.path = h->folder, .max_size = h->max_size, .sync_ms = SPOOL_SYNC_NEVER};
	struct genlog_err err;

	HOST_MUST(spool_open(&h->spool, &conf, &err) == 0);
	h->reader.spool = h->spool;
}

static void host_open(struct host *h)
{
	*h = (struct host){.max_size = HOST_SPOOL, .folder = "/dev/shm/genlog-" HOST_NAME "-XXXXXX"};
	HOST_MUST(mkdtemp(h->folder));
	HOST_MUST(loop_open(&h->reader.loop) == 0);
	h->reader.again = loop_timer(&h->reader.loop, host_timer, h);
	h->in.reader = &h->reader;
	h->in.plug.code = &host_plugin;
	h->in.collection = "system_logs";
	h->in.collection_len = 11;
	h->in.host.max_line = 4096;
	h->in.host.node_id = "n1";
	h->in.defaults.set = 1ULL << GENLOG_SLOT_MODULE;
	h->in.defaults.slot[GENLOG_SLOT_MODULE] = genlog_str("M", 1);
	h->in.defaults.id_seed = doc_seed("system_logs");
	host_spool_open(h);
	host_plugin_open(h);
}

static void host_remove_files(const struct host *h)
{
	DIR *d = opendir(h->folder);
	const struct dirent *e;

	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			(void)unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
}

static __attribute__((unused)) void host_close(struct host *h)
{
	host_plugin_close(h);
	spool_close(h->spool);
	loop_close(&h->reader.loop);
	batch_fini(&h->reader.batch);
	record_fini(&h->reader.rec);
	buf_free(&h->reader.elements);
	free(h->reader.trace);
	HOST_END(h);
	host_remove_files(h);
	(void)rmdir(h->folder);
}

/* As after kill -9: what was in the frame under construction is gone, and so is all that was only remembered. */
static __attribute__((unused)) void host_crash(struct host *h)
{
	batch_clear(&h->reader.batch);
	host_plugin_close(h);
	spool_close(h->spool);
	h->reader.blocked = false;
	host_spool_open(h);
	host_plugin_open(h);
}

typedef void host_doc_fn(void *arg, const char *collection, const uint8_t *bson, uint32_t n);

static void host_frame(const struct spool_frame *f, host_doc_fn *fn, void *arg)
{
	char names[BATCH_NAMES][80];
	const uint8_t *p, *end, *bson;
	const struct frame_body *b = &f->body;
	const char *name;
	size_t len, n = 0;
	uint16_t i;
	uint8_t level;
	uint32_t size;

	HOST_MUST(!f->contradicts);
	p = b->name_p;
	end = p + b->name_len;
	for (; frame_next_name(&p, end, &name, &len); n++) {
		HOST_MUST(n < BATCH_NAMES && len < sizeof(names[0]));
		memcpy(names[n], name, len);
		names[n][len] = 0;
	}
	p = b->doc_p;
	end = p + b->doc_len;
	while (frame_next_doc(&p, end, &i, &level, &bson, &size)) {
		HOST_MUST(i < n && level <= GENLOG_LEVEL_CRITICAL);
		fn(arg, names[i], bson, size);
	}
	HOST_MUST(p == end);
}

/* All that was taken, and is in the spool. */
static __attribute__((unused)) void host_documents(struct host *h, host_doc_fn *fn, void *arg)
{
	struct take_limits l = {.docs = 1 << 20, .bytes = 32 << 20};
	struct spool_take t = {0};

	while (spool_take(h->spool, &t, &l) == 1) {
		for (unsigned i = 0; i < t.frames; i++)
			host_frame(&t.frame[i], fn, arg);
		HOST_MUST(spool_ack(h->spool, &t) == 0);
	}
	spool_take_fini(&t);
}

#endif
