/* actors/vertex/main.c - the only process that speaks to Google.
 * Sees:  prompts and the fields of generations, Google credentials and their tokens,
 *        Google's answers (untrusted), names of stored objects.
 * Never: passwords, users' tokens, the database, a client's socket, files once confined (but the
 *        subject token of external_account, whose folder it may read).
 * Licence: Apache-2.0. */
#include "actors/common/sandbox.h"
#include "actors/vertex/generation.h"
#include "actors/vertex/storage/objects.h"
#include "actors/vertex/vertex.h"

static const struct route from_poller[] = {
	{ MSG_generate, on_generate },
	{ MSG_operation_poll, on_operation_poll },
	{ MSG_results_find, on_results_find },
	{ MSG_generate_stop, on_generate_stop },
	{ MSG_objects_delete, on_objects_delete },
};
static const struct route from_front[] = {
	{ MSG_sign_urls, on_sign_urls },
	{ MSG_object_read, on_object_read },
	{ MSG_object_write, on_object_write },
	{ MSG_health, on_health },
};
static const struct edge_routes edges[] = {
	{ EDGE_poller_vertex, from_poller, COUNT(from_poller) },
	{ EDGE_front_vertex, from_front, COUNT(from_front) },
};

int
main(void)
{
	static struct actor a;
	static struct vertex v;

	actor_begin(&a, ROLE_vertex, edges, COUNT(edges), &v);	/* settings, secrets, links */
	struct ev_loop *loop = actor_loop_ev(&a);
	vertex_init(&v, &a, loop);				/* credentials, libcurl: the last look outside */
	actor_confine(&a, sandbox_of(ROLE_vertex));		/* no way back; failing here is fatal */
	actor_ready(&a);
	actor_serve(&a);
	vertex_fini(&v);
	return actor_end(&a);
}
