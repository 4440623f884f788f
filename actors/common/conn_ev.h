/* actors/common/conn_ev.h - links under libev.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_CONN_EV_H
#define STUDIOD_CONN_EV_H

#include "actors/common/conn.h"

struct ev_loop;

/* The operations for conn_open; its `loop` is a struct ev_loop pointer. */
extern const struct loop_ops loop_ops_ev;

/* Makes the loop write what each turn queued before it sleeps. Once per process. */
void conn_ev_start(struct ev_loop *loop);

#endif
