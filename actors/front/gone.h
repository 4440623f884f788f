/* actors/front/gone.h - a client that leaves while its answer lasts.
 *
 * Over HTTP/2 h2o reads on and tells (stop of the generator). Over HTTP/1 it reads nothing until the
 * answer is out, and so sees an end no sooner than a write that fails: for an answer that waits, that is
 * late. Here the socket is read meanwhile, for its end only.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_GONE_H
#define STUDIOD_FRONT_GONE_H

#include "actors/front/exchange.h"

/* From now on `gone` is called once when the client closed its side, until the exchange is over; over
 * HTTP/2 never. It may end the exchange. Bytes that come instead, of another request, end the watch. */
void gone_watch(struct exchange *x, void (*gone)(struct exchange *x));
/* The exchange is over. */
void gone_forget(struct exchange *x);

#endif
