/*
 * Which parser reads an event.
 *
 * An input has one parser, or with `auto` several to choose from.  A source keeps the one that read its lines last, so
 * that a line costs one try; what that one does not know is offered to the others, surest first, and when another has
 * read so many lines in a row, the source is its.  No choice is final, and a line that nobody knows is shipped as it
 * is.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/count.h"
#include "event/record.h"
#include "pipe/inner.h"
#include "pipe/parse.h"

#define RIVAL_LINES 4

const char *const auto_parsers[AUTO_PARSERS] = {
	"json", "w3c", "access", "syslog", "haproxy", "ltsv", "logfmt", "text", NULL};

void parse_as_text(struct genlog_record *rec, const char *why)
{
	rec->set = 0;
	rec->context.n = 0;
	rec->parse_error = why;
	genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, genlog_str(rec->line, rec->len));
}

const char *const auto_wrappers[] = {"docker", "cri", NULL};

/* Formats that a parser of another name reads. */
static const struct {
	const char *format, *parser;
} aliases[] = {{"log4j", "text"}, {"logback", "text"}, {"java", "text"}, {"jul", "text"}, {"python", "text"},
	{"rails", "text"}, {"dotnet", "text"}, {"go", "text"}, {"rust", "text"}, {"glog", "text"}, {"klog", "text"},
	{"redis", "text"}, {"postgresql", "text"}, {"mysql", "text"}, {"mariadb", "text"}, {"nginx_error", "text"},
	{"apache_error", "text"}, {"kernel", "text"}, {"cbs", "text"}, {"nginx", "access"}, {"apache", "access"},
	{"combined", "access"}, {"common", "access"}, {"mongodb", "json"}, {"slog", "logfmt"}, {"iis", "w3c"},
	{"rfc3164", "syslog"}, {"rfc5424", "syslog"}, {"kubernetes", "cri"}, {"keyvalue", "logfmt"}, {"tsv", "csv"}};

const char *parse_alias(const char *format)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(*aliases); i++)
		if (strcmp(aliases[i].format, format) == 0)
			return aliases[i].parser;
	return format;
}

static struct plug *parser(const struct genlog_input *in, unsigned k)
{
	return &in->parsers[k - 1];
}

/* What a parser remembers of a source, and a place for those that only try. */
static void *memory_of(struct genlog_source *src, unsigned k)
{
	struct genlog_input *in = src->in;
	size_t n = parser(in, k)->code->source_size;

	if (!n)
		return NULL;
	if (k == src->parser && src->memory)
		return src->memory;
	memset(in->scratch, 0, n);
	return in->scratch;
}

/* From now on the source is this parser's, and what it has just learned stays. */
static int give_to(struct genlog_source *src, unsigned k)
{
	size_t n = parser(src->in, k)->code->source_size;
	void *memory = n ? mem_calloc(1, n) : NULL;

	if (n && !memory)
		return -ENOMEM;
	if (n)
		memcpy(memory, src->in->scratch, n);
	free(src->memory);
	src->memory = memory;
	src->parser = (uint8_t)k;
	src->rival_lines = 0;
	return 0;
}

/* What follows the first line belongs to the message, for parsers that read one line. */
static int join_rest(struct genlog_record *rec, size_t first)
{
	struct genlog_value *v = &rec->slot[GENLOG_SLOT_MESSAGE];
	size_t more = rec->len - first;
	char *p;

	if (!(rec->set >> GENLOG_SLOT_MESSAGE & 1) || v->type != GENLOG_V_STR)
		return 0;
	if (v->u.p >= rec->line && v->u.p + v->n <= rec->line + first &&
		rec->line + first - (v->u.p + v->n) < 16) { /* it stands at the line's end: blanks between are kept */
		v->n = (uint32_t)(rec->line + rec->len - v->u.p);
		return 0;
	}
	p = genlog_rec_alloc(rec, v->n + more + GENLOG_PAD);
	if (!p)
		return -ENOMEM;
	memcpy(p, v->u.p, v->n);
	memcpy(p + v->n, rec->line + first, more);
	v->u.p = p;
	v->n += (uint32_t)more;
	return 0;
}

static int try(struct genlog_source *src, struct genlog_record *rec, unsigned k, size_t first)
{
	const struct plug *p = parser(src->in, k);
	size_t len = rec->len;
	int r;

	rec->source = memory_of(src, k);
	if (len > first && p->code->flags & GENLOG_PARSER_FIRST)
		rec->len = first;
	r = p->code->parse(p->state, rec);
	if (r == GENLOG_PARSED && rec->len < len) {
		rec->len = len;
		r = join_rest(rec, first);
	}
	rec->len = len;
	src->read_by = r == GENLOG_NO_MATCH ? 0 : (uint8_t)k;
	return r == GENLOG_PARSED && p->code->flags & GENLOG_PARSER_OUTER ? inner_parse(src, rec) : r;
}

/* Without a trace of who tried before. */
static void begin_again(struct genlog_record *rec)
{
	rec->set = 0;
	rec->context.n = 0;
	rec->parse_error = NULL;
}

static unsigned surest(const struct genlog_input *in, const struct genlog_record *rec, size_t first, uint32_t tried)
{
	unsigned best = 0;
	int score = 0;

	for (unsigned k = 1; k <= in->n_parsers; k++) {
		const struct plug *p = parser(in, k);
		int s = tried >> k & 1 ? 0 : p->code->looks(p->state, rec->line, first);

		if (s > score) {
			score = s;
			best = k;
		}
	}
	return best;
}

static int win(struct genlog_source *src, unsigned k, bool header)
{
	if (k != src->rival) {
		src->rival = (uint8_t)k;
		src->rival_lines = 0;
	}
	src->rival_lines++;
	return !src->parser || header || src->rival_lines >= RIVAL_LINES ? give_to(src, k) : 0;
}

static int choose(struct genlog_source *src, struct genlog_record *rec, size_t first)
{
	const struct genlog_input *in = src->in;
	uint32_t tried = src->parser ? 1U << src->parser : 0;
	unsigned k;
	int r;

	while ((k = surest(in, rec, first, tried)) != 0) {
		begin_again(rec);
		r = try(src, rec, k, first);
		if (r < 0)
			return r;
		if (r != GENLOG_NO_MATCH) {
			int e = win(src, k, r == GENLOG_HEADER);

			return e < 0 ? e : r;
		}
		tried |= 1U << k;
	}
	return GENLOG_NO_MATCH;
}

static int unknown(struct genlog_source *src, struct genlog_record *rec, const char *why)
{
	if (!src->parser) { /* text of no format at all, and nothing is wrong with it */
		parse_as_text(rec, NULL);
		return 0;
	}
	parse_as_text(rec, why ? why : "the line is in no known format, unlike those before it");
	count_unparsed(src);
	return 0;
}

static int parse_auto(struct genlog_source *src, struct genlog_record *rec, size_t first)
{
	const char *why = NULL;
	int r = GENLOG_NO_MATCH;

	if (src->parser) {
		r = try(src, rec, src->parser, first);
		why = rec->parse_error;
	}
	if (r != GENLOG_NO_MATCH) {
		src->rival_lines = 0;
		return r;
	}
	r = choose(src, rec, first);
	return r == GENLOG_NO_MATCH ? unknown(src, rec, why) : r;
}

static int parse_with_one(struct genlog_source *src, struct genlog_record *rec, size_t first)
{
	int r = 0;

	if (!src->parser) {
		memory_of(src, 1);
		r = give_to(src, 1);
	}
	if (r == 0)
		r = try(src, rec, 1, first);
	if (r != GENLOG_NO_MATCH)
		return r;
	parse_as_text(rec, rec->parse_error ? rec->parse_error : "the line does not match the parser");
	count_unparsed(src);
	return 0;
}

int parse(struct genlog_source *src, struct genlog_record *rec, size_t first)
{
	return src->in->automatic ? parse_auto(src, rec, first) : parse_with_one(src, rec, first);
}

int parse_head(struct genlog_source *src, const char *p, size_t n)
{
	struct genlog_record *rec = &src->in->reader->rec;
	int r = GENLOG_HEADER;

	while (n && r == GENLOG_HEADER) {
		const char *nl = memchr(p, '\n', n);
		size_t len = nl ? (size_t)(nl - p) : 0, used = len + 1;

		if (!nl)
			break;
		if (len && p[len - 1] == '\r')
			len--;
		r = record_begin(rec, p, len);
		if (r == 0)
			r = parse(src, rec, len);
		p += used;
		n -= used;
	}
	if (src->parser && r != GENLOG_HEADER && !parser(src->in, src->parser)->code->source_size)
		src->parser = 0; /* how it begins says nothing of how it goes on */
	return r < 0 ? r : 0;
}
