/* actors/common/hook_settings.c - see hook_settings.h.
 * Owns: nothing. Fails: with the setting's name.
 * Licence: Apache-2.0. */
#include "actors/common/hook_settings.h"

const char *
hook_settings(struct actor *a, struct keyring *keys, struct webhook_rules *rules, const char **why)
{
	if (keyring_parse(actor_secret(a, "WEBHOOK_KEY"), keys, why) != 0)
		return "WEBHOOK_KEY";
	if (webhook_ports(actor_setting(a, "WEBHOOK_PORTS"), rules) != 0) {
		*why = "it must be ports, separated by commas";
		return "WEBHOOK_PORTS";
	}
	rules->loopback = strcmp(actor_setting(a, "WEBHOOK_ALLOW"), "loopback") == 0;
	return NULL;
}
