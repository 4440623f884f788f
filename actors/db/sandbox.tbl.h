/* actors/db/sandbox.tbl.h - what db needs beyond the common rows. Rows: actors/common/sandbox.h. */

/* libpq: connections are opened again whenever PostgreSQL was away */
ALLOW_IF(socket,         RULE_UNIX_OR_INET, "PostgreSQL: Unix socket or TCP; names are resolved over UDP")
ALLOW(connect,           "PostgreSQL; Landlock bounds the TCP ports")
ALLOW(getsockopt,        "libpq: did the connection succeed")
ALLOW(setsockopt,        "libpq: no delay, keep-alives")
ALLOW(getsockname,       "libpq keeps both addresses")
ALLOW(getpeername,       "libpq keeps both addresses")
ALLOW(poll,              "libpq waits; the resolver waits")
ALLOW(ppoll,             "likewise")

/* the resolver and TLS, where DATABASE_URL names a host; over a Unix socket db_sandbox
 * leaves these, the files and the port out */
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
DENY(ioctl,              ENOTTY, "the resolver asks for waiting bytes")

PATH("/etc/hosts",       READ, "names of hosts")
PATH("/etc/resolv.conf", READ, "where to ask for names")
PATH("/etc/nsswitch.conf", READ, "how to ask for names")
PATH("/etc/gai.conf",    READ, "order of addresses")
PATH("/etc/host.conf",   READ, "order of sources")
PATH("/etc/ssl",         READ, "certificate roots, where sslmode asks for them")
PATH("/usr/share/ca-certificates", READ, "likewise: /etc/ssl links there")

TCP_CONNECT(DATABASE_PORT, "PostgreSQL, where it is no Unix socket; the port that DATABASE_URL means")
