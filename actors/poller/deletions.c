/* actors/poller/deletions.c - see deletions.h.
 * Owns: the grant in hand, one call at a time, the timer.
 * Fails: into a later try, by db's clock.
 * Licence: Apache-2.0. */
#include "actors/poller/deletions.h"

enum { WRITE_WITHIN_MS = 20000, AFTER_FAILURE_MS = 5000 };

static void claim(struct deletions *d);

/* ---- waiting ---- */

static void
look_in(struct deletions *d, uint64_t ms)
{
	uint64_t wait = ms < DELETION_LOOK_MS ? ms : DELETION_LOOK_MS;

	d->busy = false;
	if (d->stopped)
		return;
	if (d->again)
		wait = 0;
	d->again = false;
	ev_now_update(d->loop);
	ev_timer_stop(d->loop, &d->look);
	ev_timer_set(&d->look, (double)wait / 1000, 0.);
	ev_timer_start(d->loop, &d->look);
}

static void
on_look(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)events;
	claim(w->data);
}

void
deletions_wake(struct deletions *d)
{
	if (d->busy)
		d->again = true;
	else
		look_in(d, 0);
}

/* False: it could not be asked, and waits. */
static bool
ask(struct deletions *d, unsigned edge, unsigned msg, const void *body, unsigned flags, uint64_t within_ms, answer_fn *done)
{
	struct ctx ctx = { .deadline_ms = now_ms() + within_ms };

	d->busy = link_call(actor_link(d->actor, edge), &ctx, msg, body, flags, done, d) > 0;
	if (!d->busy)
		look_in(d, AFTER_FAILURE_MS);
	return d->busy;
}

/* ---- the end of one ---- */

static void
on_ended(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct deletions *d = arg;

	(void)detail;
	(void)body;
	look_in(d, err != 0 ? AFTER_FAILURE_MS : 0);
}

static void
end(struct deletions *d, unsigned err, struct bytes detail)
{
	struct bytes why = detail.n > 0 ? detail : bytes_str(err != 0 ? error_row(err)->name : "");

	if (why.n > 1024)
		why = bytes_str(error_row(err)->name);
	log_event(err == 0 ? LOG_INFO : LOG_WARNING, NULL, err == 0 ? "objects_deleted" : "objects_not_deleted",
	    "deletion", log_u64(d->id), "objects", log_u64(d->objects), "why", err != 0 ? log_bytes(why) : NULL);
	ask(d, EDGE_poller_db, MSG_deletion_end, &(struct msg_deletion_end){ .id = d->id, .done = err == 0, .message = why },
	    CALL_AGAIN, WRITE_WITHIN_MS, on_ended);
}

/* ---- the work ---- */

static void delete_some(struct deletions *d);

static void
on_deleted(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct deletions *d = arg;

	if (err == 0)
		d->objects += body->objects_deleted.objects;
	if (err == 0 && !body->objects_deleted.all && ++d->asks < DELETION_ASKS && !d->stopped)
		delete_some(d);
	else
		end(d, err == 0 && !body->objects_deleted.all ? E_UPSTREAM_BUSY : err, detail);
}

static void
delete_some(struct deletions *d)
{
	ask(d, EDGE_poller_vertex, MSG_objects_delete, &(struct msg_objects_delete){ .grant = bytes_of(d->grant.p, d->grant.n) },
	    CALL_AGAIN, DELETION_ASK_MS, on_deleted);
}

static void
on_claimed(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct deletions *d = arg;
	const struct msg_deletion *m = err == 0 ? &body->deletion : NULL;

	(void)detail;
	d->grant.n = 0;
	if (err != 0) {
		look_in(d, AFTER_FAILURE_MS);
	} else if (m->id == 0) {
		look_in(d, m->next_ms != 0 ? m->next_ms : DELETION_LOOK_MS);
	} else if (buf_add(&d->grant, m->grant.p, m->grant.n) != 0) {
		look_in(d, AFTER_FAILURE_MS);
	} else {
		d->id = m->id;
		d->asks = d->objects = 0;
		delete_some(d);
	}
}

static void
claim(struct deletions *d)
{
	/* not CALL_AGAIN: it would take a second one, and leave the first to its lease */
	if (!d->busy && !d->stopped && actor_link(d->actor, EDGE_poller_vertex)->up)
		ask(d, EDGE_poller_db, MSG_deletion_claim, &(struct msg_deletion_claim){ .lease_ms = DELETION_LEASE_MS },
		    0, WRITE_WITHIN_MS, on_claimed);
}

/* ---- life ---- */

void
deletions_start(struct deletions *d, struct actor *a, struct ev_loop *loop)
{
	*d = (struct deletions){ .actor = a, .loop = loop };
	ev_timer_init(&d->look, on_look, 0., 0.);
	d->look.data = d;
	look_in(d, 0);
}

void
deletions_stop(struct deletions *d)
{
	d->stopped = true;
	ev_timer_stop(d->loop, &d->look);
	buf_free(&d->grant);
}
