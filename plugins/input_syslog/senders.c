#include <netinet/in.h>
#include <stdio.h>
#include <time.h>

#include "syslog.h"

#define SENDERS 1024

struct origin {
	const char *listener; /* its address, by where it lies */
	uint32_t uid;
	uint8_t ip[16];
};

/* A peer's port changes; who it is does not. */
static uint64_t hash_of(const struct dgram_socket *d, const struct sockaddr_storage *from, const struct ucred *who)
{
	struct origin o = {.listener = d->address, .uid = who ? who->uid : 0};

	if (from->ss_family == AF_INET)
		memcpy(o.ip, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
	else if (from->ss_family == AF_INET6)
		memcpy(o.ip, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
	return genlog_hash(&o, sizeof(o), 0);
}

static struct genlog_source *open_source(
	struct dgram_socket *d, const struct sockaddr_storage *from, const struct ucred *who)
{
	char name[NET_NAME_MAX], uid[16];
	const char *more[] = {"uid", uid, NULL};

	net_name(from, name);
	if (who)
		snprintf(uid, sizeof(uid), "%u", (unsigned)who->uid);
	return syslog_source(d->owner, d->is_unix ? d->address : name, who ? more : NULL);
}

static void tell(struct sender *x)
{
	if (x->dropped && x->src)
		(void)genlog_lost(x->src, x->dropped, "its sender exceeds rate_limit");
	x->dropped = 0;
}

bool senders_open(struct syslog *s)
{
	return genlog_lru_open(&s->senders, SENDERS, sizeof(struct sender));
}

struct sender *sender_find(struct dgram_socket *d, const struct sockaddr_storage *from, const struct ucred *who)
{
	struct syslog *s = d->owner;
	uint64_t h = hash_of(d, from, who);
	struct sender *x;

	x = genlog_lru_find(&s->senders, h);
	if (!x) {
		x = genlog_lru_victim(&s->senders);
		if (x) {
			tell(x);
			genlog_source_close(x->src);
		}
		x = genlog_lru_add(&s->senders, h);
		x->tokens = s->limits.rate_limit;
		x->filled_ms = net_now();
	}
	if (!x->src)
		x->src = open_source(d, from, who);
	return x->src ? x : NULL;
}

/* Whether its rate allows for one more. */
bool sender_may(struct syslog *s, struct sender *x)
{
	int64_t rate = s->limits.rate_limit, now, more;

	if (!rate)
		return true;
	if (x->tokens <= 0) {
		now = net_now();
		more = (now - x->filled_ms < 1000 ? now - x->filled_ms : 1000) * rate / 1000;
		if (more) {
			x->tokens += more;
			x->filled_ms = now;
		}
	}
	if (x->tokens > 0) {
		x->tokens--;
		return true;
	}
	x->dropped++;
	genlog_count(s->in, GENLOG_COUNT_RATE_LIMITED, 1);
	return false;
}

void senders_tell(struct syslog *s)
{
	for (uint32_t i = 1; i <= s->senders.n; i++)
		tell((struct sender *)genlog_lru_at(&s->senders, i));
}

void senders_free(struct syslog *s)
{
	for (uint32_t i = 1; i <= s->senders.n; i++)
		genlog_source_close(((struct sender *)genlog_lru_at(&s->senders, i))->src);
	genlog_lru_close(&s->senders);
}
