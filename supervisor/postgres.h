/* supervisor/postgres.h - the private PostgreSQL of the development profile: made at first
 * start, reached through a Unix socket only, run under a user of its own.
 *
 * STATE_DIR may lie where user `postgres` cannot go (below /root, or a private
 * directory): as root the server sees its directory at another place, in a mount
 * namespace of its own, and db is handed a descriptor of the socket's directory.
 * Owns: descriptors of the two directories. Fails: with words.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_POSTGRES_H
#define STUDIOD_POSTGRES_H

#include "supervisor/settings.h"
#include "supervisor/spawn.h"
#include "supervisor/state.h"

struct postgres {
	struct user user;
	char bin[PATH_MAX];		/* directory of the programs */
	char base[PATH_MAX + 16];	/* where the server sees postgres/ */
	int base_fd, data_fd, run_fd;	/* postgres/, its data and run directories */
	bool bind;			/* base is a bind mount */
	char program[PATH_MAX + 16];
	int exec_fd;
	char data[PATH_MAX + 32];	/* base and /data */
	const char *argv[64];
};

/* Finds the programs, makes the cluster, its role and its database where they lack, ends
 * a server that an earlier studiod left, and gives the DATABASE_URL for db. `say` is told
 * what takes time. */
int postgres_prepare(struct postgres *pg, const struct settings *s, const struct state *st,
    void (*say)(const char *what), char *url, size_t n, struct fault *f);

/* The plan that starts the server; descriptors 0 to 2 are the caller's to fill in. */
void postgres_plan(struct postgres *pg, struct spawn_plan *plan);

/* True once the server takes connections: it says so in its pid file. */
bool postgres_is_ready(const struct postgres *pg, pid_t pid);

#endif
