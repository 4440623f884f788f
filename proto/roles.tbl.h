/* proto/roles.tbl.h - who can be at one end of a link. One bit each, so that a
 * message row may name a set.
 *     ROLE(bit, name, prose) */

ROLE(0, supervisor, "starts, wires, confines, watches and restarts all others")
ROLE(1, front,      "HTTP and TLS towards clients; holds no secret")
ROLE(2, auth,       "passwords, tokens, tickets")
ROLE(3, db,         "the only client of PostgreSQL")
ROLE(4, vertex,     "the only client of Google")
ROLE(5, poller,     "the life of a job")
ROLE(6, notifier,   "who listens to what")
ROLE(7, ctl,        "studioctl, on the control socket")

#undef ROLE
