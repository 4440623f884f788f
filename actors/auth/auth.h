/* actors/auth/auth.h - what auth knows while it runs.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_AUTH_H
#define STUDIOD_AUTH_H

#include <ev.h>

#include "actors/auth/hashing.h"
#include "actors/auth/table.h"
#include "actors/auth/throttle.h"
#include "actors/auth/tokens.h"
#include "actors/common/actor.h"
#include "actors/common/seal.h"

enum {
	CHECK_FRESH_MS = 1000,		/* a revoked session is refused within this */
	CHECK_AHEAD_MS = 700,		/* from this age on it is asked again before it is too old */
	CHECK_TOKENS = 16384,		/* verified tokens kept */
	CHECK_SESSIONS = 16384,
	TICKET_MS = 60000,		/* the longest a ticket lives */
	LISTENER_MS = 300000,		/* one that allows no more than to listen, and what is shown for the next */
	DB_MS = 8000,			/* for a question to db that no client's deadline bounds */
	EMAIL_MAX = 254
};

/* Locks of an address that are no account's (throttle_hold). */
#define HELD_REGISTER "(registration)"
#define HELD_FORGOT "(forgotten password)"

struct auth {
	struct actor *actor;
	struct ev_loop *loop;
	struct token_keys access, refresh;
	uint64_t access_ms, refresh_ms;		/* lifetimes */
	struct bytes seal_db, seal_vertex, seal_notifier, seal_auth, invite;

	struct hashing *hashing;
	char dummy[HASH_TEXT];
	struct throttle throttle;
	uint32_t nattempts;			/* logins and registrations that are being worked on */
	struct attempt_list { struct attempt *first, **last; } parked;	/* attempt.c: until a guess of theirs has ended */
	bool resuming, resume_again;
	struct forgot *forgots;			/* forgot.c: tokens on their way into a mail */
	uint32_t nforgots;

	struct audit *audit;			/* audit.c */
	ev_timer tell;				/* each second while something is counted for the log */

	struct table tokens, sessions;		/* check.c */
	uint8_t *token_key;			/* of the hash that names a cached token */
	uint64_t checks, check_hits;

	struct tls_signer *signer;		/* tls_sign.c; NULL without TLS_KEY */
	struct seed *seed;			/* seed.c; NULL once an admin exists */
};

/* Reads the settings, parses the TLS key. Ends the process when one is unusable. */
void auth_init(struct auth *au, struct actor *a);
/* After confinement: starts the hashing threads and the search for an admin. */
void auth_start(struct auth *au, struct ev_loop *loop);
void auth_fini(struct auth *au);
uint32_t auth_queued(struct actor *a);

/* Handlers. */
void on_auth_register(void *state, struct request *rq);
void on_auth_login(void *state, struct request *rq);
void on_auth_refresh(void *state, struct request *rq);
void on_token_check(void *state, struct request *rq);
void on_listener_renew(void *state, struct request *rq);
void on_auth_logout(void *state, struct request *rq);
void on_auth_sessions(void *state, struct request *rq);
void on_auth_session_revoke(void *state, struct request *rq);
void on_auth_change_password(void *state, struct request *rq);
void on_auth_forgot_password(void *state, struct request *rq);
void on_auth_reset_password(void *state, struct request *rq);
void on_tls_sign(void *state, struct request *rq);
void on_health(void *state, struct request *rq);

/* ---- shared by the handlers ---- */

struct link *auth_db(struct auth *au);
/* An e-mail as accounts are compared by it. `email` has at most EMAIL_MAX bytes. */
void email_lower(struct bytes email, char out[EMAIL_MAX + 1]);
/* Within a second, what was counted goes to the log: locks that are over, refusals, losses. */
void auth_tell_soon(struct auth *au);

/* ---- audit.c ---- */

enum audit_event {
	AUDIT_login, AUDIT_login_failed, AUDIT_register, AUDIT_login_locked, AUDIT_refresh_reuse, AUDIT_logout,
	AUDIT_session_revoked, AUDIT_password_changed, AUDIT_password_refused, AUDIT_reset_asked,
	AUDIT_reset_refused, AUDIT_reset_done, AUDIT_hash_upgraded, AUDIT_invite_refused, AUDIT_address_locked
};

/* What an event is about; NULL and empty where it is not said. */
struct audit_about {
	const struct id *user, *session;
	struct bytes address;
	const char *email;
};

/* 0, or -1 when memory is out. */
int audit_init(struct auth *au);
void audit_fini(struct auth *au);
/* Writes it to the log, and has db write it as soon as db answers. */
void auth_audit(struct auth *au, const struct ctx *ctx, enum audit_event event, const struct audit_about *about);
/* Logs how many events were lost, if any were. */
void audit_tell(struct auth *au);

/* Who gets a session. */
struct session_owner {
	struct id user, session;
	const char *role;
	struct bytes user_json;
	const char *seen, *better;	/* hash of the password that was verified; one that takes its place, or "" */
	bool forgive;			/* the strikes under this key */
	struct id strikes;
};
/* Answers rq with session_opened: a new access token beside this refresh token. */
void session_answer(struct auth *au, struct request *rq, const struct session_owner *o, const char *refresh_token);
/* Opens a new session for the owner (its `session` is chosen here) at db, then answers. */
void session_open(struct auth *au, struct request *rq, const struct session_owner *o,
    struct bytes address, struct bytes device);
/* The e-mail in a user's JSON; false when there is none. */
bool user_json_email(struct bytes json, char out[EMAIL_MAX + 1]);

/* ---- check.c ---- */

/* Whose access token was shown, by what db said at most CHECK_FRESH_MS ago. */
struct caller {
	struct id user, session;
	const char *role, *email;
	uint64_t expires_s;	/* of the token */
	uint64_t age_ms;	/* of db's word */
};
/* err 0 and the caller, which lives until it returns; else the caller is NULL and `why` is for the client. */
typedef void caller_fn(struct auth *au, struct request *rq, unsigned err, const char *why, const struct caller *c);

/* Who shows this access token: tells `done`, now or when db has answered. */
void check_caller(struct auth *au, struct request *rq, struct bytes token, caller_fn *done);
/* Whether this session lives and is this user's: tells `done` likewise, E_TOKEN_EXPIRED when what was
 * shown for it is over (expires_s, wall clock) by then. */
void check_session(struct auth *au, struct request *rq, const struct id *user, const struct id *session, uint64_t expires_s, caller_fn *done);
/* A session was revoked here: from now on it is known to be over. */
void check_revoked(struct auth *au, const struct id *session);
/* All sessions of a user but one; NULL: all. */
void check_revoked_others(struct auth *au, const struct id *user, const struct id *but);

/* The tables of tokens and sessions. 0, or -1 when memory is out. */
int check_init(struct auth *au);
void check_fini(struct auth *au);

/* ---- forgot.c ---- */
void forgot_free_all(struct auth *au);

/* ---- tls_sign.c, seed.c ---- */

/* The key of a PEM text, which is wiped. Ends the process when it is no EC or RSA key. */
struct tls_signer *tls_signer_new(struct bytes pem);
void tls_signer_free(struct tls_signer *s);
/* One private-key operation; returns the signature's length, or a negative E_ code. */
int tls_signer_sign(struct tls_signer *s, unsigned scheme, struct bytes input, uint8_t *out, size_t room);
/* Logs how many were refused since the last time, if any were. NULL is fine. */
void tls_signer_tell(struct tls_signer *s);

/* Looks for an admin, and makes the first one from ADMIN_EMAIL and ADMIN_PASSWORD. */
void seed_start(struct auth *au);
/* True when this e-mail's account may be in the making: `go` is called once that is
 * decided, at most a few seconds later. False: go on now. */
bool seed_hold(struct auth *au, const char *email, void (*go)(void *arg), void *arg);
void seed_free(struct auth *au);

#endif
