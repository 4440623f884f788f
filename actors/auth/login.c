/* actors/auth/login.c - logging in and registering with a password (attempt.h has the steps).
 * Owns: nothing beyond its attempts.
 * Fails: as attempt.h says.
 * Licence: Apache-2.0. */
#include <sodium.h>

#include "actors/auth/attempt.h"
#include "actors/auth/passwords.h"

static void
logged_in(struct attempt *at)
{
	attempt_audit(at, AUDIT_login);
	attempt_open_session(at);
}

void
on_auth_login(void *state, struct request *rq)
{
	const struct msg_auth_login *m = &rq->body.auth_login;
	struct attempt *at = attempt_new(state, rq, m->email, m->address);

	if (at == NULL)
		return;
	at->device = m->device;
	at->password = m->password;
	at->failed = AUDIT_login_failed;
	at->upgrade = true;
	at->passed = logged_in;
	attempt_guess(at);
}

/* ---- register ---- */

static void
on_account(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct attempt *at = arg;

	(void)detail;
	if (err == E_RESOURCE_CONFLICT) {
		attempt_fail(at, err, "A user with this email exists already");
	} else if (err != 0) {
		attempt_fail(at, err, "");
	} else if (!attempt_keep_account(at, &body->credential)) {
		attempt_fail(at, E_INTERNAL_ERROR, "");
	} else {
		attempt_audit(at, AUDIT_register);
		attempt_strike(at, STRIKE_register, HELD_REGISTER);
		attempt_open_session(at);
	}
}

static void
account_hashed(struct attempt *at, const char *hash)
{
	const struct msg_auth_register *m = &at->rq->body.auth_register;
	/* not CALL_AGAIN: a second one would meet the first one's e-mail */
	int64_t id = link_call(auth_db(at->auth), &at->rq->ctx, MSG_account_create, &(struct msg_account_create){
	    .email = bytes_str(at->email), .first_name = m->first_name, .last_name = m->last_name,
	    .hash = bytes_str(hash), .role = BYTES("USER") }, 0, on_account, at);

	if (id < 0)
		attempt_fail(at, (unsigned)-id, "");
}

/* True when no code is asked for, or this is it; takes the same time for every wrong one. */
static bool
invited(const struct auth *au, const struct msg_auth_register *m)
{
	uint8_t want[32], got[32];

	if (au->invite.n == 0)
		return true;
	crypto_generichash(want, sizeof want, (const uint8_t *)au->invite.p, au->invite.n, NULL, 0);
	crypto_generichash(got, sizeof got, (const uint8_t *)m->invite_code.p, m->invite_code.n, NULL, 0);
	return sodium_memcmp(want, got, sizeof want) == 0 && m->has_invite_code;
}

static const char too_many[] = "Too many registrations from this address";

void
on_auth_register(void *state, struct request *rq)
{
	struct auth *au = state;
	const struct msg_auth_register *m = &rq->body.auth_register;
	const char *problem = password_problem(m->password);
	struct attempt *at;

	if (invited(au, m) && (problem != NULL || m->email.n == 0)) {
		request_fail(rq, E_VALIDATION_ERROR, problem != NULL ? problem : "email must not be empty");
		return;
	}
	if ((at = attempt_new(au, rq, m->email, m->address)) == NULL || !attempt_unheld(at, HELD_REGISTER, too_many))
		return;
	if (!invited(au, m)) {
		log_event(LOG_SECURITY, &rq->ctx, "invite_refused", "address", log_bytes(m->address));
		attempt_audit(at, AUDIT_invite_refused);
		attempt_strike_fail(at, STRIKE_register, HELD_REGISTER, E_INVALID_INVITE_CODE, "");	/* bounded like accounts */
		return;
	}
	at->device = m->device;
	at->hashed = account_hashed;
	attempt_hash(at, m->password);
}
