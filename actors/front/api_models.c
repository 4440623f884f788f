/* actors/front/api_models.c - GET /api/media/models: proto/models.tbl.h and MODEL_ALIASES, as they
 * are used for requests, with the prices that db knows.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/front/api.h"
#include "actors/front/exchange.h"
#include "proto/models_json.h"

static void
on_prices(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body)
{
	json_t *prices = err == 0 ? json_loadb(body->row.json.p, body->row.json.n, 0, NULL) : NULL;
	json_t *list = prices != NULL ? models_json(actor_setting(&x->front->a, "MODEL_ALIASES"), prices) : NULL;
	char *text = list != NULL ? json_dumps(list, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;

	json_decref(prices);
	json_decref(list);
	if (err != 0)
		answer_error(x, err, detail);
	else if (text == NULL)
		answer_error(x, E_INTERNAL_ERROR, BYTES("the list of models cannot be made"));
	else
		answer_json(x, x->endpoint->status, bytes_str(text));
	free(text);
}

void
on_models(struct exchange *x)
{
	exchange_call(x, EDGE_front_db, MSG_price_list, &(struct msg_price_list){ .ticket = sealed_bytes(&x->who.db) }, CALL_AGAIN, 0, on_prices);
}
