/* tests/unit/feed_world.h - what a feed of the front speaks with, played: auth, db, vertex and
 * notifier at the other ends of real links, and a clock that the test moves.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FEED_WORLD_H
#define STUDIOD_FEED_WORLD_H

#include "tests/unit/unit.h"

#include "actors/front/realtime/feed_internal.h"

enum { USERS = 4, SESSIONS = 600, KEPT = 4096 };
enum neighbour { AUTH, DB, VERTEX, NOTIFIER, NEIGHBOURS };
enum { SHORT_TICKET_MS = 60000, LONG_TICKET_MS = 300000 };

struct world {
	struct front front;
	struct link ours[NEIGHBOURS], theirs[NEIGHBOURS];
	uint64_t now;
	uint64_t events[USERS], pruned[USERS];	/* how many there were, and the last that is not kept */
	bool ended[SESSIONS], heard[SESSIONS];
	unsigned error[NEIGHBOURS];		/* what each answers; 0: well */
	unsigned error_in;			/* one in so many is answered so; 0, 1: every one */
	bool slow;				/* requests are kept until world_answer */
	struct request *kept[KEPT];
	size_t nkept, kept_most;
	unsigned page;				/* most events of an answer; 0: as asked */
	unsigned asked[NEIGHBOURS];		/* requests that came */
	char order[64];				/* which, in order: L listen, E events, S sign, R renew */
};
extern struct world world;

void world_init(void);
void world_fini(void);
/* A random number below n. */
uint32_t chance(uint32_t n);
void chance_seed(uint64_t seed);

struct identity world_identity(unsigned session);
unsigned user_of(unsigned session);
/* The JSON of an event as db tells it, or with its URL as clients see it. */
int event_json(char *out, size_t room, unsigned user, uint64_t seq, const char *scheme);
bool event_has_result(uint64_t seq);

void world_break(enum neighbour n);
void world_mend(enum neighbour n);
/* One more event; told by a hint where notifier hears and `told`. */
void world_event(unsigned user, bool told);
void world_end_session(unsigned session, bool told);
void world_listen_again(void);
/* Answers what is kept, at most n. */
void world_answer(size_t n);
/* Moves the clock, looks, and carries what was said. */
void world_step(uint64_t ms);
void world_run(uint64_t ms);

#endif
