/* proto/link_internal.h - what the files of the link share: nobody else includes it.
 *     link.c          calls, notices, deadlines, life
 *     link_pack.c     frames out
 *     link_read.c     frames in
 *     link_request.c  answering
 * Licence: Apache-2.0. */
#ifndef STUDIOD_PROTO_LINK_INTERNAL_H
#define STUDIOD_PROTO_LINK_INTERNAL_H

#include "proto/link.h"

enum frame_type { T_REQUEST, T_ANSWER, T_NOTICE, T_CHUNK, T_CREDIT };
enum { CHUNK_LAST = 1, CHUNK_BROKEN = 2, DETAIL_MAX = 4096 };

struct call {
	uint32_t id;
	unsigned msg;
	unsigned flags;
	bool sent;			/* handed to the connection at least once */
	bool streaming;			/* answered; chunks follow */
	uint64_t deadline_ms;
	answer_fn *done;
	chunk_fn *chunk;
	void *arg;
	struct buf frame;		/* kept while it may have to be sent (again) */
};

/* Each appends one whole frame, or leaves the buffer as it was: 0, -E_BAD_MESSAGE for a
 * body out of its bounds, -E_INTERNAL_ERROR when memory is out. */
int pack_message(struct buf *out, uint32_t id, const struct ctx *ctx, unsigned msg, const void *body);	/* id 0: a notice */
int pack_answer(struct buf *out, uint32_t id, unsigned msg, const void *body);
int pack_error(struct buf *out, uint32_t id, unsigned err, struct bytes detail);
int pack_chunk(struct buf *out, uint32_t id, unsigned flags, const void *p, size_t n);
int pack_credit(struct buf *out, uint32_t id, uint32_t n);

/* Something was queued: bounds what answers may pile up, and wakes the adapter. */
void link_wake(struct link *l);

struct call *call_by_id(struct link *l, uint64_t id);
/* Ends and frees a call. */
void call_end(struct link *l, struct call *c, unsigned err, struct bytes detail, const union msg_any *body);
void request_free(struct request *rq);

#endif
