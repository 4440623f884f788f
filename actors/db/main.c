/* actors/db/main.c - the only process that speaks to PostgreSQL.
 * Sees:  every row, password hashes among them; the database's password.
 * Never: a client's bytes but as parameters, HTTP, Google, a token.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/common/sandbox.h"
#include "actors/db/relay.h"

static const struct route auth_routes[] = {
	{ MSG_account_create, on_account_create },
#define RELAY(message, who, statement)
#define PEER(message, statement) { MSG_##message, on_relay },
#include "actors/db/relays.tbl.h"
};
static const struct route front_routes[] = {
	{ MSG_health, on_health },
	{ MSG_generation_create, on_generation_create },
	{ MSG_webhook_create, on_webhook_create },
	{ MSG_webhook_rotate, on_webhook_rotate },
#define RELAY(message, who, statement) { MSG_##message, on_relay },
#define PEER(message, statement)
#include "actors/db/relays.tbl.h"
};
static const struct route poller_routes[] = {
	{ MSG_job_claim, on_job_claim },
	{ MSG_job_begin, on_job_begin },
	{ MSG_job_running, on_job_running },
	{ MSG_job_finish, on_job_finish },
	{ MSG_job_retry, on_job_retry },
	{ MSG_job_unclear, on_job_unclear },
	{ MSG_job_fail, on_job_fail },
	{ MSG_job_renew, on_job_renew },
	{ MSG_maker_seen, on_maker_seen },
	{ MSG_deletion_claim, on_deletion_claim },
	{ MSG_deletion_end, on_deletion_end },
};
static const struct route notifier_routes[] = {
	{ MSG_generation_state, on_generation_state },
	{ MSG_delivery_claim, on_delivery_claim },
	{ MSG_delivery_end, on_delivery_end },
};
static const struct edge_routes edges[] = {
	{ EDGE_auth_db, auth_routes, COUNT(auth_routes) },
	{ EDGE_front_db, front_routes, COUNT(front_routes) },
	{ EDGE_poller_db, poller_routes, COUNT(poller_routes) },
	{ EDGE_notifier_db, notifier_routes, COUNT(notifier_routes) },
};

int
main(void)
{
	static struct actor a;
	static struct db db;

	clearenv();				/* libpq would take PGHOST and others from it */
	actor_begin(&a, ROLE_db, edges, COUNT(edges), &db);
	db_init(&db, &a);			/* keys, address; the schema, when the database answers */
	a.on_peer = db_on_peer;
	a.on_process_died = db_on_process_died;
	a.on_queue_order = db_on_queue_order;
	a.queued = db_queued;
	struct ev_loop *loop = actor_loop_ev(&a);
	actor_confine(&a, sandbox_of(ROLE_db));	/* connections are opened later: its rows allow that */
	db_start(&db, loop);
	if (db.migrated)			/* else once the database was there */
		actor_ready(&a);
	actor_serve(&a);
	db_fini(&db);
	return actor_end(&a);
}
