/* Lines of one source, for parsers that remember something from line to line. */
#ifndef PLUGINS_SOURCED_H
#define PLUGINS_SOURCED_H

#include "hostile.h"

struct sourced {
	struct bench b;
	void *memory;
};

static void sourced_begin(struct sourced *s)
{
	size_t n = s->b.plug.code->source_size;

	free(s->memory);
	s->memory = calloc(1, n);
	assert_non_null(s->memory);
}

static void sourced_open(struct sourced *s, const char *parser, const char *settings)
{
	bench_open(&s->b, GENLOG_PARSER, parser, settings);
	if (s->b.opened < 0)
		fail_msg("%s", s->b.config.said);
	sourced_begin(s);
}

static void sourced_close(struct sourced *s)
{
	bench_close(&s->b);
	free(s->memory);
	s->memory = NULL;
}

static int sourced_parse(struct sourced *s, const char *line)
{
	bench_line(&s->b, line);
	s->b.rec.source = s->memory;
	return s->b.plug.code->parse(s->b.plug.state, &s->b.rec);
}

static void sourced_header(struct sourced *s, const char *line)
{
	assert_int_equal(sourced_parse(s, line), GENLOG_HEADER);
}

static void sourced_fields(struct sourced *s, const char *line, const char *fields)
{
	assert_int_equal(sourced_parse(s, line), GENLOG_PARSED);
	assert_string_equal(bench_fields(&s->b), fields);
}

#endif
