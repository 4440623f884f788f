/* supervisor/life.h - the life of one process as a matrix of states and events, after OTP's
 * one_for_one: restarts are immediate while deaths are rare, slowed when they are not, and
 * escalated when slowing does not help.
 * Owns: nothing but its numbers; no I/O, no clock. What has to be done comes back as a
 * list of wishes (struct life_todo) that tree.c fulfils.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_LIFE_H
#define STUDIOD_LIFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum life_state {
	LIFE_down,		/* not wanted */
	LIFE_starting,		/* spawned, has not said ready */
	LIFE_up,
	LIFE_stuck,		/* was killed for silence; its death is awaited */
	LIFE_stopping,		/* was asked to leave */
	LIFE_backoff,		/* died; the next start waits for the timer */
	LIFE_failed,		/* will not be started until somebody says so */
	LIFE_STATES
};
enum life_event {
	ON_start,		/* somebody wants it up */
	ON_ready,
	ON_died,
	ON_missed,		/* too many heartbeats */
	ON_stop,		/* somebody wants it down */
	ON_restart,		/* studioctl restart */
	ON_timer,
	LIFE_EVENTS
};

enum cause_kind { CAUSE_none, CAUSE_exit, CAUSE_signal, CAUSE_stuck, CAUSE_slow, CAUSE_spawn };
struct life_cause {
	enum cause_kind kind;
	int value;		/* exit code or signal */
};

enum { LIFE_DEATHS_MAX = 33, LIFE_EXIT_FIX_ME = 100 };

struct life_rules {
	uint32_t intensity;	/* deaths within period_ms that are answered at once; < LIFE_DEATHS_MAX */
	uint64_t period_ms;
	uint32_t patience;	/* slowed starts in a row before escalation */
	uint64_t start_ms;	/* longest way from spawn to ready; 0: no limit */
	uint64_t stop_ms;	/* from asking to leave to the first kill */
};

struct life {
	enum life_state state;
	uint64_t since_ms;	/* when the state was entered */
	uint64_t born_ms;	/* of the current process */
	uint32_t restarts;	/* all starts but the first */
	uint32_t starts;
	uint64_t deaths[LIFE_DEATHS_MAX];	/* the latest, a ring */
	uint32_t ndeaths;
	uint32_t slowed;	/* slowed starts in a row */
	uint32_t kills;		/* while stopping: how often it was not gentle */
	bool again;		/* start again once it has stopped */
	struct life_cause cause;		/* of the last death */
	struct life_cause why_killed;		/* why we ended the current process ourselves */
	uint64_t died_ms, lived_ms;		/* when it was, and after how long */
};

struct life_todo {
	bool spawn, ask_leave, kill, dump, escalate;
	bool timer;		/* timer_ms says when, 0: none is running any more */
	uint64_t timer_ms;
};

/* One event. `cause` is read for ON_died only. */
struct life_todo life_step(struct life *l, const struct life_rules *rules, enum life_event event,
    const struct life_cause *cause, uint64_t now_ms);

/* True while there is a process. */
bool life_has_process(const struct life *l);
const char *life_state_name(enum life_state s);
/* "signal 11 (SIGSEGV)", "exit 100 (fix me)", "" for none. Writes at most n bytes. */
const char *life_cause_text(const struct life_cause *c, char *out, size_t n);

#endif
