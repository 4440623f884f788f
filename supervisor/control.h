/* supervisor/control.h - the control socket: studioctl asks, the tree answers.
 * Owns: the listening socket and its clients. Fails: a client that may not speak, or that
 * breaks the rules, is closed and logged.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_CONTROL_H
#define STUDIOD_CONTROL_H

#include "supervisor/tree.h"

struct control;

/* Listens at CONTROL_SOCKET; NULL with a fault. */
struct control *control_open(struct tree *t, struct fault *f);
void control_close(struct control *c);

#endif
