/* actors/db/relays.tbl.h - what is one statement and no more: relay.c takes the statement's
 * parameters from the message and the caller's ticket, by their names.
 *
 *     RELAY(message, who, statement)    from front. who: ANY (a valid ticket), ADMIN, LISTENER
 *                                       (also a ticket that is for listening alone)
 *     HOOK(message, statement)          from front, on a ticket; only where webhooks are switched on
 *     PEER(message, statement)          from auth, which says who is meant: without a ticket */

#ifndef HOOK
#define HOOK(message, statement) RELAY(message, ANY, statement)
#endif

PEER(login_get,          login_get)
PEER(strike,             strike)
PEER(password_change,    password_change)
PEER(hash_upgrade,       hash_upgrade)
PEER(reset_create,       reset_create)
PEER(reset_get,          reset_get)
PEER(password_reset,     password_reset)
PEER(admin_seed,         admin_seed)
PEER(session_create,     session_create)
PEER(session_rotate,     session_rotate)
PEER(session_get,        session_get)
PEER(session_list,       session_list)
PEER(session_revoke,     session_revoke)
PEER(audit,              audit_add)

RELAY(profile_get,       ANY,   profile_get)
RELAY(profile_change,    ANY,   profile_change)
RELAY(user_list,         ADMIN, user_page)
RELAY(user_get,          ADMIN, user_get)
RELAY(user_change,       ADMIN, user_change)
RELAY(user_delete,       ADMIN, user_delete)

RELAY(project_list,      ANY,   project_list)
RELAY(project_get,       ANY,   project_get)
RELAY(project_create,    ADMIN, project_create)
RELAY(project_change,    ADMIN, project_change)
RELAY(project_delete,    ADMIN, project_delete)

RELAY(generation_get,    ANY,   generation_get)
RELAY(generation_list,   ANY,   generation_page)
RELAY(operation_get,     ANY,   generation_by_operation)
RELAY(generation_cancel, ANY,   generation_cancel)
RELAY(generation_retry,  ANY,   generation_retry)
RELAY(generation_delete, ANY,   generation_delete)
RELAY(content_get,       ANY,   content_get)

RELAY(file_create,       ANY,   file_create)
RELAY(files_stored,      ANY,   files_stored)
RELAY(file_get,          ANY,   file_get)
RELAY(file_url,          ANY,   file_url)

RELAY(usage_get,         ANY,   usage_get)
RELAY(price_list,        ANY,   price_list)
RELAY(admin_usage,       ADMIN, usage_page)
RELAY(quota_change,      ADMIN, quota_change)
RELAY(price_change,      ADMIN, price_change)

RELAY(events_get,        LISTENER, events_after)

HOOK(webhook_list,       webhook_list)
HOOK(webhook_get,        webhook_get)
HOOK(webhook_change,     webhook_change)
HOOK(webhook_delete,     webhook_delete)
HOOK(webhook_test,       webhook_test)
HOOK(delivery_list,      delivery_page)
HOOK(delivery_get,       delivery_get)
HOOK(delivery_again,     delivery_again)

RELAY(admin_jobs,        ADMIN, admin_jobs)
RELAY(admin_job,         ADMIN, admin_job)
RELAY(admin_job_cancel,  ADMIN, admin_job_cancel)
RELAY(admin_job_retry,   ADMIN, admin_job_retry)
RELAY(queue_get,         ADMIN, queue_get)
RELAY(queue_change,      ADMIN, queue_change)
RELAY(admin_stats,       ADMIN, admin_stats)
RELAY(admin_audit,       ADMIN, admin_audit)

#undef RELAY
#undef HOOK
#undef PEER
