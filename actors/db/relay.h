/* actors/db/relay.h - questions that are one statement each (relays.tbl.h).
 *
 * A statement's `-- params:` line (sql/queries/) says what fills it, "name type" each:
 *     caller uuid, caller_session uuid, caller_admin boolean      the ticket's
 *     request_id text, trace bytea                                the request's
 *     storage text                                                gs://bucket/prefix of all objects
 *     limits json, prices json                                    the quotas of the settings, all list prices (charge.h)
 *     x TYPE                                                      the message's field x; null
 *                                     where the message has a flag has_x, and it is false
 * and the type how:
 *     uuid, boolean, bytea, json, text      as it is
 *     integer, bigint                       a number
 *     word                                  a text; null when it is empty
 *     pattern                               a text to be found anywhere, for ILIKE: its
 *                                           wildcards mean themselves; null when it is empty
 *     hook                                  a URL that webhooks may go to (proto/webhook_url.h)
 *     since, until                          an ISO 8601 date or time; null when it is empty
 *
 * Column 0 is the answer: of `row` its JSON (no row is NOT_FOUND), of `done` whether
 * something was changed, of `media` its JSON, followed by the generation, whether it is final,
 * and its error's code, message and reasons, and perhaps whether it is a replay. A message with an
 * idempotency_key that is not empty may be asked again. The columns of `object_grant` are id, uri, name,
 * mime_type, size, and whether it may be written instead of read; those of `events` lines, seq, missed.
 * What auth is answered otherwise has a column for each of its fields, in their order.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_DB_RELAY_H
#define STUDIOD_DB_RELAY_H

#include "actors/db/db.h"

/* Finds what fills every parameter. 0, or -1 with *why: then the tables disagree. */
int relay_init(const char **why);
void on_relay(void *state, struct request *rq);

/* The end of a relay's ask (ask_fn). */
void relay_answer(struct ask *a, unsigned err, const PGresult *res);
/* Answers with `media` and a grant for each object that its JSON names. */
void relay_media(struct ask *a, struct msg_media *m);

#endif
