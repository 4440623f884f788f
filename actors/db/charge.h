/* actors/db/charge.h - what SQL needs to charge for a generation beyond its own rows: which models may be
 * called for a request, at which list prices, and the limits of the settings. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_DB_CHARGE_H
#define STUDIOD_DB_CHARGE_H

#include "proto/proto.h"

/* Appends, for studio.charge_of, a list for each purpose (enum purpose, in its order): of the model that is called
 * for what the client asked for, and those that would take its place. `aliases` as in model_resolve. A model that
 * is not known has an empty list. 0, or -1 when memory is out. */
int charge_models(struct buf *out, struct bytes kind, struct bytes asked, const char *aliases);

/* Appends the list prices of all models, for studio.prices_json. 0, or -1 when memory is out. */
int charge_prices(struct buf *out);

/* Of a day; 0: none. Money in micro-dollars. */
struct charge_limits {
	uint64_t user_micros, user_generations, project_micros, project_generations;
};
/* Appends them for studio.quota_of. 0, or -1 when memory is out. */
int charge_limits(struct buf *out, const struct charge_limits *l);

#endif
