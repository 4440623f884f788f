/* actors/auth/attempt.c - see attempt.h.
 * Owns: an attempt while db and the hashing threads work on it.
 * Fails: a full queue is told at once; nobody waits behind a crowd of guesses.
 * Licence: Apache-2.0. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/auth/attempt.h"

const char *
attempt_crowd_text(void)
{
	return randombytes_uniform(2) == 0 ? "Too many sign-ins at once; try again in 1 second" :
	    "Too many sign-ins at once; try again in 2 seconds";
}

struct attempt *
attempt_new(struct auth *au, struct request *rq, struct bytes email, struct bytes address)
{
	struct attempt *at = NULL;

	if (au->nattempts >= HASH_QUEUE) {	/* before db is asked: a crowd must not fill its queue either */
		request_fail(rq, E_RATE_LIMITED, attempt_crowd_text());
		return NULL;
	}
	if (email.n > EMAIL_MAX || (at = calloc(1, sizeof *at)) == NULL) {
		request_fail(rq, E_INTERNAL_ERROR, "");
		return NULL;
	}
	at->auth = au;
	au->nattempts++;
	at->rq = rq;
	at->address = address;
	strike_network(address, at->network);
	email_lower(email, at->email);
	return at;
}

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

void
attempt_free(struct attempt *at)
{
	struct auth *au = at->auth;

	if (at->guess)
		throttle_give_back(&au->throttle, bytes_str(at->email), bytes_str(at->network));
	au->nattempts--;
	buf_free(&at->user_json);
	sodium_memzero(at->hash, sizeof at->hash);
	sodium_memzero(at->better, sizeof at->better);
	free(at);
	resume_parked(au);
}

void
attempt_fail(struct attempt *at, unsigned err, const char *detail)
{
	struct request *rq = at->rq;

	attempt_free(at);
	request_fail(rq, err, detail);
}

void
attempt_audit(struct attempt *at, enum audit_event event)
{
	auth_audit(at->auth, &at->rq->ctx, event, &(struct audit_about){ .user = at->found ? &at->user : NULL,
	    .address = at->address, .email = at->email });
}

bool
attempt_keep_account(struct attempt *at, const struct msg_credential *m)
{
	if (m->hash.n >= sizeof at->hash)
		return false;
	at->found = true;
	at->user = m->user;
	memcpy(at->hash, m->hash.p, m->hash.n);
	at->hash[m->hash.n] = '\0';
	memcpy(at->role, m->role.p, m->role.n);
	return buf_add(&at->user_json, m->user_json.p, m->user_json.n) == 0;
}

void
attempt_open_session(struct attempt *at)
{
	struct session_owner owner = { .user = at->user, .role = at->role, .seen = at->hash, .better = at->better, .forgive = at->forgive,
		.strikes = strike_key(STRIKE_pair, at->email, at->network), .user_json = bytes_of(at->user_json.p, at->user_json.n) };

	session_open(at->auth, at->rq, &owner, at->address, at->device);	/* answers later, or has freed rq */
	attempt_free(at);
}

/* ---- a new hash ---- */

/* The password in the frame is not needed any more. */
void
attempt_wipe(struct bytes password)
{
	sodium_memzero((void *)(uintptr_t)password.p, password.n);
}

static void
on_made(void *arg, bool ok, const char *hash)
{
	struct attempt *at = arg;

	if (ok)
		at->hashed(at, hash);
	else		/* argon2 found no memory: later there may be some */
		attempt_fail(at, E_SERVICE_UNAVAILABLE, "");
}

void
attempt_hash(struct attempt *at, struct bytes password)
{
	int rc = hashing_make(at->auth->hashing, password, on_made, at);

	attempt_wipe(password);
	if (rc != 0)
		attempt_fail(at, rc == -E_QUEUE_FULL ? E_RATE_LIMITED : (unsigned)-rc, rc == -E_QUEUE_FULL ? attempt_crowd_text() : "");
}
