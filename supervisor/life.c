/* supervisor/life.c - see life.h. Read it from the matrix upwards.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <string.h>

#include "supervisor/life.h"

enum { SLOW_FIRST_MS = 1000, SLOW_MOST_MS = 30000, QUICK_FIRST_MS = 25, KILL_AGAIN_MS = 500 };

struct step {
	struct life *l;
	const struct life_rules *rules;
	const struct life_cause *cause;
	uint64_t now;
	struct life_todo todo;
};

static void
timer(struct step *s, uint64_t ms)
{
	s->todo.timer = true;
	s->todo.timer_ms = ms;
}

static void
enter(struct step *s, enum life_state state)
{
	s->l->state = state;
	s->l->since_ms = s->now;
}

/* ---- actions ---- */

static void
spawn(struct step *s)
{
	if (s->l->starts++ > 0)
		s->l->restarts++;
	s->l->born_ms = s->now;
	s->l->again = false;
	s->l->kills = 0;
	s->l->why_killed = (struct life_cause){ CAUSE_none, 0 };
	s->todo.spawn = true;
	enter(s, LIFE_starting);
	timer(s, s->rules->start_ms);
}

static void
forgive_and_spawn(struct step *s)
{
	s->l->ndeaths = 0;
	s->l->slowed = 0;
	spawn(s);
}

static void
be_up(struct step *s)
{
	enter(s, LIFE_up);
	timer(s, 0);
}

static uint32_t
deaths_within(const struct step *s)
{
	uint32_t n = 0, kept = s->l->ndeaths < LIFE_DEATHS_MAX ? s->l->ndeaths : LIFE_DEATHS_MAX;

	for (uint32_t i = 0; i < kept; i++)
		n += s->now - s->l->deaths[i] <= s->rules->period_ms;
	return n;
}

static uint64_t
doubled(uint64_t first, uint32_t times, uint64_t most)
{
	while (times-- > 0 && first < most)
		first *= 2;
	return first < most ? first : most;
}

static void
note_death(struct step *s)
{
	struct life *l = s->l;

	l->cause = l->why_killed.kind != CAUSE_none ? l->why_killed : *s->cause;
	l->died_ms = s->now;
	l->lived_ms = s->now - l->born_ms;
	l->deaths[l->ndeaths++ % LIFE_DEATHS_MAX] = s->now;
}

static void
wait_then_spawn(struct step *s, uint64_t ms)
{
	if (ms == 0) {
		spawn(s);
		return;
	}
	enter(s, LIFE_backoff);
	timer(s, ms);
}

/* A death that nobody asked for. The first one is answered at once. */
static void
pace(struct step *s)
{
	struct life *l = s->l;
	bool lived_well = l->state == LIFE_up && s->now - l->since_ms >= s->rules->period_ms;

	note_death(s);
	if (l->cause.kind == CAUSE_exit && l->cause.value == LIFE_EXIT_FIX_ME) {
		enter(s, LIFE_failed);
		timer(s, 0);
		return;
	}
	if (lived_well)
		l->slowed = 0;
	uint32_t recent = deaths_within(s);
	if (l->slowed == 0 && recent <= s->rules->intensity) {
		wait_then_spawn(s, recent <= 1 ? 0 : doubled(QUICK_FIRST_MS, recent - 2, SLOW_FIRST_MS / 4));
		return;
	}
	if (++l->slowed > s->rules->patience) {
		enter(s, LIFE_failed);
		timer(s, 0);
		s->todo.escalate = true;
		return;
	}
	wait_then_spawn(s, doubled(SLOW_FIRST_MS, l->slowed - 1, SLOW_MOST_MS));
}

static void
kill_as(struct step *s, enum cause_kind kind)
{
	s->l->why_killed = (struct life_cause){ kind, 0 };
	s->todo.dump = true;
	s->todo.kill = true;
	enter(s, LIFE_stuck);
	timer(s, 0);
}

static void
kill_silent(struct step *s)
{
	kill_as(s, CAUSE_stuck);
}

static void
kill_slow(struct step *s)
{
	kill_as(s, CAUSE_slow);
}

static void
ask_leave(struct step *s)
{
	s->l->again = false;
	s->l->kills = 0;
	s->todo.ask_leave = true;
	enter(s, LIFE_stopping);
	timer(s, s->rules->stop_ms);
}

static void
ask_leave_and_return(struct step *s)
{
	ask_leave(s);
	s->l->again = true;
	s->l->ndeaths = 0;
	s->l->slowed = 0;
}

static void
do_not_return(struct step *s)
{
	s->l->again = false;
}

static void
kill_lingering(struct step *s)
{
	s->l->kills++;
	s->todo.kill = true;
	timer(s, KILL_AGAIN_MS);
}

static void
stopped(struct step *s)
{
	note_death(s);
	s->l->ndeaths--;		/* it was asked for */
	if (s->l->again) {
		spawn(s);
		return;
	}
	enter(s, LIFE_down);
	timer(s, 0);
}

static void
rest(struct step *s)
{
	enter(s, LIFE_down);
	timer(s, 0);
}

/* ---- the matrix: an empty place means that nothing happens ---- */

static void (*const matrix[LIFE_STATES][LIFE_EVENTS])(struct step *) = {
	[LIFE_down] = {
		[ON_start] = forgive_and_spawn,
		[ON_restart] = forgive_and_spawn,
	},
	[LIFE_starting] = {
		[ON_ready] = be_up,
		[ON_died] = pace,
		[ON_missed] = kill_silent,
		[ON_stop] = ask_leave,
		[ON_restart] = ask_leave_and_return,
		[ON_timer] = kill_slow,
	},
	[LIFE_up] = {
		[ON_died] = pace,
		[ON_missed] = kill_silent,
		[ON_stop] = ask_leave,
		[ON_restart] = ask_leave_and_return,
	},
	[LIFE_stuck] = {
		[ON_died] = pace,
		[ON_stop] = ask_leave,
		[ON_restart] = ask_leave_and_return,
	},
	[LIFE_stopping] = {
		[ON_died] = stopped,
		[ON_stop] = do_not_return,
		[ON_timer] = kill_lingering,
	},
	[LIFE_backoff] = {
		[ON_start] = forgive_and_spawn,
		[ON_stop] = rest,
		[ON_restart] = forgive_and_spawn,
		[ON_timer] = spawn,
	},
	[LIFE_failed] = {
		[ON_start] = forgive_and_spawn,
		[ON_stop] = rest,
		[ON_restart] = forgive_and_spawn,
	},
};

struct life_todo
life_step(struct life *l, const struct life_rules *rules, enum life_event event,
    const struct life_cause *cause, uint64_t now_ms)
{
	struct step s = { .l = l, .rules = rules, .cause = cause, .now = now_ms };

	if (matrix[l->state][event] != NULL)
		matrix[l->state][event](&s);
	return s.todo;
}

/* ---- words ---- */

bool
life_has_process(const struct life *l)
{
	return l->state == LIFE_starting || l->state == LIFE_up || l->state == LIFE_stuck || l->state == LIFE_stopping;
}

const char *
life_state_name(enum life_state s)
{
	static const char *const names[LIFE_STATES] = {
		[LIFE_down] = "down", [LIFE_starting] = "starting", [LIFE_up] = "up", [LIFE_stuck] = "stuck",
		[LIFE_stopping] = "stopping", [LIFE_backoff] = "backoff", [LIFE_failed] = "failed",
	};
	return names[s];
}

const char *
life_cause_text(const struct life_cause *c, char *out, size_t n)
{
	static const struct { int code; const char *text; } codes[] = {
		{ LIFE_EXIT_FIX_ME, " (fix me)" }, { 111, " (try again)" },
	};
	const char *name, *note = "";

	switch (c->kind) {
	case CAUSE_none:
		snprintf(out, n, "%s", "");
		break;
	case CAUSE_exit:
		for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
			if (codes[i].code == c->value)
				note = codes[i].text;
		snprintf(out, n, "exit %d%s", c->value, note);
		break;
	case CAUSE_signal:
		name = sigabbrev_np(c->value);
		snprintf(out, n, "signal %d (SIG%s)", c->value, name != NULL ? name : "?");
		break;
	case CAUSE_stuck:
		snprintf(out, n, "stuck (missed heartbeats), killed");
		break;
	case CAUSE_slow:
		snprintf(out, n, "not ready in time, killed");
		break;
	case CAUSE_spawn:
		snprintf(out, n, "no process: %s", strerror(c->value));
		break;
	}
	return out;
}
