/* actors/poller/job_life.h - the life of a job as a matrix: what it waits for × what came
 * of it → what is written down. Pure: no process, no loop, no clock, no chance.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_POLLER_JOB_LIFE_H
#define STUDIOD_POLLER_JOB_LIFE_H

#include "proto/proto.h"

/* What vertex was asked. */
enum life_state {
	LIFE_starting,		/* generate */
	LIFE_polling,		/* operation_poll */
	LIFE_finding,		/* results_find, after an unclear start */
	LIFE_STATES
};

/* What came back. */
enum life_news {
	NEWS_done,		/* results */
	NEWS_running,		/* an operation that is not over */
	NEWS_nothing,		/* neither results nor an operation */
	NEWS_not_started,	/* Google was not reached: surely nothing runs */
	NEWS_busy,		/* Google asks to come back later: nothing runs */
	NEWS_unclear,		/* it may or may not have been done */
	NEWS_storage,		/* the object storage failed */
	NEWS_refused,		/* a final no: asking again gives the same */
	LIFE_NEWS
};

/* What is written, and so what happens next. */
enum life_act {
	ACT_finish,		/* job_finish */
	ACT_run,		/* job_running: poll again after a while */
	ACT_retry,		/* job_retry */
	ACT_look,		/* job_unclear: look into storage after a while */
	ACT_fail		/* job_fail */
};

struct life_rules {		/* from the settings, milliseconds */
	uint64_t poll_interval_ms;
	uint32_t poll_max;
	uint64_t backoff_ms;
};

struct life_job {
	const char *kind;
	uint32_t attempt;	/* 1: the first, also after a retry that the owner asked for */
	uint32_t max_attempts;
	uint32_t polls;		/* polls, or looks, so far */
	uint32_t busy;		/* how often Google said "later", this time included */
	uint64_t age_ms;	/* since it was begun */
	uint64_t usual_ms;	/* what its model usually needs; 0: not known */
	uint64_t call_left_ms;	/* the call that was lost may live so much longer, where nobody here sees it; 0: it is over */
	bool google_stores;	/* as vertex said: what a lost start made may still appear in storage */
};

struct life_verdict {
	enum life_act act;
	uint32_t after_ms;
	bool counts;		/* ACT_retry: against the attempts */
	unsigned code;		/* ACT_fail, ACT_retry: an E_ code */
	char message[512];	/* for the owner of the job, or the audit */
};

/* The news in an answer: err and, when that is 0, whether it is done and has an operation. */
enum life_news life_news_of(unsigned err, bool done, bool has_operation);

/* Decides. `err` and `detail` are what vertex said; `chance` is any random number. */
struct life_verdict life_decide(const struct life_rules *rules, const struct life_job *job,
    enum life_state state, enum life_news news, unsigned err, struct bytes detail, uint32_t chance);

/* The error code that failures of a kind carry; INTERNAL_ERROR for an unknown kind. */
unsigned life_kind_error(const char *kind);

#endif
