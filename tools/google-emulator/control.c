/* control.c - the emulator's own endpoints that have no module of their own.
 * Owns:  nothing.
 * Fails: a bad setting is refused with a sentence and changes nothing. */
#include <stdio.h>

#include "account.h"
#include "errors.h"
#include "handlers.h"
#include "settings.h"

void
control_get(struct request *r)
{
	char now[32];

	clock_rfc3339(clock_ms(), now);
	reply_json(r, 200, json_pack("{s:s, s:s, s:s, s:s, s:o}", "status", "ok",
	    "now", now, "project", account_project(), "account", account_email(),
	    "settings", settings_json()));
}

void
control_settings_get(struct request *r)
{
	reply_json(r, 200, settings_json());
}

/* All or nothing: the old values come back if one of the new ones is refused. */
void
control_settings_post(struct request *r)
{
	json_t		*before = settings_json(), *v;
	const char	*key;
	char		 why[200] = "", again[200];

	json_object_foreach(r->json, key, v) {
		double d = json_is_boolean(v) ? json_is_true(v) : json_number_value(v);

		if (!json_is_number(v) && !json_is_boolean(v))
			snprintf(why, sizeof why, "%.60s must be a number or a boolean", key);
		if (why[0] != '\0' || settings_set(key, d, why, sizeof why) < 0)
			break;
	}
	if (why[0] != '\0') {
		json_object_foreach(before, key, v)
			settings_set(key, json_number_value(v), again, sizeof again);
		error_rpc(r, 400, "%s", why);
	} else {
		reply_json(r, 200, settings_json());
	}
	json_decref(before);
}

void
control_tokens_delete(struct request *r)
{
	token_revoke_all();
	reply_json(r, 200, json_pack("{s:b}", "revoked", 1));
}
