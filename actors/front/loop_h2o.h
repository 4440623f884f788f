/* actors/front/loop_h2o.h - links on h2o's loop: what conn_ev and serve_ev are to libev.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_LOOP_H2O_H
#define STUDIOD_FRONT_LOOP_H2O_H

#include <h2o.h>

#include "actors/common/actor.h"
#include "actors/common/conn.h"

extern const struct loop_ops loop_ops_h2o;

/* Runs turns of the loop, writing what each queued before it sleeps, until over(arg). */
void loop_h2o_run(h2o_loop_t *loop, struct actor *a, bool (*over)(void *), void *arg);

#endif
