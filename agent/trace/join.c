#include "trace/join.h"

#include "trace/begin.h"
#include "trace/rules.h"
#include "trace/shape.h"

enum flag {
	RECORDS = 1 << 0,  /* the last ordinary line began as records do: what does not is no record */
	ERROR = 1 << 1,	   /* it tells an error */
	INDENTED = 1 << 2, /* the line before began with a blank: a closing bracket may follow */
};

void trace_join_init(struct trace_join *j, enum trace_language only)
{
	*j = (struct trace_join){.mode = (uint8_t)only};
}

/* How records of this source begin is not forgotten. */
void trace_join_close(struct trace_join *j)
{
	*j = (struct trace_join){.mode = j->mode, .flags = j->flags & RECORDS};
}

bool trace_join_open(const struct trace_join *j)
{
	return j->phase >= JOIN_TRACE || (j->flags & ERROR);
}

bool trace_join_holds(const struct trace_join *j)
{
	return j->phase != JOIN_WHOLE;
}

static uint16_t allowed(const struct trace_join *j)
{
	if (j->mode == TRACE_AUTO)
		return LANG_ALL;
	if (j->mode == TRACE_C || j->mode == TRACE_CPP)
		return LANG(C) | LANG(CPP);
	return (uint16_t)(1u << j->mode);
}

/* "… at FILE line 12.": Perl's last words, behind which its calls may stand. */
static bool is_perl_end(struct trace_text s)
{
	return s.n > 10 && s.p[s.n - 1] == '.' && is_digit(s.p[s.n - 2]);
}

static enum trace_link ordinary(struct trace_join *j, struct trace_text s, enum trace_begin begin)
{
	bool error = begin == TRACE_BEGIN_ERROR || trace_tells_error(s) || is_perl_end(s);

	j->phase = JOIN_LINE;
	j->left = 0;
	j->langs = 0;
	j->flags = (uint8_t)((begin != TRACE_BEGIN_NONE ? RECORDS : 0) | (error ? ERROR : 0));
	return TRACE_STARTS;
}

static enum trace_link whole(struct trace_join *j)
{
	j->phase = JOIN_WHOLE;
	j->left = 0;
	j->langs = 0;
	j->flags = RECORDS;
	return TRACE_STARTS;
}

static bool is_whole(struct trace_text s)
{
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s.n > 1 && *s.p == '{' && s.p[s.n - 1] == '}';
}

static bool is_open(const struct trace_join *j)
{
	return j->phase >= JOIN_TRACE;
}

static bool continues(const struct trace_join *j, const struct join_rule *r)
{
	bool related = (j->langs & r->langs) != 0;

	switch (j->phase) {
	case JOIN_NOTHING:
	case JOIN_WHOLE:
	case JOIN_DONE: return false;
	case JOIN_LINE: return r->role != JOIN_INNER;
	case JOIN_AWAIT: return related;
	case JOIN_MESSAGE:
	case JOIN_REPORT: return related && r->role != JOIN_FIRST;
	default: return related && r->role >= JOIN_PART;
	}
}

/* What the line opens, whether it continues an event or starts one. */
static void enter(struct trace_join *j, const struct join_rule *r, bool continued)
{
	uint16_t langs = (uint16_t)(r->langs & allowed(j));
	bool fresh = j->phase < JOIN_TRACE || !continued;

	j->langs = fresh ? langs : (uint16_t)(j->langs & langs);
	j->phase = r->phase;
	j->left = j->flags & RECORDS ? r->left : r->sure;
	j->flags &= RECORDS;
}

/* A message goes on in a line that is nothing else. */
static bool is_message(struct trace_join *j)
{
	if (j->phase < JOIN_MESSAGE || !j->left)
		return false;
	j->left--;
	return true;
}

static bool is_closer(struct trace_text s)
{
	size_t n = 0;

	while (n < s.n && strchr("}])", s.p[n]) && s.p[n])
		n++;
	return n && n < 8 && (n == s.n || (n + 1 == s.n && (s.p[n] == ',' || s.p[n] == ';')));
}

static enum trace_link ruled(struct trace_join *j, struct trace_text s, const struct join_rule *r)
{
	bool continued = continues(j, r);

	if (!continued && r->role == JOIN_INNER)
		return ordinary(j, s, TRACE_BEGIN_NONE);
	enter(j, r, continued);
	return continued ? TRACE_CONTINUES : TRACE_STARTS;
}

/* A rule that neither continues nor heads anything leaves the line to what it else may be. */
static bool applies(const struct trace_join *j, const struct join_rule *r)
{
	return r && (r->langs & allowed(j)) && (r->role != JOIN_INNER || continues(j, r));
}

/* Not so within a message, which may have lines of nearly any shape. */
static bool is_taken(const struct trace_join *j, const struct join_rule *r)
{
	if (!applies(j, r))
		return false;
	return continues(j, r) || j->phase < JOIN_MESSAGE || !j->left || (r->n && r->role < JOIN_PART);
}

/* Outside of a trace a record is one at first sight; "WARNING: ThreadSanitizer" only looks like one. */
static enum trace_link flush_left(struct trace_join *j, struct trace_text s)
{
	enum trace_begin begin = trace_begins(s);
	const struct join_rule *r;

	if (begin != TRACE_BEGIN_NONE && !is_open(j) && *s.p != 'W')
		return ordinary(j, s, begin);
	r = join_rule_of(s, j->langs, (enum join_phase)j->phase);
	if (is_taken(j, r) && (begin == TRACE_BEGIN_NONE || r->n))
		return ruled(j, s, r);
	if (begin == TRACE_BEGIN_NONE && (is_open(j) || (j->flags & INDENTED)) && is_closer(s))
		return TRACE_CONTINUES;
	if (begin == TRACE_BEGIN_NONE && is_message(j))
		return TRACE_CONTINUES;
	return is_whole(s) ? whole(j) : ordinary(j, s, begin);
}

/* " INFO " of a padded level begins a record in spite of its blank. */
static bool is_padded(struct trace_text s, struct trace_text t)
{
	return t.p - s.p <= 2 && *s.p == ' ' && (is_letter(*t.p) || is_digit(*t.p)) &&
	       trace_begins(t) != TRACE_BEGIN_NONE;
}

/* It continues something, but nothing that there is; how records begin it does not tell. */
static enum trace_link orphan(struct trace_join *j, struct trace_text s)
{
	uint8_t records = j->flags & RECORDS;

	ordinary(j, s, TRACE_BEGIN_NONE);
	j->flags |= records;
	return TRACE_STARTS;
}

static enum trace_link indented(struct trace_join *j, struct trace_text s)
{
	struct trace_text t = slice_ltrim(s);
	uint16_t langs;

	if (!t.n)
		return is_open(j) ? TRACE_CONTINUES : TRACE_BLANK;
	if (is_padded(s, t))
		return ordinary(j, s, trace_begins(t));
	if (j->phase <= JOIN_WHOLE)
		return orphan(j, s);
	langs = (uint16_t)(join_frame_langs(t) & allowed(j));
	if (langs && (!is_open(j) || (j->langs & langs))) {
		j->langs = is_open(j) ? (uint16_t)(j->langs & langs) : langs;
		j->phase = j->phase == JOIN_REPORT ? JOIN_REPORT : JOIN_TRACE;
	}
	j->flags |= INDENTED;
	return TRACE_CONTINUES;
}

enum trace_link trace_join(struct trace_join *j, const char *p, size_t n)
{
	struct trace_text s = {p, n > UINT32_MAX ? UINT32_MAX : (uint32_t)n};

	if (!s.n || is_blank(*p))
		return indented(j, s);
	if (*p == '{' && !is_open(j) && is_whole(s))
		return whole(j);
	return flush_left(j, s);
}
