/*
 * The agent over HTTP, for those who only look: nothing can be changed this way.
 *
 *	/metrics      for Prometheus                       metrics_text.c
 *	/health       200: the process does what it can; 503: it hangs, and only a restart helps
 *	/ready        200: data flows; 503 with words: something does not move
 *	/             the page                             page.html
 *	/api/status   what `genlogctl status --json` says
 *	/api/tail     the newest documents                 http_tail.c
 *
 * On an address that others reach only the first three are served: documents are not for everybody.  On loopback they
 * would be for every user of the host, so /api/tail wants a unix socket or `admin.tail: yes`.
 * A request has to name this host (Host:), so that a page of somebody else cannot be pointed here by its DNS.
 *
 * Owner: the agent; main thread, within its loop.
 */
#ifndef ADMIN_HTTP_H
#define ADMIN_HTTP_H

#include <microhttpd.h>

#include "admin/admin.h"

struct http_tail;

#define GUESTS_STAY 48
#define GUESTS_MOST 64 /* with those that have been sent away and are not gone */

struct guest {
	struct MHD_Connection *connection;
	int fd;
	int64_t since_ms; /* it came, or asked last */
	bool leaving;
};

struct http_guests {
	struct guest v[GUESTS_MOST];
	size_t n;
	struct loop_timer *timer;
};

struct http {
	struct agent *agent;
	struct MHD_Daemon *daemon;
	struct loop_watch *watch;
	struct loop_timer *timer;
	char *path;  /* of a unix socket; NULL: TCP */
	bool public; /* others reach it */
	struct answer answer;
	struct http_tail *tail;
	struct http_guests guests;
};

/* 0, also where it cannot be had: that is said, and the agent runs without. */
int http_open(struct http *h, struct agent *a);
void http_close(struct http *h);

/* What is sent; `text` is malloc'ed and taken.  NULL: no memory. */
struct http_reply {
	unsigned status;
	const char *type;
	char *text;
	size_t n;
};

/* Whether /api/tail is served: not to every user of this host unless the operator wants that. */
bool http_shows_documents(const struct http *h);
void http_json(struct answer *a, struct http_reply *out); /* finishes it */

/* metrics_text.c, http_tail.c: */
void metrics_text(struct agent *a, struct http_reply *out);
void http_tail_reply(struct http *h, struct MHD_Connection *c, struct http_reply *out);
void http_tail_take(struct http_tail *t, const char *collection, int level, const uint8_t *bson, size_t n);
bool http_tail_wanted(struct http_tail *t); /* somebody has asked of late */
struct http_tail *http_tail_new(void);
void http_tail_free(struct http_tail *t);

/* http_guests.c: */
bool http_guests_open(struct http_guests *all, struct loop *loop);
void http_guests_close(struct http_guests *all);
void http_guest_notify(void *all, struct MHD_Connection *c, void **state, enum MHD_ConnectionNotificationCode what);
void http_guest_asked(struct http_guests *all, const struct MHD_Connection *c);

/* page.c */
extern const char http_page[];
extern const unsigned http_page_len;

#endif
