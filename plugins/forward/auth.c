#include "auth.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/random.h>

int auth_digest(char out[AUTH_HEX + 1], const struct auth_part *parts, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char sum[AUTH_HEX / 2];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha512(), NULL);

	for (size_t i = 0; i < n && ok; i++)
		ok = EVP_DigestUpdate(ctx, parts[i].p, parts[i].n);
	ok = ok && EVP_DigestFinal_ex(ctx, sum, NULL);
	EVP_MD_CTX_free(ctx);
	if (!ok)
		return -EIO;
	for (size_t i = 0; i < sizeof(sum); i++) {
		out[2 * i] = digits[sum[i] >> 4];
		out[2 * i + 1] = digits[sum[i] & 15];
	}
	out[AUTH_HEX] = 0;
	OPENSSL_cleanse(sum, sizeof(sum));
	return 0;
}

bool auth_same(const char expected[AUTH_HEX + 1], const char *p, size_t n)
{
	return n == AUTH_HEX && CRYPTO_memcmp(expected, p, AUTH_HEX) == 0;
}

int auth_random(void *p, size_t n)
{
	return getrandom(p, n, 0) == (ssize_t)n ? 0 : -EIO;
}
