/* actors/common/hook_settings.h - what db, which takes webhooks, and notifier, which sends to them, must
 * read alike from the settings.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_HOOK_SETTINGS_H
#define STUDIOD_HOOK_SETTINGS_H

#include "actors/common/actor.h"
#include "actors/common/keyring.h"
#include "proto/webhook_url.h"

/* The keys of secrets and where webhooks may go. NULL, or the name of the setting that is not usable, and
 * *why. */
const char *hook_settings(struct actor *a, struct keyring *keys, struct webhook_rules *rules, const char **why);

#endif
