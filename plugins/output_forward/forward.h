/*
 * output forward inside: documents to an aggregator that speaks Fluent Forward: fluentd, fluent-bit, another genlogd.
 *
 *	forward.c   the plugin: settings, a batch to chunks, a chunk to one of the servers
 *	pack.c      a document as a record that any of them can read, and another genlog can turn back
 *	chunk.c     entries, compressed or not, as one message with a name
 *	servers.c   who is next, and who is left out for a while
 *	link.c      a connection: blocking, with a time limit for everything
 *	hello.c     the handshake, the client's side
 *
 * A chunk's name is made of its bytes: the same documents again have the same name, and a server that has taken them
 * already says so and takes nothing.  Delivered is what was acknowledged; a chunk that nobody has answered is sent
 * again, to the same server first.
 */
#ifndef OUTPUT_FORWARD_H
#define OUTPUT_FORWARD_H

#include <genlog/bson.h>
#include <genlog/plugin.h>
#include <msgpack.h>
#include <openssl/ssl.h>
#include <pthread.h>

#include "../forward/auth.h"
#include "../forward/mp.h"
#include "../net/address.h"
#include "../net/tls.h"

#define WORKERS 64
#define SERVERS_MAX 64
#define CHUNK_BYTES (4u << 20) /* of entries; a receiver takes 16 MiB */
#define CHUNK_NAME 32
#define WHY_MAX 200

enum compress { COMPRESS_NONE, COMPRESS_GZIP, COMPRESS_ZSTD };

struct tls_conf {
	const char *ca, *cert, *key;
	bool verify;
};

struct server {
	char text[320]; /* as net_address_parse() wants it; the address points into it */
	struct net_address address;
	int64_t until; /* left out so long, CLOCK_MONOTONIC in ms; 0: it is well */
	unsigned failures;
};

struct link {
	int fd;
	bool open;
	SSL *ssl;
	int64_t due; /* of what is going on */
	uint8_t *in;
	size_t in_n;
	char *why;
};

struct worker {
	struct link *links; /* one a server */
	msgpack_sbuffer entries, message;
	uint8_t *squeezed;
	size_t squeezed_cap;
	size_t turn;
	size_t unsure; /* the server that may have taken the chunk of this name; from 1 */
	char unsure_name[CHUNK_NAME];
	char why[WHY_MAX];
	bool alarm;
};

struct output_forward {
	struct genlog_strs servers;
	const char *tag;
	const char *shared_key, *username, *password, *self_hostname;
	int compress;
	bool require_ack;
	int64_t connect_timeout, ack_timeout;
	struct tls_conf tls;

	char self[256];
	SSL_CTX *ctx;
	struct server *server;
	size_t n;
	pthread_mutex_t lock; /* of the servers' health */
	bool locked;
	struct worker worker[WORKERS];
};

/* A message, ready to be sent. */
struct message {
	const char *p;
	size_t n;
	char name[CHUNK_NAME + 1];
};

/* pack.c: [time, record].  0; -ENOMEM; -EINVAL: nothing was added, it holds what cannot be sent. */
int pack_document(msgpack_sbuffer *to, const uint8_t *bson, uint32_t len);

/* chunk.c: of the worker's entries.  0 or -ENOMEM. */
int chunk_make(struct output_forward *o, struct worker *w, const char *collection, uint32_t docs, struct message *out);

/* servers.c.  The next to try, from 0; -1: all were.  `tried`: a bit a server. */
int server_next(struct output_forward *o, const struct worker *w, uint64_t tried, int64_t now);
void server_failed(struct output_forward *o, size_t i, int64_t now);
void server_is_well(struct output_forward *o, size_t i);
int64_t now_ms(void);

/* link.c: 0 or -errno, with words in l->why. */
int link_open(struct output_forward *o, struct link *l, const struct server *s);
void link_close(struct link *l);
/* Still there, and nothing is said that nobody asked for. */
bool link_is_fresh(const struct link *l);
int link_send(struct link *l, const void *p, size_t n);
/* The next message of the other side, in l->in until link_pass(): its length. */
ssize_t link_receive(struct link *l);
void link_pass(struct link *l, size_t n);
int link_fail(const struct link *l, int e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* hello.c: 0; -EACCES: they do not want us, or are not whom we want; -errno. */
int hello(struct output_forward *o, struct link *l);

#endif
