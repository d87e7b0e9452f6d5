/* What is secret by its name.  The last word of a name counts: DB_PASSWORD, userPassword and db.password1 are one. */
#include "redact.h"

/* In lower case, without signs between.  `anywhere`: also where no word begins, as in "dbpassword". */
static const struct {
	char word[16];
	uint8_t len, kind, how, anywhere;
} words[] = {
#define ROW(word, kind, how, anywhere)                                                                                 \
	{                                                                                                              \
		word, sizeof(word) - 1, KIND_##kind, WORD_##how, anywhere                                              \
	}
	ROW("password", PASSWORD, PLAIN, 1),
	ROW("passwords", PASSWORD, PLAIN, 1),
	ROW("passwd", PASSWORD, PLAIN, 1),
	ROW("passphrase", PASSWORD, PLAIN, 1),
	ROW("passwort", PASSWORD, PLAIN, 1),
	ROW("kennwort", PASSWORD, PLAIN, 1),
	ROW("passcode", PASSWORD, PLAIN, 1),
	ROW("passwordhash", PASSWORD, PLAIN, 1),
	ROW("pwd", PASSWORD, PLAIN, 0),
	ROW("pass", PASSWORD, PLAIN, 0),
	ROW("secret", PASSWORD, PLAIN, 1),
	ROW("secrets", PASSWORD, PLAIN, 0),
	ROW("secretkey", PASSWORD, PLAIN, 1),
	ROW("apikey", PASSWORD, PLAIN, 1),
	ROW("accesskey", PASSWORD, PLAIN, 1),
	ROW("privatekey", PASSWORD, PLAIN, 1),
	ROW("encryptionkey", PASSWORD, PLAIN, 1),
	ROW("signingkey", PASSWORD, PLAIN, 1),
	ROW("sharedkey", PASSWORD, PLAIN, 1),
	ROW("accountkey", PASSWORD, PLAIN, 1),
	ROW("token", PASSWORD, PLAIN, 0),
	ROW("authtoken", PASSWORD, PLAIN, 1),
	ROW("accesstoken", PASSWORD, PLAIN, 1),
	ROW("refreshtoken", PASSWORD, PLAIN, 1),
	ROW("credential", PASSWORD, PLAIN, 0),
	ROW("credentials", PASSWORD, PLAIN, 0),
	ROW("authorization", TOKEN, HEADER, 0),
	ROW("jwt", TOKEN, PLAIN, 0),
	ROW("sessionid", TOKEN, PLAIN, 1),
	ROW("phpsessid", TOKEN, PLAIN, 1),
	ROW("cookie", TOKEN, COOKIE, 0),
	ROW("cookies", TOKEN, COOKIE, 0),
#undef ROW
};

/* Which letters stand before the last one: most names are settled by their last two. */
#define LETTER(c) (1U << ((c) - 'a'))
#define LAST(c) [(c) - 'a']
static const uint32_t last_two[26] = {
	LAST('d') = LETTER('r') | LETTER('w') | LETTER('i'),
	LAST('e') = LETTER('s') | LETTER('d') | LETTER('i'),
	LAST('h') = LETTER('s'),
	LAST('l') = LETTER('a'),
	LAST('n') = LETTER('e') | LETTER('o'),
	LAST('s') = LETTER('d') | LETTER('s') | LETTER('t') | LETTER('l') | LETTER('e'),
	LAST('t') = LETTER('r') | LETTER('e') | LETTER('w'),
	LAST('y') = LETTER('e'),
};

static bool may_be(const char *end)
{
	unsigned last = (unsigned)((end[-1] | 0x20) - 'a'), before = (unsigned)((end[-2] | 0x20) - 'a');

	return last < 26 && before < 26 && last_two[last] >> before & 1;
}

/* The word compared from its end, signs in the name passed over; where it begins in the name, or NULL. */
static const char *compare(const char *p, const char *end, const char *word, size_t len)
{
	while (len && end > p) {
		char c = *--end;

		if (c == '_' || c == '-' || c == '.')
			continue;
		if ((c | 0x20) != word[--len])
			return NULL;
	}
	return len ? NULL : end;
}

static bool begins_word(const char *p, const char *at)
{
	return at == p || !is_alpha(at[-1]) || (at[0] <= 'Z' && (at[-1] >= 'a' || at[1] >= 'a'));
}

bool word_find(unsigned kinds, const char *p, const char *end, struct named *out)
{
	while (end > p && !is_alpha(end[-1]))
		end--;
	if (end - p < 3 || !may_be(end))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		const char *at;

		if (!(kinds >> words[i].kind & 1) || words[i].word[words[i].len - 1] != (end[-1] | 0x20))
			continue;
		at = compare(p, end, words[i].word, words[i].len);
		if (at && (words[i].anywhere || begins_word(p, at))) {
			*out = (struct named){words[i].kind, words[i].how};
			return true;
		}
	}
	return false;
}
