/* actors/poller/poller.c - see poller.h: who gets a slot, and when work is claimed.
 * Owns: the slots and the timers.
 * Fails: without db or vertex it waits; a lease that it cannot renew lapses, and the job
 *        goes to whoever claims it next.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/poller/poller.h"

void
poller_wake(struct poller *p, uint64_t after_ms)
{
	uint64_t wait = after_ms < CLAIM_EVERY_MS ? after_ms : CLAIM_EVERY_MS, at = now_ms() + wait;

	if (ev_is_active(&p->claim) && p->claim_at_ms <= at)
		return;
	p->claim_at_ms = at;
	ev_now_update(p->loop);
	ev_timer_stop(p->loop, &p->claim);
	ev_timer_set(&p->claim, (double)wait / 1000.0, 0.);
	ev_timer_start(p->loop, &p->claim);
}

static void
note(struct poller *p)
{
	snprintf(p->actor->note, sizeof p->actor->note, "starting %u of %u, polling %u of %u",
	    p->starting, p->starts_max, p->polling, (unsigned)POLLS_MAX);
}

/* ---- slots ---- */

static struct flight *
slot_of_job(struct poller *p, const struct id *job)
{
	for (size_t i = 0; i < p->nflights; i++)
		if (p->flights[i].stage != STAGE_free && id_eq(&p->flights[i].job, job))
			return &p->flights[i];
	return NULL;
}

static struct flight *
slot_free(struct poller *p)
{
	for (size_t i = 0; i < p->nflights; i++)
		if (p->flights[i].stage == STAGE_free)
			return &p->flights[i];
	return NULL;
}

void
poller_landed(struct poller *p, struct flight *f)
{
	if (f->starts)
		p->starting--;
	else
		p->polling--;
	note(p);
	poller_wake(p, 0);
}

/* One leased job, as bytes. */
static void
take(struct poller *p, struct bytes raw)
{
	struct arena arena = { 0 };
	struct msg_job job;
	struct flight *f;
	const char *why = "";

	if (msg_decode(MSG_job, raw.p, raw.n, &job, &arena, &why) != 0) {
		log_event(LOG_ERROR, NULL, "job_unreadable", "why", why);
	} else if ((f = slot_of_job(p, &job.job)) != NULL) {
		flight_refence(f, job.fence);
	} else if ((f = slot_free(p)) == NULL || flight_take(p, f, &job) != 0) {
		log_event(LOG_ERROR, NULL, "job_not_taken", "job", log_id(&job.job), "state", log_bytes(job.state),
		    "why", f == NULL ? "no free slot" : "its fields or the memory do not allow it");
	}
	arena_free(&arena);
	note(p);
}

/* ---- claiming ---- */

static void
on_claimed(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct poller *p = arg;

	(void)detail;
	p->claiming = false;
	if (err != 0) {
		if (p->claim_failures++ == 0)	/* once per outage */
			log_event(LOG_WARNING, NULL, "claim_failed", "error", error_row(err)->name);
		poller_wake(p, 100ull << (p->claim_failures < 6 ? p->claim_failures : 6));
		return;
	}
	if (p->claim_failures > 0)
		log_event(LOG_INFO, NULL, "claim_recovered", "failures", log_u64(p->claim_failures));
	p->claim_failures = 0;
	const struct msg_job_leases *m = &body->job_leases;
	for (uint32_t i = 0; i < m->jobs.n; i++)
		take(p, m->jobs.v[i]);
	if (m->jobs.n > 0 || p->claim_again)
		poller_wake(p, 0);	/* there may be more */
	else
		poller_wake(p, m->next_ms == 0 ? CLAIM_EVERY_MS : m->next_ms < CLAIM_IDLE_MS ? CLAIM_IDLE_MS : m->next_ms);
	p->claim_again = false;
}

static uint32_t
wanted(uint32_t taken, uint32_t most)
{
	uint32_t room = taken < most ? most - taken : 0;
	return room < CLAIM_MOST ? room : CLAIM_MOST;
}

static void
claim(struct poller *p)
{
	struct link *db = actor_link(p->actor, EDGE_poller_db);
	struct ctx ctx = { .deadline_ms = now_ms() + WRITE_MS };
	struct msg_job_claim m = { .worker = p->actor->incarnation, .lease_ms = CLAIM_LEASE_MS,
		.begin = wanted(p->starting, p->starts_max), .resume = wanted(p->polling, POLLS_MAX) };

	if (p->claiming) {
		p->claim_again = true;
		return;
	}
	if (p->actor->draining)
		return;
	/* Without vertex nothing can be done with a job: leave it to a host that has one. */
	if (!actor_link(p->actor, EDGE_poller_vertex)->up)
		m.begin = m.resume = 0;
	if ((m.begin == 0 && m.resume == 0) || !db->up) {
		poller_wake(p, CLAIM_EVERY_MS);
		return;
	}
	/* Not CALL_AGAIN: a second execution would lease other jobs and lose the first ones. */
	p->claiming = link_call(db, &ctx, MSG_job_claim, &m, 0, on_claimed, p) > 0;
	if (!p->claiming)
		poller_wake(p, CLAIM_EVERY_MS);
}

static void
on_claim_timer(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)events;
	claim(w->data);
}

static void
on_seen(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	(void)detail;
	(void)body;
	if (err != 0)
		((struct poller *)arg)->seen_at_ms = 0;	/* at the next look */
}

static void
tell_maker(struct poller *p)
{
	const struct link *vertex = actor_link(p->actor, EDGE_poller_vertex);
	struct link *db = actor_link(p->actor, EDGE_poller_db);
	struct ctx ctx = { .deadline_ms = now_ms() + WRITE_MS };

	if (!vertex->up || !db->up || (p->seen_at_ms != 0 && now_ms() < p->seen_at_ms + SEEN_EVERY_MS))
		return;
	if (link_call(db, &ctx, MSG_maker_seen, &(struct msg_maker_seen){ .maker = vertex->incarnation }, 0, on_seen, p) > 0)
		p->seen_at_ms = now_ms();
}

static void
on_renew_timer(struct ev_loop *loop, ev_timer *w, int events)
{
	struct poller *p = w->data;

	(void)loop;
	(void)events;
	for (size_t i = 0; i < p->nflights; i++)
		if (p->flights[i].stage != STAGE_free && p->flights[i].lease_until_ms < now_ms() + RENEW_AT_MS)
			flight_renew(&p->flights[i]);
	tell_maker(p);
}

void
on_jobs_due(void *state, struct request *rq)
{
	(void)rq;
	poller_wake(state, 0);
}

void
on_job_cancelled(void *state, struct request *rq)
{
	const struct msg_job_cancelled *m = &rq->body.job_cancelled;
	struct poller *p = state;
	struct flight *f = slot_of_job(state, &m->job);
	struct ctx ctx = { .deadline_ms = now_ms() + ASK_MS };

	/* whether that can be stopped vertex knows */
	if (m->operation.n > 0)
		link_notice(actor_link(p->actor, EDGE_poller_vertex), &ctx, MSG_generate_stop,
		    &(struct msg_generate_stop){ .operation = m->operation });
	/* not the lease of a retry that came after it */
	if (f != NULL && f->fence < m->fence)
		flight_cancel(f);
}

void
on_deletions_due(void *state, struct request *rq)
{
	struct poller *p = state;

	(void)rq;
	if (p->loop != NULL)
		deletions_wake(&p->deletions);
}

/* ---- hooks ---- */

void
poller_on_peer(struct actor *a, struct link *l, bool up)
{
	struct poller *p = a->state;

	if (l->edge == EDGE_poller_vertex)
		p->seen_at_ms = 0;	/* it is another one */
	if (up && p->loop != NULL)	/* what is in hand was queued before: it is written first */
		poller_wake(p, 0);
	if (up && p->loop != NULL)
		deletions_wake(&p->deletions);
}

void
poller_on_drain(struct actor *a, uint32_t within_ms)
{
	struct poller *p = a->state;

	(void)within_ms;
	ev_timer_stop(p->loop, &p->claim);
	deletions_stop(&p->deletions);
}

uint32_t
poller_queued(struct actor *a)
{
	const struct poller *p = a->state;
	return p->starting + p->polling;
}

/* ---- life ---- */

void
poller_init(struct poller *p, struct actor *a)
{
	uint64_t n = actor_setting_u64(a, "JOB_CONCURRENCY");
	uint64_t polls = actor_setting_u64(a, "POLL_MAX_ATTEMPTS");

	*p = (struct poller){ .actor = a, .rules = {
		.poll_interval_ms = actor_setting_u64(a, "POLL_INTERVAL"),
		.poll_max = polls < UINT32_MAX ? (uint32_t)polls : UINT32_MAX,
		.backoff_ms = actor_setting_u64(a, "JOB_BACKOFF"),
	}, .generate_ms = models_timeout_s() * 1000ull + GENERATE_MORE_MS };
	p->starts_max = n < 1 ? 1 : n > STARTS_MAX ? STARTS_MAX : (uint32_t)n;
	p->nflights = p->starts_max + POLLS_MAX;
	if ((p->flights = calloc(p->nflights, sizeof *p->flights)) == NULL) {
		log_event(LOG_ERROR, NULL, "out_of_memory", "what", "slots for jobs");
		exit(EXIT_AGAIN);
	}
	note(p);
}

void
poller_start(struct poller *p, struct ev_loop *loop)
{
	p->loop = loop;
	ev_timer_init(&p->claim, on_claim_timer, 0., 0.);
	p->claim.data = p;
	ev_timer_init(&p->renew, on_renew_timer, RENEW_EVERY_MS / 1000.0, RENEW_EVERY_MS / 1000.0);
	p->renew.data = p;
	ev_timer_start(loop, &p->renew);
	deletions_start(&p->deletions, p->actor, loop);
	poller_wake(p, 0);
}

void
poller_fini(struct poller *p)
{
	for (size_t i = 0; i < p->nflights; i++)
		flight_drop(&p->flights[i]);
	deletions_stop(&p->deletions);
	ev_timer_stop(p->loop, &p->renew);
	ev_timer_stop(p->loop, &p->claim);
	free(p->flights);
}
