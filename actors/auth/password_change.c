/* actors/auth/password_change.c - a new password from somebody who is logged in and knows the
 * old one. The old one is a guess as at login: it counts, and is locked, together with those.
 * Owns: nothing beyond its attempt. Fails: as attempt.h says.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/auth/attempt.h"
#include "actors/auth/passwords.h"

static void
on_changed(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct attempt *at = arg;
	struct request *rq = at->rq;

	(void)detail;
	if (err != 0) {
		attempt_fail(at, err, "");
	} else if (!body->done.changed) {	/* another change, or a better hash, came in between */
		attempt_fail(at, E_RESOURCE_CONFLICT, "The password was changed meanwhile");
	} else {
		check_revoked_others(at->auth, &at->user, &at->session);
		attempt_audit(at, AUDIT_password_changed);
		attempt_free(at);
		request_answer(rq, &(struct msg_done){ .changed = true });
	}
}

static void
new_hashed(struct attempt *at, const char *hash)
{
	int64_t id = link_call(auth_db(at->auth), &at->rq->ctx, MSG_password_change, &(struct msg_password_change){
	    .user = at->user, .old_hash = bytes_str(at->hash), .hash = bytes_str(hash), .session = at->session },
	    CALL_AGAIN, on_changed, at);

	if (id < 0)
		attempt_fail(at, (unsigned)-id, "");
}

static void
old_right(struct attempt *at)
{
	at->hashed = new_hashed;
	attempt_hash(at, at->rq->body.auth_change_password.new_password);
}

static void
change_for(struct auth *au, struct request *rq, unsigned err, const char *why, const struct caller *c)
{
	const struct msg_auth_change_password *m = &rq->body.auth_change_password;
	struct attempt *at;

	if (err != 0) {
		request_fail(rq, err, why);
		return;
	}
	if ((at = attempt_new(au, rq, bytes_str(c->email), m->address)) == NULL)
		return;
	at->session = c->session;
	at->password = m->current_password;
	at->failed = AUDIT_password_refused;
	at->passed = old_right;
	attempt_guess(at);
}

void
on_auth_change_password(void *state, struct request *rq)
{
	const struct msg_auth_change_password *m = &rq->body.auth_change_password;
	const char *problem = password_problem(m->new_password);
	char text[160];

	if (problem != NULL) {		/* "password must ..": here the field is another */
		snprintf(text, sizeof text, "newPassword%s", problem + strlen("password"));
		request_fail(rq, E_VALIDATION_ERROR, text);
	} else {
		check_caller(state, rq, m->access_token, change_for);
	}
}
