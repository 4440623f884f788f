/* actors/common/sandbox_tables.c - the sandbox tables of all actors as data: for the
 * actors themselves, for studioctl and for the tests.
 *
 * Each table is read three times: its calls, its paths, its ports. An actor's own row
 * for a call comes before the common one and wins (sandbox.c). The first row of each
 * array only keeps it legal where there is no other, and is not counted.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <seccomp.h>

#include "actors/common/sandbox.h"
#include "proto/proto.h"

#define READ       false
#define READ_WRITE true

#define ALWAYS NULL
#define WHERE  ALWAYS

#define ALLOW(call, why)          { #call, SCMP_SYS(call), SB_ALLOW, RULE_ANY, 0, why, WHERE },
#define ALLOW_IF(call, rule, why) { #call, SCMP_SYS(call), SB_ALLOW_IF, rule, 0, why, WHERE },
#define DENY(call, err, why)      { #call, SCMP_SYS(call), SB_DENY, RULE_ANY, err, why, WHERE },
#define PATH(path, mode, why)
#define PATH_OF(setting, mode, why)
#define DIRECTORY(resource, why)
#define TCP_CONNECT(setting, why)
#define NO_CALL { "", -1, SB_ALLOW, RULE_ANY, 0, "", ALWAYS },

static const struct sandbox_call front_calls[] = { NO_CALL
#include "actors/front/sandbox.tbl.h"
#include "actors/common/sandbox.tbl.h"
};
static const struct sandbox_call auth_calls[] = { NO_CALL
#include "actors/auth/sandbox.tbl.h"
#include "actors/common/sandbox.tbl.h"
};
static const struct sandbox_call db_calls[] = { NO_CALL
#include "actors/db/sandbox.tbl.h"
#include "actors/common/sandbox.tbl.h"
};
static const struct sandbox_call vertex_calls[] = { NO_CALL
#include "actors/vertex/sandbox.tbl.h"
#include "actors/common/sandbox.tbl.h"
};
static const struct sandbox_call poller_calls[] = { NO_CALL
#include "actors/poller/sandbox.tbl.h"
#include "actors/common/sandbox.tbl.h"
};
static const struct sandbox_call notifier_calls[] = { NO_CALL
#include "actors/notifier/sandbox.tbl.h"
#include "actors/common/sandbox.tbl.h"
};

#undef ALLOW
#undef ALLOW_IF
#undef DENY
#undef PATH
#undef PATH_OF
#undef DIRECTORY
#define ALLOW(call, why)
#define ALLOW_IF(call, rule, why)
#define DENY(call, err, why)
#define PATH(path, mode, why)    { path, mode, false, false, why, WHERE },
#define PATH_OF(setting, mode, why) { #setting, mode, false, true, why, WHERE },
#define DIRECTORY(resource, why) { #resource, READ_WRITE, true, false, why, WHERE },
#define NO_PATH { "", false, false, false, "", ALWAYS },

static const struct sandbox_path front_paths[] = { NO_PATH
#include "actors/front/sandbox.tbl.h"
};
static const struct sandbox_path auth_paths[] = { NO_PATH
#include "actors/auth/sandbox.tbl.h"
};
static const struct sandbox_path db_paths[] = { NO_PATH
#include "actors/db/sandbox.tbl.h"
};
static const struct sandbox_path vertex_paths[] = { NO_PATH
#include "actors/vertex/sandbox.tbl.h"
};
static const struct sandbox_path poller_paths[] = { NO_PATH
#include "actors/poller/sandbox.tbl.h"
};
static const struct sandbox_path notifier_paths[] = { NO_PATH
#include "actors/notifier/sandbox.tbl.h"
};

#undef PATH
#undef PATH_OF
#undef DIRECTORY
#undef TCP_CONNECT
#define PATH(path, mode, why)
#define PATH_OF(setting, mode, why)
#define DIRECTORY(resource, why)
#define TCP_CONNECT(setting, why) { #setting, why, WHERE },
#define NO_PORT { "", "", ALWAYS },

static const struct sandbox_port front_ports[] = { NO_PORT
#include "actors/front/sandbox.tbl.h"
};
static const struct sandbox_port auth_ports[] = { NO_PORT
#include "actors/auth/sandbox.tbl.h"
};
static const struct sandbox_port db_ports[] = { NO_PORT
#include "actors/db/sandbox.tbl.h"
};
static const struct sandbox_port vertex_ports[] = { NO_PORT
#include "actors/vertex/sandbox.tbl.h"
};
static const struct sandbox_port poller_ports[] = { NO_PORT
#include "actors/poller/sandbox.tbl.h"
};
static const struct sandbox_port notifier_ports[] = { NO_PORT
#include "actors/notifier/sandbox.tbl.h"
};

#define TABLES(actor)							\
	[ROLE_##actor] = { actor##_calls + 1, COUNT(actor##_calls) - 1,	\
		actor##_paths + 1, COUNT(actor##_paths) - 1,		\
		actor##_ports + 1, COUNT(actor##_ports) - 1 }

static const struct sandbox sandboxes[ROLE_COUNT] = {
	TABLES(front), TABLES(auth), TABLES(db), TABLES(vertex), TABLES(poller), TABLES(notifier),
};

const struct sandbox *
sandbox_of(unsigned role)
{
	return role < ROLE_COUNT && sandboxes[role].calls != NULL ? &sandboxes[role] : NULL;
}

/* Without `given`: row k stands in the way of row i where it holds at least as often. */
static bool
holds(const struct sandbox_call *k, const struct sandbox_call *i, bool (*given)(const void *, const char *), const void *arg)
{
	if (k->where == NULL)
		return true;
	if (given != NULL)
		return given(arg, k->where);
	return i->where != NULL && strcmp(k->where, i->where) == 0;
}

bool
sandbox_counts(const struct sandbox *sb, size_t i, bool (*given)(const void *, const char *), const void *arg)
{
	const struct sandbox_call *row = &sb->calls[i];

	if (!holds(row, row, given, arg))
		return false;
	for (size_t k = 0; k < i; k++)
		if (sb->calls[k].nr == row->nr && holds(&sb->calls[k], row, given, arg))
			return false;
	return true;
}
