/* Codes of errors, where one is plainly said: `[Errno 2]`, SQLSTATE, ORA-00001, Node's code, .NET's HRESULT. */
#include "trace/scan.h"

#define FAR 1024 /* bytes of a message that are looked at */

enum chars { DIGITS, CAPITALS };

static const struct {
	const char *word;
	uint8_t n, kept; /* from which byte of the word on it is part of the code */
	uint8_t chars, least, most;
} rows[] = {
	{"[Errno ", 7, 1, DIGITS, 1, 5},
	{"(os error ", 10, 1, DIGITS, 1, 5},
	{"SQLSTATE[", 9, 9, CAPITALS, 5, 5},
	{"SQLSTATE: ", 10, 10, CAPITALS, 5, 5},
	{"SQLSTATE=", 9, 9, CAPITALS, 5, 5},
	{"SQLSTATE ", 9, 9, CAPITALS, 5, 5},
	{"SQL state [", 11, 11, CAPITALS, 5, 5},
	{"SQLState: ", 10, 10, CAPITALS, 5, 5},
	{"ORA-", 4, 0, DIGITS, 4, 6},
	{"TNS-", 4, 0, DIGITS, 4, 6},
	{"connect E", 9, 8, CAPITALS, 3, 24},
	{"status code ", 12, 12, DIGITS, 3, 3},
	{"status code: ", 13, 13, DIGITS, 3, 3},
	{"HTTP status ", 12, 12, DIGITS, 3, 3},
	{"error code: ", 12, 12, DIGITS, 1, 10},
	{"error code ", 11, 11, DIGITS, 1, 10},
	{"ErrorCode: ", 11, 11, CAPITALS, 1, 32},
	{"errorCode=", 10, 10, CAPITALS, 1, 32},
};

static size_t chars_len(struct trace_text s, enum chars chars)
{
	size_t n = 0;

	while (n < s.n && (is_digit(s.p[n]) || (chars == CAPITALS && (is_upper(s.p[n]) || s.p[n] == '_'))))
		n++;
	return n < s.n && is_letter(s.p[n]) ? 0 : n;
}

static bool in_message(struct trace_text m, struct trace_text *code)
{
	m = slice_take(m, FAR);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *at = slice_find(m, rows[i].word, rows[i].n);
		struct trace_text behind = at ? slice_skip(slice(at, slice_end(m)), rows[i].n) : m;
		size_t n = at ? chars_len(behind, rows[i].chars) : 0;

		if (n < rows[i].least || n > rows[i].most)
			continue;
		*code = slice(at + rows[i].kept, behind.p + n);
		return true;
	}
	return false;
}

/* Between a type and its colon: `Error [ERR_X]: …`, `SqlException (0x80131904): …` */
static bool behind_type(const struct trace *t, struct trace_text type, struct trace_text *code)
{
	struct trace_text rest = type.n ? slice(slice_end(type), slice_end(t->text)) : type;
	const char *close;

	if (!BEGINS(rest, " [") && !BEGINS(rest, " (0x"))
		return false;
	rest = slice_take(slice_skip(rest, 2), 64);
	close = slice_chr(rest, rest.p[-1] == '[' ? ']' : ')');
	if (!close || close[1] != ':')
		return false;
	*code = slice(rest.p, close);
	return code->n > 0;
}

/* code: 'ECONNREFUSED' among the properties that Node prints behind the frames. */
static bool property(const struct trace *t, struct trace_text *code)
{
	const char *at = t->language == TRACE_JAVASCRIPT ? FIND(t->text, " code: '") : NULL;
	struct trace_text value = at ? slice_take(slice(at + 8, slice_end(t->text)), 64) : t->text;
	const char *quote = at ? slice_chr(value, '\'') : NULL;

	if (!quote || quote == value.p || slice_chr(slice(value.p, quote), '\n'))
		return false;
	*code = slice(value.p, quote);
	return true;
}

void trace_code(struct trace *t)
{
	struct trace_text *code = &t->error_code;
	bool found = code->n || behind_type(t, t->exception_type, code) || property(t, code) ||
		     in_message(t->error_message, code);

	for (uint32_t i = 0; i < t->n_causes && !found; i++)
		found = behind_type(t, t->causes[i].exception_type, code) ||
			in_message(t->causes[i].error_message, code);
}
