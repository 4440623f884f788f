/* actors/notifier/pass.h - from one front process to another: a request of a client whose session the
 * other has, and the answer back. Nobody here reads it.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_NOTIFIER_PASS_H
#define STUDIOD_NOTIFIER_PASS_H

#include "actors/common/actor.h"

enum { PASSES_MAX = 6000 };		/* under way at once, of all fronts */

void on_socket_pass(void *state, struct request *rq);

#endif
