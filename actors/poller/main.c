/* actors/poller/main.c - the process that carries every job from its row to its results.
 * Sees:  the jobs it leases: prompts, parameters, names of operations and objects.
 * Never: a secret of any kind, a file, a network.
 * Licence: Apache-2.0. */
#include "actors/common/sandbox.h"
#include "actors/poller/poller.h"

static const struct route db_routes[] = {
	{ MSG_jobs_due, on_jobs_due },
	{ MSG_job_cancelled, on_job_cancelled },
	{ MSG_deletions_due, on_deletions_due },
};
static const struct edge_routes edges[] = {
	{ EDGE_poller_db, db_routes, COUNT(db_routes) },
};

int
main(void)
{
	static struct actor a;
	static struct poller p;

	actor_begin(&a, ROLE_poller, edges, COUNT(edges), &p);
	poller_init(&p, &a);			/* settings and slots: nothing outside is needed */
	a.on_peer = poller_on_peer;
	a.on_drain = poller_on_drain;
	a.queued = poller_queued;
	struct ev_loop *loop = actor_loop_ev(&a);
	actor_confine(&a, sandbox_of(ROLE_poller));
	actor_ready(&a);
	poller_start(&p, loop);			/* from here on jobs are claimed */
	actor_serve(&a);
	poller_fini(&p);			/* what is unfinished keeps its lease until it lapses */
	return actor_end(&a);
}
