#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *scheme;
	enum net_kind kind;
} schemes[] = {{"udp://", NET_UDP}, {"tcp://", NET_TCP}, {"tls://", NET_TLS}, {"unix:", NET_UNIX},
	{"unix-stream:", NET_UNIX_STREAM}, {"unix-dgram:", NET_UNIX_DGRAM}, {"systemd:", NET_SYSTEMD}};

static const char *behind_scheme(struct net_address *a, const char *text)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		size_t n = strlen(schemes[i].scheme);

		if (strncmp(text, schemes[i].scheme, n) != 0)
			continue;
		a->kind = schemes[i].kind;
		return text + n;
	}
	return NULL;
}

static int take(char *to, size_t cap, const char *p, size_t n, const char *what, struct genlog_err *err)
{
	if (n >= cap)
		return genlog_fail(err, EINVAL, "the %s is longer than %zu bytes", what, cap - 1);
	memcpy(to, p, n);
	to[n] = 0;
	return 0;
}

static int check_port(const char *port, struct genlog_err *err)
{
	unsigned n = 0;

	for (const char *p = port; *p; p++) {
		if (*p < '0' || *p > '9')
			return genlog_fail(err, EINVAL, "\"%s\" is no port", port);
		n = 10 * n + (unsigned)(*p - '0');
	}
	return n <= 65535 ? 0 : genlog_fail(err, EINVAL, "port %s is above 65535", port);
}

/* "host:port", "[v6]:port", ":port", "host" */
static int host_and_port(struct net_address *a, const char *p, const char *port, struct genlog_err *err)
{
	const char *shut = *p == '[' ? strchr(p, ']') : NULL, *colon = shut ? shut + 1 : strrchr(p, ':');
	const char *from = shut ? p + 1 : p, *to = shut ? shut : colon ? colon : p + strlen(p);
	int r;

	if (*p == '[' && (!shut || (*colon && *colon != ':')))
		return genlog_fail(err, EINVAL, "\"%s\" has no closing bracket before its port", a->text);
	if (!shut && colon && memchr(p, ':', (size_t)(colon - p)))
		return genlog_fail(err, EINVAL, "an address of IPv6 stands in brackets: [::1]:514");
	r = take(a->host, sizeof(a->host), from, (size_t)(to - from), "host", err);
	if (r < 0)
		return r;
	if (colon && *colon)
		port = colon + 1;
	if (!port || !*port)
		return genlog_fail(err, EINVAL, "\"%s\" has no port", a->text);
	r = take(a->port, sizeof(a->port), port, strlen(port), "port", err);
	return r < 0 ? r : check_port(a->port, err);
}

int net_address_parse(struct net_address *a, const char *text, const char *port, struct genlog_err *err)
{
	const char *p;

	*a = (struct net_address){.text = text};
	p = behind_scheme(a, text);
	if (!p)
		return genlog_fail(err, EINVAL,
			"\"%s\" is no address; there are udp://host:port, tcp://…, tls://…, unix:/path and "
			"systemd:NAME",
			text);
	if (a->kind <= NET_TLS)
		return host_and_port(a, p, port, err);
	if (a->kind != NET_SYSTEMD && *p != '/')
		return genlog_fail(err, EINVAL, "\"%s\": a unix socket's path begins with /", text);
	return take(a->path, sizeof(a->path), p, strlen(p), "path", err);
}

void net_name(const struct sockaddr_storage *from, char out[NET_NAME_MAX])
{
	const struct sockaddr_in *v4 = (const void *)from;
	const struct sockaddr_in6 *v6 = (const void *)from;

	snprintf(out, NET_NAME_MAX, "unix");
	if (from->ss_family == AF_INET)
		inet_ntop(AF_INET, &v4->sin_addr, out, NET_NAME_MAX);
	else if (from->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], out, NET_NAME_MAX);
	else if (from->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &v6->sin6_addr, out, NET_NAME_MAX);
}
