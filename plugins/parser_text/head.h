/*
 * parser text inside: the head of a log line, in whatever order its program writes it.
 *
 *	text.c      the plugin: finds where the head begins, and makes the record of what was found
 *	element.c   the head, element by element: times, levels, brackets, numbers, names, separators
 *	component.c who speaks: class, logger, program
 *	bracket.c   what stands in brackets
 *	word.c      what a word may be
 *	layout.c    heads that are like no others: klog, Android, Rails, redis
 *
 *	2025-12-22 10:30:45,123 - INFO  [main:Server@774] - Started in 5 ms
 *	└ time ───────────────┘   └ level └ thread, component └ message
 */
#ifndef PARSER_TEXT_H
#define PARSER_TEXT_H

#include <genlog/bson.h>
#include <genlog/plugin.h>

#define HEAD_ELEMENTS 16
#define BRACKET_MAX 240
#define WORD_MAX 160

struct slice {
	const char *p;
	size_t n;
};

enum head_have {
	HAVE_TIME = 1 << 0,
	HAVE_LEVEL = 1 << 1,
	HAVE_COMPONENT = 1 << 2,
	HAVE_THREAD = 1 << 3,
	HAVE_PID = 1 << 4,
	HAVE_EPOCH = 1 << 5, /* the time is an absolute number: one in words does not replace it */
	HAVE_BARE = 1 << 6,  /* something said without words that this is a head: brackets, bars */
	HAVE_UPTIME = 1 << 7,
};

struct head {
	struct genlog_record *rec;
	const char *p, *end; /* what is left of the line */
	const char *all;     /* end of the event, which may have lines below */
	unsigned have;
	struct slice time, level, component, method, thread, ip, line, id, prefix, uptime, code, error_code;
	int64_t pid, tid;
	bool inner; /* in the brackets that hold the time: nothing follows */
	bool done;  /* the message begins here */
};

static inline bool is_digit(char c)
{
	return (unsigned)c - '0' <= 9;
}

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline char peek(const struct head *h, size_t n)
{
	return h->end - h->p > (ptrdiff_t)n ? h->p[n] : 0;
}

static inline size_t left(const struct head *h)
{
	return (size_t)(h->end - h->p);
}

static inline struct slice slice(const char *p, const char *end)
{
	return (struct slice){p, (size_t)(end - p)};
}

/* A word as it stands: what ends it, and what comes behind. */
struct word {
	struct slice w;	  /* without the mark */
	char mark;	  /* ':' ',' or '|' that ends it, or 0 */
	const char *next; /* what follows, blanks passed over */
	size_t blanks;
};
struct word word_at(const char *p, const char *end);
bool dash_next(const struct word *w, const char *end);

/* component.c: a word that names one, with what belongs to it; true: it was taken. */
bool head_component(struct head *h, const struct word *w);

/* element.c: takes elements from the head until the message begins. */
void head_read(struct head *h);
bool head_time(struct head *h);
bool head_level(struct head *h, const struct word *w);

/* bracket.c: one in [], <>, {} or (); true: it belongs to the head and was taken. */
bool head_bracket(struct head *h);

/* word.c */
size_t word_len(const char *p, const char *end); /* to the next blank */
bool word_is_level(struct slice w, bool loud);	 /* loud: in capitals, or a separator says it is one */
bool word_is_name(struct slice w);		 /* of a class, logger, program: no blanks, no odd characters */
bool word_is_qualified(struct slice w);		 /* a name of several parts: a.b.C, a::b */
bool word_is_number(struct slice w, int64_t *out);
bool word_is_label(struct slice w); /* nothing of a sentence: digits, punctuation or capitals in it */

/* layout.c: true: the line has one of these heads, and it was taken. */
bool layout_read(struct head *h);

#endif
