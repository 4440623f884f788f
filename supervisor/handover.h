/* supervisor/handover.h - who is told what: settings, keys, file contents, descriptors.
 * Owns: the keys of this start, in locked memory.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_HANDOVER_H
#define STUDIOD_HANDOVER_H

#include "supervisor/prepare.h"

enum { KEY_BYTES = 32 };
enum key_id {
#define KEY(name, receivers, prose) KEY_##name,
#include "supervisor/keys.tbl.h"
	KEY_COUNT
};

struct handover {
	unsigned char *keys;	/* KEY_COUNT of KEY_BYTES */
};

int handover_init(struct handover *h);
void handover_free(struct handover *h);

/* Calls `give` for each setting, and `lend` for each descriptor, of one role. Values are
 * views; numbers come as decimal text. Instances share listeners, but the one for ops is the
 * first's: counters of one process must not seem to jump. */
void handover_settings(const struct handover *h, const struct prepared *p, enum role role,
    void (*give)(void *arg, const char *name, struct bytes value, bool secret), void *arg);
void handover_resources(const struct prepared *p, enum role role, uint32_t instance,
    void (*lend)(void *arg, const char *name, int fd), void *arg);

#endif
