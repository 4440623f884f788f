/* actors/front/realtime/relay.h - long-polling with several front processes: all listen on the same ports, so a
 * request may come to one that does not have its session. Notifier passes it to the one that does
 * (its sid says which), and the answer back.
 *
 * A process that died has no sessions: its clients are told that theirs is unknown, connect anew and
 * recover. A WebSocket is not passed on: a probe elsewhere fails, and its client goes on polling.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_RELAY_H
#define STUDIOD_FRONT_RELAY_H

#include "actors/front/realtime/engine.h"

struct exchange;

enum { RELAYS_MAX = 2000 };		/* under way at once: below what the link to notifier carries */

/* Is it a session of another process? Then the request is passed on, and answered. */
bool relay_pass(struct exchange *x, struct bytes sid);
/* One that was passed to us. */
void on_socket_take(void *state, struct request *rq);

#endif
