/* actors/notifier/main.c - the process that knows who waits for what and who listens, and that sends mail and webhooks.
 * Sees:  tickets sealed for it, ids of generations, users and sessions, states; of a mail the address, the
 *        first name and the token; the mail server's login and its answers (untrusted).
 *        Of webhooks URL, secret and body, and what the servers there answer (untrusted). What clients of
 *        Socket.IO say by polling, a token among it, where there are several fronts.
 * Never: prompts, media, passwords; the network, where neither SMTP_URL nor WEBHOOKS is set.
 * Licence: Apache-2.0. */
#include "actors/common/sandbox.h"
#include "actors/notifier/notifier.h"
#include "actors/notifier/pass.h"

static const struct route front_routes[] = {
	{ MSG_watch, on_watch },
	{ MSG_listen, on_listen },
	{ MSG_unlisten, on_unlisten },
	{ MSG_socket_pass, on_socket_pass },
	{ MSG_health, on_health },
};
static const struct route db_routes[] = {
	{ MSG_event, on_event },
	{ MSG_session_ended, on_session_ended },
	{ MSG_notices_lost, on_notices_lost },
	{ MSG_deliveries_due, on_deliveries_due },
};
static const struct route auth_routes[] = {
	{ MSG_mail_send, on_mail_send },
};
static const struct edge_routes edges[] = {
	{ EDGE_auth_notifier, auth_routes, COUNT(auth_routes) },
	{ EDGE_front_notifier, front_routes, COUNT(front_routes) },
	{ EDGE_notifier_db, db_routes, COUNT(db_routes) },
};

int
main(void)
{
	static struct actor a;
	static struct notifier n;

	actor_begin(&a, ROLE_notifier, edges, COUNT(edges), &n);
	struct ev_loop *loop = actor_loop_ev(&a);
	notifier_init(&n, &a, loop);		/* the key for tickets, libcurl: the last look outside */
	a.on_peer = notifier_on_peer;
	a.on_drain = notifier_on_drain;
	a.queued = notifier_queued;
	actor_confine(&a, sandbox_of(ROLE_notifier));
	actor_ready(&a);
	actor_serve(&a);
	notifier_fini(&n);
	return actor_end(&a);
}
