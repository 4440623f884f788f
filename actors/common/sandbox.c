/* actors/common/sandbox.c - actor_confine: Landlock for files, ports and other processes,
 * then seccomp; and a check that the supervisor's half (user, capabilities,
 * no_new_privs) is really there.
 *
 * Owns: nothing. Fails: shut. Where SANDBOX=require a part that cannot be set up ends
 * the process; where SANDBOX=warn it is a loud line, and the summary says what lacks.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "actors/common/actor.h"
#include "actors/common/confine.h"
#include "actors/common/conn.h"
#include "actors/common/sandbox.h"

/* linux/landlock.h as of Debian 12 stops at ABI 2; the kernel tells what it has. */
struct landlock_ruleset {
	uint64_t fs, net, scoped;
};
struct landlock_path {
	uint64_t access;
	int32_t parent_fd;
} __attribute__((packed));
struct landlock_port {
	uint64_t access, port;
};
enum { LL_VERSION = 1, LL_RULE_PATH = 1, LL_RULE_PORT = 2 };
enum { LL_BIND_TCP = 1, LL_CONNECT_TCP = 2, LL_SCOPE_ABSTRACT_UNIX = 1, LL_SCOPE_SIGNAL = 2 };
enum { LL_FS_EXECUTE = 1, LL_FS_WRITE_FILE = 2, LL_FS_READ_FILE = 4, LL_FS_READ_DIR = 8, LL_FS_MAKE_REG = 256 };

void
confine_missing(struct confinement *cf, const char *part, const char *why)
{
	log_event(cf->require ? LOG_ERROR : LOG_WARNING, NULL, "confinement_lacks", "part", part, "why", why);
	if (cf->require) {
		log_event(LOG_ERROR, NULL, "confinement_failed",
		    "what_to_do", "use a kernel with this feature, or SANDBOX=warn to run with less");
		_exit(EXIT_FIX_ME);
	}
	cf->lacks++;
}

static void
summary(struct confinement *cf, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(cf->text + cf->n, sizeof cf->text - cf->n, format, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < sizeof cf->text - cf->n)
		cf->n += (size_t)n;
}

/* Does the section of a row hold for this actor? */
static bool
given(const void *arg, const char *name)
{
	return actor_given(arg, name);
}

/* ---- Landlock ---- */

static uint64_t
fs_rights(int abi)
{
	/* 13 rights since ABI 1, then refer (2), truncate (3), ioctl_dev (5) */
	uint64_t all = (1u << 13) - 1;
	if (abi >= 2)
		all |= 1u << 13;
	if (abi >= 3)
		all |= 1u << 14;
	if (abi >= 5)
		all |= 1u << 15;
	return all;
}

static bool
allow_path(int ruleset, const struct actor *a, const struct sandbox_path *p)
{
	struct stat st;
	int fd = open(p->named ? actor_setting(a, p->path) : p->path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT;
	bool dir = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
	struct landlock_path rule = { LL_FS_READ_FILE | (dir ? LL_FS_READ_DIR : 0), fd };
	if (p->write)
		rule.access |= LL_FS_WRITE_FILE;
	bool ok = syscall(SYS_landlock_add_rule, ruleset, LL_RULE_PATH, &rule, 0) == 0;
	close(fd);
	return ok;
}

static bool
allow_directory(int ruleset, const struct actor *a, const char *resource)
{
	struct landlock_path rule = { LL_FS_WRITE_FILE | LL_FS_MAKE_REG, actor_resource_look(a, resource) };

	return syscall(SYS_landlock_add_rule, ruleset, LL_RULE_PATH, &rule, 0) == 0;
}

/* Returns how many of the path rows hold. */
static unsigned
landlock_paths(const struct actor *a, const struct sandbox *sb, int ruleset, struct confinement *cf)
{
	unsigned n = 0;

	for (size_t i = 0; i < sb->npaths; i++) {
		const struct sandbox_path *p = &sb->paths[i];
		if (p->where != NULL && !given(a, p->where))
			continue;
		n++;
		if (!(p->directory ? allow_directory(ruleset, a, p->path) : allow_path(ruleset, a, p)))
			confine_missing(cf, "landlock_path", p->path);
	}
	return n;
}

/* Behind the first number of a list of ports; NULL at its end, and for what is no list. */
static const char *
next_port(const char *text)
{
	text += strspn(text, "0123456789");
	return *text == ',' ? text + 1 : NULL;
}

static void
allow_port(int ruleset, const char *setting, const char *text, struct confinement *cf)
{
	struct landlock_port rule = { LL_CONNECT_TCP, confine_port(text) };

	if (syscall(SYS_landlock_add_rule, ruleset, LL_RULE_PORT, &rule, 0) != 0)
		confine_missing(cf, "landlock_port", setting);
	summary(cf, "landlock: may connect to TCP port %llu (%s)\n", (unsigned long long)rule.port, setting);
}

static unsigned
landlock_ports(const struct actor *a, const struct sandbox *sb, int ruleset, struct confinement *cf)
{
	unsigned n = 0;

	for (size_t i = 0; i < sb->nports; i++) {
		const struct sandbox_port *p = &sb->ports[i];
		if (p->where != NULL && !given(a, p->where))
			continue;
		n++;
		for (const char *text = actor_setting(a, p->setting); text != NULL; text = next_port(text))
			allow_port(ruleset, p->setting, text, cf);
	}
	return n;
}

unsigned
confine_port(const char *url)
{
	const char *host = strstr(url, "://");
	bool plain = strncmp(url, "http:", 5) == 0, pg = strncmp(url, "postgres", 8) == 0;

	if (url[0] >= '0' && url[0] <= '9')
		return (unsigned)strtoul(url, NULL, 10);
	if (host == NULL)
		return 443;
	host += 3;
	const char *end = host + strcspn(host, "/?#");
	const char *at = memrchr(host, '@', (size_t)(end - host));
	if (at != NULL)
		host = at + 1;
	if (*host == '[')	/* an IPv6 literal has colons of its own */
		while (host < end && *host != ']')
			host++;
	const char *colon = memchr(host, ':', (size_t)(end - host));
	if (colon != NULL)
		return (unsigned)strtoul(colon + 1, NULL, 10);
	return pg ? 5432 : plain ? 80 : 443;
}

static void
landlock(struct actor *a, const struct sandbox *sb, struct confinement *cf)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LL_VERSION);
	struct landlock_ruleset attr = { 0 };

	if (abi < 1) {
		confine_missing(cf, "landlock", strerror(errno));
		summary(cf, "landlock: absent\n");
		return;
	}
	attr.fs = fs_rights((int)abi);
	size_t size = sizeof attr.fs;
	if (abi >= 4) {
		attr.net = LL_BIND_TCP | LL_CONNECT_TCP;
		size = 2 * sizeof attr.fs;
	} else {
		confine_missing(cf, "landlock_ports", "this kernel's Landlock is older than ABI 4");
	}
	if (abi >= 6) {
		attr.scoped = LL_SCOPE_ABSTRACT_UNIX | LL_SCOPE_SIGNAL;
		size = sizeof attr;
	}
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (ruleset < 0) {
		confine_missing(cf, "landlock", strerror(errno));
		return;
	}
	unsigned paths = landlock_paths(a, sb, ruleset, cf), ports = abi >= 4 ? landlock_ports(a, sb, ruleset, cf) : 0;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		confine_missing(cf, "landlock", strerror(errno));
	close(ruleset);
	summary(cf, "landlock: abi %ld, %u paths, %u ports\n", abi, paths, ports);
}

/* ---- seccomp ---- */

/* Sockets of the internet: only protocols that Landlock's port rows speak of, and UDP for
 * names. */
static int
add_inet(scmp_filter_ctx ctx, int nr)
{
	static const struct { int family, protocol; } sockets[] = {
		{ AF_INET, 0 }, { AF_INET, IPPROTO_TCP }, { AF_INET, IPPROTO_UDP },
		{ AF_INET6, 0 }, { AF_INET6, IPPROTO_TCP }, { AF_INET6, IPPROTO_UDP },
		{ AF_NETLINK, 0 },
	};
	int rc = 0;

	for (size_t i = 0; i < COUNT(sockets) && rc == 0; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 2,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)sockets[i].family),
		    SCMP_A2(SCMP_CMP_EQ, (scmp_datum_t)sockets[i].protocol));
	return rc;
}

/* A family that a rule leaves out and a library may try: refused softly. */
static int
refuse_family(scmp_filter_ctx ctx, int nr, int family)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EAFNOSUPPORT), nr, 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family));
}

static int
add_rule(scmp_filter_ctx ctx, const struct sandbox_call *c)
{
	uint32_t yes = c->action == SB_DENY ? SCMP_ACT_ERRNO(c->err) : SCMP_ACT_ALLOW;

	switch (c->rule) {
	case RULE_ANY:
		return seccomp_rule_add(ctx, yes, c->nr, 0);
	case RULE_THREAD:
		return seccomp_rule_add(ctx, yes, c->nr, 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	case RULE_NO_EXEC_MAP:
		return seccomp_rule_add(ctx, yes, c->nr, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	case RULE_UNIX:		/* the others softly: death would keep the red-team probe from its next attempt */
		return seccomp_rule_add(ctx, yes, c->nr, 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX)) |
		    refuse_family(ctx, c->nr, AF_INET) | refuse_family(ctx, c->nr, AF_INET6);
	case RULE_INET:
		/* libc asks a name-service cache on a Unix socket first, and goes on without */
		return refuse_family(ctx, c->nr, AF_UNIX) | add_inet(ctx, c->nr);
	case RULE_UNIX_OR_INET: {
		int rc = seccomp_rule_add(ctx, yes, c->nr, 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
		return rc != 0 ? rc : add_inet(ctx, c->nr);
	}
	case RULE_NO_FASTOPEN:	/* the flags are the third argument of sendmsg, the fourth of the others */
		return c->nr == SCMP_SYS(sendmsg)
		    ? seccomp_rule_add(ctx, yes, c->nr, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0))
		    : seccomp_rule_add(ctx, yes, c->nr, 1, SCMP_A3(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0));
	case RULE_TCP_OPTIONS:
		return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), c->nr, 1, SCMP_A1(SCMP_CMP_EQ, SOL_SOCKET)) |
		    seccomp_rule_add(ctx, yes, c->nr, 1, SCMP_A1(SCMP_CMP_EQ, IPPROTO_TCP));
	case RULE_SHUT_WR:
		return seccomp_rule_add(ctx, yes, c->nr, 1, SCMP_A1(SCMP_CMP_EQ, SHUT_WR));
	case RULE_SELF_SIGNAL:
		return seccomp_rule_add(ctx, yes, c->nr, 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	}
	return -EINVAL;
}

static void
seccomp(const struct actor *a, const struct sandbox *sb, struct confinement *cf)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	unsigned allowed = 0, denied = 0;
	int rc = ctx != NULL ? 0 : -ENOMEM;

	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; i < sb->ncalls && rc == 0; i++) {
		const struct sandbox_call *c = &sb->calls[i];
		if (c->nr < 0 || !sandbox_counts(sb, i, given, a))
			continue;
		rc = add_rule(ctx, c);
		if (rc != 0)
			confine_missing(cf, "seccomp_rule", c->name);
		*(c->action == SB_DENY ? &denied : &allowed) += 1;
	}
	if (rc == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	if (rc != 0) {
		confine_missing(cf, "seccomp", strerror(-rc));
		return;
	}
	summary(cf, "seccomp: %u calls allowed, %u refused softly, all others kill\n", allowed, denied);
}

/* ---- the supervisor's half ---- */

static void
check_privileges(struct confinement *cf)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		confine_missing(cf, "no_new_privs", strerror(errno));
	if (syscall(SYS_capget, &head, data) != 0 ||
	    (data[0].effective | data[0].permitted | data[1].effective | data[1].permitted) != 0)
		confine_missing(cf, "capabilities", "the process still has some");
	if (getuid() == 0 || geteuid() == 0)
		confine_missing(cf, "user", "the process still runs as root");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		confine_missing(cf, "non_dumpable", strerror(errno));
	summary(cf, "user: %u group: %u\ncapabilities: none\nno_new_privs: yes\ndumpable: no\n",
	    (unsigned)getuid(), (unsigned)getgid());
}

void
actor_confine(struct actor *a, const struct sandbox *sb)
{
	struct confinement *cf = &a->confinement;

	cf->require = strcmp(actor_setting(a, "SANDBOX"), "require") == 0;
	check_privileges(cf);
	landlock(a, sb, cf);
	seccomp(a, sb, cf);	/* last: the steps above need calls that it forbids */
	log_event(LOG_INFO, NULL, "confined", "lacks", log_u64(cf->lacks));
}

void
actor_ready(struct actor *a)
{
	link_notice(&a->control, NULL, MSG_ready,
	    &(struct msg_ready){ .confinement = bytes_of(a->confinement.text, a->confinement.n) });
	conn_flush_all();
}
