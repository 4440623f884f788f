/* proto/topology.tbl.h - every wire between two actors. The supervisor makes one
 * socketpair per row (per instance of either end); there are no others.
 *     EDGE(id, name, one end, other end, prose) */

EDGE(1, front_auth,     front,    auth,     "credentials in, tickets out")
EDGE(2, front_sign,     front,    auth,     "TLS handshake signatures, so that the TLS key is not in the front")
EDGE(3, front_db,       front,    db,       "reads and writes on a ticket")
EDGE(4, front_vertex,   front,    vertex,   "signed URLs on a ticket and grants")
EDGE(5, front_notifier, front,    notifier, "waiting for a change of state on a ticket")
EDGE(6, auth_db,        auth,     db,       "password hashes, sessions, audit; nobody else sees them")
EDGE(7, poller_db,      poller,   db,       "claims, leases, results")
EDGE(8, poller_vertex,  poller,   vertex,   "starting and polling generations")
EDGE(9, notifier_db,    notifier, db,       "events as they are committed; deliveries of webhooks")
EDGE(10, auth_notifier, auth,    notifier, "e-mail to be sent")

#undef EDGE
