/* actors/auth/guess.c - is this somebody's password? (attempt.h)
 *
 * Owns: the attempts that wait for others; a hash on its way to db.
 * Fails: a failure that db does not take is told as that, not as a wrong password.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/auth/attempt.h"

#define EVERY_ACCOUNT "(every account)"

/* Told once per lock; its end tells how many it turned away. */
static void
locked(struct attempt *at, uint64_t ms, struct bytes by)
{
	log_event(LOG_SECURITY, &at->rq->ctx, "login_locked", "email", at->email, "address", log_bytes(at->address),
	    "seconds", log_u64(ms / 1000), "by", log_bytes(by));
	attempt_audit(at, AUDIT_login_locked);
	auth_tell_soon(at->auth);
}

/* The failure is held against him: only now it is told that the password is wrong. */
static void
on_struck(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct attempt *at = arg;
	struct auth *au = at->auth;
	const struct msg_struck *m;
	uint64_t now = now_ms();

	(void)detail;
	if (err != 0) {
		attempt_fail(at, err, "");
		return;
	}
	m = &body->struck;
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
	snprintf(at->better, sizeof at->better, "%s", hash);
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

static void
verify(struct attempt *at)
{
	int rc = hashing_verify(at->auth->hashing, at->password, at->found ? at->hash : at->auth->dummy, on_verified, at);

	attempt_wipe(at->password);
	if (rc != 0)
		attempt_fail(at, rc == -E_QUEUE_FULL ? E_RATE_LIMITED : (unsigned)-rc, rc == -E_QUEUE_FULL ? attempt_crowd_text() : "");
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
	const struct msg_login_facts *m;
	enum throttle_say say;

	(void)detail;
	if (err != 0) {
		attempt_fail(at, err, "");
		return;
	}
	m = &body->login_facts;
	say = throttle_learn(t, bytes_str(at->email), bytes_str(at->network), now_ms(), m->failures,
	    bytes_eq(m->locked_by, "pair") ? m->locked_ms : 0);
	at->guess = say == THROTTLE_GO;
	if (m->locked_ms > 0) {
		if (bytes_eq(m->locked_by, "address"))
			throttle_hold(t, EVERY_ACCOUNT, bytes_str(at->network), now_ms(), m->locked_ms);
		auth_tell_soon(at->auth);
		attempt_refuse_locked(at, m->locked_ms, too_many);
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

void
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
		attempt_refuse_locked(at, wait, too_many);
		break;
	}
}

void
attempt_guess(struct attempt *at)
{
	if (attempt_unheld(at, EVERY_ACCOUNT, too_many))
		attempt_start(at);
}
