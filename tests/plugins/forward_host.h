/*
 * The agent's side of input forward, with a spool in memory: bytes go into a session, documents and answers come out.
 */
#ifndef PLUGINS_FORWARD_HOST_H
#define PLUGINS_FORWARD_HOST_H

#include "../../plugins/input_forward/forward.h"

#define HOST_NAME "forward"
#define HOST_SPOOL (64 << 20)
#define HOST_STATE                                                                                                     \
	struct intake intake;                                                                                          \
	struct genlog_buf answers;                                                                                     \
	size_t sends, commits;                                                                                         \
	bool deaf; /* sending fails */
#define HOST_END(h) free((h)->answers.p)
#include "plugin_host.h"

static __attribute__((unused)) int host_send(void *arg, const void *p, size_t n)
{
	struct host *h = arg;

	if (h->deaf)
		return -EPIPE;
	h->sends++;
	return buf_append(&h->answers, p, n);
}

static void host_plugin_open(struct host *h)
{
	h->intake = (struct intake){.in = &h->in,
		.chunk_limit = 1 << 20,
		.inflated_limit = 4 << 20,
		.max_line = 4096,
		.document_tag = "genlog"};
	HOST_MUST(intake_open(&h->intake) == 0 && notes_open(&h->intake.notes, 16) == 0);
	HOST_MUST(notes_load(&h->intake.notes, &h->in) == 0);
}

static void host_plugin_close(struct host *h)
{
	intake_close(&h->intake);
}

#endif
