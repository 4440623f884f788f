/* actors/auth/locks.c - who is locked out: what is told, and failures that are held against an
 * address whether or not an account is meant (attempt.h).
 * Owns: a strike while db works on it.
 * Fails: what db does not take is not told as a wrong guess, and holds the address for a while here.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/auth/attempt.h"

enum { UNTAKEN_MS = 10000 };		/* guesses that db cannot count: no more of them from there */

void
attempt_refuse_locked(struct attempt *at, uint64_t ms, const char *what)
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
		attempt_refuse_locked(at, ms, what);
	return ms == 0;
}

struct striking {
	struct auth *auth;
	struct ctx ctx;
	char network[NETWORK_TEXT];
	const char *held;
	struct attempt *at;		/* refused when it is struck; NULL: nobody waits */
	unsigned refusal;
	const char *detail;
};

static void
address_locked(struct striking *s, uint64_t ms)
{
	throttle_hold(&s->auth->throttle, s->held, bytes_str(s->network), now_ms(), ms);
	log_event(LOG_SECURITY, &s->ctx, "address_locked", "what", s->held, "address", s->network, "seconds", log_u64(ms / 1000));
	auth_audit(s->auth, &s->ctx, AUDIT_address_locked, &(struct audit_about){ .address = bytes_str(s->network) });
	auth_tell_soon(s->auth);
}

static void
on_struck_address(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct striking *s = arg;

	(void)detail;
	if (err == 0 && body->struck.locked_ms > 0)
		address_locked(s, body->struck.locked_ms);
	if (err != 0 && s->at != NULL)
		throttle_hold(&s->auth->throttle, s->held, bytes_str(s->network), now_ms(), UNTAKEN_MS);
	if (s->at != NULL)
		attempt_fail(s->at, err != 0 ? err : s->refusal, err != 0 ? "" : s->detail);
	free(s);
}

/* NULL where memory is out. */
static struct striking *
striking_new(struct attempt *at, const char *held)
{
	struct striking *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->auth = at->auth;
	s->ctx = at->rq->ctx;
	s->ctx.deadline_ms = now_ms() + DB_MS;
	s->held = held;
	memcpy(s->network, at->network, sizeof s->network);
	return s;
}

static void
strike(struct attempt *at, unsigned kinds, struct striking *s)
{
	char subjects[SUBJECTS_TEXT];
	int64_t id = link_call(auth_db(at->auth), &s->ctx, MSG_strike, &(struct msg_strike){
	    .subjects_json = strike_subjects(kinds, at->email, at->network, subjects) }, 0, on_struck_address, s);

	if (id < 0)
		on_struck_address(s, (unsigned)-id, bytes_str(""), NULL);
}

void
attempt_strike(struct attempt *at, unsigned kinds, const char *held)
{
	struct striking *s = striking_new(at, held);

	if (s != NULL)
		strike(at, kinds, s);
}

void
attempt_strike_fail(struct attempt *at, unsigned kinds, const char *held, unsigned err, const char *detail)
{
	struct striking *s = striking_new(at, held);

	if (s == NULL) {
		attempt_fail(at, E_INTERNAL_ERROR, "");
		return;
	}
	s->at = at;
	s->refusal = err;
	s->detail = detail;
	strike(at, kinds, s);
}
