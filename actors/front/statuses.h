/* actors/front/statuses.h - which statuses a row of routes.tbl.h means.
 *
 *     every row         its status and those of its `errors`; 400 406 431 500 503 504, and if its
 *                       `errors` name one of these it comes with the row's answer too
 *     GET with 200      304
 *     other methods     413
 *     a body            415
 *     who USER          401; ADMIN 403 too
 *     a :name           404
 *     a limit           429
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_STATUSES_H
#define STUDIOD_FRONT_STATUSES_H

#include "actors/front/router.h"

enum { STATUSES_MAX = 32 };

/* All of an endpoint's, ascending; their number. */
size_t endpoint_statuses(const struct endpoint *e, int out[STATUSES_MAX]);
/* One that every endpoint may answer, and this one with an answer of its own (/readyz: 503). */
bool status_is_own(const struct endpoint *e, int status);

#endif
