/* actors/auth/locks.c - who is locked out: what is told, and failures that are held against an
 * address whether or not an account is meant (attempt.h).
 * Owns: a strike while db works on it. Fails: a strike that db does not take is not held.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/auth/attempt.h"

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
};

static void
on_struck_aside(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct striking *s = arg;

	(void)detail;
	if (err == 0 && body->struck.locked_ms > 0) {
		throttle_hold(&s->auth->throttle, s->held, bytes_str(s->network), now_ms(), body->struck.locked_ms);
		log_event(LOG_SECURITY, &s->ctx, "address_locked", "what", s->held, "address", s->network,
		    "seconds", log_u64(body->struck.locked_ms / 1000));
		auth_audit(s->auth, &s->ctx, AUDIT_address_locked, &(struct audit_about){ .address = bytes_str(s->network) });
		auth_tell_soon(s->auth);
	}
	free(s);
}

void
attempt_strike(struct attempt *at, unsigned kinds, const char *held)
{
	char subjects[SUBJECTS_TEXT];
	struct striking *s = calloc(1, sizeof *s);

	if (s == NULL)
		return;
	s->auth = at->auth;
	s->ctx = at->rq->ctx;
	s->held = held;
	memcpy(s->network, at->network, sizeof s->network);
	s->ctx.deadline_ms = now_ms() + DB_MS;
	if (link_call(auth_db(at->auth), &s->ctx, MSG_strike, &(struct msg_strike){
	    .subjects_json = strike_subjects(kinds, at->email, at->network, subjects) }, 0, on_struck_aside, s) < 0)
		free(s);
}
