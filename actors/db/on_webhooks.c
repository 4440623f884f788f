/* actors/db/on_webhooks.c - webhooks: the two answers that hold a secret, made and sealed here, and
 * what notifier takes in hand. What is one statement alone is in relays.tbl.h.
 * Licence: Apache-2.0. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/common/hook_settings.h"
#include "actors/db/db.h"

enum { CLAIM_MAX = 16, LEASE_MS_MAX = 600000, UUID_V7_TIME = 6 };

/* ---- settings ---- */

static void __attribute__((noreturn))
fix_me(const char *setting, const char *why)
{
	log_event(LOG_ERROR, NULL, "setting_bad", "setting", setting, "why", why);
	exit(EXIT_FIX_ME);
}

void
webhooks_init(struct webhooks *w, struct actor *a)
{
	const char *bad, *why;

	*w = (struct webhooks){ .on = actor_setting_u64(a, "WEBHOOKS") != 0 };
	if (!w->on)
		return;
	if (sodium_init() < 0)
		fix_me("libsodium", "it does not start");
	if ((bad = hook_settings(a, &w->keys, &w->rules, &why)) != NULL)
		fix_me(bad, why);
}

bool
webhooks_are_on(const struct webhooks *w, struct request *rq)
{
	if (!w->on)
		request_fail(rq, E_FORBIDDEN, "Webhooks are switched off on this server");
	return w->on;
}

/* ---- secrets ---- */

/* The row's object with the secret as its last field. */
static void
on_secret(struct ask *a, unsigned err, const PGresult *res)
{
	char secret[HOOK_SECRET_TEXT];
	struct buf b = { 0 };

	if (err != 0) {
		db_refuse(a, err);
		return;
	}
	if (PQntuples(res) == 0) {
		request_fail(a->rq, E_NOT_FOUND, "");
		return;
	}
	struct bytes json = res_bytes(res, 0, 0);
	hook_secret_text(a->keep, secret);
	if (json.n > 0 && buf_add(&b, json.p, json.n - 1) == 0 && buf_add(&b, ",\"secret\":\"", 11) == 0 &&
	    buf_add(&b, secret, strlen(secret)) == 0 && buf_add(&b, "\"}", 2) == 0)
		request_answer(a->rq, &(struct msg_row){ .json = bytes_of(b.p, b.n) });
	else
		request_fail(a->rq, E_INTERNAL_ERROR, "memory is out");
	sodium_memzero(secret, sizeof secret);
	sodium_memzero(a->keep, HOOK_SECRET_BYTES);
	buf_free(&b);
}

/* A fresh secret, kept until the answer; its sealed form is a parameter of the statement. */
static struct bytes
secret_new(struct ask *a, const struct webhooks *w, const struct id *webhook)
{
	uint8_t sealed[HOOK_SEALED_BYTES];

	a->keep = arena_alloc(&a->arena, HOOK_SECRET_BYTES);
	if (a->keep == NULL)
		return bytes_of("", 0);
	randombytes_buf(a->keep, HOOK_SECRET_BYTES);
	hook_secret_seal(&w->keys, webhook, a->keep, sealed);
	return ask_copy(a, bytes_of(sealed, sizeof sealed));
}

/* An id of version 7, as studio.uuid_v7 makes them: the secret is sealed before there is a row. */
static struct id
webhook_id(void)
{
	struct id id;
	uint64_t ms = wall_ms();

	randombytes_buf(id.b, sizeof id.b);
	for (int i = UUID_V7_TIME - 1; i >= 0; i--, ms >>= 8)
		id.b[i] = (uint8_t)ms;
	id.b[6] = (uint8_t)((id.b[6] & 0x0f) | 0x70);
	id.b[8] = (uint8_t)((id.b[8] & 0x3f) | 0x80);
	return id;
}

static void
send_with_secret(struct db *db, struct ask *a, struct bytes sealed, struct bytes address)
{
	if (sealed.n == 0) {
		request_fail(a->rq, E_INTERNAL_ERROR, "memory is out");
		ask_free(a);
		return;
	}
	ask_text(a, sealed);
	ask_text(a, address);
	db_send(db, a);
}

void
on_webhook_create(void *state, struct request *rq)
{
	const struct msg_webhook_create *m = &rq->body.webhook_create;
	struct db *db = state;
	struct ticket t;
	struct ask *a;

	if (!db_caller(db, rq, TICKET_ALL, m->ticket, &t) || !webhooks_are_on(&db->webhooks, rq))
		return;
	const char *wrong = webhook_wrong(&db->webhooks, m->url);
	if (wrong != NULL) {
		request_fail(rq, E_VALIDATION_ERROR, wrong);
		return;
	}
	if ((a = db_ask(db, rq, Q_webhook_create, on_secret)) == NULL)
		return;
	struct id id = webhook_id();
	struct bytes sealed = secret_new(a, &db->webhooks, &id);
	a->who = t.user;
	ask_text(a, ask_copy(a, bytes_of(id.b, sizeof id.b)));
	ask_id(a, &a->who);
	ask_text(a, m->url);
	ask_text(a, m->description);
	ask_bool(a, m->final_only);
	send_with_secret(db, a, sealed, m->address);
}

void
on_webhook_rotate(void *state, struct request *rq)
{
	const struct msg_webhook_rotate *m = &rq->body.webhook_rotate;
	struct db *db = state;
	struct ticket t;
	struct ask *a;

	if (!db_caller(db, rq, TICKET_ALL, m->ticket, &t) || !webhooks_are_on(&db->webhooks, rq) ||
	    (a = db_ask(db, rq, Q_webhook_rotate, on_secret)) == NULL)
		return;
	struct bytes sealed = secret_new(a, &db->webhooks, &m->id);
	a->who = t.user;
	ask_id(a, &a->who);
	ask_id(a, &m->id);
	send_with_secret(db, a, sealed, m->address);
}

const char *
webhook_wrong(const struct webhooks *w, struct bytes url)
{
	static char text[160];
	const char *wrong = webhook_url_wrong(url, &w->rules);

	if (wrong == NULL)
		return NULL;
	snprintf(text, sizeof text, "url %s", wrong);
	return text;
}

/* ---- notifier's leases ---- */

enum { C_next_ms, C_id, C_webhook, C_fence, C_tries, C_failures, C_url, C_body, C_secret, C_old_secret };

static int
pack(struct buf *out, const PGresult *res, int i)
{
	struct msg_delivery d = {
		.delivery = res_id(res, i, C_id), .webhook = res_id(res, i, C_webhook), .fence = (uint64_t)res_int(res, i, C_fence),
		.tries = (uint32_t)res_int(res, i, C_tries), .failures = (uint32_t)res_int(res, i, C_failures),
		.url = res_bytes(res, i, C_url), .body = res_bytes(res, i, C_body), .secret = res_bytes(res, i, C_secret),
		.old_secret = res_bytes(res, i, C_old_secret),
	};
	return msg_encode(out, MSG_delivery, &d);
}

static void
on_claimed(struct ask *a, unsigned err, const PGresult *res)
{
	struct buf packed[CLAIM_MAX] = { { 0 } };
	struct bytes deliveries[CLAIM_MAX];
	uint32_t n = 0;

	if (err != 0) {
		db_refuse(a, err);
		return;
	}
	for (int i = 0; i < PQntuples(res) && n < CLAIM_MAX; i++) {
		if (PQgetisnull(res, i, C_id))
			continue;		/* the row that only tells next_ms */
		if (pack(&packed[n], res, i) != 0) {	/* its lease lapses, and then the same: it dies of age */
			struct id id = res_id(res, i, C_id);
			log_event(LOG_ERROR, &a->ctx, "delivery_unsendable", "delivery", log_id(&id));
			continue;
		}
		deliveries[n] = bytes_of(packed[n].p, packed[n].n);
		n++;
	}
	if (n > 0 && !request_alive(a->rq))	/* notifier died meanwhile: nobody has these */
		deliveries_void(a->rq->link->state, a->rq->body.delivery_claim.worker);
	request_answer(a->rq, &(struct msg_delivery_leases){ .deliveries = { deliveries, n },
	    .next_ms = (uint64_t)res_int(res, 0, C_next_ms) });
	for (uint32_t i = 0; i < n; i++)
		buf_free(&packed[i]);
}

void
on_delivery_claim(void *state, struct request *rq)
{
	const struct msg_delivery_claim *m = &rq->body.delivery_claim;
	struct db *db = state;
	struct ask *a = webhooks_are_on(&db->webhooks, rq) ? db_ask(db, rq, Q_delivery_claim, on_claimed) : NULL;

	if (a == NULL)
		return;
	ask_i64(a, (int64_t)m->worker);
	ask_i64(a, m->want < CLAIM_MAX ? m->want : CLAIM_MAX);
	ask_i64(a, m->lease_ms < LEASE_MS_MAX ? m->lease_ms : LEASE_MS_MAX);
	db_send(db, a);
}

void
on_delivery_end(void *state, struct request *rq)
{
	const struct msg_delivery_end *m = &rq->body.delivery_end;
	struct ask *a = db_ask(state, rq, Q_delivery_end, db_on_done);

	if (a == NULL)
		return;
	ask_id(a, &m->delivery);
	ask_i64(a, (int64_t)m->fence);
	ask_bool(a, m->ok);
	ask_bool(a, m->gone);
	ask_i64(a, m->status);
	ask_text(a, m->message);
	ask_i64(a, (int64_t)m->after_ms);
	ask_i64(a, (int64_t)m->hold_ms);
	ask_i64(a, m->most);
	ask_i64(a, (int64_t)m->patience_ms);
	db_send(state, a);
}

static void
on_voided(struct ask *a, unsigned err, const PGresult *res)
{
	if (err != 0)		/* they lapse by themselves */
		log_event(LOG_WARNING, NULL, "deliveries_not_ended", "worker", log_u64(a->tag), "error", error_row(err)->name);
	else if (res_int(res, 0, 0) > 0)
		log_event(LOG_INFO, NULL, "deliveries_ended", "worker", log_u64(a->tag), "n", log_u64((uint64_t)res_int(res, 0, 0)));
}

void
deliveries_void(struct db *db, uint64_t worker)
{
	struct ask *a = db_ask(db, NULL, Q_delivery_void, on_voided);

	if (a == NULL)
		return;
	a->tag = worker;
	ask_i64(a, (int64_t)worker);
	db_send(db, a);
}
