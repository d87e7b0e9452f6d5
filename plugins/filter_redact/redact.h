/*
 * filter redact, inside: finders look at a text around a byte that one of their shapes has, and say from where to where
 * there is a secret.  A text is passed over once; each finder's work at a byte is bounded, or pays for bytes that are
 * then masked and not looked at again.
 *
 *	words.c     names of what is secret: password, api_key …       tokens.c    secrets known by their shape
 *	assign.c    name = value, headers, URLs, command lines          numbers.c   cards, IBANs, addresses
 *	value.c     where a value ends                                  mask.c      what stands in a secret's place
 *	text.c      one text: finders, then patterns
 */
#ifndef REDACT_H
#define REDACT_H

#include <genlog/pattern.h>
#include <genlog/plugin.h>

enum kind { KIND_PASSWORD, KIND_TOKEN, KIND_CARD, KIND_EMAIL, KIND_IP, KIND_IBAN, PRESETS };
enum { KIND_PATTERN = PRESETS, KIND_FIELD, KINDS };
enum action { ACTION_MASK, ACTION_HASH, ACTION_REMOVE };

/* Which finders look at a byte. */
enum finder {
	FIND_URL,
	FIND_ASSIGN,
	FIND_OPTION,
	FIND_PREFIX,
	FIND_SCHEME,
	FIND_NUMBER,
	FIND_EMAIL,
	FIND_IP6,
	FINDERS
};

struct redact {
	struct genlog_strs preset, fields, patterns;
	int action; /* enum action */
	const char *key;
	int64_t keep;

	unsigned kinds; /* bits 1 << enum kind, of the presets */
	uint8_t finders[256];
	struct genlog_pattern **compiled;
	struct genlog_buf out;
	uint64_t count; /* of the event at hand */
	bool failed;
};

struct text {
	const char *p, *end;
	const char *done;		/* all before it is settled */
	const char *skip;		/* no finder need look at what lies before it */
	const char *word_end, *word_at; /* of the word at hand its end, and the last @ in it; see assign.c */
};

struct hit {
	const char *from, *to;
	uint8_t kind;
};

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_alpha(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static inline bool is_alnum(char c)
{
	return is_digit(c) || is_alpha(c);
}

static inline bool is_name(char c)
{
	return is_alnum(c) || c == '_' || c == '-' || c == '.';
}

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool is_space(char c)
{
	return (unsigned char)c <= ' ';
}

static inline bool is_quote(char c)
{
	return c == '"' || c == '\'' || c == '`';
}

static inline const char *line_end(const struct text *t, const char *p)
{
	const char *nl = memchr(p, '\n', (size_t)(t->end - p));

	return nl ? nl : t->end;
}

/* words.c: what the name [p, end) stands for by its last word, of the kinds asked for; -1: nothing secret. */
enum word { WORD_PLAIN, WORD_HEADER, WORD_COOKIE };
struct named {
	uint8_t kind, word;
};
bool word_find(unsigned kinds, const char *p, const char *end, struct named *out);

/* value.c: the value that begins behind [`p`, …); `quoted`: its name was.  false: it is empty. */
bool value_find(const struct text *t, const char *p, char sign, bool quoted, struct hit *h);
const char *value_run_end(const struct text *t, const char *p);
bool value_quoted(const struct text *t, const char *p, bool quoted_name, struct hit *h);

typedef bool find_fn(const struct redact *x, struct text *t, const char *at, struct hit *h);
find_fn find_url, find_assign, find_option, find_prefix, find_scheme, find_number, find_email, find_ip6;

/* text.c: the text without its secrets; x->count counts them, x->failed: there was no memory. */
enum genlog_edit redact_text(struct redact *x, struct genlog_record *rec, struct genlog_value *v);
int redact_whole(struct redact *x, struct genlog_record *rec, struct genlog_value *v, unsigned kind);

/* Whether all of the text is a card's number. */
bool is_card(const char *p, size_t n);

/* mask.c: what stands for [p, p + n), behind `out`.  -ENOMEM */
int mask_write(const struct redact *x, struct genlog_buf *out, unsigned kind, const char *p, size_t n);

#endif
