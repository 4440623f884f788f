/* actors/auth/audit.c - what db writes into the audit log: who logged in, who was locked out.
 *
 * An event is a notice, so nobody says whether it arrived. That is why events wait in a
 * bounded queue: a handful goes only when db has just answered a question, which takes the
 * same way that they will take. What speaks of an attack goes first and has a queue of its
 * own, so that a flood of ordinary events cannot push it out.
 *
 * Owns: the two queues.
 * Fails: what finds its queue full is in the log only, and counted there.
 * Licence: Apache-2.0. */
#include <jansson.h>
#include <stdlib.h>

#include "actors/auth/auth.h"

enum { QUEUE = 512, BATCH = 32, AGAIN_FIRST_MS = 100, AGAIN_MOST_MS = 2000, ADDRESS_MAX = 64 };

static const struct { const char *name; bool urgent, told; } events[] = {	/* told: by the caller, who knows more */
	[AUDIT_login] = { "login", false, false },
	[AUDIT_login_failed] = { "login_failed", false, false },
	[AUDIT_register] = { "register", false, false },
	[AUDIT_login_locked] = { "login_locked", true, true },
	[AUDIT_refresh_reuse] = { "refresh_reuse", true, true },
};

struct item {
	enum audit_event event;
	bool has_user;
	struct id user;
	struct ctx ctx;
	char address[ADDRESS_MAX + 1], email[EMAIL_MAX + 1];
};

struct ring {
	struct item items[QUEUE];
	size_t at, n;
};

struct audit {
	struct ring urgent, ordinary;
	bool asking;
	ev_timer again;
	uint32_t tries;
	uint32_t lost;		/* not told yet */
};

static void pump(struct auth *au);

/* 0, or the link's refusal. */
static int
item_send(struct auth *au, const struct item *it)
{
	json_t *o = json_object();
	char *text;
	int rc;

	if (it->email[0] != '\0')
		json_object_set_new(o, "email", json_string(it->email));
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (text == NULL)
		return -E_INTERNAL_ERROR;
	rc = link_notice(auth_db(au), &it->ctx, MSG_audit, &(struct msg_audit){ .event = bytes_str(events[it->event].name),
	    .has_user = it->has_user, .user = it->user, .address = bytes_str(it->address), .detail_json = bytes_str(text) });
	free(text);
	return rc;
}

static void
later(struct auth *au)
{
	struct audit *q = au->audit;
	uint32_t ms = q->tries < 5 ? AGAIN_FIRST_MS << q->tries : AGAIN_MOST_MS;

	q->tries++;
	ev_timer_stop(au->loop, &q->again);
	ev_timer_set(&q->again, ms / 1000.0, 0.);
	ev_timer_start(au->loop, &q->again);
}

static void
on_db_answers(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct auth *au = arg;
	struct audit *q = au->audit;

	(void)detail;
	(void)body;
	q->asking = false;
	if (err != 0 && err != E_NOT_FOUND) {
		later(au);
		return;
	}
	for (int i = 0; i < BATCH && q->urgent.n + q->ordinary.n > 0; i++) {
		struct ring *r = q->urgent.n > 0 ? &q->urgent : &q->ordinary;
		if (item_send(au, &r->items[r->at]) != 0) {
			later(au);
			return;
		}
		r->at = (r->at + 1) % QUEUE;
		r->n--;
	}
	q->tries = 0;
	pump(au);
}

/* Asks db for a session that cannot be: the cheapest question on the way that audit takes. */
static void
pump(struct auth *au)
{
	struct audit *q = au->audit;
	struct ctx ctx = { .deadline_ms = now_ms() + DB_MS };

	if (q->asking || ev_is_active(&q->again) || q->urgent.n + q->ordinary.n == 0)
		return;
	q->asking = true;
	if (link_call(auth_db(au), &ctx, MSG_session_get, &(struct msg_session_get){ .session = { { 0 } } }, 0,
	    on_db_answers, au) < 0) {
		q->asking = false;
		later(au);
	}
}

static void
on_again(struct ev_loop *loop, ev_timer *w, int evs)
{
	(void)loop;
	(void)evs;
	pump(w->data);
}

int
audit_init(struct auth *au)
{
	if ((au->audit = calloc(1, sizeof *au->audit)) == NULL)
		return -1;
	ev_timer_init(&au->audit->again, on_again, 0., 0.);
	au->audit->again.data = au;
	return 0;
}

void
audit_fini(struct auth *au)
{
	if (au->loop != NULL)
		ev_timer_stop(au->loop, &au->audit->again);
	free(au->audit);
	au->audit = NULL;
}

void
audit_tell(struct auth *au)
{
	if (au->audit->lost > 0)
		log_event(LOG_ERROR, NULL, "audit_lost", "events", log_u64(au->audit->lost), "why", "the queue was full");
	au->audit->lost = 0;
}

void
auth_audit(struct auth *au, const struct ctx *ctx, enum audit_event event, const struct id *user,
    struct bytes address, const char *email)
{
	struct audit *q = au->audit;
	struct ring *r = events[event].urgent ? &q->urgent : &q->ordinary;
	struct item *it;

	if (!events[event].told)
		log_event(LOG_INFO, ctx, events[event].name, "user", user != NULL ? log_id(user) : NULL,
		    "address", log_bytes(address), "email", email[0] != '\0' ? email : NULL);
	if (r->n == QUEUE) {
		q->lost++;
		auth_tell_soon(au);
		return;
	}
	it = &r->items[(r->at + r->n++) % QUEUE];
	*it = (struct item){ .event = event, .has_user = user != NULL, .user = user != NULL ? *user : (struct id){ { 0 } },
		.ctx = *ctx };
	memcpy(it->address, address.p, address.n < ADDRESS_MAX ? address.n : ADDRESS_MAX);
	memcpy(it->email, email, strlen(email) < EMAIL_MAX ? strlen(email) : EMAIL_MAX);
	pump(au);
}
