/* actors/auth/audit.c - what db writes into the audit log: who logged in, who was locked out.
 *
 * An event waits until db has answered that it is written; told again it is still one event,
 * because it has an id. A handful is on its way at a time. What speaks of an attack goes first
 * and has a queue of its own, so that a flood of ordinary events cannot push it out.
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
	[AUDIT_logout] = { "logout", false, false },
	[AUDIT_session_revoked] = { "session_revoked", false, false },
	[AUDIT_password_changed] = { "password_changed", false, false },
	[AUDIT_reset_asked] = { "reset_asked", false, false },
	[AUDIT_reset_refused] = { "reset_refused", false, false },
	[AUDIT_reset_done] = { "reset_done", false, false },
	[AUDIT_hash_upgraded] = { "hash_upgraded", false, false },
	[AUDIT_address_locked] = { "address_locked", true, true },
	[AUDIT_invite_refused] = { "invite_refused", false, true },
	[AUDIT_password_refused] = { "password_refused", false, false },	/* the current one, where it was to be changed */
};

struct item {
	struct auth *auth;
	enum audit_event event;
	struct id id, user, session;
	bool has_user, has_session, written;
	uint64_t at_ms;			/* wall clock */
	struct ctx ctx;
	char address[ADDRESS_MAX + 1], email[EMAIL_MAX + 1];
};

struct ring {
	struct item items[QUEUE];
	size_t at, n;
};

struct audit {
	struct ring urgent, ordinary;
	struct ring *asking;		/* whose first `asked` items are with db; NULL: none */
	size_t asked, unanswered;
	ev_timer again;
	uint32_t tries;
	uint32_t lost;			/* not told yet */
};

static void pump(struct auth *au);

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

/* The answers to a handful have all come: what is written leaves the queue. */
static void
handful_over(struct auth *au)
{
	struct audit *q = au->audit;
	struct ring *r = q->asking;
	bool all = true;

	for (size_t i = 0; i < q->asked; i++)
		all = all && r->items[(r->at + i) % QUEUE].written;
	while (q->asked > 0 && r->items[r->at].written) {
		r->at = (r->at + 1) % QUEUE;
		r->n--;
		q->asked--;
	}
	q->asking = NULL;
	q->asked = 0;
	if (!all) {
		later(au);
		return;
	}
	q->tries = 0;
	pump(au);
}

static void
on_written(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct item *it = arg;
	struct audit *q = it->auth->audit;

	(void)body;
	it->written = err == 0 || !error_row(err)->retryable;	/* another time it would fail as well */
	if (err != 0 && it->written)
		log_event(LOG_ERROR, &it->ctx, "audit_lost", "event", events[it->event].name, "error", error_row(err)->name,
		    "why", log_bytes(detail));
	if (--q->unanswered == 0)
		handful_over(it->auth);
}

static int
item_send(struct auth *au, struct item *it)
{
	struct ctx ctx = it->ctx;
	json_t *o = json_object();
	char session[37], *text;
	int64_t id = -E_INTERNAL_ERROR;

	id_text(&it->session, session);
	if (it->email[0] != '\0')
		json_object_set_new(o, "email", json_string(it->email));
	if (it->has_session)
		json_object_set_new(o, "session", json_string(session));
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	ctx.deadline_ms = now_ms() + DB_MS;
	if (text != NULL)
		id = link_call(auth_db(au), &ctx, MSG_audit, &(struct msg_audit){ .event = bytes_str(events[it->event].name),
		    .has_user = it->has_user, .user = it->user, .address = bytes_str(it->address), .detail_json = bytes_str(text),
		    .id = it->id, .at_ms = it->at_ms }, CALL_AGAIN, on_written, it);
	free(text);
	return id < 0 ? (int)id : 0;
}

/* Sends a handful of the first queue that has any. */
static void
pump(struct auth *au)
{
	struct audit *q = au->audit;
	struct ring *r = q->urgent.n > 0 ? &q->urgent : &q->ordinary;

	if (q->asking != NULL || ev_is_active(&q->again) || r->n == 0)
		return;
	q->asking = r;
	q->unanswered = 1;		/* ours, so that an early answer does not end the handful */
	for (q->asked = 0; q->asked < BATCH && q->asked < r->n; q->asked++) {
		struct item *it = &r->items[(r->at + q->asked) % QUEUE];
		if (it->written)
			continue;
		q->unanswered++;
		if (item_send(au, it) != 0) {
			q->unanswered--;
			q->asked++;	/* so that it is seen that not all are written */
			break;
		}
	}
	if (--q->unanswered == 0)
		handful_over(au);
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
auth_audit(struct auth *au, const struct ctx *ctx, enum audit_event event, const struct audit_about *about)
{
	struct audit *q = au->audit;
	struct ring *r = events[event].urgent ? &q->urgent : &q->ordinary;
	const char *email = about->email != NULL ? about->email : "";
	struct item *it;

	if (!events[event].told)
		log_event(LOG_INFO, ctx, events[event].name, "user", about->user != NULL ? log_id(about->user) : NULL,
		    "address", log_bytes(about->address), "email", email[0] != '\0' ? email : NULL,
		    "session", about->session != NULL ? log_id(about->session) : NULL);
	if (r->n == QUEUE) {
		q->lost++;
		auth_tell_soon(au);
		return;
	}
	it = &r->items[(r->at + r->n++) % QUEUE];
	*it = (struct item){ .auth = au, .event = event, .id = id_random(wall_ms()), .at_ms = wall_ms(), .ctx = *ctx,
		.has_user = about->user != NULL, .has_session = about->session != NULL };
	if (it->has_user)
		it->user = *about->user;
	if (it->has_session)
		it->session = *about->session;
	memcpy(it->address, about->address.p, about->address.n < ADDRESS_MAX ? about->address.n : ADDRESS_MAX);
	memcpy(it->email, email, strlen(email) < EMAIL_MAX ? strlen(email) : EMAIL_MAX);
	pump(au);
}
