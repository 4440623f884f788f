/* actors/front/gone.c - see gone.h.
 * Owns: nothing; h2o's socket is read with h2o's own function, which h2o calls again with another
 * callback when it wants to read. Fails: into not noticing.
 * Licence: Apache-2.0. */
#include "actors/front/gone.h"

static void
on_bytes(h2o_socket_t *sock, const char *err)
{
	struct client *c = sock->on_close.data;
	struct exchange *x = c->watched;

	h2o_socket_read_stop(sock);
	c->watched = NULL;
	if (err != NULL && x != NULL)
		x->gone(x);
}

void
gone_watch(struct exchange *x, void (*gone)(struct exchange *))
{
	if (x->req->version >= 0x200 || x->client->shut)
		return;
	x->gone = gone;
	x->client->watched = x;
	h2o_socket_read_start(x->client->sock, on_bytes);
}

void
gone_forget(struct exchange *x)
{
	if (x->client->watched == x)
		x->client->watched = NULL;
}
