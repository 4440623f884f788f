/* actors/auth/own_sessions.c - what somebody does with sessions of their own: log out, look,
 * revoke.
 *
 * Owns: a request while db works on it.
 * Fails: without db nothing is revoked, and that is said.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/auth/auth.h"

struct revocation {
	struct auth *auth;
	struct request *rq;
	struct id user, session;
	struct bytes address;		/* a view into rq */
	enum audit_event event;
	bool always;			/* done also where there is no such session */
};

static void
on_revoked(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct revocation *r = arg;

	(void)detail;
	if (err != 0) {
		request_fail(r->rq, err, "");
	} else {
		if (body->done.changed) {
			check_revoked(r->auth, &r->session);
			auth_audit(r->auth, &r->rq->ctx, r->event, &(struct audit_about){ .user = &r->user, .session = &r->session,
			    .address = r->address });
		}
		request_answer(r->rq, &(struct msg_done){ .changed = r->always || body->done.changed });
	}
	free(r);
}

static void
revocation_ask(const struct revocation *what, const char *because)
{
	struct revocation *r = malloc(sizeof *r);
	int64_t id = -E_INTERNAL_ERROR;

	if (r != NULL) {
		*r = *what;
		/* a logout may be asked twice; a session that is gone is told apart, so that one is not */
		id = link_call(auth_db(r->auth), &r->rq->ctx, MSG_session_revoke, &(struct msg_session_revoke){ .user = r->user,
		    .session = r->session, .because = bytes_str(because) }, r->always ? CALL_AGAIN : 0, on_revoked, r);
	}
	if (id < 0) {
		request_fail(what->rq, (unsigned)-id, "");
		free(r);
	}
}

void
on_auth_logout(void *state, struct request *rq)
{
	struct auth *au = state;
	const struct msg_auth_logout *m = &rq->body.auth_logout;
	struct token_claims c;

	/* what is no token of ours, or none any more, has no session to end */
	if (token_read(TOKEN_refresh, &au->refresh, m->refresh_token, wall_ms() / 1000, &c) != 0)
		request_answer(rq, &(struct msg_done){ .changed = true });
	else
		revocation_ask(&(struct revocation){ .auth = au, .rq = rq, .user = c.user, .session = c.session, .address = m->address,
		    .event = AUDIT_logout, .always = true }, "logged out");
}

/* ---- with an access token ---- */

static void
on_list(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct request *rq = arg;

	(void)detail;
	if (err != 0)
		request_fail(rq, err, "");
	else
		request_answer(rq, &(struct msg_row){ .json = body->row.json });
}

static void
list_for(struct auth *au, struct request *rq, unsigned err, const char *why, const struct caller *c)
{
	int64_t id;

	if (err != 0) {
		request_fail(rq, err, why);
		return;
	}
	id = link_call(auth_db(au), &rq->ctx, MSG_session_list, &(struct msg_session_list){ .user = c->user,
	    .session = c->session }, CALL_AGAIN, on_list, rq);
	if (id < 0)
		request_fail(rq, (unsigned)-id, "");
}

void
on_auth_sessions(void *state, struct request *rq)
{
	check_caller(state, rq, rq->body.auth_sessions.access_token, list_for);
}

static void
revoke_for(struct auth *au, struct request *rq, unsigned err, const char *why, const struct caller *c)
{
	const struct msg_auth_session_revoke *m = &rq->body.auth_session_revoke;

	if (err != 0)
		request_fail(rq, err, why);
	else
		revocation_ask(&(struct revocation){ .auth = au, .rq = rq, .user = c->user, .session = m->id, .address = m->address,
		    .event = AUDIT_session_revoked }, "revoked by its owner");
}

void
on_auth_session_revoke(void *state, struct request *rq)
{
	check_caller(state, rq, rq->body.auth_session_revoke.access_token, revoke_for);
}
