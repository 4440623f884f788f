/* actors/poller/job_life.c - see job_life.h.
 *
 * The rule behind the matrix: once generate was sent, only an answer that says "nothing was
 * started" leads to a second one. Everything else that is not an answer leads to a look
 * into storage.
 *
 * Owns: nothing. Fails: never.
 * Licence: Apache-2.0. */
#include <stdarg.h>
#include <stdio.h>

#include "actors/poller/backoff.h"
#include "actors/poller/job_life.h"

enum { EARLIEST_TENTHS = 7 };	/* of the usual time, until when no operation is looked at often */

static const struct kind_row {
	const char *name;
	unsigned error;
	const char *called;
} kinds[] = {
#define KIND(name, error, called) { #name, E_##error, called },
#include "actors/poller/kinds.tbl.h"
};

static const enum life_act matrix[LIFE_STATES][LIFE_NEWS] = {
	[LIFE_starting] = {
		[NEWS_done] = ACT_finish,
		[NEWS_running] = ACT_run,
		[NEWS_nothing] = ACT_look,
		[NEWS_not_started] = ACT_retry,
		[NEWS_busy] = ACT_retry,
		[NEWS_unclear] = ACT_look,
		[NEWS_storage] = ACT_fail,	/* the model answered; its bytes could not be kept */
		[NEWS_refused] = ACT_fail,
	},
	[LIFE_polling] = {
		[NEWS_done] = ACT_finish,
		[NEWS_running] = ACT_run,
		[NEWS_nothing] = ACT_run,
		[NEWS_not_started] = ACT_run,	/* the operation runs on, whether we reach Google or not */
		[NEWS_busy] = ACT_run,
		[NEWS_unclear] = ACT_run,
		[NEWS_storage] = ACT_run,
		[NEWS_refused] = ACT_fail,
	},
	[LIFE_finding] = {
		[NEWS_done] = ACT_finish,
		[NEWS_running] = ACT_run,
		[NEWS_nothing] = ACT_look,
		[NEWS_not_started] = ACT_look,
		[NEWS_busy] = ACT_look,
		[NEWS_unclear] = ACT_look,
		[NEWS_storage] = ACT_look,
		[NEWS_refused] = ACT_fail,
	},
};

static const struct kind_row *
kind_of(const char *name)
{
	static const struct kind_row unknown = { "?", E_INTERNAL_ERROR, "media" };

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return &unknown;
}

unsigned
life_kind_error(const char *kind)
{
	return kind_of(kind)->error;
}

enum life_news
life_news_of(unsigned err, bool done, bool has_operation)
{
	switch (err) {
	case 0:
		return done ? NEWS_done : has_operation ? NEWS_running : NEWS_nothing;
	case E_NOT_SENT:
		return NEWS_not_started;
	case E_UPSTREAM_BUSY:
	case E_QUOTA_EXCEEDED:
	case E_RATE_LIMITED:
	case E_QUEUE_FULL:		/* vertex, or our own link, did not take it */
	case E_DRAINING:
	case E_SERVICE_UNAVAILABLE:
		return NEWS_busy;
	case E_STORAGE_ERROR:
		return NEWS_storage;
	case E_UNCLEAR:
	case E_PEER_LOST:
	case E_TIMEOUT:
	case E_INTERNAL_ERROR:		/* a bug on the way: nobody knows how far it came */
		return NEWS_unclear;
	default:
		return NEWS_refused;
	}
}

static struct life_verdict __attribute__((format(printf, 4, 5)))
verdict(enum life_act act, unsigned code, uint32_t after_ms, const char *fmt, ...)
{
	struct life_verdict v = { .act = act, .code = code, .after_ms = after_ms };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(v.message, sizeof v.message, fmt, ap);
	va_end(ap);
	utf8_cut(v.message);
	return v;
}

static uint32_t
interval(const struct life_rules *r)
{
	return r->poll_interval_ms < BACKOFF_CAP_MS ? (uint32_t)r->poll_interval_ms : BACKOFF_CAP_MS;
}

/* Nothing was started: again after a while, until the attempts are used up. */
static struct life_verdict
decide_retry(const struct life_rules *r, const struct life_job *job, enum life_news news, struct bytes detail,
    uint32_t chance)
{
	bool busy = news == NEWS_busy;
	bool counts = !busy || job->busy % BUSY_PER_ATTEMPT == 0;
	uint32_t steps = job->attempt > 0 ? job->attempt - 1 : 0;
	struct life_verdict v;

	if (busy && job->busy > steps + 1)
		steps = job->busy - 1;
	if (counts && job->attempt >= job->max_attempts)
		return busy
		    ? verdict(ACT_fail, E_QUOTA_EXCEEDED, 0, "Google asked to come back later, again and again, in %u attempts",
			job->attempt)
		    : verdict(ACT_fail, kind_of(job->kind)->error, 0, "Google could not be reached in %u attempts", job->attempt);
	v = verdict(ACT_retry, busy ? E_UPSTREAM_BUSY : E_NOT_SENT, backoff_ms(r->backoff_ms, steps, chance), "%.*s",
	    (int)detail.n, detail.p != NULL ? detail.p : "");
	v.counts = counts;
	return v;
}

/* Nobody knows: look into storage, as long as something may still appear there. */
static struct life_verdict
decide_look(const struct life_rules *r, const struct life_job *job, enum life_state state, enum life_news news)
{
	const struct kind_row *k = kind_of(job->kind);
	uint64_t limit = r->poll_interval_ms * r->poll_max;
	uint32_t wait, looks = state == LIFE_finding ? job->polls : 0;

	/* The first look may come at once, after a worker's death: the waits begin behind it.
	 * A look that failed says nothing: only one that found nothing shortens the search. */
	if (!job->google_stores && news == NEWS_nothing)
		limit = UNCLEAR_SHORT_MS;
	/* who was asked may still be at it, on another host: nothing found says nothing then */
	wait = unclear_wait_ms(looks, job->call_left_ms > 0 ? UINT64_MAX : limit);
	if (job->call_left_ms > 0 && wait > job->call_left_ms)
		wait = (uint32_t)job->call_left_ms;
	if (wait == 0 && state != LIFE_finding)
		wait = 1;		/* one look in any case */
	if (wait > 0)
		return verdict(ACT_look, E_UNCLEAR, wait, "the start is unclear: looking for its results");
	return verdict(ACT_fail, k->error, 0, "The outcome is unknown: the %s model gave no clear answer and no result "
	    "appeared. Nothing is sent again unless you ask for a retry", k->called);
}

/* The next look: seldom at first, when nothing is ready that soon, but never more often than POLL_INTERVAL; and no
 * wait takes more than half of the time in which it may be polled. */
static uint32_t
until_worth_it(const struct life_rules *r, const struct life_job *job)
{
	uint64_t most = r->poll_interval_ms * r->poll_max / 2, soon = job->usual_ms / 10 * EARLIEST_TENTHS;
	uint64_t wait = soon > job->age_ms ? soon - job->age_ms : 0;

	if (wait > most)
		wait = most;
	if (wait > BACKOFF_CAP_MS)
		wait = BACKOFF_CAP_MS;
	return wait > interval(r) ? (uint32_t)wait : interval(r);
}

static struct life_verdict
decide_run(const struct life_rules *r, const struct life_job *job, enum life_state state)
{
	uint32_t polled = state == LIFE_polling ? job->polls + 1 : 0;

	if (polled >= r->poll_max && state == LIFE_polling)
		return verdict(ACT_fail, kind_of(job->kind)->error, 0, "The %s model did not finish within %u polls",
		    kind_of(job->kind)->called, polled);
	return verdict(ACT_run, 0, until_worth_it(r, job), "running");
}

static struct life_verdict
decide_fail(const struct life_job *job, unsigned err, struct bytes detail)
{
	const struct kind_row *k = kind_of(job->kind);
	bool own = err == k->error || err == E_CONTENT_FILTERED || err == E_STORAGE_ERROR ||
	    err == E_VALIDATION_ERROR || err == E_NOT_FOUND;	/* the client's own mistakes */

	/* what is not meant for a client is told as a failure of the model */
	if (detail.n > 0)
		return verdict(ACT_fail, own ? err : k->error, 0, "%.*s", (int)detail.n, detail.p);
	return verdict(ACT_fail, own ? err : k->error, 0, "%s", error_row(own ? err : k->error)->text);
}

struct life_verdict
life_decide(const struct life_rules *rules, const struct life_job *job, enum life_state state, enum life_news news,
    unsigned err, struct bytes detail, uint32_t chance)
{
	switch (matrix[state][news]) {
	case ACT_finish:
		return verdict(ACT_finish, 0, 0, "done");
	case ACT_run:
		return decide_run(rules, job, state);
	case ACT_retry:
		return decide_retry(rules, job, news, detail, chance);
	case ACT_look:
		return decide_look(rules, job, state, news);
	case ACT_fail:
	default:
		return decide_fail(job, err, detail);
	}
}
