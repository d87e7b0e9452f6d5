/*
 * filter hang, for tests: an event whose message is "hang" waits until somebody writes into a FIFO, and its reader with
 * it.  Built by http.sh.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <genlog/plugin.h>

struct hang {
	const char *fifo;
};

static const struct genlog_opt opts[] = {
	GENLOG_STR(struct hang, fifo, .required = true, .help = "who writes into it lets the event go on"),
	{0},
};

static enum genlog_verdict hang_filter(void *self, struct genlog_record *rec)
{
	const struct hang *h = self;
	struct genlog_value message;
	int fd;

	if (!genlog_get(rec, "message", &message) || message.n != 4 || memcmp(message.u.p, "hang", 4) != 0)
		return GENLOG_KEEP;
	fd = open(h->fifo, O_RDONLY | O_CLOEXEC); /* returns when there is a writer */
	if (fd >= 0)
		close(fd);
	return GENLOG_KEEP;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_FILTER,
	.name = "hang",
	.summary = "for tests: waits",
	.state_size = sizeof(struct hang),
	.opts = opts,
	.filter = hang_filter,
};
