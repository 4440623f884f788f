/* supervisor/privileges.c - see privileges.h.
 * Licence: Apache-2.0. */
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proto/proto.h"
#include "supervisor/privileges.h"

/* One row per capability that stays, with its reason: the same as in
 * etc/systemd/studiod.service. */
static const struct {
	int cap;
	const char *reason;
} kept[] = {
	{ CAP_SETUID, "each process gets a user of its own" },
	{ CAP_SETGID, "and a group" },
	{ CAP_SETPCAP, "and an empty bounding set" },
	{ CAP_SYS_ADMIN, "and namespaces" },
	{ CAP_KILL, "processes of other users are ended" },
	{ CAP_CHOWN, "directories are given to PostgreSQL and the emulator" },
	{ CAP_FOWNER, "and their modes set" },
	{ CAP_DAC_OVERRIDE, "their directories are private to them" },
	{ CAP_DAC_READ_SEARCH, "programs may lie where only root looks" },
	{ CAP_NET_BIND_SERVICE, "HTTPS_PORT may be 443" },
	{ CAP_SYS_PTRACE, "a stuck process is looked at, and memory is counted" },
};

static bool
is_kept(int cap)
{
	for (size_t i = 0; i < COUNT(kept); i++)
		if (kept[i].cap == cap)
			return true;
	return false;
}

void
privileges_limit(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

	if (geteuid() != 0 || syscall(SYS_capget, &head, data) != 0)
		return;
	for (int cap = 0; cap < 64; cap++) {
		if (is_kept(cap) || prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != 1)
			continue;
		prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
		data[cap / 32].effective &= ~(1u << cap % 32);
		data[cap / 32].permitted &= ~(1u << cap % 32);
		data[cap / 32].inheritable = 0;
	}
	syscall(SYS_capset, &head, data);
}
