/* actors/db/conninfo.h - how PostgreSQL is reached: DATABASE_URL, made independent of
 * files, environment and the user's home.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_DB_CONNINFO_H
#define STUDIOD_DB_CONNINFO_H

#include <stdbool.h>
#include <stddef.h>

enum { CONNINFO_MAX = 64 };

/* For PQconnectStartParams: pairs that end with a NULL keyword. */
struct conninfo {
	const char *keys[CONNINFO_MAX + 1], *values[CONNINFO_MAX + 1];
	size_t n;
	char host[32];		/* where a directory was handed over as a descriptor */
};

/* Reads a URL or keyword text. With dirfd >= 0 the socket's directory is that descriptor's,
 * whatever the text says. 0; or -1 and *why (a literal: the text may hold a password). */
int conninfo_init(struct conninfo *ci, const char *url, int dirfd, const char **why);
/* True where every host is a Unix socket. */
bool conninfo_local(const struct conninfo *ci);
/* The TCP port, the first one where there are several. */
const char *conninfo_port(const struct conninfo *ci);
void conninfo_fini(struct conninfo *ci);

#endif
