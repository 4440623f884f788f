/* actors/auth/forgot.c - a forgotten password: a token is made, db keeps its hash, notifier mails it.
 *
 *     asked (answered at once) -> reset_create at db -> no account, or too many: the end
 *                                                   -> mail_send at notifier -> the end
 *
 * The answer does not wait for any of it, so it takes the same time for every e-mail. A step
 * that fails is tried again until the token would be over.
 *
 * Owns: the queue, and the tokens in it.
 * Fails: a full queue is told at once; what could not be mailed in time is logged.
 * Licence: Apache-2.0. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/auth/strikes.h"
#include "actors/auth/auth.h"
#include "actors/common/backoff.h"

enum { QUEUE = 256, VALID_MINUTES = 30, TOKEN_BYTES = 32, TOKEN_TEXT = 44, AGAIN_FIRST_MS = 200, AGAIN_STEPS = 7, STEP_MS = 10000 };

struct forgot {
	struct forgot *next;
	struct auth *auth;
	struct ctx ctx;
	uint64_t until_ms;		/* monotonic */
	ev_timer again;
	uint32_t tries;
	bool found;			/* db has it: now it is to be mailed */
	struct id mail, user;
	char email[EMAIL_MAX + 1], network[NETWORK_TEXT], address[NETWORK_TEXT];
	char to[EMAIL_MAX + 1], first_name[401];
	char token[TOKEN_TEXT];
};

static void step(struct forgot *f);

static void
forgot_free(struct forgot *f)
{
	struct forgot **at = &f->auth->forgots;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	f->auth->nforgots--;
	ev_timer_stop(f->auth->loop, &f->again);
	sodium_memzero(f, sizeof *f);
	free(f);
}

void
forgot_free_all(struct auth *au)
{
	while (au->forgots != NULL)
		forgot_free(au->forgots);
}

/* Once more after a while; or not, when the error would be the same again, or it is too late. */
static void
failed(struct forgot *f, unsigned err)
{
	uint32_t wait = backoff_ms(AGAIN_FIRST_MS, f->tries < AGAIN_STEPS ? f->tries : AGAIN_STEPS, randombytes_random());

	if (!error_row(err)->retryable || now_ms() + wait >= f->until_ms) {
		log_event(LOG_ERROR, &f->ctx, "reset_mail_lost", "step", f->found ? "mail" : "token", "error", error_row(err)->name);
		forgot_free(f);
		return;
	}
	f->tries++;
	ev_timer_stop(f->auth->loop, &f->again);
	ev_timer_set(&f->again, (double)wait / 1000, 0.);
	ev_timer_start(f->auth->loop, &f->again);
}

static void
on_mailed(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct forgot *f = arg;

	(void)detail;
	(void)body;
	if (err != 0)
		failed(f, err);
	else
		forgot_free(f);
}

static void
on_made(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct forgot *f = arg;
	struct auth *au = f->auth;
	const struct msg_reset_made *m;

	(void)detail;
	if (err != 0) {
		failed(f, err);
		return;
	}
	m = &body->reset_made;
	if (m->locked_ms > 0) {
		log_event(LOG_SECURITY, &f->ctx, "reset_held", "by", log_bytes(m->locked_by), "address", f->address,
		    "seconds", log_u64(m->locked_ms / 1000));
		if (bytes_eq(m->locked_by, "reset_from"))
			throttle_hold(&au->throttle, HELD_FORGOT, bytes_str(f->network), now_ms(), m->locked_ms);
		auth_tell_soon(au);
	}
	auth_audit(au, &f->ctx, AUDIT_reset_asked, &(struct audit_about){ .user = m->found ? &m->user : NULL,
	    .address = bytes_str(f->address), .email = f->email });
	if (!m->found) {
		forgot_free(f);
		return;
	}
	f->found = true;
	f->user = m->user;
	f->tries = 0;
	snprintf(f->to, sizeof f->to, "%.*s", (int)m->email.n, m->email.p);
	snprintf(f->first_name, sizeof f->first_name, "%.*s", (int)m->first_name.n, m->first_name.p);
	step(f);
}

static void
step(struct forgot *f)
{
	struct auth *au = f->auth;
	char subjects[SUBJECTS_TEXT];
	uint8_t hash[TOKEN_HASH];
	int64_t id;

	f->ctx.deadline_ms = now_ms() + STEP_MS;
	token_hash(bytes_str(f->token), hash);
	if (!f->found)
		id = link_call(auth_db(au), &f->ctx, MSG_reset_create, &(struct msg_reset_create){ .email = bytes_str(f->email),
		    .token_hash = bytes_of(hash, sizeof hash), .minutes = VALID_MINUTES,
		    .subjects_json = strike_subjects(STRIKE_reset_for | STRIKE_reset_from, f->email, f->network, subjects) },
		    CALL_AGAIN, on_made, f);
	else
		id = link_call(actor_link(au->actor, EDGE_auth_notifier), &f->ctx, MSG_mail_send, &(struct msg_mail_send){
		    .mail = f->mail, .template = BYTES("password_reset"), .to = bytes_str(f->to),
		    .first_name = bytes_str(f->first_name), .token = bytes_str(f->token), .valid_minutes = VALID_MINUTES },
		    CALL_AGAIN, on_mailed, f);
	if (id < 0)
		failed(f, (unsigned)-id);
}

static void
on_again(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)events;
	step(w->data);
}

static struct forgot *
forgot_new(struct auth *au, const struct request *rq, const char *network)
{
	const struct msg_auth_forgot_password *m = &rq->body.auth_forgot_password;
	struct forgot *f = calloc(1, sizeof *f);
	uint8_t random[TOKEN_BYTES];

	if (f == NULL)
		return NULL;
	f->auth = au;
	f->ctx = rq->ctx;
	f->until_ms = now_ms() + VALID_MINUTES * 60000;
	f->mail = id_random(wall_ms());
	email_lower(m->email, f->email);
	snprintf(f->network, sizeof f->network, "%s", network);
	snprintf(f->address, sizeof f->address, "%.*s", (int)m->address.n, m->address.p);
	randombytes_buf(random, sizeof random);
	sodium_bin2base64(f->token, sizeof f->token, random, sizeof random, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(random, sizeof random);
	ev_timer_init(&f->again, on_again, 0., 0.);
	f->again.data = f;
	f->next = au->forgots;
	au->forgots = f;
	au->nforgots++;
	return f;
}

void
on_auth_forgot_password(void *state, struct request *rq)
{
	struct auth *au = state;
	struct forgot *f;
	char network[NETWORK_TEXT], text[96];
	uint64_t wait;

	strike_network(rq->body.auth_forgot_password.address, network);
	if ((wait = throttle_held(&au->throttle, HELD_FORGOT, bytes_str(network), now_ms())) > 0) {
		snprintf(text, sizeof text, "Too many mails from this address; try again in %llu seconds",
		    (unsigned long long)(wait + 999) / 1000);
		request_fail(rq, E_RATE_LIMITED, text);
	} else if (au->nforgots >= QUEUE) {
		request_fail(rq, E_QUEUE_FULL, "");
	} else if ((f = forgot_new(au, rq, network)) == NULL) {
		request_fail(rq, E_INTERNAL_ERROR, "");
	} else {
		request_answer(rq, &(struct msg_done){ .changed = true });	/* before anything that tells one from another */
		step(f);
	}
}
