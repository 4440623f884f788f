/* tests/unit/hook_server.h - a receiver of webhooks on the default loop: what each connection gets for
 * an answer, and what came.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_HOOK_SERVER_H
#define STUDIOD_HOOK_SERVER_H

#include <ev.h>
#include <stddef.h>

struct hook_server {
	int fd;
	ev_io io;
	unsigned port;
	const char *const *answers;	/* one for each request, the last one again; NULL closes, "" says nothing */
	size_t n;
	size_t requests, connections;
	char last[65536];		/* the latest request, head and body */
};
extern struct hook_server hook_server;

/* Listens on the loopback address and answers so from now on. */
void hook_server_start(const char *const *answers, size_t n);
void hook_server_stop(void);
/* The value of a field of the latest request's head; "" without one. */
const char *hook_server_field(const char *name);

#endif
