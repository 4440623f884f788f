/* actors/db/statements.h - every statement of the system by its name (sql/queries/).
 * Licence: Apache-2.0. */
#ifndef STUDIOD_DB_STATEMENTS_H
#define STUDIOD_DB_STATEMENTS_H

enum query {
#define QUERY(name, nparams, on, effect, params, text) Q_##name,
#include "sql_queries.h"
	Q_COUNT
};

/* Which connections know it. Those of setup and migrate are sent, not prepared. */
enum on { ON_setup, ON_migrate, ON_app, ON_auth, ON_listen };

/* What a lost connection leaves of it; sql/embed.sh tells the words. */
enum effect { EFFECT_once, EFFECT_read, EFFECT_write, EFFECT_keyed };

struct statement {
	const char *name;
	unsigned nparams;
	enum on on;
	enum effect effect;
	const char *params;	/* "name type, name type", as the section says */
	const char *text;
};

extern const struct statement statements[Q_COUNT];

#endif
