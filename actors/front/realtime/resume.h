/* actors/front/realtime/resume.h - where a client of Socket.IO goes on after a pause, from what it brings back
 * (connection state recovery, without any state of ours). Pure.
 *
 *     pid           "name.mark.position": what it got when it connected. Given back to it, it is
 *                   what makes the client say that it `recovered`
 *     offset        the last argument of the last event that it got: a position
 *     lastEventId   the same, for who keeps it without a pid
 *
 * Who has been told something later goes on there. A pid is no secret and gives no right: events are
 * those of the token's user, and a pid of another user, which its mark tells, is none.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_RESUME_H
#define STUDIOD_FRONT_RESUME_H

#include <jansson.h>

#include "proto/proto.h"

enum { PID_MAX = 64, SOCKET_NAME_CHARS = 20 };

struct resume {
	bool wanted;			/* it said where it stopped reading: after `after` */
	bool lost;			/* it said so, and it is nothing of ours */
	uint64_t after;
	char pid[PID_MAX];		/* what it brought, or has now; "" none */
};

/* Takes what a client says, an object or NULL. What is no position was never reached: it is lost. */
void resume_take(struct resume *r, const json_t *auth);
/* It is this user: its pid is looked at. */
void resume_check(struct resume *r, const struct id *user);
/* It begins at `seq`, with a new pid unless what it brought can be gone on with. */
void resume_begin(struct resume *r, const struct id *user, uint64_t seq, bool missed);

#endif
