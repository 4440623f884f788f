/* proto/link_internal.h - what the files of the link share: nobody else includes it.
 *     link.c          calls, notices, deadlines, life
 *     link_pack.c     frames out
 *     link_read.c     frames in
 *     link_request.c  answering
 *     link_stream.c   streams: frames in, and the asker's side
 * Licence: Apache-2.0. */
#ifndef STUDIOD_PROTO_LINK_INTERNAL_H
#define STUDIOD_PROTO_LINK_INTERNAL_H

#include "proto/link.h"

enum frame_type { T_REQUEST, T_ANSWER, T_NOTICE, T_CHUNK, T_CREDIT, T_UP, T_UP_CREDIT, T_STOP };
enum { CHUNK_LAST = 1, CHUNK_BROKEN = 2, DETAIL_MAX = 4096 };

struct call {
	uint32_t id;
	unsigned msg;
	unsigned flags;
	bool sent;			/* handed to a connection at least once */
	bool waiting;			/* the connection is up, and its queue had no room for it yet */
	bool streaming;			/* answered; chunks follow */
	bool up_over;			/* its own stream was ended */
	uint32_t room;			/* STREAM_down: what the other end may send; STREAM_up: what we may */
	uint64_t deadline_ms;
	answer_fn *done;
	chunk_fn *chunk;
	room_fn *more;
	void *arg;
	struct buf frame;		/* kept while it may have to be sent (again) */
};

/* Each appends one whole frame, or leaves the buffer as it was: 0, -E_BAD_MESSAGE for a
 * body out of its bounds, -E_INTERNAL_ERROR when memory is out. */
int pack_message(struct buf *out, uint32_t id, const struct ctx *ctx, unsigned msg, const void *body);	/* id 0: a notice */
int pack_answer(struct buf *out, uint32_t id, unsigned msg, const void *body);
int pack_error(struct buf *out, uint32_t id, unsigned err, struct bytes detail);
int pack_chunk(struct buf *out, enum frame_type type, uint32_t id, unsigned flags, const void *p, size_t n);	/* T_CHUNK, T_UP */
int pack_credit(struct buf *out, enum frame_type type, uint32_t id, uint32_t n);	/* T_CREDIT, T_UP_CREDIT */
int pack_stop(struct buf *out, uint32_t id);

/* Something was queued: bounds what answers may pile up, and wakes the adapter. */
void link_wake(struct link *l);

struct call *call_by_id(struct link *l, uint64_t id);
/* A new call, sent if the link is up: its id, or a negative code. */
int64_t call_new(struct link *l, const struct ctx *ctx, unsigned msg, const void *body, unsigned flags, const struct call *with);
/* Frees it without a word to its maker; its stream is stopped at the other end. */
void call_drop(struct link *l, struct call *c);
/* Ends and frees a call. */
void call_end(struct link *l, struct call *c, unsigned err, struct bytes detail, const union msg_any *body);
void request_free(struct request *rq);
/* Tells a request's handler that nobody waits for it; it may free the request. */
void request_gone(struct request *rq);

/* Frames of streams; c stands behind the id. NULL, or why the connection must be closed. */
struct cursor;
const char *stream_read(struct link *l, struct cursor *c, enum frame_type type, uint32_t id);

#endif
