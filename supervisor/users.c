/* supervisor/users.c - see users.h.
 * Licence: Apache-2.0. */
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "supervisor/users.h"

/* systemd's DynamicUser range; a tree takes 32 numbers in a row. */
enum { UID_LOWEST = 61184, UID_HIGHEST = 65519, UID_PER_TREE = 32 };

uint32_t
text_hash(const char *s)
{
	uint32_t h = 2166136261u;	/* FNV-1a */

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

static void
own_user(struct user *u)
{
	const struct passwd *pw = getpwuid(geteuid());

	*u = (struct user){ .change = false, .uid = geteuid(), .gid = getegid() };
	if (pw != NULL)
		snprintf(u->name, sizeof u->name, "%s", pw->pw_name);
	else
		snprintf(u->name, sizeof u->name, "%u", (unsigned)u->uid);
}

void
user_of_service(struct user *u, const char *service, size_t index, unsigned instance, const char *state_path)
{
	enum { TREES = (UID_HIGHEST - UID_LOWEST + 1) / UID_PER_TREE };
	char name[40];

	if (geteuid() != 0) {
		own_user(u);
		return;
	}
	snprintf(name, sizeof name, "studio-%s", service);
	const struct passwd *pw = instance == 0 ? getpwnam(name) : NULL;
	if (pw != NULL && pw->pw_uid != 0) {
		*u = (struct user){ .change = true, .uid = pw->pw_uid, .gid = pw->pw_gid };
		snprintf(u->name, sizeof u->name, "%s", name);
		return;
	}
	uid_t uid = UID_LOWEST + (text_hash(state_path) % TREES) * UID_PER_TREE + (uid_t)((index + 8 * instance) % UID_PER_TREE);
	*u = (struct user){ .change = true, .uid = uid, .gid = uid };
	snprintf(u->name, sizeof u->name, "%u", (unsigned)uid);
}

int
user_of_postgres(struct user *u, struct fault *f)
{
	if (geteuid() != 0) {
		own_user(u);
		return 0;
	}
	const struct passwd *pw = getpwnam("postgres");
	if (pw == NULL || pw->pw_uid == 0)
		return fault_set(f, "there is no user postgres, and PostgreSQL does not run as root: "
		    "install the package postgresql, or set DATABASE_URL");
	*u = (struct user){ .change = true, .uid = pw->pw_uid, .gid = pw->pw_gid, .name = "postgres" };
	return 0;
}
