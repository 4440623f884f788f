/* actors/front/api_health.c - is this process alive, and is the house able to work?
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/front/api.h"
#include "actors/front/exchange.h"

enum { CHECK_MS = 1000 };

static const struct check {
	const char *name;
	unsigned edge;
	bool deep;
} checks[] = {
	{ "auth", EDGE_front_auth, false },
	{ "db", EDGE_front_db, true },		/* and the database behind it */
	{ "vertex", EDGE_front_vertex, false },
	{ "notifier", EDGE_front_notifier, false },
};
_Static_assert(COUNT(checks) <= EXCHANGE_CALLS, "all checks run at once");

static void
add_head(struct buf *b, const char *status)
{
	char text[64];
	int n = snprintf(text, sizeof text, "{\"status\":\"%s\",\"timestamp\":", status);

	buf_add(b, text, (size_t)n);
	time_json(b);
}

void
on_healthz(struct exchange *x)
{
	struct buf b = { 0 };

	x->probe = true;
	add_head(&b, "ok");
	buf_add(&b, "}", 1);
	answer_json(x, 200, bytes_of(b.p, b.n));
	buf_free(&b);
}

static void
answer_ready(struct exchange *x)
{
	const struct front *f = x->front;
	bool ready = x->failed == 0 && f->all_up && !f->a.draining;
	struct buf b = { 0 };
	char text[160];

	if (!f->all_up)
		log_event(LOG_WARNING, &x->ctx, "not_ready", "down", f->down);
	add_head(&b, ready ? "ready" : "unavailable");
	buf_add(&b, ",\"checks\":{", 11);
	for (size_t i = 0; i < COUNT(checks); i++) {
		int n = snprintf(text, sizeof text, "\"%s\":\"%s\",", checks[i].name, x->failed & 1u << i ? "down" : "up");
		buf_add(&b, text, (size_t)n);
	}
	int n = snprintf(text, sizeof text, "\"tree\":\"%s\"}}", f->all_up ? "up" : "down");
	buf_add(&b, text, (size_t)n);
	if (!ready)
		answer_header(x, "retry-after", BYTES("1"));
	answer_json(x, ready ? 200 : 503, bytes_of(b.p, b.n));
	buf_free(&b);
}

static void
checked(struct exchange *x, size_t i, unsigned err, const union msg_any *body)
{
	if (err != 0 || !body->healthy.ok) {
		x->failed |= 1u << i;
		log_event(LOG_WARNING, &x->ctx, "not_ready", "actor", checks[i].name,
		    "why", err != 0 ? error_row(err)->name : log_bytes(body->healthy.why));
	}
	x->pending &= ~(1u << i);
	if (x->pending == 0)
		answer_ready(x);
}

/* One function per check: the answer says nothing of who was asked. */
#define CHECKED(i) \
static void \
checked_##i(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body) \
{ \
	(void)detail; \
	checked(x, i, err, body); \
}
CHECKED(0)
CHECKED(1)
CHECKED(2)
CHECKED(3)

void
on_readyz(struct exchange *x)
{
	static exchange_fn *const done[] = { checked_0, checked_1, checked_2, checked_3 };

	x->probe = true;
	x->pending = 1u << COUNT(checks);	/* the last bit is ours: no answer before all were asked */
	for (size_t i = 0; i < COUNT(checks); i++) {
		x->pending |= 1u << i;
		exchange_call(x, checks[i].edge, MSG_health, &(struct msg_health){ .deep = checks[i].deep },
		    CALL_AGAIN, CHECK_MS, done[i]);
	}
	x->pending &= ~(1u << COUNT(checks));
	if (x->pending == 0)
		answer_ready(x);
}
