/* proto/link.h - one end of an edge: requests with ids and deadlines, answers, notices,
 * streams with credit in both directions, bounded queues. Sans-I/O: an adapter moves the
 * bytes and tells the time; nothing here knows a descriptor or a loop.
 *
 * A link outlives its connection. While it is down, calls wait; when the other process
 * is back they are sent. A call that was already sent when the connection broke is sent
 * again if it is CALL_AGAIN, and else ends with PEER_LOST.
 *
 * Wire (msgpack-rpc, with more types for streams), each behind a 4-byte length:
 *     [0, id, method, params, [deadline, trace, request id]]   request
 *     [1, id, error, result]       answer; error is nil or [code, detail]
 *     [2, method, params, context] notice
 *     [3, id, flags, bytes]        chunk of the stream after answer `id`; flags 1: last, 2: broken off
 *     [4, id, bytes]               credit for that stream
 *     [5, id, flags, bytes]        chunk of the stream after request `id`, from its asker; flags as above
 *     [6, id, bytes]               credit for that stream
 *     [7, id]                      the asker gives request `id` up: only for those with a stream
 * deadline is CLOCK_MONOTONIC in milliseconds: both ends are on one host.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_PROTO_LINK_H
#define STUDIOD_PROTO_LINK_H

#include "proto/frame.h"

enum {
	LINK_CALLS = 4096,		/* own calls without an answer yet */
	LINK_REQUESTS = 4096,		/* the other's requests that we have not answered */
	LINK_REQUEST_BYTES = 64 << 20,	/* and the bytes that they hold */
	LINK_OUT_MAX = 16 << 20,	/* bytes waiting to be written: over it own calls are refused */
	LINK_OUT_DEAF = 64 << 20,	/* over it the other end is taken for one that asks and does not read */
	LINK_WINDOW = 256 << 10,	/* credit a stream starts with */
	LINK_CHUNK = 64 << 10		/* longest chunk */
};

/* What a request carries along through every actor that it touches. */
struct ctx {
	uint64_t deadline_ms;		/* 0: none */
	uint8_t trace[24];		/* W3C trace id (16) and parent span (8); zeros: none */
	char request_id[129];		/* "" where there is none */
};

struct link;
struct request;

/* A request or a notice from the other end. Texts and lists of `body` are views that
 * live until the request is answered (a notice: until the handler returns). */
struct request {
	struct link *link;
	uint64_t connection;		/* the link's, when it came */
	uint32_t id;			/* 0: a notice */
	unsigned msg;
	struct ctx ctx;
	union msg_any body;
	/* stream of the answer, STREAM_down messages only. Set it when the request comes; after the
	 * answer it is called once more may be written, or (credit 0) the asker is gone: end it then. */
	uint64_t credit;
	void (*on_credit)(struct request *, void *arg);
	void *stream_arg;
	/* stream of the request, STREAM_up messages only: set it before the handler returns. Chunks
	 * come as long as request_up_credit gives them back; `last` once, with err 0 or a code (PEER_LOST:
	 * the asker is gone). The request may be answered or failed at any time, from here too. */
	void (*on_up)(struct request *, struct bytes chunk, bool last, unsigned err);
	uint32_t up_room;		/* what the asker may still send */
	bool up_over, stopped;
	/* private */
	struct arena arena;
	struct request *prev, *next;
	uint32_t frame_n;
	char frame[];
};

/* One route per message that an actor takes. */
struct route {
	unsigned msg;
	void (*on)(void *state, struct request *);
};

/* The end of a call: err 0 and the decoded answer, or an E_ code and perhaps a detail.
 * Views die when it returns. Called exactly once per call that link_call took. */
typedef void answer_fn(void *arg, unsigned err, struct bytes detail, const union msg_any *body);
/* A chunk of a stream: after the answer, any number of times; `last` once, with err 0 or
 * an E_ code. The bytes are credited back when it returns, unless the call is CALL_HOLD. */
typedef void chunk_fn(void *arg, struct bytes chunk, bool last, unsigned err);
/* There may be room in the stream of a request: link_up_write again. */
typedef void room_fn(void *arg);

struct link_stats {
	uint64_t sent, received, answered, failed, expired, refused, violations, resent;
};

struct link_hooks {
	void (*wake)(struct link *);	/* there is something to write (or a call to time): look soon */
	void (*log)(struct link *, const char *event, const char *what);	/* security events; may be NULL */
	uint64_t (*now_ms)(void);	/* CLOCK_MONOTONIC */
};

struct link {
	unsigned edge;
	enum role self, other;
	uint32_t instance;		/* of the other end */
	uint64_t incarnation;		/* of the other end's process; 0 unknown */
	const struct route *routes;
	size_t nroutes;
	void *state;			/* given to the routes */
	void *io;			/* the adapter's */
	struct link_hooks hooks;
	struct link_stats stats;

	bool up;
	uint64_t connection;		/* counts link_up */
	struct buf in, out;
	size_t out_at;			/* of out, already written */
	uint32_t next_id;
	struct call **calls;		/* LINK_CALLS slots, by id */
	uint32_t ncalls, nrequests;
	uint32_t nwaiting;		/* calls that wait for room in `out` */
	size_t request_bytes;		/* of the frames of unanswered requests */
	const char *broken;		/* why the adapter must close the connection; NULL: it is sound */
	struct request *requests;
	int fd_in;			/* a descriptor that came with the frame being handled, or -1 */
};

/* Sets up an end that is down. 0, or -1 when memory is out. `routes` stay the caller's. */
int link_init(struct link *l, unsigned edge, enum role self, enum role other,
    const struct route *routes, size_t nroutes, void *state, const struct link_hooks *hooks);
/* Ends it: every call ends with PEER_LOST. */
void link_fini(struct link *l);

/* The adapter's side. link_up: a fresh connection. link_down: it is gone. */
void link_up(struct link *l, uint32_t instance, uint64_t incarnation);
void link_down(struct link *l);
/* Where to read into: at least `want` free bytes. NULL when memory is out. */
char *link_read_room(struct link *l, size_t want);
/* n bytes were read there. 0, or -1 with *why: the connection must be closed. Handlers
 * run from here. */
int link_read_done(struct link *l, size_t n, const char **why);
/* Bytes to write now, and how many were. */
struct bytes link_write_next(const struct link *l);
void link_write_done(struct link *l, size_t n);
/* Ends a connection that `broken` names: counts and logs it. The adapter closes it then. */
void link_condemn(struct link *l);
/* Ends the calls whose deadline is over. Call it about every 20 ms while ncalls > 0. */
void link_tick(struct link *l);

/* The actor's side. */
enum {
	CALL_AGAIN = 1,			/* may be sent twice: a read, or a write that is keyed */
	CALL_HOLD = 2			/* a stream's chunks are credited back by link_credit */
};
/* Asks. Returns the call's id, or a negative E_ code and `done` is not called.
 * A ctx without a deadline gets 10 s. */
int64_t link_call(struct link *l, const struct ctx *ctx, unsigned msg, const void *body,
    unsigned flags, answer_fn *done, void *arg);
/* The same for a STREAM_down message; flags: CALL_HOLD or 0. */
int64_t link_call_stream(struct link *l, const struct ctx *ctx, unsigned msg, const void *body,
    unsigned flags, answer_fn *done, chunk_fn *chunk, void *arg);
/* n bytes of chunks are dealt with: as much more may come. */
void link_credit(struct link *l, int64_t id, uint32_t n);
/* The same for a STREAM_up message: what follows is written with link_up_write, at once and
 * whenever `room` is called, and ended with link_up_end. The answer may come before that: then
 * nothing more is wanted. */
int64_t link_call_up(struct link *l, const struct ctx *ctx, unsigned msg, const void *body,
    answer_fn *done, room_fn *room, void *arg);
/* Writes at most what credit allows; returns the bytes taken: 0 too before the call was sent, and
 * after its end. */
size_t link_up_write(struct link *l, int64_t id, const void *p, size_t n);
/* err 0: that was all. Else it is broken off; the answer still comes. */
void link_up_end(struct link *l, int64_t id, unsigned err);
/* Forgets a call: its answer will be dropped and `done` is not called. One that waits for a
 * connection is not sent any more; one with a stream is stopped at the other end too. */
void link_forget(struct link *l, int64_t id);
/* Tells, without an answer. 0 or a negative code; told to nobody while down (-E_PEER_LOST). */
int link_notice(struct link *l, const struct ctx *ctx, unsigned msg, const void *body);

/* Answers and frees the request; dropped if the connection it came on is gone. For a
 * STREAM_down message request_answer keeps it: write and end the stream, which frees it. */
void request_answer(struct request *rq, const void *body);
void request_fail(struct request *rq, unsigned code, const char *detail);
/* Writes at most what credit allows; returns the bytes taken. */
size_t request_stream_write(struct request *rq, const void *p, size_t n);
void request_stream_end(struct request *rq, unsigned err);
/* n bytes of the request's stream are dealt with: as much more may come. */
void request_up_credit(struct request *rq, uint32_t n);
/* False once the asker is gone, or gave the request up. */
bool request_alive(const struct request *rq);

#endif
