/* proto/link_request.c - see link.h: answering what the other end asked, and streams.
 * Owns: a request from its arrival to its answer.
 * Fails: an answer out of its own bounds becomes an INTERNAL_ERROR, one to a connection
 * that is gone is dropped.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "proto/link_internal.h"

void
request_free(struct request *rq)
{
	struct link *l = rq->link;

	if (rq->prev != NULL)
		rq->prev->next = rq->next;
	else
		l->requests = rq->next;
	if (rq->next != NULL)
		rq->next->prev = rq->prev;
	l->nrequests--;
	l->request_bytes -= rq->frame_n;
	arena_free(&rq->arena);
	explicit_bzero(rq->frame, rq->frame_n);
	free(rq);
}

bool
request_alive(const struct request *rq)
{
	return rq->link->up && rq->link->connection == rq->connection && !rq->stopped;
}

void
request_fail(struct request *rq, unsigned code, const char *detail)
{
	struct link *l = rq->link;
	struct bytes d = bytes_str(detail != NULL ? detail : "");

	if (d.n > DETAIL_MAX)
		d.n = DETAIL_MAX;
	if (!utf8_valid(d.p, d.n))
		d.n = 0;
	if (rq->id != 0 && request_alive(rq)) {
		pack_error(&l->out, rq->id, code, d);
		l->stats.answered++;
		link_wake(l);
	}
	request_free(rq);
}

void
request_answer(struct request *rq, const void *body)
{
	struct link *l = rq->link;
	const struct msg_spec *row = msg_spec(rq->msg);

	if (rq->id != 0 && request_alive(rq)) {
		int rc = pack_answer(&l->out, rq->id, row->answer, body);
		if (rc != 0) {		/* our own answer breaks its bounds: a bug, told as one */
			request_fail(rq, E_INTERNAL_ERROR, "answer out of bounds");
			return;
		}
		l->stats.answered++;
		link_wake(l);
	}
	if (row->stream == STREAM_down)
		return;
	request_free(rq);
}

size_t
request_stream_write(struct request *rq, const void *p, size_t n)
{
	struct link *l = rq->link;
	size_t taken = 0;

	if (!request_alive(rq))
		return 0;
	while (taken < n && rq->credit > 0) {
		size_t k = n - taken;
		if (k > LINK_CHUNK)
			k = LINK_CHUNK;
		if (k > rq->credit)
			k = (size_t)rq->credit;
		if (pack_chunk(&l->out, T_CHUNK, rq->id, 0, (const char *)p + taken, k) != 0)
			break;
		rq->credit -= k;
		taken += k;
	}
	link_wake(l);
	return taken;
}

void
request_stream_end(struct request *rq, unsigned err)
{
	if (request_alive(rq)) {
		unsigned char code = (unsigned char)err;
		pack_chunk(&rq->link->out, T_CHUNK, rq->id, err ? CHUNK_BROKEN : CHUNK_LAST, &code, err ? 1 : 0);
		link_wake(rq->link);
	}
	request_free(rq);
}

void
request_up_credit(struct request *rq, uint32_t n)
{
	if (!request_alive(rq) || rq->up_over || n == 0 || n > LINK_WINDOW - rq->up_room)
		return;
	rq->up_room += n;
	pack_credit(&rq->link->out, T_UP_CREDIT, rq->id, n);
	link_wake(rq->link);
}

void
request_gone(struct request *rq)
{
	if (rq->on_up != NULL && !rq->up_over) {
		rq->up_over = true;
		rq->on_up(rq, (struct bytes){ "", 0 }, true, E_PEER_LOST);
	} else if (rq->on_credit != NULL) {
		rq->credit = 0;
		rq->on_credit(rq, rq->stream_arg);
	}
}
