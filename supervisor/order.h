/* supervisor/order.h - what studioctl orders of the queue goes on to db, and its report back.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_ORDER_H
#define STUDIOD_ORDER_H

#include "supervisor/tree.h"

/* One question that is on its way; zeroed: none. */
struct order {
	struct request *rq;
	struct link *link;
	int64_t call;
};

/* Asks db; answers rq when it did. */
void order_queue(struct tree *t, struct order *o, struct request *rq);
/* Who asked is gone: nothing is answered any more. */
void order_forget(struct order *o);

#endif
