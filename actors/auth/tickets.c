/* actors/auth/tickets.c - who shows a token is told who he is, with tickets for the other actors;
 * and who keeps a connection open gets new ones, for as long as the session lives.
 *
 * A token is over in minutes, a connection listens for days. So that no token has to be shown
 * again, or lie in the front, each identity carries a `listener`: a ticket that auth seals for
 * itself. For it auth looks at the session, as for a token, and gives tickets that allow no more
 * than to listen, and the next listener.
 *
 * Owns:  nothing. Fails: closed.
 * Licence: Apache-2.0. */
#include "actors/auth/auth.h"
#include "actors/common/caller.h"

/* Answers with tickets of this kind, and a listener that may be shown for LISTENER_MS. */
static void
identity_answer(struct auth *au, struct request *rq, const struct caller *c, const struct ticket *t)
{
	uint8_t db[SEAL_MAX], vertex[SEAL_MAX], notifier[SEAL_MAX], own[SEAL_MAX];
	struct ticket listener = { .user = c->user, .session = c->session, .scope = TICKET_LISTEN,
		.expires_ms = wall_ms() + LISTENER_MS };

	request_answer(rq, &(struct msg_identity){ .user = c->user, .session = c->session, .role = bytes_str(c->role),
	    .valid_ms = c->age_ms < CHECK_FRESH_MS ? (uint32_t)(CHECK_FRESH_MS - c->age_ms) : 0,
	    .db_ticket = bytes_of(db, ticket_seal(t, ROLE_db, au->seal_db, db)),
	    .vertex_ticket = bytes_of(vertex, ticket_seal(t, ROLE_vertex, au->seal_vertex, vertex)),
	    .notifier_ticket = bytes_of(notifier, ticket_seal(t, ROLE_notifier, au->seal_notifier, notifier)),
	    .listener = bytes_of(own, ticket_seal(&listener, ROLE_auth, au->seal_auth, own)) });
}

static void
on_token(struct auth *au, struct request *rq, unsigned err, const char *why, const struct caller *c)
{
	struct ticket t;

	if (err != 0) {
		request_fail(rq, err, why);
		return;
	}
	t = (struct ticket){ .user = c->user, .session = c->session, .admin = strcmp(c->role, "ADMIN") == 0,
		.expires_ms = wall_ms() + TICKET_MS };
	if (t.expires_ms > c->expires_s * 1000)
		t.expires_ms = c->expires_s * 1000;
	identity_answer(au, rq, c, &t);
}

void
on_token_check(void *state, struct request *rq)
{
	check_caller(state, rq, rq->body.token_check.token, on_token);
}

static void
on_listener(struct auth *au, struct request *rq, unsigned err, const char *why, const struct caller *c)
{
	if (err != 0)
		request_fail(rq, err, why);
	else
		identity_answer(au, rq, c, &(struct ticket){ .user = c->user, .session = c->session, .scope = TICKET_LISTEN,
		    .expires_ms = wall_ms() + LISTENER_MS });
}

void
on_listener_renew(void *state, struct request *rq)
{
	struct auth *au = state;
	struct ticket t;

	if (caller_open(rq, ROLE_auth, TICKET_LISTEN, au->seal_auth, rq->body.listener_renew.listener, &t))
		check_session(au, rq, &t.user, &t.session, t.expires_ms / 1000, on_listener);
}
