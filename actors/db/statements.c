/* actors/db/statements.c - see statements.h. The rows are made from sql/queries/.
 * Licence: Apache-2.0. */
#include "actors/db/statements.h"

const struct statement statements[Q_COUNT] = {
#define QUERY(name, nparams, on, effect, params, text) { #name, nparams, ON_##on, EFFECT_##effect, params, text },
#include "sql_queries.h"
};
