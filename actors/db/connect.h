/* actors/db/connect.h - between pool.c and connect.c: one connection's life.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_DB_CONNECT_H
#define STUDIOD_DB_CONNECT_H

#include "actors/db/pool.h"

/* connect.c */
void pg_init(struct pg *pg, struct pool *p, enum on kind);
void pg_connect(struct pg *pg);
/* Writes what libpq has buffered, and watches for room when not all of it fits. */
void pg_flush(struct pg *pg);
/* It is gone: closes it, gives what was in flight to pool_lost, tries again later. */
void pg_lost(struct pg *pg, const char *why);
void pg_fini(struct pg *pg);

/* pool.c */
void pool_result(struct pg *pg, const PGresult *res);
void pool_lost(struct pg *pg);
void pool_came_up(struct pg *pg);

#endif
