/* actors/vertex/url_cache.h - signed URLs that were made lately, by object: a page of the
 * history that is read again costs no RSA.
 *
 * Bounded: four places per slot of a hash table; a new one takes the place of the oldest.
 * Owns:  copies of the texts. Fails: url_cache_put silently, when memory is out.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_URL_CACHE_H
#define STUDIOD_VERTEX_URL_CACHE_H

#include "proto/proto.h"

enum { URL_CACHE_SLOTS = 2048, URL_CACHE_WAYS = 4 };

struct url_cache;

struct url_cache *url_cache_new(void);
void url_cache_free(struct url_cache *c);
/* The URL, while it is fresh; valid until the next put. NULL where there is none. */
const char *url_cache_get(struct url_cache *c, struct bytes uri, uint64_t now_ms);
void url_cache_put(struct url_cache *c, struct bytes uri, const char *url, uint64_t fresh_until_ms);

#endif
