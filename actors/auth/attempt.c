/* actors/auth/attempt.c - see attempt.h.
 * Owns: an attempt while db and the hashing threads work on it.
 * Fails: a full queue is told at once; nobody waits behind a crowd of guesses.
 * Licence: Apache-2.0. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/auth/attempt.h"

#define EVERY_ACCOUNT "(every account)"

/* So many that they would wait for seconds: the queue is empty within two. Not all are told
 * the same, or they would come back together. */
static const char *
crowd_text(void)
{
	return randombytes_uniform(2) == 0 ? "Too many sign-ins at once; try again in 1 second" :
	    "Too many sign-ins at once; try again in 2 seconds";
}

struct attempt *
attempt_new(struct auth *au, struct request *rq, struct bytes email, struct bytes address)
{
	struct attempt *at = NULL;

	if (au->nattempts >= HASH_QUEUE) {	/* before db is asked: a crowd must not fill its queue either */
		request_fail(rq, E_RATE_LIMITED, crowd_text());
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

void
attempt_free(struct attempt *at)
{
	struct auth *au = at->auth;

	if (at->guess)
		throttle_give_back(&au->throttle, bytes_str(at->email), bytes_str(at->network));
	au->nattempts--;
	buf_free(&at->user_json);
	sodium_memzero(at->hash, sizeof at->hash);
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
	struct session_owner owner = { .user = at->user, .role = at->role, .forgive = at->forgive,
		.strikes = strike_key(STRIKE_pair, at->email, at->network), .user_json = bytes_of(at->user_json.p, at->user_json.n) };

	session_open(at->auth, at->rq, &owner, at->address, at->device);	/* answers later, or has freed rq */
	attempt_free(at);
}

/* ---- locks ---- */

static void
refuse_locked(struct attempt *at, uint64_t ms, const char *what)
{
	char text[96];

	snprintf(text, sizeof text, "%s; try again in %llu seconds", what, (unsigned long long)(ms + 999) / 1000);
	attempt_fail(at, E_RATE_LIMITED, text);
}

bool
attempt_unheld(struct attempt *at, const char *held, const char *what)
{
	uint64_t ms = throttle_held(&at->auth->throttle, held, bytes_str(at->network), now_ms());

	if (ms > 0)
		refuse_locked(at, ms, what);
	return ms == 0;
}

/* Told once per lock; its end tells how many it turned away. */
static void
locked(struct attempt *at, uint64_t ms, struct bytes by)
{
	log_event(LOG_SECURITY, &at->rq->ctx, "login_locked", "email", at->email, "address", log_bytes(at->address),
	    "seconds", log_u64(ms / 1000), "by", log_bytes(by));
	attempt_audit(at, AUDIT_login_locked);
	auth_tell_soon(at->auth);
}

struct striking {
	struct auth *auth;
	char network[NETWORK_TEXT];
	const char *held;
};

static void
on_struck_aside(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct striking *s = arg;

	(void)detail;
	if (err == 0 && body->struck.locked_ms > 0) {
		throttle_hold(&s->auth->throttle, s->held, bytes_str(s->network), now_ms(), body->struck.locked_ms);
		log_event(LOG_SECURITY, NULL, "address_locked", "what", s->held, "address", s->network,
		    "seconds", log_u64(body->struck.locked_ms / 1000));
		auth_tell_soon(s->auth);
	}
	free(s);
}

void
attempt_strike(struct attempt *at, unsigned kinds, const char *held)
{
	char subjects[SUBJECTS_TEXT];
	struct striking *s = calloc(1, sizeof *s);
	struct ctx ctx = at->rq->ctx;

	if (s == NULL)
		return;
	s->auth = at->auth;
	s->held = held;
	memcpy(s->network, at->network, sizeof s->network);
	ctx.deadline_ms = now_ms() + DB_MS;
	if (link_call(auth_db(at->auth), &ctx, MSG_strike, &(struct msg_strike){
	    .subjects_json = strike_subjects(kinds, at->email, at->network, subjects) }, 0, on_struck_aside, s) < 0)
		free(s);
}

/* ---- a guess ---- */

/* The failure is held against him: only now it is told that the password is wrong. */
static void
on_struck(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct attempt *at = arg;
	struct auth *au = at->auth;
	const struct msg_struck *m = &body->struck;
	uint64_t now = now_ms();

	(void)detail;
	if (err != 0) {
		attempt_fail(at, err, "");
		return;
	}
	at->guess = false;
	throttle_failed(&au->throttle, bytes_str(at->email), bytes_str(at->network), now, m->failures,
	    bytes_eq(m->locked_by, "pair") ? m->locked_ms : 0);
	if (bytes_eq(m->locked_by, "address"))
		throttle_hold(&au->throttle, EVERY_ACCOUNT, bytes_str(at->network), now, m->locked_ms);
	attempt_audit(at, at->failed);
	if (m->locked_ms > 0)
		locked(at, m->locked_ms, m->locked_by);
	attempt_fail(at, E_INVALID_CREDENTIALS, "");
}

static void
strike_guess(struct attempt *at)
{
	char subjects[SUBJECTS_TEXT];
	int64_t id = link_call(auth_db(at->auth), &at->rq->ctx, MSG_strike, &(struct msg_strike){
	    .subjects_json = strike_subjects(STRIKE_GUESS, at->email, at->network, subjects) }, 0, on_struck, at);

	if (id < 0)
		attempt_fail(at, (unsigned)-id, "");
}

struct upgrading {
	struct auth *auth;
	struct ctx ctx;
	struct id user;
	char address[NETWORK_TEXT], email[EMAIL_MAX + 1];
};

static void
on_upgraded(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct upgrading *u = arg;

	(void)detail;
	if (err != 0)		/* the next login does it */
		log_event(LOG_WARNING, &u->ctx, "hash_not_upgraded", "user", log_id(&u->user), "error", error_row(err)->name);
	else if (body->done.changed)
		auth_audit(u->auth, &u->ctx, AUDIT_hash_upgraded, &(struct audit_about){ .user = &u->user,
		    .address = bytes_str(u->address), .email = u->email });
	free(u);
}

/* The login does not wait for it. */
static void
upgrade(struct attempt *at, const char *hash)
{
	struct upgrading *u = calloc(1, sizeof *u);

	if (u == NULL)
		return;
	u->auth = at->auth;
	u->ctx = at->rq->ctx;
	u->ctx.deadline_ms = now_ms() + DB_MS;
	u->user = at->user;
	snprintf(u->address, sizeof u->address, "%.*s", (int)at->address.n, at->address.p);
	memcpy(u->email, at->email, sizeof u->email);
	if (link_call(auth_db(at->auth), &u->ctx, MSG_hash_upgrade, &(struct msg_hash_upgrade){ .user = at->user,
	    .old_hash = bytes_str(at->hash), .hash = bytes_str(hash) }, CALL_AGAIN, on_upgraded, u) < 0)
		free(u);
}

static void
on_verified(void *arg, bool ok, const char *hash)
{
	struct attempt *at = arg;

	if (!ok || !at->found) {
		strike_guess(at);
		return;
	}
	at->guess = false;
	at->forgive = throttle_passed(&at->auth->throttle, bytes_str(at->email), bytes_str(at->network));
	if (at->upgrade && hash[0] != '\0')
		upgrade(at, hash);
	at->passed(at);
}

/* The password in the frame is not needed any more. */
static void
wipe(struct bytes password)
{
	sodium_memzero((void *)(uintptr_t)password.p, password.n);
}

static void
verify(struct attempt *at)
{
	int rc = hashing_verify(at->auth->hashing, at->password, at->found ? at->hash : at->auth->dummy, on_verified, at);

	wipe(at->password);
	if (rc != 0)
		attempt_fail(at, rc == -E_QUEUE_FULL ? E_RATE_LIMITED : (unsigned)-rc, rc == -E_QUEUE_FULL ? crowd_text() : "");
}

static const char too_many[] = "Too many failed sign-ins";

static void
park(struct attempt *at)
{
	struct auth *au = at->auth;

	at->next = NULL;
	*au->parked.last = at;
	au->parked.last = &at->next;
}

static void
on_facts(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct attempt *at = arg;
	struct throttle *t = &at->auth->throttle;
	const struct msg_login_facts *m = &body->login_facts;
	enum throttle_say say;

	(void)detail;
	if (err != 0) {
		attempt_fail(at, err, "");
		return;
	}
	say = throttle_learn(t, bytes_str(at->email), bytes_str(at->network), now_ms(), m->failures,
	    bytes_eq(m->locked_by, "pair") ? m->locked_ms : 0);
	at->guess = say == THROTTLE_GO;
	if (m->locked_ms > 0) {
		if (bytes_eq(m->locked_by, "address"))
			throttle_hold(t, EVERY_ACCOUNT, bytes_str(at->network), now_ms(), m->locked_ms);
		auth_tell_soon(at->auth);
		refuse_locked(at, m->locked_ms, too_many);
	} else if (say != THROTTLE_GO) {
		park(at);
	} else if (m->found && !attempt_keep_account(at, &(struct msg_credential){ .user = m->user, .hash = m->hash,
	    .role = m->role, .user_json = m->user_json })) {
		attempt_fail(at, E_INTERNAL_ERROR, "");
	} else {
		verify(at);
	}
}

static void
ask_facts(void *arg)
{
	struct attempt *at = arg;
	char subjects[SUBJECTS_TEXT];
	int64_t id = link_call(auth_db(at->auth), &at->rq->ctx, MSG_login_get, &(struct msg_login_get){
	    .email = bytes_str(at->email), .address = at->address,
	    .subjects_json = strike_subjects(STRIKE_GUESS, at->email, at->network, subjects) }, CALL_AGAIN, on_facts, at);

	if (id < 0)
		attempt_fail(at, (unsigned)-id, "");
}

static void
attempt_start(struct attempt *at)
{
	struct auth *au = at->auth;
	uint64_t now = now_ms(), wait = 0;

	if (at->rq->ctx.deadline_ms != 0 && at->rq->ctx.deadline_ms <= now) {	/* it was parked too long */
		attempt_fail(at, E_TIMEOUT, "");
		return;
	}
	switch (throttle_take(&au->throttle, bytes_str(at->email), bytes_str(at->network), now, &wait)) {
	case THROTTLE_GO:
		at->guess = true;
		if (!seed_hold(au, at->email, ask_facts, at))
			ask_facts(at);
		break;
	case THROTTLE_BUSY:
		park(at);
		break;
	case THROTTLE_LOCKED:
		refuse_locked(at, wait, too_many);
		break;
	}
}

void
attempt_guess(struct attempt *at)
{
	if (attempt_unheld(at, EVERY_ACCOUNT, too_many))
		attempt_start(at);
}

/* ---- a new hash ---- */

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

	wipe(password);
	if (rc != 0)
		attempt_fail(at, rc == -E_QUEUE_FULL ? E_RATE_LIMITED : (unsigned)-rc, rc == -E_QUEUE_FULL ? crowd_text() : "");
}
