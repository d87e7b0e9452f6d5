/*
 * The handshake's arithmetic.  What either side shows is SHA-512 in hexadecimal over what both know, so that no secret
 * goes over the wire; comparing takes the same time whatever is compared.
 */
#ifndef FORWARD_AUTH_H
#define FORWARD_AUTH_H

#include <stdbool.h>
#include <stddef.h>

#define AUTH_HEX 128
#define AUTH_SALT 16

struct auth_part {
	const void *p;
	size_t n;
};

/* Over the parts, one behind the other.  0 or -EIO. */
int auth_digest(char out[AUTH_HEX + 1], const struct auth_part *parts, size_t n);

/* Whether `p` is what was expected. */
bool auth_same(const char expected[AUTH_HEX + 1], const char *p, size_t n);

/* Bytes that nobody can guess.  0 or -errno. */
int auth_random(void *p, size_t n);

#endif
