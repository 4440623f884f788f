/* supervisor/services.tbl.h - who exists. Who may talk to whom is proto/topology.tbl.h.
 *
 *     SERVICE(name, kind, program, instances, files, memory, network, after, leaves, ready within, gone within, prose)
 *
 * kind          ACTOR speaks the control channel; POSTGRES and EMULATOR are helpers of
 *               the development profile
 * files         RLIMIT_NOFILE
 * memory        RLIMIT_AS in MiB; 0: no limit, as under a sanitizer
 * network       OWN: a network namespace without any way out; HOST; or a setting: its own
 *               unless that setting is a URL that names a TCP host; MAIL_OR_HOOKS: unless
 *               SMTP_URL is one, or WEBHOOKS is on
 * after         it is started once this one is ready; none: at once
 * leaves        its turn when the tree stops: 1 first
 * ready within  milliseconds from spawn to ready; 0: however long it takes, as long as it
 *               answers heartbeats meanwhile (db waits for a database that is away)
 * gone within   milliseconds from being asked to leave to being killed
 *
 * The user of each is `studio-NAME` where that exists, else a number of this tree's own
 * (users.c); that of postgres is `postgres`. */

SERVICE(postgres, POSTGRES, "postgres",        1,  1024,    0, HOST,         none,     5, 600000, 1200, "the database of the development profile")
SERVICE(emulator, EMULATOR, "google-emulator", 1,  1024,    0, HOST,         none,     5,  10000,  500, "stands in for Google in the development profile")
SERVICE(db,       ACTOR,    "db",              1,   256, 4096, DATABASE_URL, postgres, 4,      0,  600, "the only client of PostgreSQL")
SERVICE(auth,     ACTOR,    "auth",            1,   256, 4096, OWN,          none,     3, 120000,  400, "passwords, tokens, tickets, TLS signatures")
SERVICE(vertex,   ACTOR,    "vertex",          1,  1024, 4096, HOST,         none,     2,  30000,  700, "the only client of Google")
SERVICE(notifier, ACTOR,    "notifier",        1,  1024, 4096, MAIL_OR_HOOKS, none,     2,  30000,  700, "who listens to what; e-mail and webhooks out")
SERVICE(poller,   ACTOR,    "poller",          1,   256, 4096, OWN,          none,     2,  30000,  700, "the life of a job")
SERVICE(front,    ACTOR,    "front",           1, 16384, 4096, OWN,          none,     1,  30000, 1200, "HTTP and TLS towards clients; holds no secret")

#undef SERVICE
