/* actors/front/loop_h2o.h - links on h2o's loop: what conn_ev and serve_ev are to libev.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_LOOP_H2O_H
#define STUDIOD_FRONT_LOOP_H2O_H

#include <h2o.h>

#include "actors/common/actor.h"
#include "actors/common/conn.h"

extern const struct loop_ops loop_ops_h2o;

/* Runs turns of the loop as long as `turn` is true, writing what each queued before it sleeps.
 * `turn` is called once in each, outside of h2o, and says when it wants to be called again at the latest. */
void loop_h2o_run(h2o_loop_t *loop, struct actor *a, bool (*turn)(void *arg, uint32_t *within_ms), void *arg);

#endif
