/* actors/common/sandbox_net.tbl.h - what libcurl needs to reach a host by its name; part of the
 * tables of the actors that link it. Their own rows say which ports. Rows: sandbox.h. */

ALLOW_IF(socket,         RULE_INET, "connections, name servers, interface list")
ALLOW(connect,           "TCP only to the ports below (Landlock)")
ALLOW(bind,              "netlink: which address families this host has")
ALLOW(getsockname,       "libcurl; order of addresses")
ALLOW(getpeername,       "libcurl")
ALLOW(getsockopt,        "outcome of a connect")
ALLOW(setsockopt,        "TCP_NODELAY, keep-alive")
ALLOW_IF(sendmmsg,       RULE_NO_FASTOPEN, "A and AAAA questions together")
ALLOW(poll,              "libcurl and the resolver wait")
ALLOW(ioctl,             "FIONREAD: the resolver asks how long an answer is")
ALLOW(uname,             "the resolver's own host name")

/* libcurl resolves names in a thread */
ALLOW_IF(clone,          RULE_THREAD, "the resolver's thread")
ALLOW(set_robust_list,   "threads")
ALLOW(rseq,              "threads")
ALLOW(socketpair,        "libcurl: the thread says that it is done")

#ifdef __SANITIZE_ADDRESS__
ALLOW(sched_getaffinity, "sanitizer builds: the bounds of that thread's stack")
#endif

/* files: only the paths below (Landlock) */
ALLOW(openat,            "trust roots, resolver configuration")
ALLOW(newfstatat,        "likewise")
ALLOW(lseek,             "stdio")

PATH("/etc/ssl/certs",       READ, "trust roots")
PATH("/etc/resolv.conf",     READ, "name servers")
PATH("/run/systemd/resolve", READ, "what resolv.conf may link to")
PATH("/etc/hosts",           READ, "names")
PATH("/etc/host.conf",       READ, "resolver configuration")
PATH("/etc/nsswitch.conf",   READ, "resolver configuration")
PATH("/etc/gai.conf",        READ, "order of addresses")
PATH("/etc/services",        READ, "getaddrinfo")
PATH("/etc/localtime",       READ, "libc looks at it before it takes a time apart")
