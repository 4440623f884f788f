/* actors/common/conn.h - a descriptor that carries a link, for any loop.
 *
 * The loop's adapter gives three operations; this file does the reading, the writing,
 * descriptors in transit and what happens when the other end is gone. Writing is lazy:
 * what a turn of the loop queued is written once, when the adapter calls conn_flush_all
 * before it sleeps.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_CONN_H
#define STUDIOD_CONN_H

#include "proto/link.h"

struct conn {
	struct link *link;
	int fd;
	bool packets;			/* SOCK_SEQPACKET: one frame a packet */
	bool want_write;		/* the socket was full: the adapter watches for room */
	bool dirty;
	struct conn *next_dirty;
	const struct loop_ops *ops;
	void *loop;
	void *watcher;			/* the adapter's */
	void (*on_gone)(struct conn *, const char *why);	/* after close and link_down; why is NULL for an ordinary end. It must not free the conn or the link: a handler above it may still use them */
	void *owner;
};

struct loop_ops {
	void (*watch)(struct conn *);		/* start: call conn_readable / conn_writable */
	void (*want_write)(struct conn *, bool);
	void (*unwatch)(struct conn *);		/* stop; the descriptor is closed right after */
};

/* Takes over fd (made non-blocking and close-on-exec), brings the link up. `c` must not
 * carry another connection. */
void conn_open(struct conn *c, struct link *l, int fd, bool packets, uint32_t instance, uint64_t incarnation,
    const struct loop_ops *ops, void *loop);
/* Ends it: unwatch, close, link_down, on_gone. */
void conn_close(struct conn *c, const char *why);
void conn_readable(struct conn *c);
void conn_writable(struct conn *c);
/* link_hooks.wake for links that live on a conn. */
void conn_wake(struct link *l);
/* Writes what this turn queued on all connections of the process. */
void conn_flush_all(void);

#endif
