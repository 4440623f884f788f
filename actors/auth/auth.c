/* actors/auth/auth.c - see auth.h: start, end, and what the handlers share.
 * Owns: the state of the process.
 * Fails: a missing or unusable secret ends the process with a line that names it.
 * Licence: Apache-2.0. */
#include <jwt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/auth/auth.h"

enum { JWT_SECRET_SHORTEST = KEY_SHORTEST };

static void
fix_me(const char *setting, const char *why)
{
	log_event(LOG_ERROR, NULL, "setting_unusable", "setting", setting, "why", why);
	exit(EXIT_FIX_ME);
}

static struct bytes
need_secret(const struct actor *a, const char *name, size_t shortest, size_t longest)
{
	struct bytes b = actor_secret(a, name);

	if (b.n < shortest || b.n > longest)
		fix_me(name, b.n == 0 ? "it is missing" : b.n < shortest ? "it is too short: at least 32 bytes" : "it is too long");
	return b;
}

/* The keys of both kinds of tokens; none may serve both. */
static void
need_keys(struct auth *au, const struct actor *a)
{
	struct keyring access, refresh;
	const char *why;

	if (keyring_parse(need_secret(a, "JWT_SECRET", JWT_SECRET_SHORTEST, 4096), &access, &why) != 0)
		fix_me("JWT_SECRET", why);
	if (keyring_parse(need_secret(a, "JWT_REFRESH_SECRET", JWT_SECRET_SHORTEST, 4096), &refresh, &why) != 0)
		fix_me("JWT_REFRESH_SECRET", why);
	if (keyring_shares(&access, &refresh))
		fix_me("JWT_REFRESH_SECRET", "it has a key of JWT_SECRET");
	token_keys_init(&au->access, &access);
	token_keys_init(&au->refresh, &refresh);
}

static uint64_t
need_time(const struct actor *a, const char *name)
{
	uint64_t v = actor_setting_u64(a, name);

	if (v == 0)
		fix_me(name, "it must be a time above zero");
	return v;
}

/* libjwt and jansson make their first allocations and self-checks here, not when confined. */
static void
warm_up(struct auth *au)
{
	struct token_claims c = { .issued_s = 1, .expires_s = 2, .email = "a@b", .role = "USER" };
	char token[TOKEN_MAX + 1];

	if (token_mint(TOKEN_access, &au->access, &c, token) != 0 ||
	    token_read(TOKEN_access, &au->access, bytes_str(token), 1, &c) != 0)
		fix_me("JWT_SECRET", "no token can be signed with it");
}

static void
on_lock_over(void *arg, const char *account, const char *address, uint32_t refused)
{
	(void)arg;
	log_event(LOG_SECURITY, NULL, "login_lock_over", "email", account, "address", address, "refused", log_u64(refused));
}

void
auth_init(struct auth *au, struct actor *a)
{
	struct bytes tls = actor_secret(a, "TLS_KEY");

	if (sodium_init() < 0)
		fix_me("libsodium", "it does not start");
	*au = (struct auth){ .actor = a };
	au->parked.last = &au->parked.first;
	need_keys(au, a);
	au->access_ms = need_time(a, "JWT_ACCESS_EXPIRATION");
	au->refresh_ms = need_time(a, "JWT_REFRESH_EXPIRATION");
	au->seal_db = need_secret(a, "SEAL_KEY_DB", SEAL_KEY_BYTES, SEAL_KEY_BYTES);
	au->seal_vertex = need_secret(a, "SEAL_KEY_VERTEX", SEAL_KEY_BYTES, SEAL_KEY_BYTES);
	au->seal_notifier = need_secret(a, "SEAL_KEY_NOTIFIER", SEAL_KEY_BYTES, SEAL_KEY_BYTES);
	au->seal_auth = need_secret(a, "SEAL_KEY_AUTH", SEAL_KEY_BYTES, SEAL_KEY_BYTES);
	au->invite = actor_secret(a, "INVITE_CODE");
	hashing_dummy(au->dummy);
	au->token_key = sodium_malloc(THROTTLE_KEY);
	if (au->token_key == NULL || throttle_init(&au->throttle, on_lock_over, NULL) != 0 ||
	    check_init(au) != 0 || audit_init(au) != 0) {
		log_event(LOG_ERROR, NULL, "out_of_memory", "what", "the tables of auth");
		exit(EXIT_AGAIN);
	}
	randombytes_buf(au->token_key, THROTTLE_KEY);
	if (tls.n > 0)
		au->signer = tls_signer_new(tls);
	warm_up(au);
}

static void
on_tell(struct ev_loop *loop, ev_timer *w, int events)
{
	struct auth *au = w->data;

	(void)events;
	tls_signer_tell(au->signer);
	audit_tell(au);
	if (!throttle_sweep(&au->throttle, now_ms()))
		ev_timer_stop(loop, w);
}

void
auth_start(struct auth *au, struct ev_loop *loop)
{
	au->loop = loop;
	ev_timer_init(&au->tell, on_tell, 0., 1.);
	au->tell.data = au;
	if ((au->hashing = hashing_new(loop)) == NULL) {
		log_event(LOG_ERROR, NULL, "no_threads", "why", "the threads for password hashing could not be started");
		exit(EXIT_AGAIN);
	}
	seed_start(au);
}

void
auth_fini(struct auth *au)
{
	ev_timer_stop(au->loop, &au->tell);
	forgot_free_all(au);
	audit_fini(au);
	seed_free(au);
	hashing_free(au->hashing);
	tls_signer_free(au->signer);
	check_fini(au);
	throttle_fini(&au->throttle);
	sodium_free(au->token_key);
}

uint32_t
auth_queued(struct actor *a)
{
	const struct auth *au = a->state;

	snprintf(a->note, sizeof a->note, "token checks %llu, from memory %llu; hashing %u of %u",
	    (unsigned long long)au->checks, (unsigned long long)au->check_hits,
	    au->hashing != NULL ? hashing_queued(au->hashing) : 0, (unsigned)HASH_QUEUE);
	return au->hashing != NULL ? hashing_queued(au->hashing) : 0;
}

/* ---- shared by the handlers ---- */

struct link *
auth_db(struct auth *au)
{
	return actor_link(au->actor, EDGE_auth_db);
}

void
email_lower(struct bytes email, char out[EMAIL_MAX + 1])
{
	uint32_t n = email.n < EMAIL_MAX ? email.n : EMAIL_MAX;

	for (uint32_t i = 0; i < n; i++) {
		char c = email.p[i];
		out[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	out[n] = '\0';
}

void
auth_tell_soon(struct auth *au)
{
	if (!ev_is_active(&au->tell))
		ev_timer_again(au->loop, &au->tell);
}

void
on_health(void *state, struct request *rq)
{
	struct auth *au = state;
	bool up = auth_db(au)->up;

	request_answer(rq, &(struct msg_healthy){ .ok = up, .why = bytes_str(up ? "" : "db is away") });
}
