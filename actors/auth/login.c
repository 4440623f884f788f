/* actors/auth/login.c - registering and logging in with a password.
 *
 * An unknown account and a wrong password take the same steps and the same time: the one
 * question to db, one argon2id verification, one answer.
 *
 * Owns: an attempt while db and the hashing threads work on it.
 * Fails: a full queue is told at once; nobody waits behind a crowd of guesses.
 * Licence: Apache-2.0. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/auth/auth.h"
#include "actors/auth/passwords.h"

struct attempt {
	struct auth *auth;
	struct request *rq;
	char email[EMAIL_MAX + 1];	/* lower case */
	struct bytes address, device;	/* views into rq */
	bool found;
	struct id user;
	char role[9];
	struct buf user_json;
};

static struct attempt *
attempt_new(struct auth *au, struct request *rq, struct bytes email, struct bytes address, struct bytes device)
{
	struct attempt *at = calloc(1, sizeof *at);

	if (at == NULL)
		return NULL;
	at->auth = au;
	at->rq = rq;
	at->address = address;
	at->device = device;
	for (uint32_t i = 0; i < email.n; i++) {
		char c = email.p[i];
		at->email[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	return at;
}

static void
attempt_free(struct attempt *at)
{
	buf_free(&at->user_json);
	free(at);
}

static void
attempt_fail(struct attempt *at, unsigned err, const char *detail)
{
	request_fail(at->rq, err, detail);
	attempt_free(at);
}

/* The password in the frame is not needed any more. */
static void
wipe(struct bytes password)
{
	sodium_memzero((void *)(uintptr_t)password.p, password.n);
}

/* Keeps what db said of the account. False when memory is out. */
static bool
keep_account(struct attempt *at, const struct msg_credential *m)
{
	at->found = true;
	at->user = m->user;
	memcpy(at->role, m->role.p, m->role.n);
	return buf_add(&at->user_json, m->user_json.p, m->user_json.n) == 0;
}

static void
attempt_succeed(struct attempt *at)
{
	struct session_owner owner = { .user = at->user, .role = at->role,
		.user_json = bytes_of(at->user_json.p, at->user_json.n) };

	session_open(at->auth, at->rq, &owner, at->address, at->device);
	attempt_free(at);
}

/* ---- login ---- */

static void
on_verified(void *arg, bool ok, const char *hash)
{
	struct attempt *at = arg;
	struct auth *au = at->auth;
	struct bytes email = bytes_str(at->email);

	(void)hash;
	if (ok && at->found) {
		throttle_passed(&au->throttle, email, at->address);
		auth_audit(au, &at->rq->ctx, "login", &at->user, at->address, at->email);
		attempt_succeed(at);
		return;
	}
	throttle_failed(&au->throttle, email, at->address, now_ms());
	auth_audit(au, &at->rq->ctx, "login_failed", at->found ? &at->user : NULL, at->address, at->email);
	attempt_fail(at, E_INVALID_CREDENTIALS, "");
}

static void
on_credential(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct attempt *at = arg;
	struct bytes password = at->rq->body.auth_login.password;
	char hash[HASH_TEXT + 1] = "";
	int rc;

	(void)detail;
	if (err != 0 && err != E_NOT_FOUND) {
		attempt_fail(at, err, "");
		return;
	}
	if (err == 0 && !keep_account(at, &body->credential)) {
		attempt_fail(at, E_INTERNAL_ERROR, "");
		return;
	}
	snprintf(hash, sizeof hash, "%.*s", err == 0 ? (int)body->credential.hash.n : (int)strlen(at->auth->dummy),
	    err == 0 ? body->credential.hash.p : at->auth->dummy);
	rc = hashing_verify(at->auth->hashing, password, hash, on_verified, at);
	wipe(password);
	sodium_memzero(hash, sizeof hash);
	if (rc != 0)
		attempt_fail(at, rc == -E_QUEUE_FULL ? E_RATE_LIMITED : (unsigned)-rc, "Too many sign-ins at once; try again soon");
}

static void
ask_credential(void *arg)
{
	struct attempt *at = arg;
	int64_t id = link_call(auth_db(at->auth), &at->rq->ctx, MSG_credential_get,
	    &(struct msg_credential_get){ .email = bytes_str(at->email) }, CALL_AGAIN, on_credential, at);

	if (id < 0)
		attempt_fail(at, (unsigned)-id, "");
}

void
on_auth_login(void *state, struct request *rq)
{
	struct auth *au = state;
	const struct msg_auth_login *m = &rq->body.auth_login;
	struct attempt *at = attempt_new(au, rq, m->email, m->address, m->device);
	uint64_t wait;

	if (at == NULL) {
		request_fail(rq, E_INTERNAL_ERROR, "");
		return;
	}
	wait = throttle_wait_ms(&au->throttle, bytes_str(at->email), at->address, now_ms());
	if (wait > 0) {
		char text[96];
		snprintf(text, sizeof text, "Too many failed sign-ins; try again in %llu seconds",
		    (unsigned long long)(wait + 999) / 1000);
		log_event(LOG_SECURITY, &rq->ctx, "login_locked", "email", at->email, "address", log_bytes(at->address));
		attempt_fail(at, E_RATE_LIMITED, text);
		return;
	}
	if (!seed_hold(au, at->email, ask_credential, at))
		ask_credential(at);
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
	} else if (!keep_account(at, &body->credential)) {
		attempt_fail(at, E_INTERNAL_ERROR, "");
	} else {
		auth_audit(at->auth, &at->rq->ctx, "register", &at->user, at->address, at->email);
		attempt_succeed(at);
	}
}

static void
on_made(void *arg, bool ok, const char *hash)
{
	struct attempt *at = arg;
	const struct msg_auth_register *m = &at->rq->body.auth_register;
	int64_t id;

	if (!ok) {		/* argon2 found no memory: later there may be some */
		attempt_fail(at, E_SERVICE_UNAVAILABLE, "");
		return;
	}
	/* not CALL_AGAIN: a second one would meet the first one's e-mail */
	id = link_call(auth_db(at->auth), &at->rq->ctx, MSG_account_create, &(struct msg_account_create){
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

void
on_auth_register(void *state, struct request *rq)
{
	struct auth *au = state;
	const struct msg_auth_register *m = &rq->body.auth_register;
	const char *problem = password_problem(m->password);
	struct attempt *at;
	int rc;

	if (!invited(au, m)) {
		log_event(LOG_SECURITY, &rq->ctx, "invite_refused", "address", log_bytes(m->address));
		request_fail(rq, E_INVALID_INVITE_CODE, "");
		return;
	}
	if (problem != NULL || m->email.n == 0) {
		request_fail(rq, E_VALIDATION_ERROR, problem != NULL ? problem : "email must not be empty");
		return;
	}
	if ((at = attempt_new(au, rq, m->email, m->address, m->device)) == NULL) {
		request_fail(rq, E_INTERNAL_ERROR, "");
		return;
	}
	rc = hashing_make(au->hashing, m->password, on_made, at);
	wipe(m->password);
	if (rc != 0)
		attempt_fail(at, rc == -E_QUEUE_FULL ? E_RATE_LIMITED : (unsigned)-rc, "Too many registrations at once; try again soon");
}
