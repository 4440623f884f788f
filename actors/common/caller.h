/* actors/common/caller.h - whoever asks shows a ticket.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_CALLER_H
#define STUDIOD_CALLER_H

#include "actors/common/seal.h"
#include "proto/link.h"

/* Opens a request's ticket for a use (ticket_open). False: the request was refused; one that is merely
 * over is told so, anything else is a security event as well. */
bool caller_open(struct request *rq, enum role receiver, enum ticket_scope use, struct bytes key, struct bytes sealed, struct ticket *t);

#endif
