/* What stands in a secret's place. */
#include <errno.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "redact.h"

#define MARK_MAX 64
#define HASH_SHOWN 8

static const char *const names[KINDS] = {"password", "token", "card", "email", "ip", "iban", "pattern", "field"};

static uint8_t *put(uint8_t *w, const char *s)
{
	return (uint8_t *)memcpy(w, s, strlen(s)) + strlen(s);
}

/* A card is the same however it is grouped. */
static size_t only_digits(char *to, const char *p, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n && k < 19; i++)
		if (is_digit(p[i]))
			to[k++] = p[i];
	return k;
}

static uint8_t *put_hash(uint8_t *w, const struct redact *x, const char *p, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!HMAC(EVP_sha256(), x->key, (int)strlen(x->key), (const uint8_t *)p, n, hash, &len) || len < HASH_SHOWN)
		return w;
	*w++ = ':';
	for (int i = 0; i < HASH_SHOWN; i++) {
		*w++ = (uint8_t)hex[hash[i] >> 4];
		*w++ = (uint8_t)hex[hash[i] & 15];
	}
	return w;
}

int mask_write(const struct redact *x, struct genlog_buf *out, unsigned kind, const char *p, size_t n)
{
	char digits[20];
	uint8_t *w;

	if (x->action == ACTION_REMOVE)
		return 0;
	if (genlog_buf_reserve(out, MARK_MAX) < 0)
		return -ENOMEM;
	if (kind == KIND_CARD) {
		n = only_digits(digits, p, n);
		p = digits;
	}
	w = put(put(out->p + out->n, "[redacted:"), names[kind]);
	if (x->action == ACTION_HASH) {
		w = put_hash(w, x, p, n);
	} else if (kind == KIND_CARD && x->keep && n > (size_t)x->keep) {
		*w++ = ':';
		w = (uint8_t *)memcpy(w, p + n - x->keep, (size_t)x->keep) + x->keep;
	}
	*w++ = ']';
	out->n = (size_t)(w - out->p);
	return 0;
}
