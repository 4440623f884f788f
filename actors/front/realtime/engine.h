/* actors/front/realtime/engine.h - a session of Engine.IO, whatever carries it: a waiting GET, a WebSocket, or
 * first one and then the other. What it is made of:
 *
 *     polling        packets wait in `out` until a GET takes them all
 *     probe          a WebSocket was opened beside it and asked "2probe": GETs are let go at once
 *     websocket      the client said "5": packets go out as they come
 *     over           nothing more comes of it; what was said last waits a while for a GET
 *
 * It pings, and ends when nobody answers; it ends when nobody connects to the namespace
 * (namespace.h) in time. Pure: transports are what their functions do, time is given.
 *
 * Owns:  itself, until it is over; never what carries it.
 * Fails: into its end. Nothing is freed before engines_look, so whoever was called by it may
 *        still look at it.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_ENGINE_H
#define STUDIOD_FRONT_ENGINE_H

#include <sys/queue.h>

#include "actors/front/realtime/engineio.h"
#include "actors/front/realtime/namespace.h"

enum {
	ENGINES_MAX = 8192,
	ENGINES_UNKNOWN_MAX = 256,	/* of one address, before they said who they are */
	ENGINE_QUEUE_FULL = 128 << 10,	/* bytes that wait: the feed is told to wait, too */
	ENGINE_QUEUE_SMALL = 8 << 10,	/* the same while all together have too much */
	ENGINE_QUEUES_MAX = 64 << 20,	/* which is this */
	ENGINE_QUEUE_MAX = 256 << 10,	/* of answers to what it says, too: with the next one it ends */
	ENGINE_SLOW_MS = 20000,		/* full for so long, and it ends */
	ENGINE_CHECK_MS = 100,		/* whether there is room again */
	ENGINE_CONNECT_MS = 45000,	/* for the namespace */
	ENGINE_UPGRADE_MS = 10000,	/* from the probe to "5" */
	ENGINE_FAREWELL_MS = 10000,	/* for a GET to take what was said last */
	ENGINE_PACKETS_MAX = 1024	/* of one payload */
};

struct engine;

/* A GET that waits for packets: a part of whoever holds it. */
struct poll {
	struct engine *engine;		/* NULL: it does not wait */
	/* Ends it: with a payload, or why not. Nothing of it is touched afterwards. */
	void (*answer)(struct poll *p, enum engineio_error error, struct bytes payload);
};

/* A WebSocket, likewise. */
struct channel {
	struct engine *engine;		/* NULL: it belongs to none (any more) */
	void (*send)(struct channel *c, struct bytes packet);
	size_t (*queued)(const struct channel *c);
	/* Ends it once what was sent is out: `code` of RFC 6455. The engine has let go of it. */
	void (*close)(struct channel *c, unsigned code, const char *why);
};

enum engine_end {
	END_CLIENT,			/* it said so */
	END_GONE,			/* its connection broke, or it did not answer pings */
	END_PROTOCOL,			/* what it sent is none of Engine.IO or Socket.IO */
	END_BINARY,			/* bytes: nobody here reads any */
	END_OVERLAP,			/* two GETs at once */
	END_UNKNOWN,			/* it did not say who it is in time, or too often in vain */
	END_SESSION,			/* revoked, logged out, deleted */
	END_SLOW,			/* it does not read */
	END_MANY,			/* its user has too many at once */
	END_AWAY,			/* auth or db are: another try may do */
	END_DRAINING,			/* this process leaves */
	END_COUNT
};

enum engine_state { ENGINE_POLLING, ENGINE_WEBSOCKET, ENGINE_OVER };

struct engine {
	struct front *front;
	char sid[ENGINEIO_SID_MAX];
	struct ctx ctx;			/* of the request that opened it */
	enum engine_state state;
	enum engine_end end;
	struct poll *poll;
	struct channel *channel, *probe;
	bool probed, upgraded;		/* probed: the probe was answered */
	bool farewell;			/* over, and a GET may take `out` */
	bool says_close;		/* and the next one the packet that closes */
	struct buf out;			/* packets that wait, separated as in a payload */
	size_t counted;			/* of out, in the sum of all */
	uint64_t opened_ms, ping_ms, pong_ms, upgrade_ms, connect_ms, slow_ms, check_ms, free_ms;	/* deadlines; 0: none */
	uint64_t due_ms;		/* the first of them */
	uint16_t *unknown;		/* of its address; NULL once it is known */
	struct namespace ns;
	LIST_ENTRY(engine) same, turn, all;
	TAILQ_ENTRY(engine) dirty;
	bool is_dirty;
};

struct engine_counts {
	uint64_t opened, upgraded, refused, events, resyncs, ended[END_COUNT];
	uint32_t polling, websocket, connected, full;	/* now */
	size_t queued;			/* bytes that wait in all of them */
};
extern struct engine_counts engine_counts;

/* `instance` names this process in the sids that it gives. */
void engines_init(struct front *f, uint32_t instance);
/* Call it once a turn: what is due, and what waits to be sent. In how many milliseconds it wants to be
 * called again at the latest; UINT32_MAX: a second later will do. */
uint32_t engines_look(uint64_t now);
/* Ends all of them; new ones are not opened any more. */
void engines_drain(void);

/* Opens one. holder: a hash of the client's address. NULL: there are too many. With a channel it
 * begins as a WebSocket; the open packet is sent either way. */
struct engine *engine_open(const struct ctx *ctx, uint64_t holder, struct channel *c, uint64_t now);
/* By its sid, or NULL. */
struct engine *engine_find(struct bytes sid);
/* The instance whose sid it is; false where no process of ours can have given it. */
bool engine_owner(struct bytes sid, uint32_t *instance);

/* A GET: answered now or later. */
void engine_poll(struct engine *e, struct poll *p);
/* Its client went away, and with it the engine; nothing where it does not wait (any more). */
void engine_poll_gone(struct poll *p);
/* A POST: ENGINEIO_FINE, or why not. The engine may be over then. */
enum engineio_error engine_post(struct engine *e, struct bytes payload);
/* A WebSocket with the sid of a polling one; closed where that cannot be. */
void engine_probe(struct engine *e, struct channel *c);
/* What came over a WebSocket. */
void engine_text(struct channel *c, struct bytes text);
void engine_bytes(struct channel *c);
/* It is gone. */
void engine_channel_gone(struct channel *c);

/* Sends a packet of Engine.IO. Views are copied. */
void engine_send(struct engine *e, struct bytes packet);
/* Has it enough to send for now? Then namespace_resume is called when it has not. */
bool engine_full(struct engine *e);
/* The client is known: no deadline any more. */
void engine_known(struct engine *e);
void engine_close(struct engine *e, enum engine_end why);
/* "slow": for metrics. */
const char *engine_end_name(enum engine_end why);

#endif
