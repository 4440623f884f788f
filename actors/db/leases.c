/* actors/db/leases.c - the leases of workers that died end at once, or as soon as the
 * database answers.
 * Owns: the list of workers to be done; each is struck off when the statement succeeded.
 * Fails: over VOIDS_MAX the oldest is forgotten: its leases lapse by themselves.
 * Licence: Apache-2.0. */
#include "actors/db/db.h"

static void
strike_off(struct db *db, uint64_t worker)
{
	size_t n = 0;

	for (size_t i = 0; i < db->nvoids; i++)
		if (db->voids[i] != worker)
			db->voids[n++] = db->voids[i];
	db->nvoids = n;
}

static void
on_voided(struct ask *a, unsigned err, const PGresult *res)
{
	struct db *db = a->state;

	if (err != 0) {		/* leases_retry, when a connection is back */
		log_event(LOG_WARNING, NULL, "leases_not_ended", "worker", log_u64(a->tag), "error", error_row(err)->name);
		return;
	}
	strike_off(db, a->tag);
	log_event(LOG_INFO, NULL, "leases_ended", "worker", log_u64(a->tag), "jobs", log_u64((uint64_t)res_int(res, 0, 0)));
	db->jobs_due = true;
}

static void
send(struct db *db, uint64_t worker)
{
	struct ask *a = db_ask(db, NULL, Q_worker_void, on_voided);

	if (a == NULL)
		return;
	a->tag = worker;
	ask_i64(a, (int64_t)worker);
	db_send(db, a);
}

void
leases_void(struct db *db, uint64_t worker)
{
	strike_off(db, worker);
	if (db->nvoids == VOIDS_MAX)
		strike_off(db, db->voids[0]);
	db->voids[db->nvoids++] = worker;
	if (pool_up(&db->pool, ON_app))
		send(db, worker);
}

void
leases_retry(struct db *db)
{
	uint64_t workers[VOIDS_MAX];
	size_t n = db->nvoids;

	memcpy(workers, db->voids, n * sizeof workers[0]);	/* an answer may change the list */
	for (size_t i = 0; i < n; i++)
		send(db, workers[i]);
}
