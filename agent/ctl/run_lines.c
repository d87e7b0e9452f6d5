#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "ctl/run.h"

#define FILE_MOST ((size_t)1 << 20)
#define LOOK_AT 64 /* bytes of a line in which its level is looked for */

static const char prefix[] = "GENLOG_";

static const struct {
	const char *name;
	size_t at; /* of the number */
} counts[] = {
	{"RECORDS_ATTEMPTED", offsetof(struct run_records, attempted)},
	{"RECORDS_PROCESSED", offsetof(struct run_records, processed)},
	{"RECORDS_FAILED", offsetof(struct run_records, failed)},
	{"RECORDS_SKIPPED", offsetof(struct run_records, skipped)},
};

static bool read_number(const char *p, size_t n, uint64_t *out)
{
	uint64_t v = 0;

	if (!n || n > 18)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		v = 10 * v + (uint64_t)(p[i] - '0');
	}
	*out = v;
	return true;
}

void run_text_add(struct run_texts *t, const char *p, size_t n)
{
	if (t->n < RUN_TEXTS)
		snprintf(t->text[t->n], sizeof(t->text[0]), "%.*s", (int)(n > RUN_TEXT_MAX ? RUN_TEXT_MAX : n), p);
	t->n++;
}

static bool is_name(const char *p, size_t n, const char *name)
{
	return strlen(name) == n && memcmp(p, name, n) == 0;
}

static enum run_line read_count(struct run_records *r, const char *name, size_t name_n, const char *p, size_t n)
{
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		if (is_name(name, name_n, counts[i].name) &&
			read_number(p, n, (uint64_t *)((char *)r + counts[i].at))) {
			r->told = true;
			r->has_attempted |= i == 0;
			return RUN_COUNT;
		}
	return RUN_PLAIN;
}

enum run_line run_line_read(struct run_records *r, const char *p, size_t n, const char **text, size_t *len)
{
	const char *name = p + sizeof(prefix) - 1, *equals;

	*text = p;
	*len = n;
	if (n < sizeof(prefix) || memcmp(p, prefix, sizeof(prefix) - 1) != 0 || !(equals = memchr(p, '=', n)))
		return RUN_PLAIN;
	*text = equals + 1;
	*len = (size_t)(p + n - *text);
	while (*len && ((*text)[*len - 1] == ' ' || (*text)[*len - 1] == '\r'))
		--*len;
	if (is_name(name, (size_t)(equals - name), "ERROR")) {
		run_text_add(&r->errors, *text, *len);
		return RUN_ERROR;
	}
	if (is_name(name, (size_t)(equals - name), "WARNING")) {
		run_text_add(&r->warnings, *text, *len);
		return RUN_WARNING;
	}
	if (read_count(r, name, (size_t)(equals - name), *text, *len) == RUN_COUNT)
		return RUN_COUNT;
	*text = p;
	*len = n;
	return RUN_PLAIN;
}

/* ── levels ── */

static const struct {
	const char *word;
	enum genlog_severity level;
} words[] = {
	{"DEBUG", GENLOG_SEV_DEBUG},
	{"INFO", GENLOG_SEV_INFO},
	{"WARN", GENLOG_SEV_WARN},
	{"WARNING", GENLOG_SEV_WARN},
	{"ERROR", GENLOG_SEV_ERROR},
	{"CRITICAL", GENLOG_SEV_CRITICAL},
	{"FATAL", GENLOG_SEV_CRITICAL},
};

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* In capitals, or between brackets: "error" within a sentence says nothing. */
static int level_of_word(const char *p, size_t n, bool in_brackets)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strlen(words[i].word) == n && (in_brackets ? strncasecmp : strncmp)(p, words[i].word, n) == 0)
			return (int)words[i].level;
	return 0;
}

enum genlog_severity run_line_level(const char *p, size_t n, enum run_stream_of stream)
{
	size_t most = n < LOOK_AT ? n : LOOK_AT;

	for (size_t i = 0, end; i < most; i = end + 1) {
		bool brackets;
		int level;

		for (end = i; end < n && is_letter(p[end]); end++)
			;
		if (end - i < 4) /* no word of ours */
			continue;
		brackets = i > 0 && end < n && strchr("[<(", p[i - 1]) && strchr("]>)", p[end]);
		level = level_of_word(p + i, end - i, brackets);
		if (level && (end == n || p[end] != '_'))
			return (enum genlog_severity)level;
	}
	return stream == RUN_STDERR ? GENLOG_SEV_WARN : GENLOG_SEV_INFO;
}

/* ── a file of them ── */

static void read_lines(struct run_records *r, const char *p, size_t n)
{
	const char *text;
	size_t len;

	while (n) {
		const char *end = memchr(p, '\n', n);
		size_t line = end ? (size_t)(end - p) : n;

		(void)run_line_read(r, p, line, &text, &len);
		line += end != NULL;
		p += line;
		n -= line;
	}
}

int run_records_read(struct run_records *r, const char *path)
{
	static char bytes[FILE_MOST];
	int fd = io_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0);
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return fd;
	n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? io_read(fd, bytes, sizeof(bytes), 0) : -EINVAL;
	close(fd);
	if (n > 0)
		read_lines(r, bytes, (size_t)n);
	return n < 0 ? (int)n : 0;
}
