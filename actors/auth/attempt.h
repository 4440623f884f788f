/* actors/auth/attempt.h - a request that works with a password: how many may be worked on at
 * once, who must wait, and the steps that all of them share.
 *
 *     attempt_new -> attempt_guess:  throttle -> db (account, locks) -> verify -> passed
 *                                                                              -> strike -> refused
 *                 -> attempt_hash -> hashed
 *
 * An unknown account and a wrong password take the same steps and the same time.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_AUTH_ATTEMPT_H
#define STUDIOD_AUTH_ATTEMPT_H

#include "actors/auth/auth.h"
#include "actors/auth/strikes.h"

struct attempt {
	struct attempt *next;		/* parked */
	struct auth *auth;
	struct request *rq;
	char email[EMAIL_MAX + 1];	/* lower case */
	char network[NETWORK_TEXT];
	struct bytes address, device;	/* views into rq */
	struct bytes password;		/* of the guess; likewise, wiped when it was used */
	bool upgrade;			/* a better hash than db's is to take its place */
	bool found, guess, forgive;	/* guess: taken from the throttle, and not told how it went; forgive: db holds failures */
	struct id user;
	char role[9];
	char hash[HASH_TEXT], better[HASH_TEXT];	/* of the account, as db has it; what takes its place, or "" */
	struct buf user_json;
	struct id session;		/* the caller's, where he has one */
	enum audit_event failed;	/* what a wrong password is told as */
	void (*passed)(struct attempt *at);
	void (*hashed)(struct attempt *at, const char *hash);
};

/* One for a request. NULL: there are too many, and rq was refused. Views stay the caller's. */
struct attempt *attempt_new(struct auth *au, struct request *rq, struct bytes email, struct bytes address);
/* Ends it. rq must still be there, or have been answered in this call. */
void attempt_free(struct attempt *at);
/* Ends it and refuses its request. */
void attempt_fail(struct attempt *at, unsigned err, const char *detail);
/* Ends it with a new session for its account. */
void attempt_open_session(struct attempt *at);
void attempt_audit(struct attempt *at, enum audit_event event);
/* Keeps what db said of the account. False when memory is out. */
bool attempt_keep_account(struct attempt *at, const struct msg_credential *m);

/* Is at->password that of at->email? Then at->passed is called; else the attempt is refused. */
void attempt_guess(struct attempt *at);
/* Hashes a password and wipes it; at->hashed is called, or the attempt is refused. */
void attempt_hash(struct attempt *at, struct bytes password);
/* Holds something against at's address, and says so where a lock begins, which is kept in the
 * throttle under the name `held`. Nobody waits for it. */
void attempt_strike(struct attempt *at, unsigned kinds, const char *held);
/* The same of a wrong guess: the attempt is refused with err and detail (a literal) when db holds it,
 * not before. One that db does not take is told as that, and no further ones are taken for 10 s. */
void attempt_strike_fail(struct attempt *at, unsigned kinds, const char *held, unsigned err, const char *detail);
/* What is left of such a lock: then the attempt is refused, and false is returned. */
bool attempt_unheld(struct attempt *at, const char *held, const char *what);

/* ---- among attempt.c, guess.c and locks.c ---- */

/* A guess begins, or begins again when it was parked. */
void attempt_start(struct attempt *at);
/* Ends it: locked for so long. `what` begins the sentence. */
void attempt_refuse_locked(struct attempt *at, uint64_t ms, const char *what);
/* There are so many that they would wait for seconds: the queue is empty within two. Not all are
 * told the same, or they would come back together. */
const char *attempt_crowd_text(void);
/* A password in a frame that is not needed any more. */
void attempt_wipe(struct bytes password);

#endif
