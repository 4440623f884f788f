/* actors/front/bind.h - the handler of most endpoints: a request's facts go into the message
 * that its row in routes.tbl.h names, by the names of the message's fields, and what its
 * receiver answers goes to the client.
 *
 * A field is filled from the first that has its name (google_project_id is googleProjectId in
 * JSON; an id also as projectId for a field `project`):
 *     ticket            the caller's ticket for the receiver
 *     access_token      the token that the request brought
 *     address, device   the client's address and user agent
 *     idempotency_key, body_hash   of the request (idempotency.h); with a key it may be asked again
 *     has_x             whether the body or query gives x, and not null
 *     set_x             whether it gives x, perhaps null
 *     x_json            the part x of the body, as JSON
 *     x                 a :name of the path, or the field of the body or query
 * What is not given is empty, 0 or false.
 *
 * The receiver's answer: `row` and `media` have JSON for the client; `done` has none, and not
 * changed is 404; any other is shown as the row's answer (show.h).
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_BIND_H
#define STUDIOD_FRONT_BIND_H

struct exchange;

/* Finds the source of every field of every endpoint. 0, or -1 with *why naming what has none:
 * then the tables disagree. */
int bind_init(const char **why);
void on_ask(struct exchange *x);

#endif
