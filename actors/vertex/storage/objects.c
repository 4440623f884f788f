/* actors/vertex/storage/objects.c - see objects.h: what a grant allows, and how much at once.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/vertex/storage/objects.h"

/* 0 or a code. */
static unsigned
opened(const struct vertex *v, enum grant_use use, struct bytes ticket, struct bytes sealed, struct object *out)
{
	char own[sizeof v->storage_uri + 64], user[37];
	uint8_t scratch[SEAL_MAX];
	struct ticket t;
	struct grant g;
	int rc = 0;

	if (ticket.n > 0 || use != GRANT_DELETE)
		rc = ticket_open(&t, ROLE_vertex, TICKET_ALL, v->signing.ticket_key, ticket, wall_ms());
	if (rc == 0)
		rc = grant_open(&g, use, v->signing.grant_key, sealed, wall_ms(), scratch);
	if (rc != 0)
		return (unsigned)-rc;
	if (use != GRANT_DELETE && !id_eq(&t.user, &g.user))
		return E_FORBIDDEN;
	out->user = g.user;
	snprintf(out->uri, sizeof out->uri, "%.*s", (int)g.uri.n, g.uri.p);
	if (use == GRANT_READ)
		return 0;
	/* db keeps to this by itself; but what is written over or deleted does not come back */
	id_text(&g.user, user);
	int n = snprintf(own, sizeof own, "%s/users/%s/", v->storage_uri, user);
	return gs_uri_below(out->uri, own, (size_t)n) || (use == GRANT_DELETE && strcmp(out->uri, own) == 0) ? 0 : E_FORBIDDEN;
}

bool
object_granted(const struct vertex *v, struct request *rq, enum grant_use use, struct bytes ticket, struct bytes sealed,
    struct object *out)
{
	unsigned code = opened(v, use, ticket, sealed, out);

	if (code == 0)
		return true;
	if (code != E_TOKEN_EXPIRED)
		log_event(LOG_SECURITY, &rq->ctx, "grant_refused", "message", msg_spec(rq->msg)->name, "code", error_row(code)->name);
	request_fail(rq, code, "");
	return false;
}

bool
object_stream_enter(struct vertex *v, struct object_stream *s, const struct id *user, bool writes)
{
	unsigned all = 0, own = 0;

	for (const struct object_stream *o = v->streams; o != NULL; o = o->next)
		if (o->writes == writes) {
			all++;
			own += id_eq(&o->user, user);
		}
	if (all >= (writes ? OBJECT_WRITES : OBJECT_READS) || own >= (writes ? OBJECT_WRITES_OF_USER : OBJECT_READS_OF_USER))
		return false;
	*s = (struct object_stream){ writes, *user, v->streams, &v->streams };
	if (s->next != NULL)
		s->next->at = &s->next;
	v->streams = s;
	return true;
}

void
object_stream_leave(struct object_stream *s)
{
	*s->at = s->next;
	if (s->next != NULL)
		s->next->at = s->at;
}
