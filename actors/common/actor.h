/* actors/common/actor.h - the skeleton of every actor: begin, confine, ready, serve, end.
 *
 * An actor is started with descriptor 3 as its control channel (SOCK_SEQPACKET, one
 * frame a packet, descriptors as SCM_RIGHTS) and descriptor 2 as its log. It already has
 * its user, its limits, its namespaces and no_new_privs from the supervisor. It is told
 * its settings, resources and peers, then `go`; it looks outside for the last time,
 * gives up the rest (actor_confine) and says ready.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_ACTOR_H
#define STUDIOD_ACTOR_H

#include "actors/common/clock.h"
#include "actors/common/confine.h"
#include "actors/common/log.h"
#include "proto/link.h"

enum { ACTOR_CONTROL_FD = 3, ACTOR_LINKS_MAX = 64, ACTOR_SETTINGS_MAX = 96, ACTOR_RESOURCES_MAX = 16 };

/* Exit codes, as the supervisor reads them. */
enum {
	EXIT_DRAINED = 0,
	EXIT_FIX_ME = 100,	/* bad settings, failed confinement: starting again will not help */
	EXIT_AGAIN = 111	/* try again: the parent is gone, a resource was away */
};

/* Which routes an actor serves on an edge. */
struct edge_routes {
	unsigned edge;
	const struct route *routes;
	size_t n;
};

struct conn;			/* a descriptor that carries a link: conn.h */
struct sandbox;			/* sandbox.h */

struct setting_value {
	char name[64];
	struct bytes value;	/* NUL-terminated behind its n bytes */
	bool secret;		/* lies in locked memory that no core shows */
};

struct actor {
	enum role role;
	uint32_t instance;
	uint64_t incarnation;
	const struct edge_routes *edges;
	size_t nedges;
	void *state;		/* given to all routes */

	struct setting_value settings[ACTOR_SETTINGS_MAX];
	size_t nsettings;
	struct { char name[64]; int fd; } resources[ACTOR_RESOURCES_MAX];
	size_t nresources;

	struct link control;
	struct link *links[ACTOR_LINKS_MAX];	/* every edge end it has, one per other instance */
	struct conn *conns[ACTOR_LINKS_MAX];	/* the connection of each, open or not */
	size_t nlinks;
	uint64_t served, refused;
	uint32_t own_work;	/* what it does that no link shows: draining waits for it too */

	bool draining;
	void (*on_drain)(struct actor *, uint32_t within_ms);	/* may be NULL: leave when nothing is in flight */
	void (*on_tree)(struct actor *, const struct msg_tree_state *);	/* front only */
	void (*on_peer)(struct actor *, struct link *, bool up);	/* may be NULL */
	void (*on_process_died)(struct actor *, const struct msg_process_died *);	/* db only */
	void (*on_queue_order)(struct actor *, struct request *);	/* db only; answers */
	bool (*take_peer)(struct actor *, unsigned edge, int fd);	/* may be NULL; true: the actor keeps fd itself (front_sign) */
	/* what else waits inside: shown by studioctl status */
	uint32_t (*queued)(struct actor *);				/* may be NULL; may also write `note` anew */
	char note[256];							/* likewise; the actor's own one-line state */

	struct confinement confinement;

	/* the loop's side, see conn.h */
	const struct loop_ops *loop_ops;
	void *loop;
	struct conn *control_conn;
	struct { struct link *link; int fd; uint32_t instance; uint64_t incarnation; } waiting[ACTOR_LINKS_MAX];
	size_t nwaiting;	/* peers that came before the loop */
	bool going;		/* `go` was read */
	uint64_t drain_until_ms;
};

/* Reads the control channel (blocking) up to `go`. Ends the process when it cannot.
 * `edges` and `state` stay the caller's. */
void actor_begin(struct actor *a, enum role role, const struct edge_routes *edges, size_t nedges, void *state);

/* A setting's text; "" where the supervisor gave none. */
const char *actor_setting(const struct actor *a, const char *name);
/* A setting's number (durations: milliseconds, sizes: bytes; the supervisor has parsed
 * and checked them); 0 where there is none. */
uint64_t actor_setting_u64(const struct actor *a, const char *name);
/* A secret's bytes; n is 0 where there is none. */
struct bytes actor_secret(const struct actor *a, const char *name);
/* A setting that the actor found out itself, for its sandbox rows: the port of a URL. `text`
 * is copied; beyond ACTOR_SETTINGS_MAX it is dropped, and what needed it stays forbidden. */
void actor_setting_add(struct actor *a, const char *name, const char *text);
/* Takes a descriptor that the supervisor handed over; -1 where there is none. */
int actor_resource(struct actor *a, const char *name);
/* The same descriptor without taking it. */
int actor_resource_look(const struct actor *a, const char *name);
/* True where it was given a setting or a secret of this name that is not empty, or a
 * resource that it has not taken yet. */
bool actor_given(const struct actor *a, const char *name);

/* Installs Landlock and seccomp, drops what is left, verifies it. In production (setting
 * SANDBOX=require) a part that fails ends the process with EXIT_FIX_ME; with
 * SANDBOX=warn it is a loud line. */
void actor_confine(struct actor *a, const struct sandbox *sb);
/* Tells the supervisor that work may come. The loop must be attached before. */
void actor_ready(struct actor *a);

/* Opens the links that the supervisor has handed over so far, and those to come, on this
 * loop. actor_loop_ev does it for libev. */
void actor_attach(struct actor *a, const struct loop_ops *ops, void *loop);
/* Ends overdue calls; false when no call is waiting. The loop calls it every 50 ms or so
 * while it answers true. */
bool actor_tick(struct actor *a);
/* Own calls and others' requests that are not finished. */
uint32_t actor_in_flight(const struct actor *a);

/* The link of an edge to the other's first instance; never NULL (it may be down). */
struct link *actor_link(struct actor *a, unsigned edge);

/* Only the red-team build defines it (tests/redteam/probe.c): called at the third
 * heartbeat, it tries from inside what must be refused and logs what came of it. */
void actor_probe(struct actor *a) __attribute__((weak));

/* ---- actors on libev (all but front): serve_ev.c ---- */
struct ev_loop;
/* Attaches the default libev loop; call after actor_begin. */
struct ev_loop *actor_loop_ev(struct actor *a);
/* Runs until drained or orphaned. */
void actor_serve(struct actor *a);
/* Closes links and frees; returns the exit code. */
int actor_end(struct actor *a);

#endif
