/* actors/front/api_models.c - GET /api/media/models: proto/models.tbl.h and MODEL_ALIASES, as they
 * are used for requests.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/front/api.h"
#include "actors/front/exchange.h"
#include "proto/models_json.h"

void
on_models(struct exchange *x)
{
	json_t *list = models_json(actor_setting(&x->front->a, "MODEL_ALIASES"), NULL);
	char *text = list != NULL ? json_dumps(list, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;

	json_decref(list);
	if (text == NULL)
		answer_error(x, E_INTERNAL_ERROR, BYTES("out of memory"));
	else
		answer_json(x, x->endpoint->status, bytes_str(text));
	free(text);
}
