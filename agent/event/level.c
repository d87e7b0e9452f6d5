#include "event/level.h"

#include <endian.h>
#include <string.h>
#include <strings.h>

static const char *const texts[LEVELS] = {"DEBUG", "INFO", "WARN", "ERROR", "CRITICAL"};

/* In upper case, padded with NULs to eight bytes: found as numbers, so in their order. */
static const struct {
	char word[9];
	uint8_t level;
} words[] = {
	{"A", LEVEL_CRITICAL},
	{"ALERT", LEVEL_CRITICAL},
	{"AUDIT", LEVEL_INFO},
	{"C", LEVEL_CRITICAL},
	{"CONFIG", LEVEL_DEBUG},
	{"CONTEXT", LEVEL_INFO},
	{"CRIT", LEVEL_CRITICAL},
	{"CRITICAL", LEVEL_CRITICAL},
	{"CRT", LEVEL_CRITICAL},
	{"D", LEVEL_DEBUG},
	{"DBG", LEVEL_DEBUG},
	{"DEBUG", LEVEL_DEBUG},
	{"DEBUG1", LEVEL_DEBUG},
	{"DEBUG2", LEVEL_DEBUG},
	{"DEBUG3", LEVEL_DEBUG},
	{"DEBUG4", LEVEL_DEBUG},
	{"DEBUG5", LEVEL_DEBUG},
	{"DETAIL", LEVEL_INFO},
	{"DPANIC", LEVEL_CRITICAL},
	{"E", LEVEL_ERROR},
	{"EMER", LEVEL_CRITICAL},
	{"EMERG", LEVEL_CRITICAL},
	{"ERR", LEVEL_ERROR},
	{"ERROR", LEVEL_ERROR},
	{"EXCEPTN", LEVEL_ERROR},
	{"F", LEVEL_CRITICAL},
	{"FAIL", LEVEL_ERROR},
	{"FAILURE", LEVEL_ERROR},
	{"FATAL", LEVEL_CRITICAL},
	{"FAULT", LEVEL_ERROR},
	{"FINE", LEVEL_DEBUG},
	{"FINER", LEVEL_DEBUG},
	{"FINEST", LEVEL_DEBUG},
	{"FTL", LEVEL_CRITICAL},
	{"HINT", LEVEL_INFO},
	{"HTTP", LEVEL_INFO},
	{"I", LEVEL_INFO},
	{"INF", LEVEL_INFO},
	{"INFO", LEVEL_INFO},
	{"LOG", LEVEL_INFO},
	{"N", LEVEL_INFO},
	{"NOTE", LEVEL_INFO},
	{"NOTICE", LEVEL_INFO},
	{"PANIC", LEVEL_CRITICAL},
	{"QUERY", LEVEL_INFO},
	{"SEVERE", LEVEL_ERROR},
	{"SILLY", LEVEL_DEBUG},
	{"STATS", LEVEL_INFO},
	{"SUCCESS", LEVEL_INFO},
	{"SYSTEM", LEVEL_INFO},
	{"T", LEVEL_DEBUG},
	{"TRACE", LEVEL_DEBUG},
	{"TRC", LEVEL_DEBUG},
	{"V", LEVEL_DEBUG},
	{"VERB", LEVEL_DEBUG},
	{"VERBOSE", LEVEL_DEBUG},
	{"VRB", LEVEL_DEBUG},
	{"W", LEVEL_WARN},
	{"WARN", LEVEL_WARN},
	{"WARNING", LEVEL_WARN},
	{"WRN", LEVEL_WARN},
};

static const struct {
	const char *word;
	uint8_t len, level;
} long_words[] = {
	{"INFORMATION", 11, LEVEL_INFO},
	{"INFORMATIONAL", 13, LEVEL_INFO},
	{"STATEMENT", 9, LEVEL_INFO},
	{"EMERGENCY", 9, LEVEL_CRITICAL},
	{"EXCEPTION", 9, LEVEL_ERROR},
	{"IMPORTANT", 9, LEVEL_WARN},
};

struct genlog_value level_value(enum level l)
{
	return genlog_str(texts[l], strlen(texts[l]));
}

static int number_level(int64_t n)
{
	static const uint8_t syslog[] = {LEVEL_CRITICAL, LEVEL_CRITICAL, LEVEL_CRITICAL, LEVEL_ERROR, LEVEL_WARN,
		LEVEL_INFO, LEVEL_INFO, LEVEL_DEBUG};

	if (n >= 0 && n <= 7)
		return syslog[n];
	if (n < 10 || n > 100)
		return -1;
	if (n < 30)
		return LEVEL_DEBUG;
	if (n < 40)
		return LEVEL_INFO;
	if (n < 50)
		return LEVEL_WARN;
	return n < 60 ? LEVEL_ERROR : LEVEL_CRITICAL;
}

static int digits_level(const char *p, size_t n)
{
	int64_t v = 0;

	if (n > 3)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		v = v * 10 + (p[i] - '0');
	}
	return number_level(v);
}

static bool is_wrapping(char c)
{
	if ((unsigned char)c > '@' && c != '[' && c != ']')
		return false;
	return c == '[' || c == ']' || c == '<' || c == '>' || c == '(' || c == ')' || c == ' ' || c == ':' ||
	       c == '\t';
}

/* At most eight bytes, the first one in front, as a number. */
static uint64_t number_of(const char *p, size_t n)
{
	uint32_t first, last;
	uint64_t v = 0;

	if (n >= 4) {
		memcpy(&first, p, sizeof(first));
		memcpy(&last, p + n - 4, sizeof(last));
		return htobe64(le32toh(first) | (uint64_t)le32toh(last) << 8 * (n - 4));
	}
	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)(uint8_t)p[i] << (56 - 8 * i);
	return v;
}

/* All bytes at once: those from 'a' to 'z' lose a bit. */
static uint64_t upper(uint64_t v)
{
	const uint64_t each = 0x0101010101010101ULL, low = v & 0x7f * each;
	uint64_t small = (low + (0x80 - 'a') * each) & ~(low + (0x7f - 'z') * each) & ~v & 0x80 * each;

	return v - (small >> 2);
}

static int short_word_level(const char *p, size_t n)
{
	const uint64_t v = upper(number_of(p, n));
	size_t from = 0, to = sizeof(words) / sizeof(*words);

	while (from < to) {
		size_t at = (from + to) / 2;
		uint64_t w = number_of(words[at].word, 8);

		if (v == w)
			return words[at].level;
		if (v < w)
			to = at;
		else
			from = at + 1;
	}
	return -1;
}

static int long_word_level(const char *p, size_t n)
{
	for (size_t i = 0; i < sizeof(long_words) / sizeof(*long_words); i++)
		if (long_words[i].len == n && strncasecmp(long_words[i].word, p, n) == 0)
			return long_words[i].level;
	return -1;
}

static int word_level(const char *p, size_t n)
{
	return n > 8 ? long_word_level(p, n) : short_word_level(p, n);
}

static int text_level(const char *p, size_t n)
{
	while (n && is_wrapping(*p)) {
		p++;
		n--;
	}
	while (n && is_wrapping(p[n - 1]))
		n--;
	if (!n)
		return -1;
	return *p >= '0' && *p <= '9' ? digits_level(p, n) : word_level(p, n);
}

bool genlog_is_level(const char *p, size_t n)
{
	return n && (*p < '0' || *p > '9') && word_level(p, n) >= 0;
}

int level_of(const struct genlog_value *v)
{
	if (v->type == GENLOG_V_INT)
		return number_level(v->u.i);
	return v->type == GENLOG_V_STR ? text_level(v->u.p, v->n) : -1;
}
