/* actors/auth/seed.c - the first admin: made at start-up from ADMIN_EMAIL and ADMIN_PASSWORD,
 * once, when the database has none.
 *
 *     ask (no hash) -> exists: the end
 *                   -> none: hash the password -> admin_seed -> the end
 *     db away: again after a while
 *
 * Owns: itself, until an admin exists.
 * Fails: without an admin and without the settings to make one, the process ends and says so.
 * Licence: Apache-2.0. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/auth/auth.h"
#include "actors/auth/passwords.h"

enum { AGAIN_FIRST_MS = 200, AGAIN_MOST_MS = 3000, HELD_MAX = 16 };

struct seed {
	struct auth *auth;
	ev_timer again;
	uint32_t tries;
	char email[EMAIL_MAX + 1];
	char hash[HASH_TEXT];		/* "" until it is made */
	struct { void (*go)(void *arg); void *arg; } held[HELD_MAX];	/* logins of the admin, come early */
	size_t nheld;
};

static void seed_ask(struct seed *s);

static void
held_go(struct seed *s)
{
	size_t n = s->nheld;

	s->nheld = 0;
	for (size_t i = 0; i < n; i++)
		s->held[i].go(s->held[i].arg);
}

bool
seed_hold(struct auth *au, const char *email, void (*go)(void *arg), void *arg)
{
	struct seed *s = au->seed;

	if (s == NULL || s->nheld == HELD_MAX || strcmp(s->email, email) != 0)
		return false;
	s->held[s->nheld].go = go;
	s->held[s->nheld++].arg = arg;
	return true;
}

static void
on_again(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)events;
	seed_ask(w->data);
}

static void
again(struct seed *s)
{
	uint32_t ms = s->tries < 4 ? AGAIN_FIRST_MS << s->tries : AGAIN_MOST_MS;

	held_go(s);
	s->tries++;
	ev_timer_stop(s->auth->loop, &s->again);
	ev_timer_set(&s->again, ms / 1000.0, 0.);
	ev_timer_start(s->auth->loop, &s->again);
}

void
seed_free(struct auth *au)
{
	struct seed *s = au->seed;

	if (s == NULL)
		return;
	ev_timer_stop(au->loop, &s->again);
	sodium_memzero(s, sizeof *s);
	free(s);
	au->seed = NULL;
}

static void
on_hashed(void *arg, bool ok, const char *hash)
{
	struct seed *s = arg;

	if (ok) {
		snprintf(s->hash, sizeof s->hash, "%s", hash);
		seed_ask(s);
	} else {
		again(s);
	}
}

/* There is no admin. */
static void
make(struct seed *s)
{
	struct bytes password = actor_secret(s->auth->actor, "ADMIN_PASSWORD");
	const char *problem;

	if (s->email[0] == '\0' || password.n == 0) {
		log_event(LOG_ERROR, NULL, "no_admin", "why", "the database has no admin: set ADMIN_EMAIL and ADMIN_PASSWORD, "
		    "they make the first one");
		exit(EXIT_FIX_ME);
	}
	if ((problem = password_problem(password)) != NULL)	/* the operator's own choice: told, not refused */
		log_event(LOG_WARNING, NULL, "admin_password_weak", "why", problem);
	if (hashing_make(s->auth->hashing, password, on_hashed, s) != 0)
		again(s);
}

static void
on_seeded(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct seed *s = arg;

	if (err != 0) {
		if (err != E_PEER_LOST && err != E_DATABASE_AWAY && err != E_TIMEOUT)
			log_event(LOG_WARNING, NULL, "admin_seed_failed", "error", error_row(err)->name, "why", log_bytes(detail));
		again(s);
	} else if (body->admin_seeded.exists || body->admin_seeded.created) {
		if (body->admin_seeded.created)
			log_event(LOG_INFO, NULL, "admin_created", "email", s->email);
		struct seed over = *s;
		seed_free(s->auth);	/* first: who was held may look for it */
		held_go(&over);
	} else if (s->hash[0] == '\0') {
		make(s);
	} else {
		again(s);
	}
}

static void
seed_ask(struct seed *s)
{
	struct actor *a = s->auth->actor;
	const char *first = actor_setting(a, "ADMIN_FIRST_NAME"), *last = actor_setting(a, "ADMIN_LAST_NAME");
	struct ctx ctx = { .deadline_ms = now_ms() + DB_MS };

	if (link_call(auth_db(s->auth), &ctx, MSG_admin_seed, &(struct msg_admin_seed){ .email = bytes_str(s->email),
	    .first_name = bytes_str(first[0] != '\0' ? first : "Studio"),
	    .last_name = bytes_str(last[0] != '\0' ? last : "Admin"), .hash = bytes_str(s->hash) },
	    CALL_AGAIN, on_seeded, s) < 0)
		again(s);
}

void
seed_start(struct auth *au)
{
	const char *email = actor_setting(au->actor, "ADMIN_EMAIL");
	struct seed *s = calloc(1, sizeof *s);

	if (s == NULL) {
		log_event(LOG_ERROR, NULL, "out_of_memory", "what", "the search for an admin");
		exit(EXIT_AGAIN);
	}
	s->auth = au;
	au->seed = s;
	ev_timer_init(&s->again, on_again, 0., 0.);
	s->again.data = s;
	email_lower(bytes_str(email), s->email);
	seed_ask(s);
}
