/* actors/db/prune.tbl.h - what is deleted when it is old, in this order.
 *     PRUNE(statement, setting that says how old; NULL: as old as this, ms) */

PRUNE(prune_keys,      NULL,              24ull * 3600 * 1000)	/* shared contract, section 1 */
PRUNE(prune_files,     NULL,              3600ull * 1000)	/* uploads whose bytes never came */
PRUNE(prune_events,    "RETAIN_EVENTS",   0)
PRUNE(prune_requests,  "RETAIN_JOBS",     0)
PRUNE(prune_attempts,  "RETAIN_JOBS",     0)
PRUNE(prune_deletions, "RETAIN_JOBS",     0)
PRUNE(prune_audit,     "RETAIN_AUDIT",    0)
PRUNE(prune_sessions,  "RETAIN_SESSIONS", 0)

PRUNE(prune_deliveries, NULL,             30ull * 24 * 3600 * 1000)	/* of webhooks */

#undef PRUNE
