/* actors/notifier/hooks.c - see hooks.h.
 * Licence: Apache-2.0. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/common/encode.h"
#include "actors/common/hook_secret.h"
#include "actors/common/hook_settings.h"
#include "actors/notifier/hook_sign.h"
#include "actors/notifier/hooks.h"

struct hook_flight {
	LIST_ENTRY(hook_flight) next;
	struct hooks *hooks;
	struct id delivery, webhook;
	uint64_t fence, lease_until_ms;
	uint32_t tries, failures;
	struct hook_outcome outcome;	/* once there is one */
	uint64_t hold_ms;		/* what db is told of the endpoint */
	ev_timer again;			/* db did not hear of it */
};

/* ---- how it ended ---- */

static void end_tell(struct hook_flight *f);

static void
flight_end(struct hook_flight *f)
{
	struct hooks *h = f->hooks;

	ev_timer_stop(h->loop, &f->again);
	LIST_REMOVE(f, next);
	h->nflights--;
	h->actor->own_work--;
	free(f);
	if (h->actor->draining && h->actor->own_work == 0)
		ev_break(h->loop, EVBREAK_ALL);
	else if (h->due)		/* there was no room */
		hooks_look(h);
}

static void
timer_set(struct ev_loop *loop, ev_timer *t, uint64_t ms)
{
	ev_timer_stop(loop, t);
	ev_now_update(loop);
	ev_timer_set(t, (double)ms / 1000.0, 0.);
	ev_timer_start(loop, t);
}

/* Looks in so long at the latest. */
static void
look_within(struct hooks *h, uint64_t ms)
{
	if (!ev_is_active(&h->timer) || ev_timer_remaining(h->loop, &h->timer) * 1000.0 > (double)ms)
		timer_set(h->loop, &h->timer, ms);
}

static void
end_later(struct hook_flight *f)
{
	if (now_ms() + HOOKS_AGAIN_MS < f->lease_until_ms)
		timer_set(f->hooks->loop, &f->again, HOOKS_AGAIN_MS);
	else
		flight_end(f);		/* any host tries it again */
}

static void
on_again(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)events;
	end_tell(w->data);
}

static void
on_told(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct hook_flight *f = arg;

	(void)detail;
	if (err != 0 && error_row(err)->retryable) {
		end_later(f);
		return;
	}
	if (err != 0 || !body->done.changed)
		log_event(LOG_WARNING, NULL, "webhook_lease_lost", "webhook", log_id(&f->webhook), "delivery", log_id(&f->delivery),
		    "error", err != 0 ? error_row(err)->name : NULL);
	if (!f->outcome.ok)		/* then its endpoint is next due */
		look_within(f->hooks, f->hold_ms + 1);
	flight_end(f);
}

static void
end_tell(struct hook_flight *f)
{
	struct hooks *h = f->hooks;
	const struct hook_outcome *o = &f->outcome;
	struct ctx ctx = { .deadline_ms = now_ms() + HOOKS_DB_MS };
	uint64_t asked_ms = (uint64_t)o->retry_after_s * 1000;
	uint64_t after = hook_after_ms(h->backoff_ms, f->tries + 1, randombytes_random());
	uint64_t hold = hook_hold_ms(h->backoff_ms, f->failures + 1, randombytes_random());

	f->hold_ms = hold > asked_ms ? hold : asked_ms;
	struct msg_delivery_end m = { .delivery = f->delivery, .fence = f->fence, .ok = o->ok, .gone = o->gone, .status = o->status,
		.message = bytes_str(o->why), .after_ms = after > asked_ms ? after : asked_ms, .hold_ms = f->hold_ms,
		.most = HOOK_TRIES, .patience_ms = h->patience_ms };

	if (link_call(actor_link(h->actor, EDGE_notifier_db), &ctx, MSG_delivery_end, &m, CALL_AGAIN, on_told, f) < 0)
		end_later(f);
}

static void
flight_over(struct hook_flight *f, const struct hook_outcome *o)
{
	struct hooks *h = f->hooks;

	f->outcome = *o;
	*(o->ok ? &h->delivered : &h->failed) += 1;
	log_event(o->ok ? LOG_DEBUG : LOG_INFO, NULL, o->ok ? "webhook_delivered" : "webhook_failed", "webhook", log_id(&f->webhook),
	    "delivery", log_id(&f->delivery), "try", log_u64(f->tries + 1), "status", log_u64(o->status), "why", o->ok ? NULL : o->why);
	end_tell(f);
}

static void
on_sent(void *arg, const struct hook_outcome *o)
{
	flight_over(arg, o);
}

/* An attempt that could not be begun. */
static void
flight_fail(struct hook_flight *f, const char *why)
{
	struct hook_outcome o = { .ok = false };

	snprintf(o.why, sizeof o.why, "%s", why);
	flight_over(f, &o);
}

/* ---- beginning one ---- */

/* Adds the signature of a secret that is there. 0, or -1. */
static int
sign_with(const struct hooks *h, const struct msg_delivery *d, struct bytes sealed, const struct hook_head *head, struct buf *out)
{
	uint8_t secret[HOOK_SECRET_BYTES];
	int rc = hook_secret_open(&h->keys, &d->webhook, sealed, secret);

	if (rc == 0)
		rc = hook_sign(out, secret, sizeof secret, head->id, head->at, d->body);
	sodium_memzero(secret, sizeof secret);
	return rc;
}

static void
attempt(struct hook_flight *f, const struct msg_delivery *d)
{
	struct hooks *h = f->hooks;
	struct buf signature = { 0 }, body = { 0 };
	char id[HOOK_ID_TEXT], url[WEBHOOK_URL_MAX + 1], text[HOOK_WHY];
	struct hook_head head = { .id = id, .at = wall_ms() / 1000 };
	const char *wrong = webhook_url_wrong(d->url, &h->rules);

	hook_message_id(&d->delivery, id);
	if (wrong != NULL) {
		snprintf(text, sizeof text, "url %s", wrong);
		flight_fail(f, text);
		return;
	}
	snprintf(url, sizeof url, "%.*s", (int)d->url.n, d->url.p);
	bool signs = sign_with(h, d, d->secret, &head, &signature) == 0;
	if (signs && d->old_secret.n > 0)
		(void)sign_with(h, d, d->old_secret, &head, &signature);	/* where its key is gone, the new one has to do */
	if (!signs)
		flight_fail(f, "This server has no key to the webhook's secret: give it a new one");
	else if ((head.signature = buf_text(&signature)) == NULL || buf_add(&body, d->body.p, d->body.n) != 0 ||
	    hook_send(&h->sender, url, &head, &body, on_sent, f) != 0)
		flight_fail(f, "The server was out of memory");
	buf_free(&signature);
	buf_free(&body);
}

static void
flight_begin(struct hooks *h, const struct msg_delivery *d, uint64_t until_ms)
{
	struct hook_flight *f = calloc(1, sizeof *f);

	if (f == NULL)
		return;			/* its lease lapses */
	f->hooks = h;
	f->delivery = d->delivery;
	f->webhook = d->webhook;
	f->fence = d->fence;
	f->tries = d->tries;
	f->failures = d->failures;
	f->lease_until_ms = until_ms;
	ev_timer_init(&f->again, on_again, 0., 0.);
	f->again.data = f;
	LIST_INSERT_HEAD(&h->flights, f, next);
	h->nflights++;
	h->actor->own_work++;
	attempt(f, d);
}

/* ---- claims ---- */

static uint32_t
lease_ms(const struct hooks *h)
{
	return 2 * h->sender.timeout_ms + HOOKS_LEASE_MS;
}

static void
on_claimed(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct hooks *h = arg;
	bool due = h->due;

	(void)detail;
	h->claiming = h->due = false;
	if (err != 0) {
		timer_set(h->loop, &h->timer, HOOKS_AGAIN_MS);
		return;
	}
	const struct msg_delivery_leases *m = &body->delivery_leases;
	uint64_t next = m->next_ms == 0 || m->next_ms > HOOKS_SLOW_MS ? HOOKS_SLOW_MS : m->next_ms;
	for (uint32_t i = 0; i < m->deliveries.n; i++) {
		struct arena arena = { 0 };
		struct msg_delivery d;
		const char *why;
		if (msg_decode(MSG_delivery, m->deliveries.v[i].p, m->deliveries.v[i].n, &d, &arena, &why) == 0)
			flight_begin(h, &d, now_ms() + lease_ms(h));
		else
			log_event(LOG_ERROR, NULL, "delivery_unreadable", "why", why);
		arena_free(&arena);
	}
	if (due || m->deliveries.n == HOOKS_CLAIM)
		hooks_look(h);
	else
		timer_set(h->loop, &h->timer, m->deliveries.n == 0 && next < HOOKS_SOON_MS ? HOOKS_SOON_MS : next);
}

void
hooks_look(struct hooks *h)
{
	struct ctx ctx = { .deadline_ms = now_ms() + HOOKS_DB_MS };
	uint32_t room = HOOKS_AT_ONCE - h->nflights;

	if (!h->on || h->actor->draining)
		return;
	if (h->claiming || room == 0) {
		h->due = true;
		return;
	}
	h->due = false;
	ev_timer_stop(h->loop, &h->timer);
	h->claiming = link_call(actor_link(h->actor, EDGE_notifier_db), &ctx, MSG_delivery_claim,
	    &(struct msg_delivery_claim){ .worker = h->actor->incarnation, .want = room < HOOKS_CLAIM ? room : HOOKS_CLAIM,
	    .lease_ms = lease_ms(h) }, 0, on_claimed, h) > 0;
	if (!h->claiming)
		timer_set(h->loop, &h->timer, HOOKS_AGAIN_MS);
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)events;
	hooks_look(w->data);
}

/* ---- life ---- */

static void __attribute__((noreturn))
fix_me(const char *setting, const char *why)
{
	log_event(LOG_ERROR, NULL, "setting_unusable", "setting", setting, "why", why);
	exit(EXIT_FIX_ME);
}

void
hooks_init(struct hooks *h, struct actor *a, struct ev_loop *loop)
{
	const char *bad, *why;

	*h = (struct hooks){ .on = actor_setting_u64(a, "WEBHOOKS") != 0, .actor = a, .loop = loop,
		.backoff_ms = actor_setting_u64(a, "WEBHOOK_BACKOFF"), .patience_ms = actor_setting_u64(a, "WEBHOOK_PATIENCE") };
	LIST_INIT(&h->flights);
	ev_timer_init(&h->timer, on_timer, 0., 0.);
	h->timer.data = h;
	if (!h->on)
		return;
	if ((bad = hook_settings(a, &h->keys, &h->rules, &why)) != NULL)
		fix_me(bad, why);
	if (hook_sender_init(&h->sender, loop, &h->rules, (uint32_t)actor_setting_u64(a, "WEBHOOK_TIMEOUT")) != 0)
		fix_me("WEBHOOKS", "libcurl does not start");
	actor_setting_add(a, "WEBHOOKS_TO", actor_setting(a, "WEBHOOK_PORTS"));
	timer_set(loop, &h->timer, HOOKS_SOON_MS);
}

void
hooks_fini(struct hooks *h)
{
	ev_timer_stop(h->loop, &h->timer);
	if (h->on)
		hook_sender_fini(&h->sender);
}
