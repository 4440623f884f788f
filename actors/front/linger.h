/* actors/front/linger.h - connections that end with an answer while their request still comes.
 *
 * A socket that is closed with bytes unread resets the connection, and the reset overtakes the
 * answer: who only writes never sees why. So such a connection is kept for a while: its end is
 * sent, and what still comes is thrown away. h2o closes its sockets by name, through the dynamic
 * linker (as head.h): ours of that name keeps a duplicate of the descriptor.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_LINGER_H
#define STUDIOD_FRONT_LINGER_H

#include <stdint.h>

/* Finds the function that ours calls; before the confinement. 0 or -1. */
int linger_init(void);
/* Call it once a turn, outside of h2o. */
void linger_look(uint64_t now_ms);

#endif
