/* Unfinished messages: each connection's in memory of its own, all of them within the server's bound. */
#include <errno.h>
#include <stdlib.h>

#include "conn.h"

#define GRAIN 256

static void account(struct net_server *s, size_t less, size_t more)
{
	s->kept = s->kept - less + more;
	genlog_gauge(s->c.in, GENLOG_GAUGE_BUFFERED, (int64_t)s->kept);
}

/* Whoever has not finished for longest goes, until there is room; it may be the one that asks. */
static bool make_room(struct net_conn *c, size_t more)
{
	struct net_server *s = c->s;

	while (s->kept + more > (size_t)s->c.limits->memory) {
		struct net_conn *oldest = NULL;

		for (struct net_conn *x = s->conns; x; x = x->next)
			if (x->left_n && !x->closing && (!oldest || x->begun_ms < oldest->begun_ms))
				oldest = x;
		if (!oldest || oldest == c)
			return false;
		conn_give_up(oldest, "the memory for unfinished messages is full, and its message has waited longest");
	}
	return true;
}

static int grow(struct net_conn *c, size_t cap)
{
	char *p;

	if (!make_room(c, cap - c->left_cap))
		return -ENOMEM;
	p = realloc(c->left, cap + GENLOG_PAD);
	if (!p)
		return -ENOMEM;
	account(c->s, c->left_cap, cap);
	c->left = p;
	c->left_cap = cap;
	return 0;
}

int keep_room(struct net_conn *c, size_t more)
{
	size_t want = c->left_n + more, cap = 2 * c->left_cap;

	if (want <= c->left_cap)
		return 0;
	if (want > c->s->c.message_max + NET_READ)
		return -EMSGSIZE;
	return grow(c, cap > want ? cap : want);
}

int keep_set(struct net_conn *c, const char *p, size_t n)
{
	int r = 0;

	if (!n) {
		keep_drop(c);
		return 0;
	}
	if (n > c->left_cap)
		r = grow(c, (n + GRAIN - 1) / GRAIN * GRAIN);
	if (r < 0)
		return r;
	memmove(c->left, p, n);
	c->left_n = n;
	return 0;
}

void keep_drop(struct net_conn *c)
{
	account(c->s, c->left_cap, 0);
	free(c->left);
	c->left = NULL;
	c->left_n = c->left_cap = 0;
}
