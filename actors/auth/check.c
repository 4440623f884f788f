/* actors/auth/check.c - is this token good, and who is it? Does this session live?
 *
 * Two bounded memories make it cheap: a verified token is known by a keyed hash until it
 * expires, and a session's state is at most CHECK_FRESH_MS old. Many checks of one session
 * share one question to db.
 *
 * Owns: the two tables and the checks that wait for db.
 * Fails: without db, a session's state is unknown and so nobody is let in.
 * Licence: Apache-2.0. */
#include <sodium.h>
#include <stdlib.h>

#include "actors/auth/auth.h"

struct checked {		/* a token that was verified */
	struct table_entry entry;
	struct id user, session;
	uint64_t expires_s;
};

struct waiter {
	struct waiter *next;
	struct request *rq;
	caller_fn *done;
	struct id user;
	uint64_t expires_s;
};

struct session {		/* what db said of it */
	struct table_entry entry;
	struct auth *auth;
	bool known, alive, revoked;	/* revoked: here, for good */
	struct id user;
	char role[9], email[EMAIL_MAX + 1];
	uint64_t as_of_ms;	/* when db was asked */
	uint64_t asked_ms;	/* the question that runs; 0: none */
	struct waiter *waiters;
};

int
check_init(struct auth *au)
{
	if (table_init(&au->tokens, sizeof(struct checked), CHECK_TOKENS) != 0 ||
	    table_init(&au->sessions, sizeof(struct session), CHECK_SESSIONS) != 0)
		return -1;
	return 0;
}

void
check_fini(struct auth *au)
{
	table_fini(&au->tokens);
	table_fini(&au->sessions);
}

static const char *
refusal(unsigned err)
{
	return err == E_TOKEN_EXPIRED ? "The access token has expired" :
	    err == E_UNAUTHORIZED ? "The access token is not valid" : "";
}

static void
tell(struct session *s, struct request *rq, caller_fn *done, const struct id *user, uint64_t expires_s)
{
	struct caller c = { .user = s->user, .session = s->entry.key, .role = s->role, .email = s->email,
		.expires_s = expires_s, .age_ms = now_ms() - s->as_of_ms };

	if (!s->alive || !id_eq(&s->user, user))
		done(s->auth, rq, E_UNAUTHORIZED, "The session has ended", NULL);
	else if (expires_s <= wall_ms() / 1000)		/* it ran out while db was asked */
		done(s->auth, rq, E_TOKEN_EXPIRED, refusal(E_TOKEN_EXPIRED), NULL);
	else
		done(s->auth, rq, 0, "", &c);
}

static void
state_take(struct session *s, const struct msg_session_state *m)
{
	s->alive = m->alive;
	s->user = m->user;
	memset(s->role, 0, sizeof s->role);
	memcpy(s->role, m->role.p, m->role.n);
	memset(s->email, 0, sizeof s->email);
	memcpy(s->email, m->email.p, m->email.n);
}

static void
on_session_state(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct session *s = arg;
	struct waiter *w = s->waiters, *next;

	(void)detail;
	s->waiters = NULL;
	s->entry.pinned = false;
	if (err == 0 || err == E_NOT_FOUND) {
		s->known = true;
		s->as_of_ms = s->asked_ms;
		if (err == 0)
			state_take(s, &body->session_state);
		else
			s->alive = false;
		if (s->revoked)		/* here, while db was asked */
			s->alive = false;
	}
	s->asked_ms = 0;
	for (; w != NULL; w = next) {
		next = w->next;
		if (err == 0 || err == E_NOT_FOUND)
			tell(s, w->rq, w->done, &w->user, w->expires_s);
		else
			w->done(s->auth, w->rq, err, refusal(err), NULL);
		free(w);
	}
}

/* Asks db, unless that question already runs. 0, or a negative code. */
static int
ask(struct auth *au, struct session *s, const struct ctx *cause)
{
	struct ctx ctx = *cause;
	int64_t id;

	if (s->asked_ms != 0)
		return 0;
	ctx.deadline_ms = now_ms() + DB_MS;	/* it serves many, not only the one that came first */
	id = link_call(auth_db(au), &ctx, MSG_session_get, &(struct msg_session_get){ .session = s->entry.key },
	    CALL_AGAIN, on_session_state, s);
	if (id < 0)
		return (int)id;
	s->asked_ms = now_ms();
	s->entry.pinned = true;
	return 0;
}

/* 0, or a negative code. */
static int
wait_for_state(struct auth *au, struct request *rq, caller_fn *done, struct session *s, const struct id *user, uint64_t expires_s)
{
	struct waiter *w = malloc(sizeof *w);
	int rc;

	if (w == NULL)
		return -E_INTERNAL_ERROR;
	if ((rc = ask(au, s, &rq->ctx)) != 0) {
		free(w);
		return rc;
	}
	*w = (struct waiter){ s->waiters, rq, done, *user, expires_s };
	s->waiters = w;
	return 0;
}

/* The token's facts, from memory or verified now. 0, or a negative code. */
static int
verify(struct auth *au, struct bytes token, struct checked *out)
{
	uint64_t now_s = wall_ms() / 1000;
	struct token_claims c;
	struct checked *k;
	struct id key;
	int rc;

	crypto_generichash(key.b, sizeof key.b, (const uint8_t *)token.p, token.n, au->token_key, THROTTLE_KEY);
	au->checks++;
	if ((k = table_find(&au->tokens, &key)) != NULL) {
		au->check_hits++;
		*out = *k;
		return k->expires_s <= now_s ? -E_TOKEN_EXPIRED : 0;
	}
	if ((rc = token_read(TOKEN_access, &au->access, token, now_s, &c)) != 0)
		return rc;
	*out = (struct checked){ .user = c.user, .session = c.session, .expires_s = c.expires_s };
	if ((k = table_add(&au->tokens, &key)) != NULL) {
		k->user = c.user;
		k->session = c.session;
		k->expires_s = c.expires_s;
	}
	return 0;
}

void
check_session(struct auth *au, struct request *rq, const struct id *user, const struct id *session, uint64_t expires_s, caller_fn *done)
{
	struct session *s = table_find(&au->sessions, session);
	uint64_t age;
	int rc = -E_QUEUE_FULL;

	if (s != NULL || (s = table_add(&au->sessions, session)) != NULL) {
		s->auth = au;
		age = now_ms() - s->as_of_ms;
		if (s->known && age < CHECK_FRESH_MS) {
			if (age >= CHECK_AHEAD_MS)
				(void)ask(au, s, &rq->ctx);	/* failing is no harm: the next check asks again */
			tell(s, rq, done, user, expires_s);
			return;
		}
		rc = wait_for_state(au, rq, done, s, user, expires_s);
	}
	if (rc != 0)
		done(au, rq, (unsigned)-rc, refusal((unsigned)-rc), NULL);
}

void
check_caller(struct auth *au, struct request *rq, struct bytes token, caller_fn *done)
{
	struct checked k;
	int rc = verify(au, token, &k);

	if (rc != 0)
		done(au, rq, (unsigned)-rc, refusal((unsigned)-rc), NULL);
	else
		check_session(au, rq, &k.user, &k.session, k.expires_s, done);
}

void
check_revoked(struct auth *au, const struct id *session)
{
	struct session *s = table_find(&au->sessions, session);

	if (s == NULL)
		return;
	s->revoked = true;
	s->alive = false;
}

void
check_revoked_others(struct auth *au, const struct id *user, const struct id *but)
{
	for (size_t i = 0; i < au->sessions.used; i++) {
		struct session *s = (struct session *)(void *)(au->sessions.records + i * au->sessions.size);
		if (id_eq(&s->user, user) && (but == NULL || !id_eq(&s->entry.key, but))) {
			s->revoked = true;
			s->alive = false;
		}
	}
}
