/* supervisor/spawn.h - starting one program with exactly what it may have.
 * Owns: nothing; all descriptors stay the caller's.
 * Fails: before the fork with a fault; after it the child writes what went wrong into its
 * report pipe and ends with SPAWN_FAILED. What it could not set up but may do without
 * comes through the same pipe.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_SPAWN_H
#define STUDIOD_SPAWN_H

#include <stdint.h>

#include "supervisor/users.h"

enum { SPAWN_FDS = 8, SPAWN_FAILED = 126 };

struct spawn_plan {
	const char *path;	/* for messages; the program is exec_fd */
	int exec_fd;
	const char *const *argv;
	const char *const *env;
	int fds[SPAWN_FDS];	/* become descriptors 0, 1, ...; -1: /dev/null */
	size_t nfds;
	int cwd_fd;		/* -1: the root directory */
	struct user user;
	bool own_network;	/* network, IPC and host-name namespaces of its own */
	uint64_t nofile;
	uint64_t memory;	/* bytes of address space; 0: no limit */
	int death_signal;	/* sent to it when the supervisor dies */
	bool require;		/* whatever lacks is fatal */
	int bind_from_fd;	/* -1, or a directory that it sees at bind_to */
	const char *bind_to;
	int cgroup_fd;		/* -1, or cgroup.procs of its cgroup */
};

/* Starts it. Returns its pid and sets *report (to be read to its end, then closed by the
 * caller), or -1. */
pid_t spawn_start(const struct spawn_plan *plan, int *report, struct fault *f);

/* Opens a program to be started; -1 with a fault. */
int spawn_open(const char *path, struct fault *f);

/* Starts it, gives it `input`, reads at most n - 1 bytes of its standard output into `out`
 * (NULL: none wanted), and waits for its end. Its standard error goes to the supervisor's.
 * 0 when it left with code 0. Used before the loop runs. */
int spawn_run(struct spawn_plan *plan, const char *input, char *out, size_t n, struct fault *f);

/* True when this process may make a mount namespace and mount in it. */
bool spawn_can_bind(void);

#endif
