/* actors/db/pool.h - the connections to PostgreSQL: non-blocking, pipelined, prepared,
 * and back by themselves after they were lost.
 *
 *     APP_CONNECTIONS x role studio_app      front, poller, notifier
 *     1 x role studio_auth                   auth
 *     1 x role studio_app, LISTEN            notifications
 *
 * Without a connection an ask is refused at once, but for two cases that wait a little: what
 * was in flight and may be done twice, and what comes in the first moment of an outage.
 *
 * Each write is a transaction of its own. Reads of one turn of the loop share one, and one
 * system call: when one of them fails the others are asked again alone.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_DB_POOL_H
#define STUDIOD_DB_POOL_H

#include <ev.h>
#include <libpq-fe.h>
#include <sys/queue.h>

#include "actors/common/actor.h"
#include "actors/db/conninfo.h"
#include "actors/db/statements.h"

enum {
	APP_CONNECTIONS = 2,
	POOL_CONNECTIONS = APP_CONNECTIONS + 2,
	ASK_PARAMS = 16,
	FLIGHT_MAX = 1024,		/* statements on one connection */
	FLIGHT_BYTES = 32 << 20,	/* and the bytes of their parameters */
	HELD_MS = 2500,			/* how long what was in flight waits for a connection */
	GRACE_MS = 1000,		/* how long after a loss, or the start, new ones wait too */
	ASK_TRIES = 3,
	CONNECT_MS = 5000,
	BACKOFF_FIRST_MS = 50, BACKOFF_MOST_MS = 800
};

struct ask;
/* The end of an ask: err 0 and its result, or an E_ code. The ask is freed after it. */
typedef void ask_fn(struct ask *, unsigned err, const PGresult *res);

/* One statement with its parameters, for a request or for db itself. */
struct ask {
	TAILQ_ENTRY(ask) entry;
	enum query query;
	struct request *rq;		/* or NULL */
	ask_fn *done;
	void *state;
	struct ctx ctx;
	const char *detail;		/* on an error: what the asker may be told; a literal, or in the arena */
	uint64_t hold_until_ms;
	uint8_t tries;
	bool keyed;			/* may be done twice, whatever its statement says */
	bool alone;			/* shares no transaction */
	unsigned n;
	size_t bytes;
	const char *values[ASK_PARAMS];
	int lengths[ASK_PARAMS], formats[ASK_PARAMS];
	char numbers[ASK_PARAMS][24];
	struct arena arena;		/* copies, and what the handler needs until the end */
	struct id who;			/* the handler's: the user who asks */
	uint64_t tag;			/* the handler's */
	void *keep;			/* likewise, in the arena */
};
TAILQ_HEAD(asks, ask);

struct pool;
enum pg_state { PG_DOWN, PG_CONNECTING, PG_SETTING_UP, PG_UP };
struct pg {
	struct pool *pool;
	enum on kind;
	enum pg_state state;
	PGconn *conn;
	ev_io io;
	ev_timer timer;			/* the next try while down, too late while connecting */
	struct asks flight;
	unsigned nflight;
	size_t bytes;
	unsigned failures;
	bool unsynced;			/* reads were sent that wait for their sync */
	bool dirty;			/* something may wait in libpq's buffer */
};

struct pool_hooks {
	void (*on_up)(void *state, enum on kind);
	void (*on_change)(void *state);	/* a connection came or went */
	void (*on_notify)(void *state, const char *channel, const char *payload);
};

struct pool {
	struct ev_loop *loop;
	const struct conninfo *conninfo;
	struct pool_hooks hooks;
	void *state;
	struct pg pgs[POOL_CONNECTIONS];
	struct asks held;		/* lost their connection, wait for another */
	unsigned nheld;
	uint64_t away_since_ms[ON_listen + 1];	/* by kind; 0: one is up, or none was started */
	ev_prepare prepare;
	ev_timer sweep;
	uint64_t done, failed, resent;
};

/* Sets up connections that are down. `ci` stays the caller's. */
void pool_init(struct pool *p, struct ev_loop *loop, const struct conninfo *ci, const struct pool_hooks *hooks, void *state);
/* Starts to connect. */
void pool_start(struct pool *p);
void pool_fini(struct pool *p);
/* Connections that are up; and whether one of a kind is. */
unsigned pool_up_count(const struct pool *p);
bool pool_up(const struct pool *p, enum on kind);
/* Whether asks of a kind are taken: one is up, or its outage has just begun. */
bool pool_serves(const struct pool *p, enum on kind);
/* Statements that wait for an answer. */
unsigned pool_queued(const struct pool *p);

/* A new ask, for a request or for db itself (rq NULL). NULL when memory is out: a request
 * was then refused already. */
struct ask *ask_new(struct request *rq, enum query q, ask_fn *done, void *state);
/* Parameters, in order. Bytes are views that must live until the end: a request's body
 * does, else ask_copy. */
void ask_text(struct ask *a, struct bytes b);
void ask_null(struct ask *a);
void ask_id(struct ask *a, const struct id *id);
void ask_i64(struct ask *a, int64_t v);
void ask_bool(struct ask *a, bool v);
/* A copy that lives as long as the ask; empty when memory is out. */
struct bytes ask_copy(struct ask *a, struct bytes b);
/* Gives one up that was not sent. */
void ask_free(struct ask *a);
/* Hands it over: `done` is called exactly once, perhaps at once. */
void ask_send(struct pool *p, struct ask *a);

/* Values of a result in binary form. Out-of-range columns and NULL give zero values. */
struct bytes res_bytes(const PGresult *r, int row, int col);
struct id res_id(const PGresult *r, int row, int col);
int64_t res_int(const PGresult *r, int row, int col);
bool res_bool(const PGresult *r, int row, int col);

#endif
