/* tests/unit/actor_rig.h - runs one real actor, confined as far as this user may, and plays
 * all its neighbours: the supervisor on the control channel and the other end of each edge.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_ACTOR_RIG_H
#define STUDIOD_ACTOR_RIG_H

#include <ev.h>
#include <sys/types.h>

#include "actors/common/conn.h"
#include "proto/link.h"

enum { RIG_EDGES = 4 };

struct rig_setting {
	const char *name, *value;
	size_t n;		/* 0: strlen */
	bool secret;
};

/* An edge that comes again is to the next process of the other end. */
struct rig_edge {
	unsigned edge;
	const struct route *routes;
	size_t nroutes;
};

struct rig {
	struct ev_loop *loop;
	const char *program;
	enum role role;
	pid_t pid;
	bool ready, gone;
	struct link control;
	struct conn control_conn;
	size_t nedges;
	struct rig_edge edges[RIG_EDGES];
	struct link links[RIG_EDGES];
	struct conn conns[RIG_EDGES];
};

/* Starts `program`, which lies beside the test's own executable, with settings (ended by a
 * NULL name) and edges; waits until it is ready. `state` is given to the routes. */
void rig_start(struct rig *r, enum role role, const struct rig_setting *settings,
    const struct rig_edge *edges, size_t nedges, void *state);
/* The next actor that is started gets this descriptor too; it is closed here then. */
void rig_lend(const char *resource, int fd);
/* Starts it without waiting; the process may end by itself. */
void rig_spawn(struct rig *r, enum role role, const struct rig_setting *settings,
    const struct rig_edge *edges, size_t nedges, void *state);
/* Breaks an edge, or connects it (again). */
void rig_cut(struct rig *r, unsigned edge);
void rig_join(struct rig *r, unsigned edge);
struct link *rig_link(struct rig *r, unsigned edge);
/* Runs the loop until *flag is true; fails the test after `ms`. */
void rig_until(struct rig *r, const bool *flag, uint32_t ms);
/* Runs the loop for a while. */
void rig_run(struct rig *r, uint32_t ms);
/* Drains it and returns its exit code, or -1 when it died of a signal. */
int rig_stop(struct rig *r);
/* Waits for it to end by itself. */
int rig_wait(struct rig *r, uint32_t ms);

uint64_t rig_now_ms(void);

#endif
