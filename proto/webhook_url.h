/* proto/webhook_url.h - may a webhook go to this URL? db looks when it is registered, notifier
 * before each attempt: nobody needs to trust the other. What a name resolves to is looked at when
 * a connection is made (actors/notifier/hook_send.c). Pure.
 *
 *     https://host[:port][/path][?query]
 *
 * The grammar is narrow, so that no two readers can see different hosts in one URL: no user, no
 * fragment, no backslash, no percent in the host; an IPv4 address only as four decimal numbers.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_PROTO_WEBHOOK_URL_H
#define STUDIOD_PROTO_WEBHOOK_URL_H

#include "proto/proto.h"

enum { WEBHOOK_URL_MAX = 2048, WEBHOOK_PORTS_MAX = 16 };

struct webhook_rules {
	uint16_t ports[WEBHOOK_PORTS_MAX];	/* those that may be named */
	size_t nports;
	bool loopback;				/* development: http, and this machine, too */
};

/* Reads a list like "443,8443". 0, or -1 for anything else. */
int webhook_ports(const char *text, struct webhook_rules *rules);
/* NULL, or what is wrong, for people: reads on after "url ". A literal. */
const char *webhook_url_wrong(struct bytes url, const struct webhook_rules *rules);

#endif
