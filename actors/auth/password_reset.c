/* actors/auth/password_reset.c - a new password from somebody who has the token that was mailed.
 * It is good once; every session of the account ends, and so do its locks.
 * Owns: nothing beyond its attempt. Fails: as attempt.h says.
 * Licence: Apache-2.0. */
#include "actors/auth/attempt.h"
#include "actors/auth/passwords.h"

#define HELD_RESET "(password reset)"

static void
refuse_token(struct attempt *at)
{
	attempt_audit(at, AUDIT_reset_refused);
	attempt_strike_fail(at, STRIKE_reset_with, HELD_RESET, E_VALIDATION_ERROR, "token is not valid any more: ask for a new link");
}

static void
on_reset(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct attempt *at = arg;
	struct request *rq = at->rq;

	(void)detail;
	(void)body;
	if (err == E_NOT_FOUND) {		/* somebody was faster with it */
		refuse_token(at);
	} else if (err != 0) {
		attempt_fail(at, err, "");
	} else {
		check_revoked_others(at->auth, &at->user, NULL);
		throttle_forget(&at->auth->throttle, bytes_str(at->email), bytes_str(at->network));
		attempt_audit(at, AUDIT_reset_done);
		attempt_free(at);
		request_answer(rq, &(struct msg_done){ .changed = true });
	}
}

static void
new_hashed(struct attempt *at, const char *hash)
{
	char subjects[SUBJECTS_TEXT];
	uint8_t token[TOKEN_HASH];
	int64_t id;

	token_hash(at->rq->body.auth_reset_password.token, token);
	/* not CALL_AGAIN: a second one would find the token spent */
	id = link_call(auth_db(at->auth), &at->rq->ctx, MSG_password_reset, &(struct msg_password_reset){
	    .token_hash = bytes_of(token, sizeof token), .hash = bytes_str(hash),
	    .subjects_json = strike_subjects(STRIKE_pair | STRIKE_account, at->email, at->network, subjects) }, 0, on_reset, at);
	if (id < 0)
		attempt_fail(at, (unsigned)-id, "");
}

static void
on_owner(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct attempt *at = arg;

	(void)detail;
	if (err == E_NOT_FOUND) {
		refuse_token(at);
	} else if (err != 0) {
		attempt_fail(at, err, "");
	} else {
		at->found = true;
		at->user = body->reset_owner.user;
		email_lower(body->reset_owner.email, at->email);
		at->hashed = new_hashed;
		attempt_hash(at, at->rq->body.auth_reset_password.password);
	}
}

void
on_auth_reset_password(void *state, struct request *rq)
{
	struct auth *au = state;
	const struct msg_auth_reset_password *m = &rq->body.auth_reset_password;
	const char *problem = password_problem(m->password);
	uint8_t token[TOKEN_HASH];
	struct attempt *at;
	int64_t id;

	if (problem != NULL) {
		request_fail(rq, E_VALIDATION_ERROR, problem);
		return;
	}
	if ((at = attempt_new(au, rq, (struct bytes){ "", 0 }, m->address)) == NULL ||
	    !attempt_unheld(at, HELD_RESET, "Too many wrong tokens from this address"))
		return;
	token_hash(m->token, token);
	id = link_call(auth_db(au), &rq->ctx, MSG_reset_get, &(struct msg_reset_get){ .token_hash = bytes_of(token, sizeof token) },
	    CALL_AGAIN, on_owner, at);
	if (id < 0)
		attempt_fail(at, (unsigned)-id, "");
}
