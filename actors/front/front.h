/* actors/front/front.h - the one state of this process, and what its parts offer each other.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_H
#define STUDIOD_FRONT_H

#include <h2o.h>

#include "actors/common/actor.h"
#include "actors/common/sandbox.h"
#include "actors/front/limits.h"

enum { CONNECTIONS_MAX = 4096, LISTENERS = 3, ORIGINS_MAX = 16 };

struct front;

/* One of our listening sockets. */
struct listener {
	struct front *front;
	h2o_socket_t *sock;
	h2o_accept_ctx_t accept;
	h2o_hostconf_t *hosts[2];	/* NULL-terminated: what it serves */
};

/* One client connection, from accept to close. */
struct client {
	struct front *front;
	struct sockaddr_storage address;
	char text[64];			/* the address for logs and limits */
	int fd;				/* h2o's; only to look at it and to shut it down */
	bool shut;
	uint64_t received;		/* bytes, when last looked at */
	struct client *next, **at;	/* all of them */
	uint32_t broken_off;		/* requests that it gave up, since `counted_ms` */
	uint64_t counted_ms;
};

struct front {
	struct actor a;
	h2o_loop_t *loop;
	h2o_globalconf_t conf;
	h2o_context_t ctx;
	struct listener listeners[LISTENERS];

	struct client *clients;
	uint32_t connections, exchanges;
	uint64_t accepted, turned_away;

	/* settings */
	uint64_t sync_wait_ms;
	struct limits limits;
	char *origins[ORIGINS_MAX];	/* CORS_ORIGIN */
	size_t norigins;
	bool any_origin;

	/* what the supervisor told last */
	bool all_up;
	char down[256];
};

/* server.c: h2o's configuration, handlers and filters. The loop must exist. */
void server_init(struct front *f);

/* listen.c: takes the sockets that the supervisor bound; accepts once they are opened. */
void listen_init(struct front *f, SSL_CTX *ssl);	/* ssl NULL: no HTTPS */
void listen_open(struct front *f);
void listen_close(struct front *f);

/* Bodies are held in memory until they are whole, and h2o bounds each but not their sum:
 * over MEMORY_HIGH the clients that sent most are shut out. Call it now and then. */
void listen_relieve(struct front *f, uint64_t now);

/* The client of a request. */
struct client *client_of(h2o_req_t *req);
/* It gave a request up. Who does little else is shut out: starting streams and resetting
 * them at once costs us work and him nothing (CVE-2023-44487). */
void client_broke_off(struct client *c);

#endif
