/* supervisor/keys.tbl.h - keys that are random at every start of the tree, each for exactly
 * its ends (actors/common/seal.h).
 *     KEY(name, receivers, prose) */

KEY(SEAL_KEY_DB,       ROLES_auth | ROLES_db,       "tickets for db")
KEY(SEAL_KEY_VERTEX,   ROLES_auth | ROLES_vertex,   "tickets for vertex")
KEY(SEAL_KEY_NOTIFIER, ROLES_auth | ROLES_notifier, "tickets for notifier")
KEY(SEAL_KEY_AUTH,     ROLES_auth,                  "what auth seals for itself; it outlives a process of auth")
KEY(SEAL_KEY_GRANT,    ROLES_db | ROLES_vertex,     "grants")

#undef KEY
