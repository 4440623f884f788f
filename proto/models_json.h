/* proto/models_json.h - models.tbl.h as clients read it (GET /api/media/models).
 * Licence: Apache-2.0. */
#ifndef STUDIOD_PROTO_MODELS_JSON_H
#define STUDIOD_PROTO_MODELS_JSON_H

#include <jansson.h>

#include "proto/models.h"

/* A list of `model` of answers.tbl.h, the caller's to json_decref: the rows of the setting
 * `aliases` first, as model_resolve looks at them, then models, then aliases; of two with the
 * same id the first. prices: a list of
 * `model_price`; NULL: list prices. NULL when memory is out. */
json_t *models_json(const char *aliases, const json_t *prices);

#endif
