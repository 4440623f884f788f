/* supervisor/privileges.h - what root rights studiod keeps for itself.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_PRIVILEGES_H
#define STUDIOD_PRIVILEGES_H

/* Drops, for good, every capability that the supervisor has no use for. Nothing happens
 * without root; what the kernel refuses is left as it is. */
void privileges_limit(void);

#endif
