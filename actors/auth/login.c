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
	struct attempt *next;		/* parked */
	struct auth *auth;
	struct request *rq;
	char email[EMAIL_MAX + 1];	/* lower case */
	struct bytes address, device;	/* views into rq */
	bool found, guess;		/* guess: taken from the throttle, and not told how it went */
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
	au->nattempts++;
	at->rq = rq;
	at->address = address;
	at->device = device;
	for (uint32_t i = 0; i < email.n; i++) {
		char c = email.p[i];
		at->email[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	return at;
}

static void attempt_start(struct attempt *at);

/* A guess has ended: those that waited for it try again. What ends meanwhile does not come
 * in here a second time, but makes it look once more. */
static void
resume_parked(struct auth *au)
{
	au->resume_again = true;
	if (au->resuming)
		return;
	au->resuming = true;
	while (au->resume_again && au->parked.first != NULL) {
		struct attempt *at = au->parked.first, *next;

		au->resume_again = false;
		au->parked.first = NULL;
		au->parked.last = &au->parked.first;
		for (; at != NULL; at = next) {
			next = at->next;
			attempt_start(at);
		}
	}
	au->resuming = false;
}

static void
attempt_free(struct attempt *at)
{
	struct auth *au = at->auth;

	if (at->guess)
		throttle_give_back(&au->throttle, bytes_str(at->email), at->address);
	au->nattempts--;
	buf_free(&at->user_json);
	free(at);
	resume_parked(au);
}

static void
attempt_fail(struct attempt *at, unsigned err, const char *detail)
{
	struct request *rq = at->rq;

	attempt_free(at);		/* first: it looks at the address in rq */
	request_fail(rq, err, detail);
}

/* So many that they would wait for seconds: the queue is empty within two. Not all are told
 * the same, or they would come back together. */
static const char *
crowd_text(void)
{
	return randombytes_uniform(2) == 0 ? "Too many sign-ins at once; try again in 1 second" :
	    "Too many sign-ins at once; try again in 2 seconds";
}

/* Refused before db is asked: a crowd must not fill its queue either. */
static bool
crowded(const struct auth *au, struct request *rq)
{
	if (au->nattempts < HASH_QUEUE)
		return false;
	request_fail(rq, E_RATE_LIMITED, crowd_text());
	return true;
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
attempt_audit(struct attempt *at, enum audit_event event)
{
	auth_audit(at->auth, &at->rq->ctx, event, &(struct audit_about){ .user = at->found ? &at->user : NULL,
	    .address = at->address, .email = at->email });
}

static void
attempt_succeed(struct attempt *at)
{
	struct session_owner owner = { .user = at->user, .role = at->role,
		.user_json = bytes_of(at->user_json.p, at->user_json.n) };

	session_open(at->auth, at->rq, &owner, at->address, at->device);	/* answers later, or has freed rq */
	attempt_free(at);
}

/* ---- login ---- */

/* Told once per lock; its end tells how many guesses it turned away. */
static void
locked(struct attempt *at, uint64_t ms)
{
	struct auth *au = at->auth;

	log_event(LOG_SECURITY, &at->rq->ctx, "login_locked", "email", at->email, "address", log_bytes(at->address),
	    "seconds", log_u64(ms / 1000));
	attempt_audit(at, AUDIT_login_locked);
	auth_tell_soon(au);
}

static void
on_verified(void *arg, bool ok, const char *hash)
{
	struct attempt *at = arg;
	struct auth *au = at->auth;
	struct bytes email = bytes_str(at->email);
	uint64_t lock;

	(void)hash;
	if (ok && at->found) {
		at->guess = false;
		throttle_passed(&au->throttle, email, at->address);
		attempt_audit(at, AUDIT_login);
		attempt_succeed(at);
		return;
	}
	at->guess = false;
	lock = throttle_failed(&au->throttle, email, at->address, now_ms());
	attempt_audit(at, AUDIT_login_failed);
	if (lock > 0)
		locked(at, lock);
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
		attempt_fail(at, rc == -E_QUEUE_FULL ? E_RATE_LIMITED : (unsigned)-rc, rc == -E_QUEUE_FULL ? crowd_text() : "");
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

static void
attempt_start(struct attempt *at)
{
	struct auth *au = at->auth;
	uint64_t now = now_ms(), wait = 0;
	char text[96];

	if (at->rq->ctx.deadline_ms != 0 && at->rq->ctx.deadline_ms <= now) {	/* it was parked too long */
		attempt_fail(at, E_TIMEOUT, "");
		return;
	}
	switch (throttle_take(&au->throttle, bytes_str(at->email), at->address, now, &wait)) {
	case THROTTLE_GO:
		at->guess = true;
		if (!seed_hold(au, at->email, ask_credential, at))
			ask_credential(at);
		break;
	case THROTTLE_BUSY:
		at->next = NULL;
		*au->parked.last = at;
		au->parked.last = &at->next;
		break;
	case THROTTLE_LOCKED:
		snprintf(text, sizeof text, "Too many failed sign-ins; try again in %llu seconds",
		    (unsigned long long)(wait + 999) / 1000);
		attempt_fail(at, E_RATE_LIMITED, text);
		break;
	}
}

void
on_auth_login(void *state, struct request *rq)
{
	struct auth *au = state;
	const struct msg_auth_login *m = &rq->body.auth_login;
	struct attempt *at;

	if (crowded(au, rq))
		return;
	if ((at = attempt_new(au, rq, m->email, m->address, m->device)) == NULL)
		request_fail(rq, E_INTERNAL_ERROR, "");
	else
		attempt_start(at);
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
		attempt_audit(at, AUDIT_register);
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
	if (crowded(au, rq))
		return;
	if ((at = attempt_new(au, rq, m->email, m->address, m->device)) == NULL) {
		request_fail(rq, E_INTERNAL_ERROR, "");
		return;
	}
	rc = hashing_make(au->hashing, m->password, on_made, at);
	wipe(m->password);
	if (rc != 0)
		attempt_fail(at, rc == -E_QUEUE_FULL ? E_RATE_LIMITED : (unsigned)-rc, rc == -E_QUEUE_FULL ? crowd_text() : "");
}
