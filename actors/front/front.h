/* actors/front/front.h - the one state of this process, and what its parts offer each other.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_H
#define STUDIOD_FRONT_H

#include <h2o.h>

#include "actors/common/actor.h"
#include "actors/common/sandbox.h"
#include "actors/front/calm.h"
#include "actors/front/limits.h"

enum { CONNECTIONS_MAX = 8192, OPS_CONNECTIONS_MAX = 64, ADDRESS_CONNECTIONS_MAX = 1024 };
enum { ACCEPTORS = 3, ORIGINS_MAX = 16 };
/* For a request to arrive, or the next one to begin: up to the first, then at some pace. */
enum { REQUEST_MS = 30000, REQUEST_MOST_MS = 1800000 };

struct front;
struct exchange;
struct feeds;			/* feed.h */

/* One of our listening sockets. */
struct acceptor {
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
	h2o_socket_t *sock;		/* h2o's */
	struct exchange *watched;	/* gone.h */
	bool ops;			/* came through the ops listener */
	bool shut;			/* to be closed, or being closed */
	bool upgraded;			/* it is a WebSocket: websocket.h looks after it */
	bool lingers;			/* its request may still come when its last answer is out */
	uint16_t *neighbours;		/* connections of its address */
	uint32_t exchanges;		/* open */
	uint64_t moved_ms;		/* when one of them began or ended last */
	uint64_t settled;		/* bytes that it sent and we let go again */
	uint64_t unsent;		/* bytes of answers that h2o still holds for it */
	uint64_t holding;		/* bytes of ours, when last looked at */
	struct client *next, **at;	/* all of them */
	struct calm calm;		/* what it may ask without asking for anything */
	uint32_t head_bytes;		/* HTTP/2: of the request's head that comes just now */
	bool http2;
	bool head_ends_stream;		/* and whether no body follows it */
};

struct front {
	struct actor a;
	h2o_loop_t *loop;
	h2o_globalconf_t conf;
	h2o_context_t ctx;
	struct acceptor acceptors[ACCEPTORS];

	struct client *clients;
	uint32_t connections, ops_connections, exchanges, shut_clients;
	uint64_t accepted, turned_away, shut_out;

	struct feeds *feeds;

	/* settings */
	uint64_t sync_wait_ms;
	uint64_t events_beat_ms;
	uint64_t upload_max;		/* bytes of a file */
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

/* The client of a request. */
struct client *client_of(h2o_req_t *req);
/* Where an address stands for limits: 4 bytes of IPv4, 8 of IPv6 (the /64 that one customer
 * has). The number of bytes. */
size_t client_holder(const struct client *c, const void **holder);

/* ---- conduct.c ---- */

/* Call it once a turn, outside of h2o. Closes the clients that are shut out. And: requests
 * and answers are held in memory until they are whole, and h2o bounds each but not their
 * sum: over MEMORY_HIGH the clients for whom most is held are shut out. So are those whose
 * requests come too slowly. */
void listen_look(struct front *f, uint64_t now);
/* Marks it: h2o is told at the end of the turn. Logged, where there is a why. */
void client_shut_out(struct client *c, const char *why);
/* Takes points (calm.h) for something that keeps us busy; false where it has none left, and is
 * shut out: starting streams and resetting them at once costs us work and it nothing
 * (CVE-2023-44487), and so do pings, settings, priorities and empty frames. */
bool client_charge(struct client *c, int points);
/* A request begins. */
void client_busy(struct client *c);
/* A request is over: `taken` bytes of it and `unsent` of its answer are let go. */
void client_settle(struct client *c, size_t taken, size_t unsent, bool answered);

#endif
