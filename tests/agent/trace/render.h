/* Traces as text, and the samples of this folder. */
#ifndef TRACE_RENDER_H
#define TRACE_RENDER_H

#include <dirent.h>

#include "base/buf.h"
#include "lib/test.h"
#include "trace/trace.h"

#define SAMPLES "tests/agent/trace/samples"
#define TEXT_MAX (1 << 16)

struct text {
	char p[TEXT_MAX + GENLOG_PAD];
	size_t n;
};

static inline void say(struct text *to, const char *label, struct trace_text s)
{
	if (s.n)
		to->n += (size_t)snprintf(to->p + to->n, TEXT_MAX - to->n, "%s%.*s\n", label, (int)s.n, s.p);
	assert_true(to->n < TEXT_MAX);
}

/* "* module | class | function | file:line:column": the star of the application's own. */
static inline void say_frame(struct text *to, const struct trace_frame *f)
{
	char number[32] = "";

	if (f->column >= 0)
		snprintf(number, sizeof(number), ":%d:%d", f->line, f->column);
	else if (f->line >= 0)
		snprintf(number, sizeof(number), ":%d", f->line);
	to->n += (size_t)snprintf(to->p + to->n, TEXT_MAX - to->n, "  %c %.*s | %.*s | %.*s | %.*s%s\n",
		f->in_app ? '*' : ' ', (int)f->module.n, f->module.p, (int)f->class_name.n, f->class_name.p,
		(int)f->function.n, f->function.p, (int)f->file.n, f->file.p, number);
	assert_true(to->n < TEXT_MAX);
}

static inline struct trace_text first_line(struct trace_text s)
{
	const char *nl = memchr(s.p, '\n', s.n);

	return (struct trace_text){s.p, nl ? (uint32_t)(nl - s.p) : s.n};
}

static inline const char *render(struct text *to, const struct trace *t)
{
	to->n = (size_t)snprintf(to->p, TEXT_MAX, "%s\n", trace_language_name(t->language));
	say(to, "begins: ", first_line(t->text));
	say(to, "type: ", t->exception_type);
	say(to, "message: ", t->error_message);
	say(to, "code: ", t->error_code);
	say(to, "thread: ", t->thread);
	for (uint32_t i = 0; i < t->n_frames; i++)
		say_frame(to, &t->frames[i]);
	for (uint32_t c = 0; c < t->n_causes; c++) {
		const struct trace_cause *cause = &t->causes[c];

		say(to, "cause: ", cause->exception_type);
		say(to, "  message: ", cause->error_message);
		for (uint32_t i = cause->first; i < cause->first + cause->n; i++)
			say_frame(to, &t->frames[i]);
	}
	return to->p;
}

static inline bool read_text(struct text *to, const char *path)
{
	FILE *f = fopen(path, "r");

	memset(to, 0, sizeof(*to));
	if (!f)
		return false;
	to->n = fread(to->p, 1, TEXT_MAX, f);
	fclose(f);
	return true;
}

/* Every sample's text, without the newline at its end, in any order. */
static inline void each_sample(void (*job)(const char *name, const struct text *t))
{
	DIR *dir = opendir(SAMPLES);
	struct dirent *e;
	size_t count = 0;
	static struct text t;

	assert_non_null(dir);
	while ((e = readdir(dir))) {
		char path[512];
		size_t n = strlen(e->d_name);

		if (n < 5 || strcmp(e->d_name + n - 4, ".txt") != 0)
			continue;
		snprintf(path, sizeof(path), SAMPLES "/%s", e->d_name);
		assert_true(read_text(&t, path));
		t.n -= t.n && t.p[t.n - 1] == '\n';
		job(e->d_name, &t);
		count++;
	}
	closedir(dir);
	assert_true(count > 40);
}

#endif
