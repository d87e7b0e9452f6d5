/*
 * Who is connected.  One that does not come to an end of its request, or does not read its answer, has to leave after a
 * while, however busy it seems; and where all places are taken, the one that has been there for the longest leaves at
 * once for the newest: whoever asks as people and programs do is answered in a moment, also in a crowd.
 */
#include <sys/socket.h>

#include "admin/http.h"
#include "base/clock.h"

#define PATIENCE_MS 5000
#define LOOK_MS 1000

/* The library sees it closed, and forgets it. */
static void send_away(struct guest *g)
{
	(void)shutdown(g->fd, SHUT_RDWR);
	g->leaving = true;
}

static struct guest *oldest(struct http_guests *all)
{
	struct guest *found = NULL;

	for (size_t i = 0; i < all->n; i++)
		if (!all->v[i].leaving && (!found || all->v[i].since_ms < found->since_ms))
			found = &all->v[i];
	return found;
}

static struct guest *guest_of(struct http_guests *all, const struct MHD_Connection *c)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].connection == c)
			return &all->v[i];
	return NULL;
}

static void comes(struct http_guests *all, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	size_t staying = 0;

	if (!info || all->n == GUESTS_MOST)
		return;
	for (size_t i = 0; i < all->n; i++)
		staying += !all->v[i].leaving;
	if (staying >= GUESTS_STAY)
		send_away(oldest(all));
	all->v[all->n++] = (struct guest){c, info->connect_fd, clock_ms(), false};
	loop_timer_set(all->timer, LOOK_MS);
}

static void goes(struct http_guests *all, const struct MHD_Connection *c)
{
	struct guest *g = guest_of(all, c);

	if (g)
		*g = all->v[--all->n];
}

void http_guest_notify(void *arg, struct MHD_Connection *c, void **state, enum MHD_ConnectionNotificationCode what)
{
	(void)state;
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		comes(arg, c);
	else
		goes(arg, c);
}

void http_guest_asked(struct http_guests *all, const struct MHD_Connection *c)
{
	struct guest *g = guest_of(all, c);

	if (g)
		g->since_ms = clock_ms();
}

static void on_timer(void *arg)
{
	struct http_guests *all = arg;
	int64_t now = clock_ms();

	for (size_t i = 0; i < all->n; i++)
		if (!all->v[i].leaving && now - all->v[i].since_ms > PATIENCE_MS)
			send_away(&all->v[i]);
	if (all->n)
		loop_timer_set(all->timer, LOOK_MS);
}

bool http_guests_open(struct http_guests *all, struct loop *loop)
{
	all->timer = loop_timer(loop, on_timer, all);
	return all->timer != NULL;
}

void http_guests_close(struct http_guests *all)
{
	loop_timer_free(all->timer);
	*all = (struct http_guests){0};
}
