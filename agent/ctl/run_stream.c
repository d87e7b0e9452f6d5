#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/run.h"

#define SAFE 4096 /* bytes that a pipe which poll() calls writable takes without waiting */

bool run_stream_is_done(const struct run_stream *s)
{
	return s->in < 0 && s->at == s->n;
}

short run_stream_wants(const struct run_stream *s, int *fd)
{
	*fd = s->at < s->n ? s->out : s->in;
	return s->at < s->n ? POLLOUT : POLLIN;
}

/* ── lines ── */

static void line(struct run_job *j, struct run_stream *s, const char *p, size_t n)
{
	static const enum genlog_severity levels[] = {[RUN_ERROR] = GENLOG_SEV_ERROR, [RUN_WARNING] = GENLOG_SEV_WARN};
	const char *text;
	size_t len;
	enum run_line kind;

	if (n && p[n - 1] == '\r')
		n--;
	kind = run_line_read(&j->records, p, n, &text, &len);
	if (kind == RUN_COUNT || !len)
		return;
	run_keep_line(
		&j->keep, kind == RUN_PLAIN ? run_line_level(text, len, s->which) : levels[kind], s->which, text, len);
}

static void end_line(struct run_job *j, struct run_stream *s)
{
	line(j, s, s->line, s->line_n);
	s->line_n = 0;
}

/* A line that lies in the buffer whole is not copied. */
static void cut(struct run_job *j, struct run_stream *s, const char *p, size_t n)
{
	while (n) {
		const char *end = memchr(p, '\n', n);
		size_t part = end ? (size_t)(end - p) : n, room = sizeof(s->line) - s->line_n;

		if (end && !s->line_n && part <= sizeof(s->line)) {
			line(j, s, p, part);
		} else {
			part = part < room ? part : room;
			end = end && p + part == end ? end : NULL;
			memcpy(s->line + s->line_n, p, part);
			s->line_n += part;
			if (end || s->line_n == sizeof(s->line))
				end_line(j, s);
		}
		p += part + (end != NULL);
		n -= part + (end != NULL);
	}
}

/* ── bytes ── */

void run_stream_close(struct run_stream *s)
{
	if (s->in >= 0)
		close(s->in);
	s->in = -1;
}

static void take(struct run_job *j, struct run_stream *s)
{
	size_t want = s->left >= 0 && (uint64_t)s->left < sizeof(s->buf) ? (size_t)s->left : sizeof(s->buf);
	ssize_t n = want ? read(s->in, s->buf, want) : 0;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		run_stream_close(s);
		if (s->line_n)
			end_line(j, s);
		return;
	}
	if (s->left >= 0)
		s->left -= n;
	s->at = 0;
	s->n = s->out_broken ? 0 : (size_t)n;
	cut(j, s, s->buf, (size_t)n);
}

static void pass(struct run_stream *s)
{
	size_t n = s->n - s->at;
	ssize_t k;

	if (!s->out_is_file && n > SAFE)
		n = SAFE;
	k = write(s->out, s->buf + s->at, n);
	if (k > 0)
		s->at += (size_t)k;
	if (k >= 0 || errno == EINTR || errno == EAGAIN)
		return;
	s->out_broken = true;
	s->at = s->n;
	if (s->which == RUN_STDOUT)
		ctl_error("run: standard output: %s; the job runs on, and is logged", strerror(errno));
}

void run_stream_go(struct run_job *j, struct run_stream *s)
{
	if (s->at < s->n)
		pass(s);
	else if (s->in >= 0)
		take(j, s);
}
