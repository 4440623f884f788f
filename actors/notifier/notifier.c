/* actors/notifier/notifier.c - see notifier.h: the life of the process, and what is neither a wait nor
 * a mail. watchers.c has who waits, listeners.c who listens.
 * Owns: the state of the process. Fails: without its key it ends, saying so.
 * Licence: Apache-2.0. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/notifier/notifier.h"

void
on_event(void *state, struct request *rq)
{
	struct notifier *n = state;
	const struct msg_event *m = &rq->body.event;

	n->events++;
	listeners_event(&n->listeners, &m->user, m->seq);
	if (recent_put(&n->recent, &m->generation, &m->user, m->seq, m->status))
		watchers_event(n, m);
}

void
on_health(void *state, struct request *rq)
{
	struct notifier *n = state;
	bool up = actor_link(n->actor, EDGE_notifier_db)->up;

	request_answer(rq, &(struct msg_healthy){ .ok = up, .why = bytes_str(up ? "" : "db is away") });
}

void
on_mail_send(void *state, struct request *rq)
{
	struct notifier *n = state;

	mailer_take(&n->mail, rq);
}

void
on_deliveries_due(void *state, struct request *rq)
{
	struct notifier *n = state;

	(void)rq;
	hooks_look(&n->hooks);
}

void
notifier_on_peer(struct actor *a, struct link *l, bool up)
{
	struct notifier *n = a->state;

	if (!up && l->edge == EDGE_front_notifier)
		listeners_front_gone(&n->listeners, l);
	if (up && l->edge == EDGE_notifier_db) {
		watchers_ask_all(n);
		hooks_look(&n->hooks);
	}
}

uint32_t
notifier_queued(struct actor *a)
{
	const struct notifier *n = a->state;

	snprintf(a->note, sizeof a->note, "watchers %u of %u, listeners %u, events %llu, answered %llu, mails waiting %u, sent %llu, dead %llu, hooks %u, delivered %llu, failed %llu",
	    n->nwatchers, (unsigned)WATCHERS_MAX, n->listeners.n, (unsigned long long)n->events, (unsigned long long)n->answered,
	    n->mail.n, (unsigned long long)n->mail.sent, (unsigned long long)n->mail.dead,
	    n->hooks.nflights, (unsigned long long)n->hooks.delivered, (unsigned long long)n->hooks.failed);
	return n->nwatchers + n->mail.n + n->hooks.nflights;
}

/* ---- life ---- */

void
notifier_init(struct notifier *n, struct actor *a, struct ev_loop *loop)
{
	if (sodium_init() < 0) {
		log_event(LOG_ERROR, NULL, "setting_unusable", "setting", "libsodium", "why", "it does not start");
		exit(EXIT_FIX_ME);
	}
	n->actor = a;
	n->loop = loop;
	n->seal_key = actor_secret(a, "SEAL_KEY_NOTIFIER");
	if (n->seal_key.n != SEAL_KEY_BYTES) {
		log_event(LOG_ERROR, NULL, "setting_unusable", "setting", "SEAL_KEY_NOTIFIER", "why", "it must be 32 bytes");
		exit(EXIT_FIX_ME);
	}
	recent_init(&n->recent);
	recent_init(&n->ended);
	watchers_init(n);
	listeners_init(&n->listeners, loop, &n->recent);
	mailer_init(&n->mail, a, loop);
	hooks_init(&n->hooks, a, loop);
}

void
notifier_on_drain(struct actor *a, uint32_t within_ms)
{
	(void)within_ms;
	if (a->own_work == 0)		/* else when that has its end, or the time is over */
		ev_break(a->loop, EVBREAK_ALL);
}

void
notifier_fini(struct notifier *n)
{
	mailer_fini(&n->mail);
	hooks_fini(&n->hooks);
	listeners_fini(&n->listeners);
	watchers_fini(n);
}
