#include "event/level.h"

static const char *const texts[LEVELS] = {"DEBUG", "INFO", "WARN", "ERROR", "CRITICAL"};

/* In upper case, padded with NULs to eight bytes: compared as one number. */
static const struct {
	char word[9];
	uint8_t level;
} words[] = {
	{"INFO", LEVEL_INFO},
	{"ERROR", LEVEL_ERROR},
	{"WARN", LEVEL_WARN},
	{"DEBUG", LEVEL_DEBUG},
	{"WARNING", LEVEL_WARN},
	{"CRITICAL", LEVEL_CRITICAL},
	{"FATAL", LEVEL_CRITICAL},
	{"TRACE", LEVEL_DEBUG},
	{"NOTICE", LEVEL_INFO},
	{"ERR", LEVEL_ERROR},
	{"CRIT", LEVEL_CRITICAL},
	{"ALERT", LEVEL_CRITICAL},
	{"EMERG", LEVEL_CRITICAL},
	{"PANIC", LEVEL_CRITICAL},
	{"SEVERE", LEVEL_ERROR},
	{"CONFIG", LEVEL_DEBUG},
	{"FINE", LEVEL_DEBUG},
	{"FINER", LEVEL_DEBUG},
	{"FINEST", LEVEL_DEBUG},
	{"VERBOSE", LEVEL_DEBUG},
	{"VERB", LEVEL_DEBUG},
	{"DBG", LEVEL_DEBUG},
	{"INF", LEVEL_INFO},
	{"WRN", LEVEL_WARN},
	{"FTL", LEVEL_CRITICAL},
	{"EMER", LEVEL_CRITICAL},
	{"FAIL", LEVEL_ERROR},
	{"FAILURE", LEVEL_ERROR},
	{"DPANIC", LEVEL_CRITICAL},
	{"TRC", LEVEL_DEBUG},
	{"VRB", LEVEL_DEBUG},
	{"LOG", LEVEL_INFO},
	{"STATS", LEVEL_INFO},
	{"AUDIT", LEVEL_INFO},
	{"SUCCESS", LEVEL_INFO},
	{"SILLY", LEVEL_DEBUG},
	{"HTTP", LEVEL_INFO},
	{"HINT", LEVEL_INFO},
	{"DEBUG1", LEVEL_DEBUG},
	{"DEBUG2", LEVEL_DEBUG},
	{"DEBUG3", LEVEL_DEBUG},
	{"DEBUG4", LEVEL_DEBUG},
	{"DEBUG5", LEVEL_DEBUG},
	{"EXCEPTN", LEVEL_ERROR},
	{"CRT", LEVEL_CRITICAL},
	{"FAULT", LEVEL_ERROR},
	{"DETAIL", LEVEL_INFO},
	{"NOTE", LEVEL_INFO},
	{"CONTEXT", LEVEL_INFO},
	{"QUERY", LEVEL_INFO},
	{"SYSTEM", LEVEL_INFO},
	{"D", LEVEL_DEBUG},
	{"I", LEVEL_INFO},
	{"W", LEVEL_WARN},
	{"E", LEVEL_ERROR},
	{"F", LEVEL_CRITICAL},
	{"C", LEVEL_CRITICAL},
	{"T", LEVEL_DEBUG},
	{"V", LEVEL_DEBUG},
	{"N", LEVEL_INFO},
	{"A", LEVEL_CRITICAL},
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

static int long_word_level(const char *up, size_t n)
{
	for (size_t i = 0; i < sizeof(long_words) / sizeof(*long_words); i++)
		if (long_words[i].len == n && memcmp(long_words[i].word, up, n) == 0)
			return long_words[i].level;
	return -1;
}

static bool is_wrapping(char c)
{
	return c == '[' || c == ']' || c == '<' || c == '>' || c == '(' || c == ')' || c == ' ' || c == ':' ||
	       c == '\t';
}

static int word_level(const char *p, size_t n)
{
	char up[16] = {0};

	if (n > sizeof(up))
		return -1;
	for (size_t i = 0; i < n; i++)
		up[i] = (char)(p[i] >= 'a' && p[i] <= 'z' ? p[i] & ~0x20 : p[i]);
	if (n > 8)
		return long_word_level(up, n);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (memcmp(words[i].word, up, 8) == 0)
			return words[i].level;
	return -1;
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
