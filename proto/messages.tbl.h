/* proto/messages.tbl.h - every message that crosses a socketpair, declared once.
 * The includer defines MSG and the field kinds; this file undefines them at its end.
 *
 *     MSG(wire id, name, sender, receiver, answer, stream, fields)
 *
 * sender, receiver: a role, or `actor` for any of the six. answer: the message that
 * answers it, or `none` for a notice. stream: `no`; `down` where the answer is followed by
 * chunks; `up` where the request is, and the answer comes after them. A row that answers is never sent by itself; a row of role
 * `nested` travels as bytes inside another message.
 *
 *     ID(f)            16 opaque bytes (a UUID)
 *     U32(f)  U64(f)   unsigned      FLAG(f)  true or false
 *     STR(f, longest)  UTF-8 text    BIN(f, longest)  bytes
 *     LIST(f, most, longest)         up to `most` byte strings
 *
 * `longest` counts bytes. An absent text is an empty one: where the difference
 * matters there is a FLAG beside it. How messages evolve: proto/README.md. */

/* The control channel: supervisor and actor, in order from birth to death. */
MSG(0x01, setting,         supervisor, actor,      none,          no,
    STR(name, 64)  BIN(value, 65536)  FLAG(secret))
MSG(0x02, resource,        supervisor, actor,      none,          no,	/* + descriptor */
    STR(name, 64))
MSG(0x03, peer,            supervisor, actor,      none,          no,	/* + descriptor */
    U32(edge)  U32(instance)  U64(incarnation))
MSG(0x04, go,              supervisor, actor,      none,          no,
    U64(incarnation)  U32(instance))
MSG(0x05, ready,           actor,      supervisor, none,          no,
    STR(confinement, 4096))
MSG(0x06, ping,            supervisor, actor,      pong,          no,
    U64(seq))
MSG(0x07, pong,            actor,      supervisor, none,          no,
    U64(seq)  U32(queued)  U32(in_flight)  U64(served)  U64(refused)  STR(note, 256))
MSG(0x08, drain,           supervisor, actor,      none,          no,
    U32(within_ms))
MSG(0x09, process_died,    supervisor, db,         none,          no,
    STR(service, 32)  U64(incarnation))
MSG(0x0a, tree_state,      supervisor, front,      none,          no,
    FLAG(all_up)  STR(down, 256))
MSG(0x0b, security_event,  actor,      supervisor, none,          no,
    U32(edge)  STR(what, 256))

/* studioctl on the control socket. Reports are JSON; studioctl makes tables of them. */
MSG(0x10, ctl_status,      ctl,        supervisor, ctl_report,    no,
    )
MSG(0x11, ctl_tree,        ctl,        supervisor, ctl_report,    no,
    )
MSG(0x12, ctl_restart,     ctl,        supervisor, ctl_report,    no,
    STR(service, 32))
MSG(0x13, ctl_stop,        ctl,        supervisor, ctl_report,    no,
    )
MSG(0x14, ctl_logs,        ctl,        supervisor, ctl_report,    down,
    STR(service, 32)  FLAG(follow)  U32(last))
MSG(0x15, ctl_sandbox,     ctl,        supervisor, ctl_report,    no,
    STR(service, 32))
MSG(0x17, ctl_queue,       ctl,        supervisor, ctl_report,    no,	/* what: `all`, a kind, a model; neither has_paused nor set_concurrency: only a look */
    STR(what, 128)  FLAG(has_paused)  FLAG(paused)  FLAG(set_concurrency)  FLAG(has_concurrency)  U32(concurrency))
MSG(0x16, ctl_report,      supervisor, ctl,        none,          no,
    BIN(json, 1048576))

/* Is the other end alive and able to work? */
MSG(0x18, health,          front,      actor,      healthy,       no,
    FLAG(deep))
MSG(0x19, healthy,         actor,      front,      none,          no,
    FLAG(ok)  STR(why, 256))

/* front -> auth */
MSG(0x20, auth_register,   front,      auth,       session_opened, no,
    STR(email, 254)  STR(password, 512)  STR(first_name, 400)  STR(last_name, 400)
    FLAG(has_invite_code)  STR(invite_code, 1024)  STR(address, 64)  STR(device, 256))
MSG(0x21, auth_login,      front,      auth,       session_opened, no,
    STR(email, 254)  STR(password, 512)  STR(address, 64)  STR(device, 256))
MSG(0x22, auth_refresh,    front,      auth,       session_opened, no,
    STR(refresh_token, 2048)  STR(address, 64)  STR(device, 256))
MSG(0x23, session_opened,  auth,       front,      none,          no,
    STR(access_token, 2048)  STR(refresh_token, 2048)  U32(expires_in)
    ID(user)  STR(role, 8)  BIN(user_json, 4096))
MSG(0x24, token_check,     front,      auth,       identity,      no,
    STR(token, 2048))
MSG(0x25, identity,        auth,       front,      none,          no,	/* valid_ms: how long the front may reuse it, <= 1000 */
    ID(user)  ID(session)  STR(role, 8)  U32(valid_ms)
    BIN(db_ticket, 256)  BIN(vertex_ticket, 256)  BIN(notifier_ticket, 256)  BIN(listener, 256))	/* listener: for listener_renew */
/* A connection that stays open outlives the token that opened it, but not its session. Tickets that
 * are given for a `listener` allow no more than to listen: events_get, sign_urls, listen. */
MSG(0x26, listener_renew,  front,      auth,       identity,      no,
    BIN(listener, 256))

/* front -> auth on the signing edge: one private-key operation of a TLS handshake. */
MSG(0x28, tls_sign,        front,      auth,       tls_signature, no,	/* scheme: 1 RSA raw, 2 RSA PKCS#1, 3 ECDSA */
    U32(scheme)  BIN(input, 1024))
MSG(0x29, tls_signature,   auth,       front,      none,          no,
    BIN(signature, 1024))

/* auth -> db */
MSG(0x31, credential,      db,         auth,       none,          no,
    ID(user)  STR(hash, 256)  STR(role, 8)  BIN(user_json, 4096))
MSG(0x32, account_create,  auth,       db,         credential,    no,
    STR(email, 254)  STR(first_name, 400)  STR(last_name, 400)  STR(hash, 256)  STR(role, 8))
MSG(0x33, session_create,  auth,       db,         done,          no,
    ID(session)  ID(user)  BIN(refresh_hash, 32)  U64(expires_ms)  STR(address, 64)  STR(device, 256)
    FLAG(has_forgive)  ID(forgive)	/* the strikes that this login ends */
    STR(seen_hash, 256)  STR(better_hash, 256))	/* of the password that was verified, and what takes its place */
MSG(0x34, session_rotate,  auth,       db,         session_rotated, no,
    ID(session)  BIN(old_hash, 32)  BIN(new_hash, 32)  U64(expires_ms)  STR(address, 64)  STR(device, 256))
MSG(0x35, session_rotated, db,         auth,       none,          no,	/* outcome: 0 rotated, 1 the grace period's repeat, 2 reuse: revoked, 3 gone */
    U32(outcome)  ID(user)  STR(role, 8)  BIN(user_json, 4096))
MSG(0x36, session_get,     auth,       db,         session_state, no,
    ID(session))
MSG(0x37, session_state,   db,         auth,       none,          no,
    FLAG(alive)  ID(user)  STR(role, 8)  STR(email, 254))
MSG(0x38, admin_seed,      auth,       db,         admin_seeded,  no,	/* empty hash: only ask whether an admin exists */
    STR(email, 254)  STR(first_name, 400)  STR(last_name, 400)  STR(hash, 256))
MSG(0x39, admin_seeded,    db,         auth,       none,          no,
    FLAG(exists)  FLAG(created))
MSG(0x3a, audit,           auth,       db,         done,          no,	/* the same id is one event, however often it is told */
    STR(event, 64)  FLAG(has_user)  ID(user)  STR(address, 64)  BIN(detail_json, 2048)  ID(id)  U64(at_ms))

/* What several askers get from db, and front from auth. */
MSG(0x3e, done,            actor,      actor,      none,          no,
    FLAG(changed))
MSG(0x3f, row,             actor,      actor,      none,          no,
    BIN(json, 2097152))

/* front -> db, each on a ticket sealed by auth for db */
MSG(0x40, profile_get,     front,      db,         row,           no,
    BIN(ticket, 256))
MSG(0x41, project_list,    front,      db,         row,           no,	/* neither page nor limit: the bare array */
    BIN(ticket, 256)  FLAG(has_page)  U32(page)  FLAG(has_limit)  U32(limit))
MSG(0x42, project_get,     front,      db,         row,           no,
    BIN(ticket, 256)  ID(id))
MSG(0x43, project_create,  front,      db,         row,           no,
    BIN(ticket, 256)  STR(name, 400)  FLAG(has_description)  STR(description, 2000)
    FLAG(has_google_project_id)  STR(google_project_id, 64)  STR(address, 64))
MSG(0x44, generation_create, front,    db,         media,         no,	/* request_json: parameters_json plus inline bytes */
    BIN(ticket, 256)  ID(project)  STR(kind, 8)  STR(prompt, 8192)  STR(model, 64)
    BIN(parameters_json, 65536)  BIN(request_json, 3145728)
    STR(idempotency_key, 255)  BIN(body_hash, 32)  U64(wait_ms))	/* wait_ms: how long its end is waited for */
MSG(0x45, generation_get,  front,      db,         media,         no,
    BIN(ticket, 256)  ID(id))
MSG(0x46, generation_list, front,      db,         media,         no,	/* empty text, 0: not said */
    BIN(ticket, 256)  U32(page)  U32(limit)  STR(media_type, 8)  STR(status, 16)
    FLAG(has_project)  ID(project)  STR(search, 4096)  STR(from, 40)  STR(to, 40)
    FLAG(has_cursor)  STR(cursor, 64))
MSG(0x47, media,           db,         front,      none,          no,	/* every "resultUrl":"gs://.." in json, in order, has its grant */
    BIN(json, 2097152)  ID(generation)  FLAG(final)  FLAG(replayed)  LIST(grants, 400, 1536)
    STR(error_code, 64)  STR(error_message, 1024)  BIN(error_reasons, 4096)  ID(operation)  FLAG(under_way))	/* under_way: a replay, of an answer before its end */

/* What generations cost: usage by days (from, to: empty is the last 30), prices of all models. */
MSG(0x4a, usage_get,       front,      db,         row,           no,
    BIN(ticket, 256)  STR(from, 40)  STR(to, 40))
MSG(0x4b, price_list,      front,      db,         row,           no,
    BIN(ticket, 256))

/* What happened to the caller's generations, in order. */
MSG(0x48, events_get,      front,      db,         events,        no,	/* not has_after: only how far they are */
    BIN(ticket, 256)  FLAG(has_after)  U64(after)  U32(limit))
MSG(0x49, events,          db,         front,      none,          no,	/* lines: "seq {json}\n" of events after + 1 .. , with grants as in `media`; seq: the caller's newest; missed: some after `after` are not kept any more, or `after` was never reached */
    BIN(lines, 2097152)  U64(seq)  FLAG(missed)  LIST(grants, 400, 1536))

/* front -> vertex: a URL for each grant, in order; "" where there is none, and why the first is */
MSG(0x50, sign_urls,       front,      vertex,     signed_urls,   no,
    BIN(ticket, 256)  LIST(grants, 400, 1536))
MSG(0x51, signed_urls,     vertex,     front,      none,          no,
    LIST(urls, 400, 4096)  STR(why, 256))

/* A request of a Socket.IO client over long-polling came to another front process than the one that has
 * its session: notifier passes it to that one, and what it says back. It reads none of it. */
MSG(0x54, socket_pass,     front,      notifier,   socket_passed, no,	/* owner: that front's instance; post: else a GET, which may wait; token: of the Authorization header */
    U32(owner)  STR(sid, 32)  FLAG(post)  STR(token, 2048)  BIN(payload, 65536))
MSG(0x55, socket_passed,   notifier,   front,      none,          no,	/* error: of Engine.IO (actors/front/realtime/engineio.h) */
    U32(error)  BIN(payload, 2097152))
MSG(0x56, socket_take,     notifier,   front,      socket_taken,  no,
    STR(sid, 32)  FLAG(post)  STR(token, 2048)  BIN(payload, 65536))
MSG(0x57, socket_taken,    front,      notifier,   none,          no,
    U32(error)  BIN(payload, 2097152))

/* front -> notifier: answered when the generation reached a final state */
MSG(0x58, watch,           front,      notifier,   watched,       no,
    BIN(ticket, 256)  ID(generation))
MSG(0x59, watched,         notifier,   front,      none,          no,
    STR(status, 16))

/* Who listens, and what they are told: a hint, the rows are the truth. A front listens for a session
 * until it says otherwise or its link ends; listening twice is once. */
MSG(0x5a, listen,          front,      notifier,   done,          no,
    BIN(ticket, 256))
MSG(0x5b, unlisten,        front,      notifier,   none,          no,
    ID(session))
MSG(0x5c, user_events,     notifier,   front,      none,          no,	/* the user's newest event has this number */
    ID(user)  U64(seq))
MSG(0x5d, session_over,    notifier,   front,      none,          no,	/* its connections end */
    ID(session))
MSG(0x5e, listen_again,    notifier,   front,      none,          no,	/* something may have been missed: look at all */
    )

/* db -> notifier, and what notifier asks */
MSG(0x60, event,           db,         notifier,   none,          no,
    ID(generation)  ID(user)  U64(seq)  STR(status, 16))
MSG(0x63, session_ended,   db,         notifier,   none,          no,	/* on whichever host it was ended */
    ID(session)  ID(user))
MSG(0x64, notices_lost,    db,         notifier,   none,          no,	/* PostgreSQL's notifications did not reach db for a while; they do again */
    )
MSG(0x61, generation_state, notifier,  db,         generation_status, no,
    ID(user)  FLAG(any_owner)  ID(generation))
MSG(0x62, generation_status, db,       notifier,   none,          no,
    STR(status, 16))

/* poller -> db */
MSG(0x70, job_claim,       poller,     db,         job_leases,    no,	/* begin: jobs not yet started; resume: operations to poll, starts that are unclear */
    U64(worker)  U32(begin)  U32(resume)  U32(lease_ms))
MSG(0x71, job_leases,      db,         poller,     none,          no,	/* each a `job`; next_ms: when the next one is due, 0 none known */
    LIST(jobs, 64, 3500000)  U64(next_ms))
MSG(0x72, job,             nested,     nested,     none,          no,	/* state: ready, running (operation known), unclear */
    ID(job)  ID(generation)  ID(user)  ID(project)  STR(kind, 8)  STR(state, 16)
    U64(fence)  U32(attempt)  U32(max_attempts)  U32(polls)
    STR(model, 64)  STR(operation, 512)  STR(google_project, 64)  BIN(request_json, 3145728)
    STR(request_id, 128)  BIN(trace, 24)  U32(earlier)	/* earlier: attempts before the retry that its owner asked for */
    U64(maker)  U64(age_ms))	/* maker: the vertex that was asked, 0 none or gone; age_ms: how long ago */
MSG(0x73, job_begin,       poller,     db,         done,          no,	/* written before Google is asked: from here a lost worker leaves the start unclear */
    ID(job)  U64(fence)  U64(maker))	/* maker: the vertex that is going to be asked */
MSG(0x74, job_running,     poller,     db,         done,          no,	/* operation: empty keeps the known one */
    ID(job)  U64(fence)  STR(operation, 512)  STR(model, 64)  U32(poll_in_ms))
MSG(0x75, job_finish,      poller,     db,         done,          no,	/* results_json: array of {uri, metadata} */
    ID(job)  U64(fence)  BIN(results_json, 65536))
MSG(0x76, job_retry,       poller,     db,         done,          no,	/* nothing was started: back to the queue after a while */
    ID(job)  U64(fence)  U32(after_ms)  FLAG(counts)  STR(code, 64)  STR(message, 1024))
MSG(0x77, job_unclear,     poller,     db,         done,          no,	/* look into storage after a while */
    ID(job)  U64(fence)  U32(after_ms)  STR(message, 1024))
MSG(0x78, job_fail,        poller,     db,         done,          no,
    ID(job)  U64(fence)  STR(code, 64)  STR(message, 1024)  BIN(reasons_json, 4096))
MSG(0x79, job_renew,       poller,     db,         done,          no,
    ID(job)  U64(fence)  U32(lease_ms))
MSG(0x7b, maker_seen,      poller,     db,         done,          no,	/* now and then: this vertex lives. A host that vanishes says nothing */
    U64(maker))
MSG(0x7a, jobs_due,        db,         poller,     none,          no,
    FLAG(all))

/* poller -> vertex. Failures come as errors: NOT_SENT and UPSTREAM_BUSY (nothing was
 * started), UNCLEAR, CONTENT_FILTERED, *_API_ERROR. */
MSG(0x80, generate,        poller,     vertex,     generated,     no,
    ID(generation)  ID(user)  ID(project)  STR(kind, 8)  STR(model, 64)
    STR(google_project, 64)  U32(attempt)  BIN(request_json, 3145728))
MSG(0x81, generated,       vertex,     poller,     none,          no,	/* done false: operation runs; google_stores: results may appear in storage without us */
    FLAG(done)  STR(operation, 512)  STR(model, 64)  BIN(results_json, 65536)  FLAG(google_stores))
MSG(0x82, operation_poll,  poller,     vertex,     generated,     no,
    ID(generation)  STR(kind, 8)  STR(model, 64)  STR(operation, 512)  ID(user)  ID(project)  U32(attempt))
MSG(0x83, results_find,    poller,     vertex,     generated,     no,	/* what a lost start left under the generation's prefix */
    ID(generation)  ID(user)  ID(project)  STR(kind, 8)  STR(model, 64)  U32(attempt)  BIN(request_json, 3145728))

/* front -> auth: sessions and passwords of who shows a token. access_token: the request's own */
MSG(0x90, auth_logout,     front,      auth,       done,          no,	/* done also for a token that is over */
    STR(refresh_token, 2048)  STR(address, 64))
MSG(0x91, auth_sessions,   front,      auth,       row,           no,
    STR(access_token, 2048))
MSG(0x92, auth_session_revoke, front,  auth,       done,          no,
    STR(access_token, 2048)  ID(id)  STR(address, 64))

MSG(0x93, auth_change_password, front, auth,       done,          no,
    STR(access_token, 2048)  STR(current_password, 512)  STR(new_password, 512)  STR(address, 64))

MSG(0x94, auth_forgot_password, front, auth,       done,          no,	/* done whether there is such an account or not */
    STR(email, 254)  STR(address, 64))
MSG(0x95, auth_reset_password, front,  auth,       done,          no,	/* token: the one that was mailed */
    STR(token, 512)  STR(password, 512)  STR(address, 64))

/* auth -> db: the same. subjects_json: [{kind, key}, ..], what failures are held against (strikes.h) */
MSG(0x98, session_list,    auth,       db,         row,           no,	/* session: the one that asks */
    ID(user)  ID(session))
MSG(0x99, session_revoke,  auth,       db,         done,          no,
    ID(user)  ID(session)  STR(because, 64))

MSG(0x9a, login_get,       auth,       db,         login_facts,   no,
    STR(email, 254)  STR(address, 64)  BIN(subjects_json, 512))
MSG(0x9b, login_facts,     db,         auth,       none,          no,	/* the longest lock that holds; failures of the pair */
    FLAG(found)  ID(user)  STR(hash, 256)  STR(role, 8)  BIN(user_json, 4096)
    U64(locked_ms)  STR(locked_by, 16)  U32(failures))
MSG(0x9c, strike,          auth,       db,         struck,        no,
    BIN(subjects_json, 512))
MSG(0x9d, struck,          db,         auth,       none,          no,	/* the longest lock that began; failures of the pair */
    U64(locked_ms)  STR(locked_by, 16)  U32(failures))
MSG(0x9e, password_change, auth,       db,         done,          no,	/* not changed: old_hash is old; session: the one that stays */
    ID(user)  STR(old_hash, 256)  STR(hash, 256)  ID(session))

MSG(0x9f, reset_create,    auth,       db,         reset_made,    no,	/* the same token_hash is one reset */
    STR(email, 254)  BIN(token_hash, 32)  U32(minutes)  BIN(subjects_json, 512))
MSG(0xa0, reset_made,      db,         auth,       none,          no,	/* not found: no account, or too many were asked for */
    FLAG(found)  ID(user)  STR(email, 254)  STR(first_name, 400)  U64(locked_ms)  STR(locked_by, 16))
MSG(0xa1, reset_get,       auth,       db,         reset_owner,   no,
    BIN(token_hash, 32))
MSG(0xa2, reset_owner,     db,         auth,       none,          no,
    ID(user)  STR(email, 254))
MSG(0xa3, password_reset,  auth,       db,         reset_owner,   no,	/* subjects_json: whose strikes end */
    BIN(token_hash, 32)  STR(hash, 256)  BIN(subjects_json, 512))
MSG(0xa4, hash_upgrade,    auth,       db,         done,          no,	/* not changed: the hash is another by now */
    ID(user)  STR(old_hash, 256)  STR(hash, 256))

/* auth -> notifier: one e-mail. The answer says that it is queued, not that it arrived; the
 * same mail id is one mail however often it is asked for. template: a row of
 * actors/notifier/mails.tbl.h, which says what first_name, token and valid_minutes mean in it. */
MSG(0xb0, mail_send,       auth,       notifier,   mail_queued,   no,
    ID(mail)  STR(template, 32)  STR(to, 254)  STR(first_name, 400)  STR(token, 512)  U32(valid_minutes))
MSG(0xb1, mail_queued,     notifier,   auth,       none,          no,
    FLAG(again))

/* Webhooks: front -> db on a ticket. The answers to webhook_create and webhook_rotate alone hold a secret. */
MSG(0xb2, webhook_create,  front,      db,         row,           no,
    BIN(ticket, 256)  STR(url, 2048)  STR(description, 800)  FLAG(final_only)  STR(address, 64))
MSG(0xb3, webhook_list,    front,      db,         row,           no,
    BIN(ticket, 256))
MSG(0xb4, webhook_get,     front,      db,         row,           no,
    BIN(ticket, 256)  ID(id))
MSG(0xb5, webhook_change,  front,      db,         row,           no,
    BIN(ticket, 256)  ID(id)  FLAG(has_url)  STR(url, 2048)  FLAG(has_description)  STR(description, 800)
    FLAG(has_final_only)  FLAG(final_only)  FLAG(has_enabled)  FLAG(enabled)  STR(address, 64))
MSG(0xb6, webhook_delete,  front,      db,         done,          no,
    BIN(ticket, 256)  ID(id)  STR(address, 64))
MSG(0xb7, webhook_rotate,  front,      db,         row,           no,
    BIN(ticket, 256)  ID(id)  STR(address, 64))
MSG(0xb8, webhook_test,    front,      db,         row,           no,
    BIN(ticket, 256)  ID(id))
MSG(0xb9, delivery_list,   front,      db,         row,           no,	/* of webhook `id` */
    BIN(ticket, 256)  ID(id)  U32(page)  U32(limit)  STR(state, 16))
MSG(0xba, delivery_get,    front,      db,         row,           no,
    BIN(ticket, 256)  ID(id)  ID(delivery))
MSG(0xbb, delivery_again,  front,      db,         row,           no,
    BIN(ticket, 256)  ID(id)  ID(delivery))

/* notifier -> db: which deliveries are to be tried, and how each attempt ended. */
MSG(0xbc, delivery_claim,  notifier,   db,         delivery_leases, no,
    U64(worker)  U32(want)  U32(lease_ms))
MSG(0xbd, delivery_leases, db,         notifier,   none,          no,	/* each a `delivery`; next_ms: when there will be more, 0 none known */
    LIST(deliveries, 16, 72000)  U64(next_ms))
MSG(0xbe, delivery,        nested,     nested,     none,          no,	/* secret: sealed (hook_secret.h); failures: of the endpoint, in a row */
    ID(delivery)  ID(webhook)  U64(fence)  U32(tries)  U32(failures)  STR(url, 2048)  BIN(body, 65536)
    BIN(secret, 160)  BIN(old_secret, 160))
MSG(0xbf, delivery_end,    notifier,   db,         done,          no,	/* not changed: the lease was over. gone: send no more. most: tries; patience_ms: of failing */
    ID(delivery)  U64(fence)  FLAG(ok)  FLAG(gone)  U32(status)  STR(message, 256)
    U64(after_ms)  U64(hold_ms)  U32(most)  U64(patience_ms))
MSG(0x4c, deliveries_due,  db,         notifier,   none,          no,
    )

/* What is asked of a generation that exists: front -> db on a ticket; a cancel goes on to the
 * poller that has its job in hand, and to vertex while it waits there for its turn. */
MSG(0xd0, generation_cancel, front,    db,         media,         no,
    BIN(ticket, 256)  ID(id)  STR(address, 64))
MSG(0xd1, generation_retry, front,     db,         media,         no,
    BIN(ticket, 256)  ID(id)  STR(idempotency_key, 255)  BIN(body_hash, 32)  STR(address, 64))
MSG(0xd2, generation_delete, front,    db,         done,          no,
    BIN(ticket, 256)  ID(id)  FLAG(purge)  STR(address, 64))
MSG(0xd5, operation_get,   front,      db,         media,         no,
    BIN(ticket, 256)  STR(operation_id, 512))
MSG(0xd3, job_cancelled,   db,         poller,     none,          no,	/* fence: leases older than it are void; operation: it runs at Google, "" none */
    ID(job)  U64(fence)  STR(operation, 512))
MSG(0xd4, generate_stop,   poller,     vertex,     none,          no,	/* operation: it has one that runs, "" none */
    ID(generation)  U32(attempt)  STR(operation, 512))

/* front -> db, each on a ticket: users, and what admins do. set_x: x is given, perhaps null */
MSG(0xc0, profile_change,  front,      db,         row,           no,
    BIN(ticket, 256)  FLAG(has_first_name)  STR(first_name, 400)  FLAG(has_last_name)  STR(last_name, 400))
MSG(0xc1, user_list,       front,      db,         row,           no,	/* empty text, 0: not said */
    BIN(ticket, 256)  U32(page)  U32(limit)  STR(search, 1024)  STR(role, 8))
MSG(0xc2, user_get,        front,      db,         row,           no,
    BIN(ticket, 256)  ID(id))
MSG(0xc3, user_change,     front,      db,         row,           no,
    BIN(ticket, 256)  ID(id)  FLAG(has_first_name)  STR(first_name, 400)  FLAG(has_last_name)  STR(last_name, 400)
    FLAG(has_email)  STR(email, 254)  FLAG(has_role)  STR(role, 8)  STR(address, 64))
MSG(0xc4, user_delete,     front,      db,         done,          no,
    BIN(ticket, 256)  ID(id)  STR(address, 64))
MSG(0xc5, project_change,  front,      db,         row,           no,
    BIN(ticket, 256)  ID(id)  FLAG(has_name)  STR(name, 400)
    FLAG(set_description)  FLAG(has_description)  STR(description, 2000)
    FLAG(set_google_project_id)  FLAG(has_google_project_id)  STR(google_project_id, 64)  STR(address, 64))
MSG(0xc6, project_delete,  front,      db,         done,          no,
    BIN(ticket, 256)  ID(id)  STR(address, 64))
MSG(0xc7, admin_jobs,      front,      db,         row,           no,
    BIN(ticket, 256)  U32(page)  U32(limit)  STR(state, 16)  STR(kind, 8)  FLAG(has_user)  ID(user))
MSG(0xc8, admin_job,       front,      db,         row,           no,
    BIN(ticket, 256)  ID(id))
MSG(0xc9, admin_stats,     front,      db,         row,           no,
    BIN(ticket, 256))
MSG(0xca, admin_audit,     front,      db,         row,           no,
    BIN(ticket, 256)  U32(page)  U32(limit)  STR(event, 64)  FLAG(has_user)  ID(user)  STR(from, 40)  STR(to, 40))
MSG(0xcb, admin_job_cancel, front,     db,         row,           no,
    BIN(ticket, 256)  ID(id)  STR(address, 64))
MSG(0xcc, admin_job_retry, front,      db,         row,           no,
    BIN(ticket, 256)  ID(id)  STR(address, 64))
MSG(0xcd, admin_usage,     front,      db,         row,           no,	/* by: user, project or model; "" is user */
    BIN(ticket, 256)  U32(page)  U32(limit)  STR(by, 8)  STR(from, 40)  STR(to, 40))
MSG(0xce, quota_change,    front,      db,         row,           no,	/* of a user or a project; what is not there is as the settings say */
    BIN(ticket, 256)  FLAG(has_user)  ID(user)  FLAG(has_project)  ID(project)  FLAG(has_day_micros)  U64(day_micros)
    FLAG(has_day_generations)  U64(day_generations)  STR(address, 64))
MSG(0xcf, price_change,    front,      db,         row,           no,	/* no micros: the list price again */
    BIN(ticket, 256)  STR(model, 64)  FLAG(has_micros)  U64(micros)  STR(address, 64))

/* The queue: what may begin. From studioctl through the supervisor, and from admins. */
MSG(0xf0, queue_order,     supervisor, db,         queue_report,  no,	/* as ctl_queue */
    STR(what, 128)  FLAG(has_paused)  FLAG(paused)  FLAG(set_concurrency)  FLAG(has_concurrency)  U32(concurrency))
MSG(0xf1, queue_report,    db,         supervisor, none,          no,
    BIN(json, 1048576))
MSG(0xf2, queue_get,       front,      db,         row,           no,
    BIN(ticket, 256))
MSG(0xf3, queue_change,    front,      db,         row,           no,	/* neither kind nor model: everything */
    BIN(ticket, 256)  STR(kind, 8)  STR(model, 256)  FLAG(has_paused)  FLAG(paused)
    FLAG(set_concurrency)  FLAG(has_concurrency)  U32(concurrency)  STR(address, 64))

/* Objects in storage. What vertex reads, writes or deletes is named by a grant of db's for
 * just that use.
 *
 * An upload: file_create (a row, a fresh object of the caller's), object_write with that grant
 * and the bytes, files_stored with the ids that were written. */
MSG(0xe0, file_create,     front,      db,         object_grant,  no,
    BIN(ticket, 256)  STR(name, 1020)  STR(mime_type, 64)  U64(size))
MSG(0xe1, files_stored,    front,      db,         media,         no,	/* ids_json: an array; of one file alone unless `many` */
    BIN(ticket, 256)  BIN(ids_json, 1024)  FLAG(many))
MSG(0xe2, file_get,        front,      db,         object_grant,  no,	/* an own upload or result */
    BIN(ticket, 256)  STR(gcs_uri, 1300))
MSG(0xe3, file_url,        front,      db,         media,         no,	/* likewise */
    BIN(ticket, 256)  STR(gcs_uri, 1300))
MSG(0xe4, content_get,     front,      db,         object_grant,  no,
    BIN(ticket, 256)  ID(id)  ID(result))
MSG(0xe5, object_grant,    db,         front,      none,          no,	/* size 0: not known */
    ID(id)  STR(uri, 1300)  STR(name, 1020)  STR(mime_type, 255)  U64(size)  BIN(grant, 1536))
MSG(0xe6, object_write,    front,      vertex,     object_written, up,	/* exactly `size` bytes follow */
    BIN(ticket, 256)  BIN(grant, 1536)  STR(mime_type, 64)  U64(size))
MSG(0xe7, object_written,  vertex,     front,      none,          no,
    U64(size))
MSG(0xe8, object_read,     front,      vertex,     object_opened, down,	/* generation 0: whichever there is. head: no bytes follow. range: "5-9", "5-", "-5" or "" */
    BIN(ticket, 256)  BIN(grant, 1536)  U64(generation)  FLAG(head)  STR(range, 64))
MSG(0xe9, object_opened,   vertex,     front,      none,          no,	/* bytes first .. first + length - 1 of total follow */
    U64(generation)  U64(first)  U64(length)  U64(total))

/* Deleting objects, whoever is away meanwhile: SQL that deletes what objects belong to calls
 * studio.objects_doom(user, uri) in the same transaction; a uri that ends in a slash means all that
 * lies below it. db tells poller that something is due, poller takes one after the other,
 * has vertex delete it and says how that went; what failed is due again later. */
MSG(0xea, deletion_claim,  poller,     db,         deletion,      no,
    U32(lease_ms))
MSG(0xeb, deletion,        db,         poller,     none,          no,	/* id 0: none is due. next_ms: when the next one is, 0 none known */
    U64(id)  U32(tries)  BIN(grant, 1536)  U64(next_ms))
MSG(0xec, deletion_end,    poller,     db,         done,          no,
    U64(id)  FLAG(done)  STR(message, 1024))
MSG(0xed, objects_delete,  poller,     vertex,     objects_deleted, no,
    BIN(grant, 1536))
MSG(0xee, objects_deleted, vertex,     poller,     none,          no,	/* all false: there are more, ask again */
    U32(objects)  FLAG(all))
MSG(0xef, deletions_due,   db,         poller,     none,          no,
    )

#undef MSG
#undef ID
#undef U32
#undef U64
#undef FLAG
#undef STR
#undef BIN
#undef LIST
