/* actors/db/sandbox.tbl.h - what db needs beyond the common rows. Rows and sections:
 * actors/common/sandbox.h. */

#undef WHERE
#define WHERE "DATABASE_PORT"	/* DATABASE_URL names a host: db.c found its port */

ALLOW_IF(socket,         RULE_UNIX_OR_INET, "PostgreSQL over TCP; names are resolved over UDP")
ALLOW(setsockopt,        "libpq: no delay, keep-alives")
ALLOW(getpeername,       "libpq keeps both addresses")
ALLOW(ppoll,             "libpq waits; the resolver waits")
ALLOW(bind,              "the resolver looks for own addresses over netlink")
ALLOW(sendmmsg,          "the resolver asks for both families at once")
ALLOW(openat,            "Landlock leaves only the paths below")
ALLOW(newfstatat,        "size of those files")
ALLOW(fstat,             "size of those files")
ALLOW(lseek,             "reading those files")
ALLOW(geteuid,           "libpq and the resolver ask who runs")
ALLOW(getuid,            "OpenSSL asks whether it runs set-uid")
ALLOW(getegid,           "likewise")
ALLOW(getgid,            "likewise")

PATH("/etc/hosts",       READ, "names of hosts")
PATH("/etc/resolv.conf", READ, "where to ask for names")
PATH("/etc/nsswitch.conf", READ, "how to ask for names")
PATH("/etc/gai.conf",    READ, "order of addresses")
PATH("/etc/host.conf",   READ, "order of sources")
PATH("/etc/ssl",         READ, "certificate roots, where sslmode asks for them")
PATH("/usr/share/ca-certificates", READ, "likewise: /etc/ssl links there")

TCP_CONNECT(DATABASE_PORT, "PostgreSQL; the port that DATABASE_URL means")

#undef WHERE
#define WHERE ALWAYS

/* libpq: connections are opened again whenever PostgreSQL was away */
ALLOW_IF(socket,         RULE_UNIX, "PostgreSQL's Unix socket")
ALLOW(connect,           "PostgreSQL; Landlock bounds the TCP ports")
ALLOW(getsockopt,        "libpq: did the connection succeed")
ALLOW(getsockname,       "libpq keeps both addresses")
ALLOW(poll,              "libpq waits; the resolver waits")
