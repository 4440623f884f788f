/* actors/front/manners.h - header fields that answers carry, each named by what it is for.
 * All but manners_add add to an exchange's answer, before it is started.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_MANNERS_H
#define STUDIOD_FRONT_MANNERS_H

#include "actors/front/front.h"

struct exchange;

enum { VARY_CODING = 1, VARY_ACCEPT = 2, VARY_ORIGIN = 4 };

/* What every response carries, also those that h2o makes. `cache` is its Cache-Control, and
 * outlives it. */
void manners_add(h2o_req_t *req, const struct front *f, const char *request_id, const char *cache);
const char *reason_of(int status);
/* Its type (a literal), and what browsers may do with such a one. */
void manners_type(struct exchange *x, const char *type);
/* Is it one of CORS_ORIGIN? */
bool manners_origin_allowed(const struct front *f, struct bytes origin);
/* What a listed origin may see of it (CORS). */
void manners_cors(struct exchange *x);
/* And what it may ask, of a path with these methods. */
void manners_preflight(struct exchange *x, const char *methods);
/* What it depends on beside the target; that of CORS is added. */
void manners_vary(struct exchange *x, unsigned by);
/* RateLimit-*, where one was looked at. */
void manners_limit(struct exchange *x);
/* ETag; true where the client has it already. */
bool manners_tag(struct exchange *x, struct bytes body);
void manners_number(struct exchange *x, const char *name, uint64_t v);

#endif
