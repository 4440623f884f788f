/* actors/db/webhooks.h - what db knows of webhooks: whether they are on, where they may go, the key
 * of their secrets.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_DB_WEBHOOKS_H
#define STUDIOD_DB_WEBHOOKS_H

#include "actors/common/hook_secret.h"
#include "proto/webhook_url.h"

struct actor;
struct request;
struct db;

struct webhooks {
	bool on;
	struct keyring keys;
	struct webhook_rules rules;
};

/* Reads WEBHOOKS and the settings beside it; ends the process where one is not usable. */
void webhooks_init(struct webhooks *w, struct actor *a);
/* False: the request was refused, they are switched off. */
bool webhooks_are_on(const struct webhooks *w, struct request *rq);
/* NULL, or what is wrong with a URL, for its owner; valid until the next call. */
const char *webhook_wrong(const struct webhooks *w, struct bytes url);
/* Ends the leases of a notifier that is gone; what cannot be asked now lapses by itself. */
void deliveries_void(struct db *db, uint64_t worker);

void on_webhook_create(void *state, struct request *rq);
void on_webhook_rotate(void *state, struct request *rq);
void on_delivery_claim(void *state, struct request *rq);
void on_delivery_end(void *state, struct request *rq);

#endif
