/* actors/common/secret.h - memory for secrets: locked, kept out of core dumps, between
 * inaccessible pages. Like sodium_malloc, for processes that do not link libsodium.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_SECRET_H
#define STUDIOD_SECRET_H

#include <stddef.h>

/* n zeroed bytes, followed by at least one more zero byte. NULL when memory is out;
 * where locking is refused (RLIMIT_MEMLOCK) the pages are still kept out of cores. */
void *secret_alloc(size_t n);
/* Wipes and frees; n as given to secret_alloc. NULL is fine. */
void secret_free(void *p, size_t n);

#endif
