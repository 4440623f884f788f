/* actors/front/realtime/websocket.c - see websocket.h.
 * Licence: Apache-2.0. */
#include <h2o/websocket.h>

#include "actors/front/exchange.h"
#include "actors/front/realtime/websocket.h"

/* PIECE: wslay reads ahead into memory of its own that it never clears. Given so little at once, it
 * keeps no token whole. CLOSE_MS: for what was sent to leave before it is over. */
enum { PIECE = 32, WRITE_BYTES = 64 << 10, CLOSE_MS = 10000, FRAME_POINTS = 1 };

struct websocket {
	struct channel super;
	struct front *front;
	struct client *client;		/* as long as there is a socket */
	h2o_websocket_conn_t *conn;
	bool closing, said_close, is_dirty;
	bool control;			/* of the frame that comes just now */
	struct buf in;			/* the message that comes just now */
	struct buf out, going;		/* frames that are to be written, and those that h2o writes */
	bool ending;			/* over, as soon as they are written */
	unsigned code;			/* why it is closing */
	const char *why;
	uint64_t close_ms;		/* until then it may take */
	TAILQ_ENTRY(websocket) dirty;
	LIST_ENTRY(websocket) next;	/* of those that close */
};
static TAILQ_HEAD(, websocket) dirty = TAILQ_HEAD_INITIALIZER(dirty);
static LIST_HEAD(, websocket) closing;

static struct websocket *
websocket_of(const struct channel *c)
{
	return (struct websocket *)(void *)(uintptr_t)c;
}

/* ---- its life ---- */

static void
mark(struct websocket *w)
{
	if (!w->is_dirty)
		TAILQ_INSERT_TAIL(&dirty, w, dirty);
	w->is_dirty = true;
}

static size_t
queued(const struct channel *c)
{
	const struct websocket *w = websocket_of(c);

	return wslay_event_get_queued_msg_length(w->conn->ws_ctx) + w->out.n + w->going.n;
}

/* What is held for its client, should memory be short (conduct.c). */
static void
account(struct websocket *w)
{
	w->client->unsent = queued(&w->super) + w->in.n;
}

/* Frees it and its socket. Where the client was told why, the rest of what comes is thrown away, so
 * that one who only writes sees it (linger.h). */
static void
end(struct websocket *w)
{
	if (w->is_dirty)
		TAILQ_REMOVE(&dirty, w, dirty);
	if (w->closing)
		LIST_REMOVE(w, next);
	if (w->super.engine != NULL)
		engine_channel_gone(&w->super);
	if (w->conn->sock != NULL && wslay_event_get_close_sent(w->conn->ws_ctx))
		w->client->lingers = true;
	h2o_websocket_close(w->conn);
	buf_free(&w->in);
	buf_free(&w->out);
	buf_free(&w->going);
	free(w);
}

static void
send_text(struct channel *c, struct bytes packet)
{
	struct websocket *w = websocket_of(c);
	struct wslay_event_msg m = { WSLAY_TEXT_FRAME, (const uint8_t *)packet.p, packet.n };

	wslay_event_queue_msg(w->conn->ws_ctx, &m);	/* fails where it is closing: then nobody reads it */
	mark(w);
}

static void
close_later(struct channel *c, unsigned code, const char *why)
{
	struct websocket *w = websocket_of(c);

	if (w->closing)
		return;
	w->closing = true;
	w->code = code;
	w->why = why;
	w->close_ms = now_ms() + CLOSE_MS;
	LIST_INSERT_HEAD(&closing, w, next);
	mark(w);
}

/* Once all is out: a frame that closes overtakes what waits. */
static void
say_close(struct websocket *w)
{
	if (w->said_close || wslay_event_get_queued_msg_count(w->conn->ws_ctx) > 0)
		return;
	w->said_close = true;
	wslay_event_queue_close(w->conn->ws_ctx, (uint16_t)w->code, (const uint8_t *)w->why, strlen(w->why));
	wslay_event_shutdown_read(w->conn->ws_ctx);
}

/* ---- writing ---- */

/* h2o and wslay would write the head of a frame and what is in it one by one; here the frames of a
 * turn go together. */
static void
on_written(h2o_socket_t *sock, const char *err)
{
	struct websocket *w = ((h2o_websocket_conn_t *)sock->data)->data;

	buf_free(&w->going);
	if (err != NULL || (w->ending && w->out.n == 0))
		end(w);
	else if (w->ending)
		mark(w);
	else
		h2o_websocket_proceed(w->conn);
}

static void
write_out(struct websocket *w)
{
	if (w->out.n == 0 || h2o_socket_is_writing(w->conn->sock))
		return;
	w->going = w->out;
	w->out = (struct buf){ 0 };
	h2o_iovec_t iov = h2o_iovec_init(w->going.p, w->going.n);
	h2o_socket_write(w->conn->sock, &iov, 1, on_written);
}

static ssize_t
on_give(wslay_event_context_ptr ctx, const uint8_t *data, size_t n, int flags, void *conn)
{
	struct websocket *w = ((h2o_websocket_conn_t *)conn)->data;

	(void)flags;
	if (w->out.n >= WRITE_BYTES)	/* it asks as long as nothing is being written */
		write_out(w);
	if (h2o_socket_is_writing(w->conn->sock)) {
		wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	if (buf_add(&w->out, data, n) != 0) {
		wslay_event_set_error(ctx, WSLAY_ERR_CALLBACK_FAILURE);
		return -1;
	}
	mark(w);
	return (ssize_t)n;
}

/* ---- what h2o and wslay call ---- */

static ssize_t
on_want(wslay_event_context_ptr ctx, uint8_t *out, size_t n, int flags, void *arg)
{
	h2o_websocket_conn_t *conn = arg;
	h2o_buffer_t **in = &conn->sock->input;

	(void)flags;
	if ((*in)->size == 0) {
		wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	if (n > PIECE)
		n = PIECE;
	if (n > (*in)->size)
		n = (*in)->size;
	memcpy(out, (*in)->bytes, n);
	h2o_buffer_consume(in, n);
	if ((*in)->size == 0) {		/* wiped as it is given back (wipe.h), and nothing is held while it is idle */
		h2o_buffer_dispose(in);
		h2o_buffer_init(in, &h2o_socket_buffer_prototype);
	}
	return (ssize_t)n;
}

static void
on_frame(wslay_event_context_ptr ctx, const struct wslay_event_on_frame_recv_start_arg *arg, void *conn)
{
	struct websocket *w = ((h2o_websocket_conn_t *)conn)->data;

	w->control = wslay_is_ctrl_frame(arg->opcode);
	if (!client_charge(w->client, FRAME_POINTS))
		wslay_event_shutdown_read(ctx);
}

/* Messages are gathered here: in our memory a token is wiped. */
static void
on_piece(wslay_event_context_ptr ctx, const struct wslay_event_on_frame_recv_chunk_arg *arg, void *conn)
{
	struct websocket *w = ((h2o_websocket_conn_t *)conn)->data;

	if (w->control || w->closing)
		return;
	if (w->in.n + arg->data_length <= MAX_PAYLOAD && buf_add(&w->in, arg->data, arg->data_length) == 0) {
		account(w);
		return;
	}
	wslay_event_queue_close(ctx, WSLAY_CODE_MESSAGE_TOO_BIG, NULL, 0);
	wslay_event_shutdown_read(ctx);
	w->said_close = true;
}

/* The connection broke, or it is over: then what was said last is written first. */
static void
over(struct websocket *w)
{
	bool writes = w->conn->sock != NULL && wslay_event_get_close_sent(w->conn->ws_ctx) && w->out.n + w->going.n > 0;

	if (!writes || w->ending) {
		end(w);
		return;
	}
	w->ending = true;
	if (w->super.engine != NULL)
		engine_channel_gone(&w->super);
	h2o_socket_read_stop(w->conn->sock);
	if (!w->closing)
		close_later(&w->super, 0, "");	/* not for ever */
	w->said_close = true;
	mark(w);
}

/* A message, or NULL. */
static void
on_message(h2o_websocket_conn_t *conn, const struct wslay_event_on_msg_recv_arg *arg)
{
	struct websocket *w = conn->data;

	if (arg == NULL) {
		over(w);
		return;
	}
	if (wslay_is_ctrl_frame(arg->opcode))
		return;
	if (arg->opcode == WSLAY_TEXT_FRAME && !w->closing)
		engine_text(&w->super, bytes_of(w->in.p, w->in.n));
	else if (!w->closing)
		engine_bytes(&w->super);
	buf_free(&w->in);
}

struct channel *
websocket_open(struct exchange *x, const char *key)
{
	struct websocket *w = h2o_mem_alloc(sizeof *w);
	struct wslay_event_callbacks calls;

	*w = (struct websocket){ .super = { .send = send_text, .queued = queued, .close = close_later }, .front = x->front, .client = x->client };
	w->client->upgraded = true;
	answer_upgrade(x);
	w->conn = h2o_upgrade_to_websocket(x->req, key, w, on_message);
	calls = w->conn->ws_callbacks;
	calls.recv_callback = on_want;
	calls.send_callback = on_give;
	calls.on_frame_recv_start_callback = on_frame;
	calls.on_frame_recv_chunk_callback = on_piece;
	wslay_event_config_set_callbacks(w->conn->ws_ctx, &calls);
	wslay_event_config_set_no_buffering(w->conn->ws_ctx, 1);
	wslay_event_config_set_max_recv_msg_length(w->conn->ws_ctx, MAX_PAYLOAD);
	return &w->super;
}

/* ---- each turn ---- */

static void
flush(struct websocket *w)
{
	TAILQ_REMOVE(&dirty, w, dirty);
	w->is_dirty = false;
	if (w->conn->sock == NULL)	/* the 101 is on its way: then h2o goes on by itself */
		return;
	write_out(w);
	account(w);
	if (w->ending)
		return;
	if (w->closing)
		say_close(w);
	h2o_websocket_proceed(w->conn);		/* it may be freed now; what that gives to be written marks it again */
}

bool
websockets_look(uint64_t now)
{
	struct websocket *w, *next;

	for (w = LIST_FIRST(&closing); w != NULL; w = next) {
		next = LIST_NEXT(w, next);
		if (now >= w->close_ms && w->conn->sock != NULL)	/* else h2o still has it */
			end(w);
		else if (!w->said_close)
			mark(w);
	}
	while ((w = TAILQ_FIRST(&dirty)) != NULL)
		flush(w);
	return !LIST_EMPTY(&closing);
}
