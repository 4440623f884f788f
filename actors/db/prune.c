/* actors/db/prune.c - see prune.h. A round goes through the rows of prune.tbl.h; one statement is
 * under way at a time.
 * Owns: the timer. Fails: what could not be deleted is in the next round.
 * Licence: Apache-2.0. */
#include "actors/db/db.h"

static const struct {
	enum query query;
	const char *setting;
	uint64_t ms;
} rows[] = {
#define PRUNE(statement, setting, ms) { Q_##statement, setting, ms },
#include "actors/db/prune.tbl.h"
};
_Static_assert(COUNT(rows) <= PRUNE_KINDS_MAX, "PRUNE_KINDS_MAX");

static void
again_in(struct prune *p, uint64_t ms)
{
	ev_now_update(p->db->loop);
	ev_timer_stop(p->db->loop, &p->timer);
	ev_timer_set(&p->timer, (double)ms / 1000, 0.);
	ev_timer_start(p->db->loop, &p->timer);
}

/* The next row's turn; behind the last one the round is over. */
static void
next_row(struct prune *p)
{
	if (p->rows > 0)
		log_event(LOG_INFO, NULL, "pruned", "statement", statements[rows[p->at].query].name, "rows", log_u64(p->rows));
	p->rows = 0;
	p->at = (p->at + 1) % COUNT(rows);
	again_in(p, p->at == 0 ? p->interval_ms : 1);
}

static void
on_pruned(struct ask *a, unsigned err, const PGresult *res)
{
	struct prune *p = &((struct db *)a->state)->prune;
	int64_t n = err == 0 ? res_int(res, 0, 0) : 0;	/* -1: another host is at it */

	if (err != 0) {
		log_event(LOG_WARNING, NULL, "prune_failed", "statement", statements[a->query].name, "error", error_row(err)->name);
		p->at = 0;
		p->rows = 0;
		again_in(p, p->interval_ms);
		return;
	}
	if (n > 0)
		p->rows += (uint64_t)n;
	if (n >= PRUNE_SLICE)
		again_in(p, PRUNE_PAUSE_MS);
	else
		next_row(p);
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
	struct prune *p = w->data;
	struct ask *a;

	(void)loop;
	(void)events;
	if (p->age_ms[p->at] == 0) {
		next_row(p);
		return;
	}
	if ((a = db_ask(p->db, NULL, rows[p->at].query, on_pruned)) == NULL) {
		again_in(p, p->interval_ms);
		return;
	}
	ask_i64(a, (int64_t)p->age_ms[p->at]);
	ask_i64(a, PRUNE_SLICE);
	db_send(p->db, a);
}

void
prune_init(struct prune *p, struct db *db)
{
	*p = (struct prune){ .db = db, .interval_ms = actor_setting_u64(db->actor, "PRUNE_INTERVAL") };
	if (p->interval_ms == 0)
		p->interval_ms = PRUNE_FIRST_MS;
	for (size_t i = 0; i < COUNT(rows); i++)
		p->age_ms[i] = rows[i].setting != NULL ? actor_setting_u64(db->actor, rows[i].setting) : rows[i].ms;
}

void
prune_start(struct prune *p, struct ev_loop *loop)
{
	uint64_t first = p->interval_ms < PRUNE_FIRST_MS ? p->interval_ms : PRUNE_FIRST_MS;

	ev_timer_init(&p->timer, on_timer, (double)first / 1000, 0.);
	p->timer.data = p;
	ev_timer_start(loop, &p->timer);
}

void
prune_stop(struct prune *p)
{
	ev_timer_stop(p->db->loop, &p->timer);
}
