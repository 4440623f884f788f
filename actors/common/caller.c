/* actors/common/caller.c - see caller.h.
 * Owns: nothing. Fails: closed.
 * Licence: Apache-2.0. */
#include "actors/common/caller.h"
#include "actors/common/clock.h"
#include "actors/common/log.h"

bool
caller_open(struct request *rq, enum role receiver, enum ticket_scope use, struct bytes key, struct bytes sealed, struct ticket *t)
{
	int rc = ticket_open(t, receiver, use, key, sealed, wall_ms());

	if (rc == 0)
		return true;
	if (rc != -E_TOKEN_EXPIRED)
		log_event(LOG_SECURITY, &rq->ctx, "ticket_refused", "message", msg_spec(rq->msg)->name);
	request_fail(rq, (unsigned)-rc, "");
	return false;
}
