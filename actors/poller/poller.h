/* actors/poller/poller.h - the poller's state: slots for jobs in hand, and when to claim.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_POLLER_H
#define STUDIOD_POLLER_H

#include <ev.h>

#include "actors/common/actor.h"
#include "actors/poller/busy.h"
#include "actors/poller/deletions.h"
#include "actors/poller/job_life.h"
#include "actors/poller/usual.h"
#include "proto/models.h"

enum {
	STARTS_MAX = 1024,		/* JOB_CONCURRENCY is at most this */
	POLLS_MAX = 32,			/* operations polled and starts looked for at once */
	CLAIM_MOST = 32,		/* of either sort in one claim: an answer carries 64 */
	CLAIM_LEASE_MS = 6000,		/* short: an answer that is lost on the way leases jobs to nobody */
	LEASE_MS = 30000,		/* of jobs that are in hand */
	RENEW_AT_MS = 20000,		/* what is left of a lease when it is renewed */
	RENEW_EVERY_MS = 2000,
	SEEN_EVERY_MS = 8000,		/* our vertex is told to live; a host that says nothing for 30 s is gone (0028_makers.sql) */
	CLAIM_EVERY_MS = 5000,		/* at the latest, woken or not */
	CLAIM_IDLE_MS = 100,		/* at the earliest, after a claim that gave nothing */
	GENERATE_MORE_MS = 150000,	/* around the call that makes something: a turn is waited for, results are stored */
	ASK_MS = 60000,			/* a poll, a look */
	WRITE_MS = 20000		/* one try of a write; it is repeated */
};

enum stage {
	STAGE_free,
	STAGE_beginning,		/* job_begin is being written */
	STAGE_asking,			/* vertex was asked; `asked` says what */
	STAGE_settling			/* the verdict is being written, until db answers */
};

/* One job in hand. Its large request is dropped as soon as vertex was asked. */
struct flight {
	struct poller *poller;
	enum stage stage;
	bool starts;			/* takes a start slot, not a poll slot */
	struct ctx ctx;			/* of the request that made the job; its deadline is set per call */
	struct id job, generation, user, project;
	uint64_t fence;
	uint64_t maker, begun_ms;	/* the vertex that was asked, 0 none or gone; when, by our clock */
	uint32_t attempt, max_attempts, earlier, polls;
	char kind[9], model[65], google_project[65], operation[513];
	struct buf request;

	enum life_state asked;
	int64_t call, renewal;		/* outstanding, or 0: at vertex or db, and at db */
	struct link *call_link;
	uint64_t call_fence, renewal_fence;
	uint64_t lease_until_ms;	/* at least */
	uint64_t renewed_ms;		/* when the renewal was sent */
	uint64_t since_ms;

	struct life_verdict verdict;
	char made_by[65];		/* model that vertex named */
	struct buf results, reasons;	/* JSON for the closing write */
	uint32_t tries;
	ev_timer again;
};

struct poller {
	struct actor *actor;
	struct ev_loop *loop;
	struct life_rules rules;
	uint64_t generate_ms;		/* of a `generate`, whatever it makes */
	uint32_t starts_max;
	struct flight *flights;		/* starts_max + POLLS_MAX */
	size_t nflights;
	uint32_t starting, polling;	/* slots taken */
	struct busy_memory busy;
	struct usual usual;

	bool claiming, claim_again;
	uint32_t claim_failures;
	uint64_t claim_at_ms;		/* when `claim` fires */
	uint64_t seen_at_ms;		/* when db was told last that our vertex lives */
	ev_timer claim, renew;
	struct deletions deletions;
};

/* Reads the settings and makes the slots. Ends the process when memory is out. */
void poller_init(struct poller *p, struct actor *a);
/* The loop is there: starts the timers and asks for work. */
void poller_start(struct poller *p, struct ev_loop *loop);
void poller_fini(struct poller *p);

/* Notice from db: jobs are due. */
void on_jobs_due(void *state, struct request *rq);
/* Notice from db: a job was cancelled. If it is in hand, it is put down. */
void on_job_cancelled(void *state, struct request *rq);
/* Likewise: objects are to be deleted. */
void on_deletions_due(void *state, struct request *rq);
/* Hooks of the actor. */
void poller_on_peer(struct actor *a, struct link *l, bool up);
void poller_on_drain(struct actor *a, uint32_t within_ms);
uint32_t poller_queued(struct actor *a);

/* For flight.c: claims not later than after_ms from now. */
void poller_wake(struct poller *p, uint64_t after_ms);
/* A job left its slot. */
void poller_landed(struct poller *p, struct flight *f);

/* ---- flight.c ---- */

/* Takes a leased job into a free slot and begins: writes job_begin, polls or looks. 0, or
 * -1 when its fields or memory do not allow that: the slot stays free. */
int flight_take(struct poller *p, struct flight *f, const struct msg_job *job);
/* Extends its lease. */
void flight_renew(struct flight *f);
/* db gave us the lease of a job that we still hold: the fence moves on, the work goes on. */
void flight_refence(struct flight *f, uint64_t fence);
/* It was cancelled: stops what was asked of vertex, as far as that can be stopped. */
void flight_cancel(struct flight *f);
/* Forgets it, without a word to anybody: someone else holds the lease. */
void flight_drop(struct flight *f);

#endif
