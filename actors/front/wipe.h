/* actors/front/wipe.h - h2o's buffers are wiped when they are given back.
 *
 * h2o reads into buffers that grow by being copied, and keeps those it does not need for the next
 * connection: a token or a password would stay in them for long. It gives each back through a
 * function of its own that it calls by name, through the dynamic linker: ours of the same name
 * stands before it (as head.h does with its parser).
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_WIPE_H
#define STUDIOD_FRONT_WIPE_H

/* Finds the function that ours calls; before the confinement. 0 or -1. */
int wipe_init(void);

#endif
