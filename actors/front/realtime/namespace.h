/* actors/front/realtime/namespace.h - the one namespace of Socket.IO, "/": who connects to it with a token gets
 * the events of the token's user, in order, from where it stopped reading.
 *
 * Nothing is kept for a client that is away: what it brings back says where it goes on (resume.h).
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_NAMESPACE_H
#define STUDIOD_FRONT_NAMESPACE_H

#include "actors/front/realtime/feed.h"
#include "actors/front/realtime/resume.h"

enum { NAMESPACE_TRIES = 5 };	/* connects of a client, in vain */
enum namespace_state { NS_NONE, NS_CHECKING, NS_JOINING, NS_CONNECTED };

struct engine;

/* A part of an engine. */
struct namespace {
	struct listener listener;
	enum namespace_state state;
	unsigned tries;
	struct link *link;		/* the question to auth */
	int64_t call;			/* 0: none */
	struct buf token;		/* of the head, until it connects; of the question; then wiped */
	struct id user;
	struct resume resume;		/* where it goes on */
};

/* A message of Engine.IO. May end the engine. */
void namespace_message(struct engine *e, struct bytes text);
/* The token of a request's head, for a CONNECT without one. */
void namespace_token(struct engine *e, struct bytes token);
/* There is room for events again. */
void namespace_resume(struct engine *e);
/* The engine is over: lets go of everything. */
void namespace_over(struct engine *e);

#endif
