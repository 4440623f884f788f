/* router.h - which handler a raw path belongs to.
 * Owns:  the table of routes (routes.tbl.h).
 * Fails: NULL for a path nobody serves; *other_method tells a known one. */
#ifndef EMULATOR_ROUTER_H
#define EMULATOR_ROUTER_H

#include "http.h"

/* args are decoded copies, owned by the caller; untouched ones stay NULL. */
const struct route *router_find(const char *method, const char *path,
    const char *host, char *args[ROUTE_ARGS], bool *other_method);
/* Stand-ins for requests without a route: they still need a service name. */
extern const struct route router_nowhere;

#endif
