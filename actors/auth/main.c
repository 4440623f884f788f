/* actors/auth/main.c - the process that knows passwords, tokens and the TLS key.
 * Sees:  passwords while they are hashed, the signing secrets, who logs in from where.
 * Never: the network, a file, the database itself, media or prompts.
 * Licence: Apache-2.0. */
#include "actors/auth/auth.h"
#include "actors/common/sandbox.h"

static const struct route front_routes[] = {
	{ MSG_auth_register, on_auth_register },
	{ MSG_auth_login, on_auth_login },
	{ MSG_auth_refresh, on_auth_refresh },
	{ MSG_token_check, on_token_check },
	{ MSG_listener_renew, on_listener_renew },
	{ MSG_auth_logout, on_auth_logout },
	{ MSG_auth_sessions, on_auth_sessions },
	{ MSG_auth_session_revoke, on_auth_session_revoke },
	{ MSG_auth_change_password, on_auth_change_password },
	{ MSG_auth_forgot_password, on_auth_forgot_password },
	{ MSG_auth_reset_password, on_auth_reset_password },
	{ MSG_health, on_health },
};
static const struct route sign_routes[] = {
	{ MSG_tls_sign, on_tls_sign },
};
static const struct edge_routes edges[] = {
	{ EDGE_front_auth, front_routes, COUNT(front_routes) },
	{ EDGE_front_sign, sign_routes, COUNT(sign_routes) },
};

int
main(void)
{
	static struct actor a;
	static struct auth au;

	actor_begin(&a, ROLE_auth, edges, COUNT(edges), &au);
	auth_init(&au, &a);			/* secrets, keys, tables: the last look outside */
	a.queued = auth_queued;
	struct ev_loop *loop = actor_loop_ev(&a);
	actor_confine(&a, sandbox_of(ROLE_auth));
	auth_start(&au, loop);			/* the hashing threads inherit the confinement */
	actor_ready(&a);
	actor_serve(&a);
	auth_fini(&au);
	return actor_end(&a);
}
