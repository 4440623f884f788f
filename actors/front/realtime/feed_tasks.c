/* actors/front/realtime/feed_tasks.c - when which feed asks what. Thousands of feeds may want something in
 * the same moment, after a link came back: of each kind a few are under way at once, the others
 * wait in line. What failed waits in a wheel of times.
 * Owns: the lines and the wheel. Fails: a question that cannot be asked is asked again later.
 * Licence: Apache-2.0. */
#include "actors/common/backoff.h"
#include "actors/common/clock.h"
#include "actors/front/realtime/feed_internal.h"
#include "actors/front/mint.h"

enum { BACKOFF_MS = 250, BACKOFF_STEPS = 5, LOOK_AHEAD = 16 };

static const uint32_t slots_most[SLOT_COUNT] = { [SLOT_listen] = 64, [SLOT_fetch] = 64, [SLOT_renew] = 32, [SLOT_sign] = 32 };

static const struct { enum slot slot; void (*start)(struct feed *); } kinds[TASK_COUNT] = {
	[TASK_listen] = { SLOT_listen, listen_start },
	[TASK_fetch] = { SLOT_fetch, fetch_start },
	[TASK_renew] = { SLOT_renew, renew_start },
};

void
tasks_init(struct feeds *fs, uint64_t now)
{
	for (size_t i = 0; i < TASK_COUNT; i++)
		TAILQ_INIT(&fs->ready[i]);
	for (size_t i = 0; i < WHEEL_SLOTS; i++)
		TAILQ_INIT(&fs->wheel[i]);
	fs->tick = now / WHEEL_MS;
}

/* ---- lines ---- */

static struct task_queue *
wheel_of(struct feeds *fs, uint64_t tick)
{
	return &fs->wheel[tick % WHEEL_SLOTS];
}

/* Takes it out of whatever line it is in. */
static void
unline(struct task *t)
{
	struct feeds *fs = t->feed->all;

	if (t->state == TASK_READY)
		TAILQ_REMOVE(&fs->ready[t->kind], t, next);
	if (t->state == TASK_LATER) {
		TAILQ_REMOVE(wheel_of(fs, t->due_tick), t, next);
		fs->later--;
	}
	t->state = TASK_IDLE;
}

static void
line_up(struct task *t)
{
	unline(t);
	t->state = TASK_READY;
	TAILQ_INSERT_TAIL(&t->feed->all->ready[t->kind], t, next);
}

void
task_want(struct task *t)
{
	if (t->state == TASK_RUNNING)
		t->again = true;
	else if (t->state != TASK_READY && !(t->state == TASK_LATER && t->failures > 0))
		line_up(t);
}

void
task_later(struct task *t, uint64_t ms)
{
	struct feeds *fs = t->feed->all;
	uint64_t ticks = ms / WHEEL_MS + 1;

	unline(t);
	t->state = TASK_LATER;
	t->due_tick = fs->tick + (ticks < WHEEL_SLOTS ? ticks : WHEEL_SLOTS - 1);
	TAILQ_INSERT_TAIL(wheel_of(fs, t->due_tick), t, next);
	fs->later++;
}

void
task_hurry(struct task *t)
{
	if (t->state == TASK_LATER && t->failures > 0)
		line_up(t);
}

/* ---- what runs ---- */

static void
leave_slot(struct task *t)
{
	t->feed->all->running[t->slot]--;
	t->state = TASK_IDLE;
	t->call = 0;
}

bool
task_move(struct task *t, enum slot slot)
{
	struct feeds *fs = t->feed->all;

	if (fs->running[slot] >= slots_most[slot])
		return false;
	fs->running[t->slot]--;
	fs->running[slot]++;
	t->slot = slot;
	return true;
}

bool
task_call(struct task *t, unsigned edge, unsigned msg, const void *body, unsigned flags, answer_fn *done)
{
	static const struct ctx none;

	t->link = actor_link(&t->feed->all->front->a, edge);
	int64_t id = t->link->up ? link_call(t->link, &none, msg, body, flags, done, t) : -E_PEER_LOST;
	t->call = id > 0 ? id : 0;
	return id > 0;
}

void
task_done(struct task *t)
{
	bool again = t->again;

	leave_slot(t);
	t->again = false;
	t->failures = 0;
	if (again)
		line_up(t);
}

void
task_failed(struct task *t)
{
	uint32_t chance;

	leave_slot(t);
	t->again = false;
	mint_random(&chance, sizeof chance);
	task_later(t, backoff_ms(BACKOFF_MS, t->failures < BACKOFF_STEPS ? t->failures : BACKOFF_STEPS, chance));
	t->failures++;
}

void
task_drop(struct task *t)
{
	if (t->call != 0)
		link_forget(t->link, t->call);
	if (t->state == TASK_RUNNING)
		leave_slot(t);
	else
		unline(t);
}

/* ---- time ---- */

/* What is due by now steps into line. */
static void
turn_wheel(struct feeds *fs, uint64_t now)
{
	uint64_t to = now / WHEEL_MS;
	struct task *t;

	if (to > fs->tick + WHEEL_SLOTS)	/* it stood still: all are due */
		fs->tick = to - WHEEL_SLOTS;
	for (; fs->tick < to; fs->tick++)
		while ((t = TAILQ_FIRST(wheel_of(fs, fs->tick + 1))) != NULL)
			line_up(t);
}

static uint32_t
until_due(const struct feeds *fs, uint64_t now)
{
	uint64_t ahead = 1;

	if (fs->later == 0)
		return UINT32_MAX;
	while (ahead < LOOK_AHEAD && TAILQ_EMPTY(&fs->wheel[(fs->tick + ahead) % WHEEL_SLOTS]))
		ahead++;
	return (uint32_t)((fs->tick + ahead) * WHEEL_MS - now);
}

uint32_t
tasks_run(struct feeds *fs, uint64_t now)
{
	struct task *t;

	turn_wheel(fs, now);
	for (size_t kind = 0; kind < TASK_COUNT; kind++) {
		enum slot slot = kinds[kind].slot;
		while (fs->running[slot] < slots_most[slot] && (t = TAILQ_FIRST(&fs->ready[kind])) != NULL) {
			unline(t);
			t->state = TASK_RUNNING;
			t->slot = slot;
			t->again = false;
			fs->running[slot]++;
			kinds[kind].start(t->feed);
		}
	}
	return until_due(fs, now);
}
