/* actors/vertex/storage/url_cache.h - signed URLs that were made lately, by what they are made of (object_url.h:
 * the object and the name of the download): a page of the history that is read again costs no
 * signature.
 *
 * Bounded: four places per slot of a hash table; a new one takes the place of the oldest.
 * Owns:  copies of the texts. Fails: url_cache_put silently, when memory is out.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_URL_CACHE_H
#define STUDIOD_VERTEX_URL_CACHE_H

#include "proto/link.h"

enum { URL_CACHE_SLOTS = 2048, URL_CACHE_WAYS = 4, URL_CACHE_REFUSED_MS = 3600000 };

struct url_cache;

struct url_cache *url_cache_new(void);
void url_cache_free(struct url_cache *c);
/* FNV-1a. */
uint64_t url_cache_hash(struct bytes key);
/* The URL ("": there is none to be had), while it is fresh; valid until the next put. NULL where there is none. */
const char *url_cache_get(struct url_cache *c, struct bytes key, uint64_t now_ms);
void url_cache_put(struct url_cache *c, struct bytes key, const char *url, uint64_t fresh_until_ms);
/* No URL can be made of this key: says so in the log, and remembers it for a while as the URL "". */
void url_cache_refuse(struct url_cache *c, const struct ctx *ctx, struct bytes key, const char *why, uint64_t now_ms);

#endif
