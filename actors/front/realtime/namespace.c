/* actors/front/realtime/namespace.c - see namespace.h.
 * Owns: what an engine knows of its user. Fails: into a refusal, or the engine's end.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/front/bodies.h"
#include "actors/front/realtime/engine.h"
#include "actors/front/realtime/socketio.h"
#include "actors/front/wire.h"

enum { TOKEN_MAX = 2048, CHECK_MS = 10000 };
enum { SOCKETS_OF_USER = 128 };	/* in this process: nobody takes the room of all others */

static struct engine *
engine_of(struct listener *l)
{
	struct namespace *ns = (struct namespace *)(void *)((char *)l - offsetof(struct namespace, listener));

	return (struct engine *)(void *)((char *)ns - offsetof(struct engine, ns));
}

/* Sends what was written, if it was. */
static void
say(struct engine *e, struct buf *b, int rc)
{
	if (rc == 0)
		engine_send(e, bytes_of(b->p, b->n));
	else
		engine_close(e, END_AWAY);
	buf_free(b);
}

void
namespace_token(struct engine *e, struct bytes token)
{
	if (e->ns.state != NS_NONE || token.n == 0)
		return;
	buf_free(&e->ns.token);
	buf_add(&e->ns.token, token.p, token.n);
}

void
namespace_over(struct engine *e)
{
	struct namespace *ns = &e->ns;

	if (ns->call != 0)
		link_forget(ns->link, ns->call);
	ns->call = 0;
	buf_free(&ns->token);
	feed_leave(&ns->listener);
}

/* ---- events ---- */

static void
resync(struct engine *e, uint64_t seq)
{
	struct buf b = { 0 };
	char json[48];

	engine_counts.resyncs++;
	say(e, &b, socketio_event(&b, FEED_RESYNC, feed_position_json(seq, json), seq));
}

static void
on_begin(struct listener *l, uint64_t seq, bool missed)
{
	struct engine *e = engine_of(l);
	struct namespace *ns = &e->ns;
	char name[SOCKET_NAME_CHARS + 1];
	struct buf b = { 0 };

	if (ns->state == NS_JOINING) {
		missed |= ns->resume.lost;
		resume_begin(&ns->resume, &ns->user, seq, missed);
		ns->state = NS_CONNECTED;
		engine_known(e);
		engine_counts.connected++;
		snprintf(name, sizeof name, "%.*s", SOCKET_NAME_CHARS, ns->resume.pid);	/* its first part: with the pid comes the same socket */
		say(e, &b, socketio_connected(&b, name, ns->resume.pid));
		log_event(LOG_INFO, &e->ctx, "socket_connected", "user", log_id(&ns->user), "after", log_u64(seq),
		    "transport", e->state == ENGINE_WEBSOCKET ? "websocket" : "polling");
	}
	if (missed && e->state != ENGINE_OVER)
		resync(e, seq);
}

static void
on_event(struct listener *l, uint64_t seq, struct bytes json)
{
	struct engine *e = engine_of(l);
	struct buf b = { 0 };

	engine_counts.events++;
	say(e, &b, socketio_event(&b, FEED_UPDATE, json, seq));
	l->full = e->state != ENGINE_OVER && engine_full(e);
}

void
namespace_resume(struct engine *e)
{
	if (e->ns.listener.full)
		feed_resume(&e->ns.listener);
}

/* ---- its end ---- */

static void
refuse(struct engine *e, unsigned code, struct bytes detail)
{
	const struct error_row *row = error_row(code);
	struct buf b = { 0 };

	e->ns.state = NS_NONE;
	engine_counts.refused++;
	say(e, &b, socketio_refused(&b, BYTES("/"), detail.n > 0 ? detail : bytes_str(row->text), row->name));
}

/* Who was not connected yet is refused: a client is told why by that alone. */
static void
on_end(struct listener *l, enum feed_end why)
{
	struct engine *e = engine_of(l);
	struct buf b = { 0 };

	if (why == FEED_SESSION_OVER && e->ns.state == NS_JOINING) {
		refuse(e, E_UNAUTHORIZED, BYTES("The session has ended"));
	} else if (why == FEED_SESSION_OVER) {
		say(e, &b, socketio_disconnected(&b));
		engine_close(e, END_SESSION);
	} else {
		engine_close(e, why == FEED_DRAINING ? END_DRAINING : END_AWAY);
	}
}

static const struct listener_calls listener_calls = { on_begin, on_event, on_end };

/* ---- who is it? ---- */

static void
join(struct engine *e, const struct identity *who)
{
	struct namespace *ns = &e->ns;

	ns->user = who->user;
	ns->state = NS_JOINING;
	resume_check(&ns->resume, &ns->user);
	if (feed_count(e->front, &ns->user, &listener_calls) >= SOCKETS_OF_USER)
		engine_close(e, END_MANY);	/* not refused: those that broke a moment ago count, too */
	else if (feed_join(e->front, &ns->listener, &listener_calls, who, ns->resume.wanted, ns->resume.after) != 0)
		engine_close(e, END_AWAY);
}

static void
on_identity(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct engine *e = arg;
	struct namespace *ns = &e->ns;
	struct identity who;

	ns->call = 0;
	if (err == 0)
		identity_take(&who, bytes_of(ns->token.p, ns->token.n), &body->identity, now_ms());
	buf_free(&ns->token);
	if (err == 0)
		join(e, &who);
	else if (error_row(err)->http == 401 || error_row(err)->http == 400)
		refuse(e, err, detail);
	else
		engine_close(e, END_AWAY);	/* a client that is refused does not come again by itself */
}

static void
check(struct engine *e)
{
	struct namespace *ns = &e->ns;
	struct bytes token = bytes_of(ns->token.p, ns->token.n);
	const struct identity *known = identity_find(token, now_ms());
	struct ctx ctx = e->ctx;

	if (known != NULL) {
		struct identity who = *known;
		buf_free(&ns->token);
		join(e, &who);
		return;
	}
	ns->state = NS_CHECKING;
	ns->link = actor_link(&e->front->a, EDGE_front_auth);
	ctx.deadline_ms = now_ms() + CHECK_MS;
	int64_t id = link_call(ns->link, &ctx, MSG_token_check, &(struct msg_token_check){ .token = token }, CALL_AGAIN, on_identity, e);
	if (id > 0)
		ns->call = id;
	else
		engine_close(e, END_AWAY);
}

/* ---- what a client says ---- */

static void
take_token(struct namespace *ns, const json_t *v)
{
	struct bytes token = json_is_string(v) ? bytes_of(json_string_value(v), json_string_length(v)) : (struct bytes){ "", 0 };

	if (token.n > 7 && strncasecmp(token.p, "bearer ", 7) == 0)
		token = bytes_of(token.p + 7, token.n - 7);
	if (token.n == 0)
		return;
	buf_free(&ns->token);
	if (wire_visible(token, TOKEN_MAX))
		buf_add(&ns->token, token.p, token.n);
}

static void
on_connect(struct engine *e, struct bytes data)
{
	struct namespace *ns = &e->ns;
	json_t *auth = NULL;
	const char *why;

	if (ns->state != NS_NONE)	/* once more: nothing new is said by it */
		return;
	if (++ns->tries > NAMESPACE_TRIES) {
		engine_close(e, END_UNKNOWN);
		return;
	}
	if (data.n > 0 && body_parse(data.p, data.n, &auth, &why) != 0) {
		engine_close(e, END_PROTOCOL);
		return;
	}
	resume_take(&ns->resume, auth);
	take_token(ns, json_object_get(auth, "token"));
	json_decref(auth);
	if (ns->token.n > 0)
		check(e);
	else
		refuse(e, E_UNAUTHORIZED, (struct bytes){ "", 0 });
}

/* Nobody listens to events of clients; one that waits for an answer is told so. */
static void
on_client_event(struct engine *e, const struct socketio_packet *p)
{
	json_error_t error;
	struct buf b = { 0 };
	json_t *list = json_loadb(p->data.p, p->data.n, 0, &error);
	bool fine = json_is_array(list) && json_is_string(json_array_get(list, 0));

	json_decref(list);
	if (!fine)
		engine_close(e, END_PROTOCOL);
	else if (p->has_id)
		say(e, &b, socketio_acknowledged(&b, p->id, BYTES("{\"error\":\"Nobody listens to this event\"}")));
}

/* There is no other namespace: who asks is told so, and who leaves one never was there. */
static void
elsewhere(struct engine *e, const struct socketio_packet *p)
{
	struct buf b = { 0 };

	if (p->type == SOCKETIO_CONNECT && ++e->ns.tries <= NAMESPACE_TRIES)
		say(e, &b, socketio_refused(&b, p->name, BYTES("Invalid namespace"), NULL));
	else if (p->type != SOCKETIO_DISCONNECT)
		engine_close(e, p->type == SOCKETIO_CONNECT ? END_UNKNOWN : END_PROTOCOL);
}

void
namespace_message(struct engine *e, struct bytes text)
{
	struct socketio_packet p;

	if (!socketio_packet(text, &p))
		engine_close(e, END_PROTOCOL);
	else if (p.type >= SOCKETIO_BINARY_EVENT)
		engine_close(e, END_BINARY);
	else if (!bytes_eq(p.name, "/"))
		elsewhere(e, &p);
	else if (p.type == SOCKETIO_CONNECT)
		on_connect(e, p.data);
	else if (p.type == SOCKETIO_DISCONNECT)
		engine_close(e, END_CLIENT);
	else if (e->ns.state != NS_CONNECTED || p.type == SOCKETIO_CONNECT_ERROR)
		engine_close(e, END_PROTOCOL);
	else if (p.type == SOCKETIO_EVENT)
		on_client_event(e, &p);		/* acknowledgements: we ask for none */
}
