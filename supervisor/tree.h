/* supervisor/tree.h - the running tree: its processes, their links, and what it does when
 * one of them speaks, falls silent or dies.
 * Owns: every process, control channel and listening socket. Fails: while the tree starts
 * for the first time with a fault and an exit code; later by the rules of life.h.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_TREE_H
#define STUDIOD_TREE_H

#include <ev.h>

#include "actors/common/clock.h"
#include "actors/common/conn.h"
#include "supervisor/cgroup.h"
#include "supervisor/fault.h"
#include "supervisor/handover.h"
#include "supervisor/life.h"
#include "supervisor/logs.h"
#include "supervisor/prepare.h"
#include "supervisor/services.h"

enum { PROCESSES_MAX = 24, FRONTS_MAX = 4, DEATHS_KEPT = 64, CONFINEMENT_MAX = 4096, OUTBOX_MAX = 256, REWIRE_MS = 1000 };

struct packet;			/* wire.c */

/* What a process said about itself in its last answer to a heartbeat. */
struct pulse {
	uint32_t queued, in_flight;
	uint64_t served, refused;
	char note[257];
};

struct process {
	struct tree *tree;
	const struct service_row *row;
	enum service_id service;
	int role;			/* of an actor, else -1 */
	uint32_t instance;
	bool enabled;			/* part of this tree */
	bool waiting;			/* for the service it comes after */
	bool restart_due;		/* asked for, once another instance is ready again */

	struct life life;
	struct life_rules rules;
	ev_timer timer;
	pid_t pid;			/* 0: none */
	uint64_t incarnation;
	struct user user;
	struct log_source log;
	struct cgroup cgroup;

	struct link control;
	struct conn conn;		/* fd -1: closed */
	struct packet *outbox, *outbox_last;
	size_t outbox_n;

	ev_io report;			/* what spawn could not set up */
	int report_fd;
	char report_text[512];
	ev_io ready;			/* the emulator's readiness pipe */
	int ready_fd;

	bool was_ready;			/* the current process has said so */
	unsigned pings;			/* not answered yet */
	uint64_t ping_seq;
	struct pulse pulse;
	char confinement[CONFINEMENT_MAX + 1];
	char last_words[512];		/* of the latest that died */
	uint64_t security_events, rewired_ms[EDGE_COUNT];
	bool rewire_due[EDGE_COUNT];
	uint64_t told_since_ms;		/* security events logged within a second */
	uint32_t told;
};

enum tree_phase { TREE_booting, TREE_serving, TREE_stopping, TREE_cycling, TREE_ended };

struct tree {
	struct ev_loop *loop;
	struct logs *logs;
	struct prepared *prepared;	/* settings, state directory, listeners, helpers */
	struct handover handover;
	enum tree_phase phase;
	uint64_t started_ms, phase_ms, escalated_ms;
	int exit_code;
	struct fault fault;		/* why it ended, "" when it was asked to */

	struct process processes[PROCESSES_MAX];
	size_t nprocesses;
	unsigned leaving;		/* which turn of leaving runs */
	ev_timer heart, outbox_timer, last_resort, database_look;
	ev_child child;
	bool told_up;
	char told_down[256];
	struct { char service[32]; uint64_t incarnation; } deaths[DEATHS_KEPT];
	size_t ndeaths;
	void (*on_ended)(struct tree *);
	void (*on_up)(struct tree *);	/* the first time that everything is ready */
};

/* Sets up the processes; nothing is started. */
int tree_init(struct tree *t, struct ev_loop *loop, struct logs *logs, struct prepared *prepared, struct fault *f);
void tree_start(struct tree *t);
/* Orderly end within 5 s; a second call ends it at once. */
void tree_stop(struct tree *t, int exit_code);
void tree_fini(struct tree *t);

/* The first instance of a service, or NULL. */
struct process *tree_find(struct tree *t, const char *service, size_t n);
/* studioctl restart: every instance of the service, one after the other. False if there is none. */
bool tree_restart(struct tree *t, const char *service, size_t n);
bool tree_all_up(const struct tree *t);
const char *tree_phase_name(const struct tree *t);

/* ---- between the files of the tree ---- */

/* An event in the life of a process, and everything that follows from it. */
void tree_event(struct process *p, enum life_event event, const struct life_cause *cause);
/* Starts its program; false when that failed (the life has been told). */
void process_spawn(struct process *p);
void process_closed(struct process *p);	/* its channels, after its death */
void process_dump(struct process *p);

/* ---- heart.c: what happens by the clock ---- */

void heart_init(struct tree *t);

/* ---- tell.c: what actors are told about the tree ---- */

/* The state of the tree, to front, when it has changed (or `again`). */
void tell_front(struct tree *t, bool again);
/* A death, to db: it frees what the dead one held. A new db is told the latest ones again. */
void tell_death(struct tree *t, const struct process *dead);
void tell_deaths(struct tree *t, struct process *db);

/* ---- wire.c: the control channel ---- */

int wire_open(struct process *p, int fd);
/* Sends one notice, with a descriptor (-1: none) that stays the caller's. */
void wire_tell(struct process *p, unsigned msg, const void *body, int fd);
/* Everything an actor is told before it begins. */
void wire_introduce(struct process *p);
/* Fresh socketpairs between p and all its living peers on one edge, or on all (0). */
void wire_connect(struct process *p, unsigned edge);
void wire_retry(struct tree *t);
void wire_drop(struct process *p);
void wire_ping(struct process *p);

#endif
