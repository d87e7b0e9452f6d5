#include "tls.h"

#include <errno.h>
#include <fnmatch.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

static const char *const verify_words[] = {"none", "optional", "required", NULL};

const struct genlog_opt net_tls_rows[] = {
	GENLOG_STR(struct net_tls_conf, cert, .file = true,
		.help = "file of our certificate and those between it and the CA (PEM)"),
	GENLOG_STR(struct net_tls_conf, key, .file = true, .help = "file of its key (PEM), readable for genlog alone"),
	GENLOG_STR(struct net_tls_conf, ca, .file = true,
		.help = "file of the authorities that peers' certificates are checked by"),
	GENLOG_CHOICE(struct net_tls_conf, verify, .def = "none", .choices = verify_words,
		.help = "certificates of peers: not asked for, checked if shown, or required"),
	GENLOG_LIST(struct net_tls_conf, peers,
		.help = "names in peers' certificates that may come, with wildcards; none: all that the CA has signed"),
	{0},
};

const char *net_tls_why(char *out, size_t cap)
{
	unsigned long code = ERR_peek_last_error();

	snprintf(out, cap, "%s", "the peer has gone");
	if (code)
		ERR_error_string_n(code, out, cap);
	ERR_clear_error();
	return out;
}

static int fail(struct genlog_err *err, const char *opt, const char *file)
{
	char why[160];

	return genlog_fail_opt(err, opt, EINVAL, "\"%s\" cannot be used: %s", file, net_tls_why(why, sizeof(why)));
}

static int use_files(SSL_CTX *ctx, const struct net_tls_conf *c, struct genlog_err *err)
{
	if (c->cert && SSL_CTX_use_certificate_chain_file(ctx, c->cert) != 1)
		return fail(err, "tls.cert", c->cert);
	if (c->cert && SSL_CTX_use_PrivateKey_file(ctx, c->key ? c->key : c->cert, SSL_FILETYPE_PEM) != 1)
		return fail(err, "tls.key", c->key ? c->key : c->cert);
	if (c->cert && SSL_CTX_check_private_key(ctx) != 1)
		return fail(err, "tls.key", c->key ? c->key : c->cert);
	if (c->ca && SSL_CTX_load_verify_locations(ctx, c->ca, NULL) != 1)
		return fail(err, "tls.ca", c->ca);
	return 0;
}

/* Without the buffers of connections that say nothing: thousands are idle. */
static int open_ctx(SSL_CTX **out, const SSL_METHOD *m, const struct net_tls_conf *c, struct genlog_err *err)
{
	SSL_CTX *ctx = SSL_CTX_new(m);
	int r;

	if (!ctx)
		return genlog_fail(err, ENOMEM, "no memory for TLS");
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_mode(
		ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	r = use_files(ctx, c, err);
	if (r < 0)
		SSL_CTX_free(ctx);
	else
		*out = ctx;
	return r;
}

int net_tls_server(SSL_CTX **out, const struct net_tls_conf *c, struct genlog_err *err)
{
	static const int modes[] = {[NET_VERIFY_NONE] = SSL_VERIFY_NONE,
		[NET_VERIFY_OPTIONAL] = SSL_VERIFY_PEER,
		[NET_VERIFY_REQUIRED] = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT};
	int r;

	if (!c->cert)
		return genlog_fail_opt(err, "tls.cert", EINVAL, "TLS needs a certificate");
	if (c->verify != NET_VERIFY_NONE && !c->ca)
		return genlog_fail_opt(
			err, "tls.ca", EINVAL, "certificates of peers cannot be checked without an authority");
	if (c->peers.n && c->verify != NET_VERIFY_REQUIRED)
		return genlog_fail_opt(
			err, "tls.verify", EINVAL, "names of peers say something only with verify: required");
	r = open_ctx(out, TLS_server_method(), c, err);
	if (r < 0)
		return r;
	SSL_CTX_set_verify(*out, modes[c->verify], NULL);
	SSL_CTX_set_session_cache_mode(*out, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_session_id_context(*out, (const unsigned char *)"genlog", 6);
	if (c->ca)
		SSL_CTX_set_client_CA_list(*out, SSL_load_client_CA_file(c->ca));
	return 0;
}

int net_tls_client(SSL_CTX **out, const struct net_tls_conf *c, struct genlog_err *err)
{
	int r = open_ctx(out, TLS_client_method(), c, err);

	if (r < 0)
		return r;
	if (!c->ca)
		SSL_CTX_set_default_verify_paths(*out);
	SSL_CTX_set_verify(*out, c->verify == NET_VERIFY_NONE ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	return 0;
}

static bool common_name(X509 *cert, char *out, size_t cap)
{
	return X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, out, (int)cap) > 0;
}

/* The i-th DNS name, only if it is a text of plain signs. */
static bool dns_name(const GENERAL_NAMES *names, int i, char *out, size_t cap)
{
	const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);
	size_t n;

	if (g->type != GEN_DNS)
		return false;
	n = (size_t)ASN1_STRING_length(g->d.dNSName);
	if (n >= cap || memchr(ASN1_STRING_get0_data(g->d.dNSName), 0, n))
		return false;
	memcpy(out, ASN1_STRING_get0_data(g->d.dNSName), n);
	out[n] = 0;
	return true;
}

typedef bool name_fn(void *arg, const char *name);

static bool each_name(SSL *ssl, name_fn *fn, void *arg)
{
	X509 *cert = SSL_get1_peer_certificate(ssl);
	GENERAL_NAMES *names = cert ? X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL) : NULL;
	char name[256];
	bool done = cert && common_name(cert, name, sizeof(name)) && fn(arg, name);

	for (int i = 0; !done && i < (names ? sk_GENERAL_NAME_num(names) : 0); i++)
		done = dns_name(names, i, name, sizeof(name)) && fn(arg, name);
	GENERAL_NAMES_free(names);
	X509_free(cert);
	return done;
}

struct named {
	char *out;
	size_t cap;
};

/* It ends up in documents: signs only. */
static bool copy_name(void *arg, const char *name)
{
	struct named *to = arg;

	for (const char *p = name; *p; p++)
		if (*p < ' ' || *p == 0x7f)
			return false;
	snprintf(to->out, to->cap, "%s", name);
	return true;
}

bool net_tls_name(SSL *ssl, char *out, size_t cap)
{
	struct named to = {out, cap};

	return each_name(ssl, copy_name, &to);
}

static bool is_permitted(void *arg, const char *name)
{
	const struct genlog_strs *peers = arg;

	for (size_t i = 0; i < peers->n; i++)
		if (fnmatch(peers->v[i], name, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

bool net_tls_permits(SSL *ssl, const struct genlog_strs *peers)
{
	return !peers->n || each_name(ssl, is_permitted, (void *)(uintptr_t)peers);
}
