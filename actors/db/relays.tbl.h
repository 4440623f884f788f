/* actors/db/relays.tbl.h - what front asks that is one statement and no more: relay.c takes the
 * statement's parameters from the message and the caller's ticket, by their names.
 *
 *     RELAY(message, who, statement)
 *
 * who: ANY (a valid ticket), ADMIN. */

RELAY(profile_get,       ANY,   profile_get)

RELAY(project_list,      ANY,   project_list)
RELAY(project_get,       ANY,   project_get)
RELAY(project_create,    ADMIN, project_create)

RELAY(generation_get,    ANY,   generation_get)
RELAY(generation_list,   ANY,   generation_page)
RELAY(generation_cancel, ANY,   generation_cancel)
RELAY(generation_retry,  ANY,   generation_retry)
RELAY(generation_delete, ANY,   generation_delete)

#undef RELAY
