/* actors/db/outcome.c - see outcome.h. Two tables: constraints first, then SQLSTATEs by
 * prefix.
 * Licence: Apache-2.0. */
#include <string.h>

#include "actors/db/outcome.h"
#include "proto/proto.h"

static const struct { const char *constraint; unsigned code; const char *detail; } constraints[] = {
	{ "users_email_key",                     E_RESOURCE_CONFLICT, "User with this email already exists" },
	{ "media_generations_project_id_fkey",   E_VALIDATION_ERROR,  "Project not found" },
	{ "media_generations_user_id_fkey",      E_UNAUTHORIZED,      "The account does not exist any more" },
	{ "idempotency_keys_user_id_fkey",       E_UNAUTHORIZED,      "The account does not exist any more" },
	{ "event_counters_user_id_fkey",         E_UNAUTHORIZED,      "The account does not exist any more" },
	{ "events_user_id_fkey",                 E_UNAUTHORIZED,      "The account does not exist any more" },
	{ "sessions_user_id_fkey",               E_UNAUTHORIZED,      "The account does not exist any more" },
};

static const struct { const char *prefix; enum outcome_kind kind; unsigned code; const char *detail; } states[] = {
	{ "08",    OUTCOME_LOST,  E_DATABASE_AWAY,       "" },
	{ "57P0",  OUTCOME_LOST,  E_DATABASE_AWAY,       "" },	/* shut down, crashed, starting, dropped */
	{ "25006", OUTCOME_LOST,  E_DATABASE_AWAY,       "" },	/* the primary became a standby: look again */
	{ "26000", OUTCOME_LOST,  E_DATABASE_AWAY,       "" },	/* a pooler changed the server below us */
	{ "40001", OUTCOME_AGAIN, E_SERVICE_UNAVAILABLE, "" },
	{ "40P01", OUTCOME_AGAIN, E_SERVICE_UNAVAILABLE, "" },
	{ "55P03", OUTCOME_TOLD,  E_SERVICE_UNAVAILABLE, "" },	/* a lock did not come */
	{ "57014", OUTCOME_TOLD,  E_TIMEOUT,             "" },	/* statement_timeout */
	{ "53",    OUTCOME_TOLD,  E_SERVICE_UNAVAILABLE, "" },	/* no memory, no disk, no connections */
	{ "22",    OUTCOME_TOLD,  E_VALIDATION_ERROR,    "a value cannot be stored" },
	{ "23505", OUTCOME_TOLD,  E_RESOURCE_CONFLICT,   "" },
	{ "23",    OUTCOME_TOLD,  E_VALIDATION_ERROR,    "a value breaks a rule of the database" },
};

struct outcome
outcome_of(const char *sqlstate, const char *constraint, const char *detail)
{
	if (strcmp(sqlstate, OUTCOME_REFUSED) == 0) {
		unsigned code = error_by_name(detail, strlen(detail));
		return (struct outcome){ code != 0 ? OUTCOME_TOLD : OUTCOME_BUG, code != 0 ? code : E_INTERNAL_ERROR, "" };
	}
	for (size_t i = 0; i < COUNT(constraints); i++)
		if (strncmp(sqlstate, "23", 2) == 0 && strcmp(constraint, constraints[i].constraint) == 0)
			return (struct outcome){ OUTCOME_TOLD, constraints[i].code, constraints[i].detail };
	for (size_t i = 0; i < COUNT(states); i++)
		if (strncmp(sqlstate, states[i].prefix, strlen(states[i].prefix)) == 0)
			return (struct outcome){ states[i].kind, states[i].code, states[i].detail };
	return (struct outcome){ OUTCOME_BUG, E_INTERNAL_ERROR, "" };
}
