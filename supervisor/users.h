/* supervisor/users.h - who each process is: its own user and group, shared with no other
 * process of this tree.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_USERS_H
#define STUDIOD_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "supervisor/fault.h"

struct user {
	bool change;		/* false: studiod has no root rights, the process runs as its user */
	uid_t uid;
	gid_t gid;
	char name[48];
};

/* A number made of a text, for names and numbers that belong to one state directory. */
uint32_t text_hash(const char *s);

/* The user of instance `instance` of the service that is number `index` of the table:
 * the system user studio-NAME where there is one, else a number from the range that
 * systemd keeps for passing users, chosen by the state directory. */
void user_of_service(struct user *u, const char *service, size_t index, unsigned instance, const char *state_path);
/* The user of PostgreSQL, which must have a name. */
int user_of_postgres(struct user *u, struct fault *f);

#endif
