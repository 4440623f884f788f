/* actors/notifier/hooks.h - deliveries of webhooks: claimed from db, tried, and told how it went.
 *
 * A delivery is a row in the database, leased for the time of one attempt under a fence. This
 * process owns none of them: what it had in hand when it died is tried again by any host. An
 * endpoint may so see a message twice, under the same webhook-id, and never not at all.
 *
 * Owns:  the attempts under way.
 * Fails: without a database nothing is claimed; how an attempt ended is told until its lease is over.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_NOTIFIER_HOOKS_H
#define STUDIOD_NOTIFIER_HOOKS_H

#include <sys/queue.h>

#include "actors/common/actor.h"
#include "actors/common/keyring.h"
#include "actors/notifier/hook_send.h"

enum {
	HOOKS_AT_ONCE = 128,		/* attempts under way */
	HOOKS_CLAIM = 16,		/* of one claim: proto/messages.tbl.h */
	HOOKS_LEASE_MS = 1000,		/* of a lease, beyond twice the longest attempt */
	HOOKS_DB_MS = 10000,
	HOOKS_SLOW_MS = 30000,		/* a look without being told of anything */
	HOOKS_SOON_MS = 20,		/* between two claims that found nothing */
	HOOKS_AGAIN_MS = 1000		/* after one that failed */
};

struct hook_flight;
LIST_HEAD(hook_flights, hook_flight);

struct hooks {
	bool on;
	struct actor *actor;
	struct ev_loop *loop;
	struct keyring keys;
	struct webhook_rules rules;
	uint64_t backoff_ms, patience_ms;
	struct hook_sender sender;
	struct hook_flights flights;
	uint32_t nflights;
	bool claiming, due;		/* a claim is under way; something came meanwhile */
	ev_timer timer;			/* the next claim */
	uint64_t delivered, failed;
};

/* Reads WEBHOOKS and the settings beside it, tells the sandbox the ports (WEBHOOKS_TO): the last
 * look outside. Ends the process where a setting is not usable. */
void hooks_init(struct hooks *h, struct actor *a, struct ev_loop *loop);
void hooks_fini(struct hooks *h);
/* Something may be due: now is a time to look. */
void hooks_look(struct hooks *h);

#endif
