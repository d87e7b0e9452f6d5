#include "errors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "errmap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* PostgreSQL's own states, those of them that a client can bring about. */
static const struct {
	const char *state;
	int code;
} standard[] = {
	{"0A000", 115},
	{"22016", 2},
	{"22023", 2},
	{"22P02", 2},
	{"23505", 11000},
	{"23P01", 11000},
	{"25006", 10107},
	{"28P01", 18},
	{"40001", 112},
	{"40P01", 112},
	{"42501", 13},
	{"42704", 11},
	{"42P01", 26},
	{"53100", 14031},
	{"54000", 201},
	{"55P03", 24},
	{"57014", 50},
	{"57P01", 91},
};

static const int retryable[] = {6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436, 0};

static int from_engine(const char *digits)
{
	char *end;
	unsigned long n = strtoul(digits, &end, 36) + 1;

	return *end || n >= COUNT(engine_codes) ? ERR_UNKNOWN : engine_codes[n];
}

int error_from_sqlstate(const char *sqlstate)
{
	if (!sqlstate || strlen(sqlstate) != 5)
		return ERR_UNKNOWN;
	if (sqlstate[0] == 'M')
		return from_engine(sqlstate + 1);
	for (size_t i = 0; i < COUNT(standard); i++)
		if (!strcmp(standard[i].state, sqlstate))
			return standard[i].code;
	return ERR_UNKNOWN;
}

int error_from_packed(int code)
{
	char state[6] = "";

	if (code < 1 << 18)
		return code;
	for (int i = 0; i < 5; i++, code >>= 6)
		state[i] = (char)((code & 63) + '0');
	return error_from_sqlstate(state);
}

static int by_code(const void *key, const void *row)
{
	int code = *(const int *)key;
	int other = ((const struct code_name *)row)->code;

	return (code > other) - (code < other);
}

const char *error_name(int code, char buf[ERROR_NAME_SIZE])
{
	const struct code_name *row = bsearch(&code, code_names, COUNT(code_names), sizeof(code_names[0]), by_code);

	if (row)
		return row->name;
	snprintf(buf, ERROR_NAME_SIZE, "Location%d", code);
	return buf;
}

bool error_is_retryable(int code)
{
	for (const int *r = retryable; *r; r++)
		if (*r == code)
			return true;
	return false;
}
