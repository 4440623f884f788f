/* tests/unit/test_feed_model.c - feeds against a model, with everything at random that can happen: events,
 * lost and doubled hints, slow and failing answers, small pages, pruning, links that break, processes that come
 * back, sessions that end, listeners that come, go and come back with their position. What holds:
 * each listener sees the events after its position one after the other, each once, and all of
 * them in the end; it begins anew exactly where it cannot go on; it ends exactly where its session did.
 *
 *     FEED_SEED=n FEED_ROUNDS=n build/test_feed_model
 *
 * Licence: Apache-2.0. */
#include "tests/unit/feed_world.h"

enum { CLIENTS = 14, MODEL_SESSIONS = 8, STEPS = 1500 };

static struct client_model {
	struct listener l;
	unsigned session;
	bool open, begun, has_position, leaves;
	uint64_t position;		/* the last that it saw, kept over its connections */
	uint64_t pruned;		/* of its user, when it asked */
} clients[CLIENTS];

static uint64_t seed;
static bool settling;		/* nobody is full any more */

static struct client_model *
client_of_listener(struct listener *l)
{
	return (struct client_model *)(void *)((char *)l - offsetof(struct client_model, l));
}

#define HOLDS(what) do { if (!(what)) fail_msg("seed %llu: not so: " #what, (unsigned long long)seed); } while (0)

static void
on_begin(struct listener *l, uint64_t seq, bool missed)
{
	struct client_model *c = client_of_listener(l);
	unsigned user = user_of(c->session);

	HOLDS(c->open);
	HOLDS(!c->begun || missed);
	if (missed) {
		HOLDS(c->has_position);
		HOLDS(c->position < world.pruned[user] || c->position > c->pruned);
	} else if (c->has_position) {
		HOLDS(seq == c->position);
	}
	HOLDS(seq <= world.events[user]);
	c->begun = c->has_position = true;
	c->position = seq;
	if (chance(20) == 0) {
		feed_leave(l);
		c->open = false;
	}
}

static void
on_event(struct listener *l, uint64_t seq, struct bytes json)
{
	struct client_model *c = client_of_listener(l);
	char wanted[256];

	HOLDS(c->open && c->begun);
	HOLDS(seq == c->position + 1);
	int n = event_json(wanted, sizeof wanted, user_of(c->session), seq, "https://");
	if ((int)json.n != n || memcmp(json.p, wanted, json.n) != 0)	/* vertex was away for long */
		HOLDS(event_has_result(seq) && feeds_stats(&world.front)->bare > 0 && memmem(json.p, json.n, "results", 7) == NULL);
	HOLDS(!l->full);
	c->position = seq;
	l->full = !settling && chance(25) == 0;
	if (chance(40) == 0) {
		feed_leave(l);
		c->open = false;
	}
}

static void
on_end(struct listener *l, enum feed_end why)
{
	struct client_model *c = client_of_listener(l);

	HOLDS(c->open);
	HOLDS(why == FEED_SESSION_OVER && world.ended[c->session]);
	c->open = false;
}

static const struct listener_calls calls = { on_begin, on_event, on_end };

/* ---- what happens ---- */

static void
come(struct client_model *c)
{
	struct identity who = world_identity(c->session);
	unsigned user = user_of(c->session);

	if (world.ended[c->session])
		return;
	if (chance(10) == 0) {		/* a position of long ago, of nowhere, or none */
		c->has_position = chance(3) > 0;
		c->position = chance((uint32_t)world.events[user] + 5);
	}
	c->open = true;
	c->begun = false;
	c->pruned = world.events[user];	/* it may be reached while it waits: then both answers are right */
	HOLDS(feed_join(&world.front, &c->l, &calls, &who, c->has_position, c->position) == 0);
}

static void
go(struct client_model *c)
{
	feed_leave(&c->l);
	c->open = false;
}

/* Hints are lost as long as it lasts, and then notifier says so. */
static void
lose_hints(bool *losing)
{
	*losing = !*losing;
	if (!*losing)
		world_listen_again();
}

static void
something(bool *losing)
{
	struct client_model *c = &clients[chance(CLIENTS)];
	enum neighbour n = (enum neighbour)chance(NEIGHBOURS);
	unsigned user = chance(USERS);

	switch (chance(26)) {
	case 0: case 1: case 2: case 3: case 4: case 5:
		world_event(user, !*losing);
		break;
	case 6: case 7: case 8:
		if (!c->open)
			come(c);
		break;
	case 9:
		if (c->open)
			go(c);
		break;
	case 10:
		world_break(n);
		break;
	case 11: case 12:
		world_mend(n);
		break;
	case 13:
		world.error[n] = (unsigned[]){ E_DATABASE_AWAY, E_TIMEOUT, E_QUEUE_FULL, E_TOKEN_EXPIRED }[chance(n == AUTH ? 3 : 4)];
		world.error_in = 1 + chance(4);
		break;
	case 14: case 15:
		world.error[n] = 0;
		break;
	case 16:
		world.slow = !world.slow;
		break;
	case 17:
		world.page = chance(5);
		break;
	case 18:
		if (chance(8) == 0 && world.events[user] > 3)
			world.pruned[user] = world.events[user] - chance(3);
		break;
	case 19:
		if (chance(60) == 0)
			world_end_session(chance(MODEL_SESSIONS), !*losing);
		break;
	case 20:
		lose_hints(losing);
		break;
	case 21:
		for (unsigned i = chance(30); i > 0; i--)
			world_event(user, !*losing);
		break;
	case 22: case 23:
		feed_resume(&c->l);
		break;
	default:
		world_answer(chance(20));
	}
}

/* Everybody is well again, and nothing more happens. */
static void
settle(bool losing)
{
	world.slow = false;
	world_answer(KEPT);
	for (size_t i = 0; i < NEIGHBOURS; i++) {
		world.error[i] = 0;
		world_mend((enum neighbour)i);
	}
	if (losing)
		world_listen_again();
	settling = true;
	for (size_t i = 0; i < CLIENTS; i++)
		feed_resume(&clients[i].l);
	world_run(25000);	/* less than what renews itself */
}

static void
round_of(uint64_t n)
{
	bool losing = false;

	settling = false;
	seed = n;
	chance_seed(n);
	world_init();
	memset(clients, 0, sizeof clients);
	for (unsigned i = 0; i < CLIENTS; i++)
		clients[i].session = i % MODEL_SESSIONS;
	for (int i = 0; i < STEPS; i++) {
		something(&losing);
		world_step(chance(6) > 0 ? chance(30) : chance(800));
	}
	settle(losing);
	for (unsigned i = 0; i < CLIENTS; i++) {
		struct client_model *c = &clients[i];
		HOLDS(!c->open || !world.ended[c->session]);
		HOLDS(!c->open || (c->begun && c->position == world.events[user_of(c->session)]));
		if (c->open)
			go(c);
	}
	HOLDS(feeds_stats(&world.front)->feeds == 0);
	HOLDS(feeds_stats(&world.front)->listeners == 0);
	for (size_t i = 0; i < SLOT_COUNT; i++)
		HOLDS(world.front.feeds->running[i] == 0);
	world_run(100);
	for (unsigned i = 0; i < MODEL_SESSIONS; i++)
		HOLDS(world.ended[i] || !world.heard[i]);
	world_fini();
}

static uint64_t
number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static void
all_events_in_order_whatever_happens(void **state)
{
	uint64_t from = number("FEED_SEED", 1), rounds = number("FEED_ROUNDS", 150);

	(void)state;
	for (uint64_t i = 0; i < rounds; i++)
		round_of(from + i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(all_events_in_order_whatever_happens) };

	return cmocka_run_group_tests_name("feed_model", tests, NULL, NULL);
}
