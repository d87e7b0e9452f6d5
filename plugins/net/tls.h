/* TLS by OpenSSL: contexts for both sides, and the settings for them. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <genlog/plugin.h>
#include <openssl/ssl.h>

enum net_verify { NET_VERIFY_NONE, NET_VERIFY_OPTIONAL, NET_VERIFY_REQUIRED };

struct net_tls_conf {
	const char *cert, *key, *ca; /* files of PEM */
	int verify;		     /* enum net_verify */
	struct genlog_strs peers;    /* who may come: names with wildcards; none: all whom the CA knows */
};

/* Rows of a group `tls` of an input that listens. */
extern const struct genlog_opt net_tls_rows[];

/* 0, or -errno with words; never what stands in a file. */
int net_tls_server(SSL_CTX **out, const struct net_tls_conf *c, struct genlog_err *err);
int net_tls_client(SSL_CTX **out, const struct net_tls_conf *c, struct genlog_err *err);

/* The certificate's common name, or else its first DNS name.  false: there is none. */
bool net_tls_name(SSL *ssl, char *out, size_t cap);

/* Whether the peer is one of `peers`, by common name or any DNS name. */
bool net_tls_permits(SSL *ssl, const struct genlog_strs *peers);

/* What OpenSSL has noted last, as a text; its notes are emptied. */
const char *net_tls_why(char *out, size_t cap);

#endif
