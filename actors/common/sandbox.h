/* actors/common/sandbox.h - what an actor may do once it is confined, as tables.
 *
 * Each actor has a sandbox.tbl.h with rows
 *     ALLOW(system call, "reason")                  any arguments
 *     ALLOW_IF(system call, RULE, "reason")         only with the arguments of a named rule
 *     DENY(system call, errno, "reason")            refused softly: libraries try it harmlessly, attackers not
 *     PATH("/path", READ or READ_WRITE, "reason")   Landlock; missing paths are skipped
 *     PATH_OF(setting, READ or READ_WRITE, "reason") likewise, of the path a setting holds
 *     TCP_CONNECT(setting, "reason")                Landlock: the ports a setting names
 *     DIRECTORY(resource, "reason")                 Landlock: files may be made and written below a directory
 *                                                   that was handed over
 * and shares actors/common/sandbox.tbl.h. Whatever no row names kills the process.
 *
 * A section of rows that holds only where the actor was given a setting, a secret or a
 * resource begins with `#undef WHERE` and `#define WHERE "NAME"`; a table that has sections
 * ends with WHERE defined as ALWAYS. Rows are looked at in their order, an actor's own before
 * the common ones: of those that hold the first one for a call counts.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_SANDBOX_H
#define STUDIOD_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sandbox_action { SB_ALLOW, SB_ALLOW_IF, SB_DENY };
enum sandbox_rule {
	RULE_ANY,
	RULE_THREAD,		/* clone: CLONE_THREAD must be set */
	RULE_NO_EXEC_MAP,	/* mmap, mprotect: PROT_EXEC must be clear */
	RULE_INET,		/* socket: AF_INET, AF_INET6, AF_NETLINK, and of protocols only TCP and UDP: Landlock's ports are TCP's */
	RULE_UNIX_OR_INET,	/* socket: AF_UNIX too */
	RULE_UNIX,		/* socket: AF_UNIX only */
	RULE_NO_FASTOPEN,	/* sendto, sendmsg, sendmmsg: MSG_FASTOPEN connects where connect is forbidden */
	RULE_TCP_OPTIONS,	/* setsockopt: of TCP; a filter attached to a shared listener would outlive its author */
	RULE_SHUT_WR,		/* shutdown: writing only; a listener takes no harm from it, and it is shared with the supervisor */
	RULE_SELF_SIGNAL	/* tgkill, kill: to the own process only */
};
struct sandbox_call {
	const char *name;	/* as libseccomp knows it */
	int nr;			/* -1: not on this architecture */
	enum sandbox_action action;
	enum sandbox_rule rule;
	int err;
	const char *reason;
	const char *where;	/* the section, or NULL */
};
struct sandbox_path {
	const char *path;	/* or the name of a resource, where `directory`; of a setting, where `named` */
	bool write, directory, named;
	const char *reason;
	const char *where;
};
struct sandbox_port {
	const char *setting;	/* names the URLs whose ports may be connected to, or a list of numbers */
	const char *reason;
	const char *where;
};
struct sandbox {
	const struct sandbox_call *calls;
	size_t ncalls;
	const struct sandbox_path *paths;
	size_t npaths;
	const struct sandbox_port *ports;
	size_t nports;
};

/* The tables of an actor, by role; sandbox_tables.c expands them once for the actors,
 * studioctl and the tests. NULL for a role without one. */
const struct sandbox *sandbox_of(unsigned role);
/* True where row i of the calls counts: its section holds, and no earlier row that counts is
 * for the same call. `given` says which sections hold; NULL: as a list for readers, where each
 * section stands beside the rows of ALWAYS. */
bool sandbox_counts(const struct sandbox *sb, size_t i, bool (*given)(const void *arg, const char *name), const void *arg);

#endif
