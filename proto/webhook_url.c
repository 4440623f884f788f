/* proto/webhook_url.c - see webhook_url.h.
 * Owns: nothing. Fails: never.
 * Licence: Apache-2.0. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "proto/net_address.h"
#include "proto/webhook_url.h"

enum { HOST_MAX = 253, LABEL_MAX = 63 };

static const char no_host[] = "must name a host, and nothing but a host and a port, behind its //";

int
webhook_ports(const char *text, struct webhook_rules *rules)
{
	rules->nports = 0;
	for (const char *p = text; ; p++) {
		char *end;
		unsigned long port = isdigit((unsigned char)*p) ? strtoul(p, &end, 10) : 0;
		if (port == 0 || port > 65535 || rules->nports == WEBHOOK_PORTS_MAX)
			return -1;
		rules->ports[rules->nports++] = (uint16_t)port;
		if (*end == '\0')
			return 0;
		if (*end != ',')
			return -1;
		p = end;
	}
}

static const char *
port_wrong(unsigned port, const struct webhook_rules *rules)
{
	for (size_t i = 0; i < rules->nports; i++)
		if (rules->ports[i] == port)
			return NULL;
	return "must not name this port: webhooks may not go there";
}

/* The class of an address, unless it is this machine and that is allowed. */
static const char *
special(const char *what, bool loopback, const struct webhook_rules *rules)
{
	return what == NULL || (loopback && rules->loopback) ? NULL : "must not name a private or reserved address";
}

/* Behind its last dot a host that is no name has a number: then it is an address, and has to be
 * written as one. */
static bool
ends_in_number(const char *host)
{
	const char *dot = strrchr(host, '.'), *last = dot != NULL ? dot + 1 : host;

	return last[strspn(last, "0123456789")] == '\0' || strncasecmp(last, "0x", 2) == 0;
}

static bool
ends_with(const char *host, const char *end)
{
	size_t n = strlen(host), k = strlen(end);

	return n >= k && strcasecmp(host + n - k, end) == 0;
}

static const char *
name_wrong(const char *host, const struct webhook_rules *rules)
{
	size_t label = 0;

	for (const char *p = host; ; p++) {
		if (*p == '.' || *p == '\0') {
			if (label == 0 || label > LABEL_MAX || p[-1] == '-' || p[-(ptrdiff_t)label] == '-')
				return no_host;
			label = 0;
			if (*p == '\0')
				break;
		} else if (isalnum((unsigned char)*p) || *p == '-' || *p == '_') {
			label++;
		} else {
			return no_host;
		}
	}
	if (strcasecmp(host, "localhost") == 0 || ends_with(host, ".localhost"))
		return rules->loopback ? NULL : "must not name this machine";
	/* names of an inner network, and what a search list would complete to one */
	if (strchr(host, '.') == NULL || ends_with(host, ".internal") || ends_with(host, ".local"))
		return "must name a host of the internet";
	return NULL;
}

static const char *
host_wrong(const char *host, const struct webhook_rules *rules)
{
	uint8_t a[16];
	size_t n = strlen(host);

	if (host[0] == '[') {
		char inner[HOST_MAX + 1];
		snprintf(inner, sizeof inner, "%.*s", (int)(n > 2 ? n - 2 : 0), host + 1);
		if (inet_pton(AF_INET6, inner, a) != 1)
			return no_host;
		return special(address6_special(a), address6_loopback(a), rules);
	}
	if (!ends_in_number(host))
		return name_wrong(host, rules);
	if (inet_pton(AF_INET, host, a) != 1)
		return "must write an address as four decimal numbers";
	return special(address4_special(a), address4_loopback(a), rules);
}

/* Of "host:port" or "[address]:port" the host. The port, or 0 where it is none. */
static unsigned
authority_split(struct bytes b, unsigned standard, char host[HOST_MAX + 3])
{
	size_t n = 0;

	if (b.n > 0 && b.p[0] == '[') {
		const char *end = memchr(b.p, ']', b.n);
		n = end != NULL ? (size_t)(end - b.p) + 1 : 0;
	} else {
		while (n < b.n && b.p[n] != ':')
			n++;
	}
	if (n == 0 || n > HOST_MAX)
		return 0;
	memcpy(host, b.p, n);
	host[n] = '\0';
	if (n == b.n)
		return standard;
	unsigned port = 0;
	for (size_t i = n + 1; i < b.n; i++) {
		if (!isdigit((unsigned char)b.p[i]) || b.n - n > 6)
			return 0;
		port = port * 10 + (unsigned)(b.p[i] - '0');
	}
	return b.p[n] == ':' && port <= 65535 ? port : 0;
}

static bool
characters_fit(struct bytes url)
{
	for (uint32_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] <= ' ' || (unsigned char)url.p[i] >= 0x7f || strchr("\"<>\\^`{|}#", url.p[i]) != NULL)
			return false;
	return true;
}

const char *
webhook_url_wrong(struct bytes url, const struct webhook_rules *rules)
{
	char host[HOST_MAX + 3];
	bool plain = url.n > 7 && strncasecmp(url.p, "http://", 7) == 0;
	uint32_t at = plain ? 7 : 8, end;

	if (url.n > WEBHOOK_URL_MAX)
		return "is too long";
	if (!characters_fit(url))
		return "must not have spaces, fragments or characters that have to be encoded";
	if (!plain && (url.n <= 8 || strncasecmp(url.p, "https://", 8) != 0))
		return "must begin with https://";
	if (plain && !rules->loopback)
		return "must begin with https://";
	for (end = at; end < url.n && url.p[end] != '/' && url.p[end] != '?'; end++)
		if (url.p[end] == '@')
			return "must not hold a user or password";
	unsigned port = authority_split(bytes_of(url.p + at, end - at), plain ? 80 : 443, host);
	if (port == 0)
		return no_host;
	const char *wrong = host_wrong(host, rules);
	return wrong != NULL ? wrong : port_wrong(port, rules);
}
