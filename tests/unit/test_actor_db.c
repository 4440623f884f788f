/* tests/unit/test_actor_db.c - the db process itself on a PostgreSQL of the test's own,
 * between a front, an auth, a poller and a notifier that this test plays.
 * Licence: Apache-2.0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>
#include <libpq-fe.h>
#include <sodium.h>

#include "tests/unit/actor_rig.h"
#include "actors/common/seal.h"
#include "pg_rig.h"

#define KEY   "11111111111111111111111111111111"
#define GRANT "22222222222222222222222222222222"

static struct rig rig;
static struct pg_rig pg;
static bool there;
static unsigned events, wakes;
static struct id last_event;

static void
on_event(void *state, struct request *rq)
{
	(void)state;
	events++;
	last_event = rq->body.event.generation;
}

static void
on_jobs_due(void *state, struct request *rq)
{
	(void)state;
	(void)rq;
	wakes++;
}

static unsigned dooms;

static void
on_deletions_due(void *state, struct request *rq)
{
	(void)state;
	(void)rq;
	dooms++;
}

static unsigned ended, gaps;
static struct msg_session_ended last_ended;

static void
on_session_ended(void *state, struct request *rq)
{
	(void)state;
	ended++;
	last_ended = rq->body.session_ended;
}

static void
on_notices_lost(void *state, struct request *rq)
{
	(void)state;
	(void)rq;
	gaps++;
}

static const struct route notifier_routes[] = { { MSG_event, on_event }, { MSG_session_ended, on_session_ended },
	{ MSG_notices_lost, on_notices_lost } };
static const struct route poller_routes[] = { { MSG_jobs_due, on_jobs_due }, { MSG_deletions_due, on_deletions_due } };
static const struct rig_edge edges[] = {
	{ EDGE_auth_db, NULL, 0 }, { EDGE_front_db, NULL, 0 },
	{ EDGE_poller_db, poller_routes, COUNT(poller_routes) },
	{ EDGE_notifier_db, notifier_routes, COUNT(notifier_routes) },
};

/* ---- asking ---- */

static struct answer {
	bool done;
	unsigned err;
	char detail[128], json[8192], error_code[65];
	struct id id;		/* of a credential, a generation, a job */
	uint64_t fence;
	uint32_t jobs, grants;
	bool replayed, final, flag;
	char grant[SEAL_MAX];
	uint32_t grant_n;
} got;

static void
keep(char *to, size_t room, struct bytes b)
{
	snprintf(to, room, "%.*s", (int)b.n, b.n > 0 ? b.p : "");
}

static void
keep_job(struct bytes raw)
{
	struct arena arena = { 0 };
	struct msg_job job;
	const char *why;

	assert_int_equal(msg_decode(MSG_job, raw.p, raw.n, &job, &arena, &why), 0);
	got.id = job.job;
	got.fence = job.fence;
	keep(got.json, sizeof got.json, job.state);
	arena_free(&arena);
}

static void
on_answer(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	unsigned msg = *(const unsigned *)arg;

	got.done = true;
	got.err = err;
	keep(got.detail, sizeof got.detail, detail);
	if (err != 0)
		return;
	switch (msg_spec(msg)->answer) {
	case MSG_row:
		keep(got.json, sizeof got.json, body->row.json);
		break;
	case MSG_media:
		keep(got.json, sizeof got.json, body->media.json);
		keep(got.error_code, sizeof got.error_code, body->media.error_code);
		got.id = body->media.generation;
		got.replayed = body->media.replayed;
		got.final = body->media.final;
		got.grants = body->media.grants.n;
		if (got.grants > 0) {
			got.grant_n = body->media.grants.v[0].n;
			memcpy(got.grant, body->media.grants.v[0].p, got.grant_n);
		}
		break;
	case MSG_object_grant:
		got.id = body->object_grant.id;
		keep(got.json, sizeof got.json, body->object_grant.uri);
		got.grant_n = body->object_grant.grant.n;
		memcpy(got.grant, body->object_grant.grant.p, got.grant_n);
		break;
	case MSG_deletion:
		got.fence = body->deletion.id;
		got.grant_n = body->deletion.grant.n;
		memcpy(got.grant, body->deletion.grant.p, got.grant_n);
		break;
	case MSG_events:
		keep(got.json, sizeof got.json, body->events.lines);
		got.fence = body->events.seq;
		got.flag = body->events.missed;
		got.grants = body->events.grants.n;
		if (got.grants > 0) {
			got.grant_n = body->events.grants.v[0].n;
			memcpy(got.grant, body->events.grants.v[0].p, got.grant_n);
		}
		break;
	case MSG_credential:
		got.id = body->credential.user;
		break;
	case MSG_done:
		got.flag = body->done.changed;
		break;
	case MSG_login_facts:
		got.flag = body->login_facts.found;
		break;
	case MSG_session_state:
		got.flag = body->session_state.alive;
		break;
	case MSG_healthy:
		got.flag = body->healthy.ok;
		break;
	case MSG_generation_status:
		keep(got.json, sizeof got.json, body->generation_status.status);
		break;
	case MSG_job_leases:
		got.jobs = body->job_leases.jobs.n;
		if (got.jobs > 0)
			keep_job(body->job_leases.jobs.v[0]);
		break;
	}
}

/* Asks and waits; the error code. */
static unsigned
ask(unsigned edge, unsigned msg, const void *body)
{
	struct ctx ctx = { .deadline_ms = rig_now_ms() + 5000, .request_id = "test" };

	memset(&got, 0, sizeof got);
	assert_true(link_call(rig_link(&rig, edge), &ctx, msg, body, CALL_AGAIN, on_answer, &msg) > 0);
	rig_until(&rig, &got.done, 6000);
	return got.err;
}

static struct bytes
ticket(const struct id *user, bool admin)
{
	static uint8_t sealed[SEAL_MAX];
	struct ticket t = { .user = *user, .admin = admin, .expires_ms = (uint64_t)(time(NULL) + 60) * 1000 };

	return bytes_of(sealed, ticket_seal(&t, ROLE_db, BYTES(KEY), sealed));
}

/* ---- set-up ---- */

static struct id ann, bob, project;

static struct id
account(const char *email)
{
	assert_int_equal(ask(EDGE_auth_db, MSG_account_create, &(struct msg_account_create){ .email = bytes_str(email),
	    .first_name = BYTES("A"), .last_name = BYTES("B"), .hash = BYTES("hash"), .role = BYTES("USER") }), 0);
	return got.id;
}

static int
start(void **unused)
{
	struct rig_setting settings[] = {
		{ "SANDBOX", "warn", 0, false }, { "SEAL_KEY_DB", KEY, 0, true }, { "SEAL_KEY_GRANT", GRANT, 0, true },
		{ "DATABASE_URL", pg.url, 0, true }, { "GCS_SIGNED_URL_EXPIRATION_HOURS", "24", 0, false },
		{ "JOB_ATTEMPTS", "3", 0, false }, { "VERTEX_AI_STORAGE_URI", "gs://b/p/", 0, false }, { NULL, NULL, 0, false },
	};

	(void)unused;
	if (!(there = pg_rig_start(&pg)))
		return 0;
	rig_start(&rig, ROLE_db, settings, edges, COUNT(edges), NULL);
	ann = account("ann@x.org");
	bob = account("bob@x.org");
	assert_int_equal(ask(EDGE_front_db, MSG_project_create, &(struct msg_project_create){ .ticket = ticket(&ann, true),
	    .name = BYTES("P") }), 0);
	assert_true(id_parse(got.json + strlen("{\"id\":\""), 36, &project));
	return 0;
}

static int
stop(void **unused)
{
	(void)unused;
	if (!there)
		return 0;
	assert_int_equal(rig_stop(&rig), 0);
	pg_rig_stop(&pg);
	return 0;
}

static int
ready(void **unused)
{
	(void)unused;
	if (!there)
		skip();
	return 0;
}

static unsigned
generate(const struct id *user, const char *key)
{
	return ask(EDGE_front_db, MSG_generation_create, &(struct msg_generation_create){ .ticket = ticket(user, false),
	    .project = project, .kind = BYTES("IMAGE"), .prompt = BYTES("a cat"), .model = BYTES("m"),
	    .parameters_json = BYTES("{}"), .request_json = BYTES("{}"), .idempotency_key = bytes_str(key),
	    .body_hash = BYTES("01234567890123456789012345678901") });
}

static void
claim(uint64_t worker)
{
	assert_int_equal(ask(EDGE_poller_db, MSG_job_claim, &(struct msg_job_claim){ .worker = worker, .begin = 1, .resume = 1,
	    .lease_ms = 30000 }), 0);
}

/* ---- cases ---- */

static void
only_a_sealed_ticket_is_believed(void **unused)
{
	uint8_t other[SEAL_MAX];
	struct ticket t = { .user = ann, .admin = true, .expires_ms = (uint64_t)(time(NULL) + 60) * 1000 };
	size_t n = ticket_seal(&t, ROLE_vertex, BYTES(KEY), other);

	(void)unused;
	assert_int_equal(ask(EDGE_front_db, MSG_profile_get, &(struct msg_profile_get){ .ticket = BYTES("forged") }), E_UNAUTHORIZED);
	assert_int_equal(ask(EDGE_front_db, MSG_profile_get, &(struct msg_profile_get){ .ticket = bytes_of(other, n) }), E_UNAUTHORIZED);
	t.expires_ms = 1;
	n = ticket_seal(&t, ROLE_db, BYTES(KEY), other);
	assert_int_equal(ask(EDGE_front_db, MSG_profile_get, &(struct msg_profile_get){ .ticket = bytes_of(other, n) }), E_TOKEN_EXPIRED);
	assert_int_equal(ask(EDGE_front_db, MSG_profile_get, &(struct msg_profile_get){ .ticket = ticket(&ann, false) }), 0);
	assert_non_null(strstr(got.json, "\"email\":\"ann@x.org\""));
	assert_int_equal(ask(EDGE_front_db, MSG_project_create, &(struct msg_project_create){ .ticket = ticket(&ann, false),
	    .name = BYTES("Q") }), E_FORBIDDEN);
}

static void
accounts_and_sessions(void **unused)
{
	struct id session = { { 0x44 } };

	(void)unused;
	assert_int_equal(ask(EDGE_auth_db, MSG_account_create, &(struct msg_account_create){ .email = BYTES("ANN@x.org"),
	    .first_name = BYTES("A"), .last_name = BYTES("B"), .hash = BYTES("h"), .role = BYTES("USER") }), E_RESOURCE_CONFLICT);
	assert_string_equal(got.detail, "User with this email already exists");
	assert_int_equal(ask(EDGE_auth_db, MSG_login_get, &(struct msg_login_get){ .email = BYTES("no@x.org"), .subjects_json = BYTES("[]") }), 0);
	assert_false(got.flag);
	assert_int_equal(ask(EDGE_auth_db, MSG_login_get, &(struct msg_login_get){ .email = BYTES("ANN@x.org"), .subjects_json = BYTES("[]") }), 0);
	assert_true(got.flag);
	assert_int_equal(ask(EDGE_auth_db, MSG_session_get, &(struct msg_session_get){ .session = session }), E_NOT_FOUND);
	assert_int_equal(ask(EDGE_auth_db, MSG_session_create, &(struct msg_session_create){ .session = session, .user = ann,
	    .refresh_hash = BYTES("01234567890123456789012345678901"), .expires_ms = 4000000000000,
	    .address = BYTES("::1"), .device = BYTES("d"), .seen_hash = BYTES("hash") }), 0);
	assert_int_equal(ask(EDGE_auth_db, MSG_session_get, &(struct msg_session_get){ .session = session }), 0);
	assert_true(got.flag);
	for (int i = 0; i < 2; i++)	/* the same id: once more is no error */
		assert_int_equal(ask(EDGE_auth_db, MSG_audit, &(struct msg_audit){ .event = BYTES("login"), .has_user = true,
		    .user = ann, .address = BYTES("::1"), .detail_json = BYTES("{}"), .id = session, .at_ms = 1700000000000 }), 0);
	assert_int_equal(ask(EDGE_auth_db, MSG_session_list, &(struct msg_session_list){ .user = ann, .session = session }), 0);
}

/* Where an object of a generation lies. */
static void
place(char *out, size_t room, const struct id *user, const struct id *generation)
{
	char u[37], p[37], g[37];

	id_text(user, u);
	id_text(&project, p);
	id_text(generation, g);
	snprintf(out, room, "gs://b/p/users/%s/projects/%s/%s/1/o.png", u, p, g);
}

static unsigned
events_of(const struct id *user, const struct id *session, enum ticket_scope scope, bool has_after, uint64_t after)
{
	uint8_t sealed[SEAL_MAX];
	struct ticket t = { .user = *user, .session = *session, .scope = scope, .expires_ms = (uint64_t)(time(NULL) + 60) * 1000 };

	return ask(EDGE_front_db, MSG_events_get, &(struct msg_events_get){ .limit = 64, .has_after = has_after, .after = after,
	    .ticket = bytes_of(sealed, ticket_seal(&t, ROLE_db, BYTES(KEY), sealed)) });
}

/* Until it is so, or the machine is given up; the assertion after it tells. */
#define UNTIL(what) for (int i_ = 0; i_ < 500 && !(what); i_++) rig_run(&rig, 10)

static void
who_listens_gets_events_until_the_session_ends(void **unused)
{
	struct id session = { { 0x45 } }, none = { { 0x46 } }, generation, job;
	uint8_t sealed[SEAL_MAX], scratch[SEAL_MAX];
	struct ticket t = { .user = bob, .session = session, .scope = TICKET_LISTEN, .expires_ms = (uint64_t)(time(NULL) + 60) * 1000 };
	struct grant g;
	size_t n = ticket_seal(&t, ROLE_db, BYTES(KEY), sealed);
	char uri[256], results[320], id[37], want[128];
	uint64_t fence;

	(void)unused;
	assert_int_equal(ask(EDGE_auth_db, MSG_session_create, &(struct msg_session_create){ .session = session, .user = bob,
	    .refresh_hash = BYTES("01234567890123456789012345678901"), .expires_ms = 4000000000000,
	    .address = BYTES("::1"), .device = BYTES("d"), .seen_hash = BYTES("hash") }), 0);
	/* such a ticket is for that alone */
	assert_int_equal(ask(EDGE_front_db, MSG_profile_get, &(struct msg_profile_get){ .ticket = bytes_of(sealed, n) }), E_UNAUTHORIZED);
	assert_int_equal(ask(EDGE_front_db, MSG_generation_create, &(struct msg_generation_create){ .ticket = bytes_of(sealed, n),
	    .project = project, .kind = BYTES("IMAGE"), .prompt = BYTES("a cat"), .model = BYTES("m"), .parameters_json = BYTES("{}"),
	    .request_json = BYTES("{}"), .body_hash = BYTES("01234567890123456789012345678901") }), E_UNAUTHORIZED);
	assert_int_equal(events_of(&bob, &session, TICKET_LISTEN, false, 0), 0);
	assert_true(got.fence == 0 && !got.flag && got.json[0] == '\0');
	for (claim(9); got.jobs > 0; claim(9))		/* what earlier cases left */
		continue;
	assert_int_equal(generate(&bob, ""), 0);
	generation = got.id;
	claim(7);
	assert_int_equal(got.jobs, 1);
	job = got.id;
	fence = got.fence;
	place(uri, sizeof uri, &bob, &generation);
	snprintf(results, sizeof results, "[{\"uri\":\"%s\",\"metadata\":{}}]", uri);
	assert_int_equal(ask(EDGE_poller_db, MSG_job_begin, &(struct msg_job_begin){ .job = job, .fence = fence }), 0);
	assert_int_equal(ask(EDGE_poller_db, MSG_job_finish, &(struct msg_job_finish){ job, fence, bytes_str(results) }), 0);
	assert_int_equal(events_of(&bob, &session, TICKET_LISTEN, true, 1), 0);
	id_text(&generation, id);
	snprintf(want, sizeof want, "2 {\"mediaGenerationId\":\"%s\",\"status\":\"PROCESSING\",\"progress\":0,\"eventId\":2}\n3 {", id);
	assert_memory_equal(got.json, want, strlen(want));
	assert_int_equal(got.fence, 3);
	assert_int_equal(got.grants, 1);
	assert_int_equal(grant_open(&g, GRANT_READ, BYTES(GRANT), bytes_of(got.grant, got.grant_n), (uint64_t)time(NULL) * 1000, scratch), 0);
	assert_true(g.uri.n > strlen(uri) && memcmp(g.uri.p, uri, strlen(uri)) == 0 && id_eq(&g.user, &bob));
	assert_int_equal(events_of(&bob, &session, TICKET_ALL, true, 4), 0);
	assert_true(got.flag && got.fence == 3);
	assert_int_equal(events_of(&bob, &session, TICKET_ALL, true, UINT64_MAX), 0);
	assert_true(got.flag);
	assert_int_equal(events_of(&bob, &none, TICKET_ALL, false, 0), E_UNAUTHORIZED);
	assert_int_equal(events_of(&ann, &session, TICKET_ALL, false, 0), E_UNAUTHORIZED);

	ended = 0;
	assert_int_equal(ask(EDGE_auth_db, MSG_session_revoke, &(struct msg_session_revoke){ .user = bob, .session = session,
	    .because = BYTES("test") }), 0);
	UNTIL(ended > 0);
	assert_int_equal(ended, 1);
	assert_true(id_eq(&last_ended.session, &session) && id_eq(&last_ended.user, &bob));
	assert_int_equal(events_of(&bob, &session, TICKET_LISTEN, true, 3), E_UNAUTHORIZED);
	assert_string_equal(got.detail, "The session has ended");
}

static void
a_gap_in_hearing_is_told(void **unused)
{
	(void)unused;
	assert_true(gaps >= 1);		/* at the start: what came before is unknown */
	gaps = 0;
	pg_rig_kill(&pg);
	pg_rig_again(&pg);
	UNTIL(gaps > 0);
	assert_int_equal(gaps, 1);
	/* another notifier, or a link that was broken */
	rig_cut(&rig, EDGE_notifier_db);
	rig_run(&rig, 50);
	rig_join(&rig, EDGE_notifier_db);
	UNTIL(gaps > 1);
	assert_int_equal(gaps, 2);
}

static void
a_generation_goes_through_every_edge(void **unused)
{
	struct id generation, job;
	struct grant g;
	uint8_t scratch[SEAL_MAX];
	uint64_t fence;
	char uri[256], results[320], id[37];

	(void)unused;
	events = wakes = 0;
	assert_int_equal(generate(&ann, ""), 0);
	generation = got.id;
	assert_false(got.final);
	rig_run(&rig, 100);
	assert_int_equal(events, 1);
	assert_true(id_eq(&last_event, &generation));
	assert_true(wakes >= 1);
	claim(7);
	assert_int_equal(got.jobs, 1);
	assert_string_equal(got.json, "ready");
	job = got.id;
	fence = got.fence;
	assert_int_equal(ask(EDGE_poller_db, MSG_job_begin, &(struct msg_job_begin){ .job = job, .fence = fence }), 0);
	assert_int_equal(ask(EDGE_poller_db, MSG_job_finish, &(struct msg_job_finish){ job, fence + 1, BYTES("[]") }), E_FENCED);
	assert_int_equal(ask(EDGE_poller_db, MSG_job_finish, &(struct msg_job_finish){ job, fence,
	    BYTES("[{\"uri\":\"x\",\"metadata\":{\"signedUrl\":\"gs://b/p/users/bob/secret.png\"}}]") }), E_VALIDATION_ERROR);
	place(uri, sizeof uri, &ann, &generation);
	snprintf(results, sizeof results, "[{\"uri\":\"%s\",\"metadata\":{}}]", uri);
	assert_int_equal(ask(EDGE_poller_db, MSG_job_finish, &(struct msg_job_finish){ job, fence, bytes_str(results) }), 0);
	assert_int_equal(ask(EDGE_notifier_db, MSG_generation_state, &(struct msg_generation_state){ bob, false, generation }), E_NOT_FOUND);
	assert_int_equal(ask(EDGE_notifier_db, MSG_generation_state, &(struct msg_generation_state){ bob, true, generation }), 0);
	assert_string_equal(got.json, "SUCCEEDED");
	assert_int_equal(ask(EDGE_front_db, MSG_generation_get, &(struct msg_generation_get){ ticket(&bob, false), generation }), E_NOT_FOUND);
	assert_int_equal(ask(EDGE_front_db, MSG_generation_get, &(struct msg_generation_get){ ticket(&ann, false), generation }), 0);
	assert_true(got.final);
	assert_int_equal(got.grants, 1);
	assert_int_equal(grant_open(&g, GRANT_READ, BYTES(GRANT), bytes_of(got.grant, got.grant_n), (uint64_t)time(NULL) * 1000, scratch), 0);
	id_text(&generation, id);
	snprintf(uri + strlen(uri), sizeof uri - strlen(uri), "\nimage-%.8s-%.4s-1", id, id + 32);
	assert_true(bytes_eq(g.uri, uri));
	assert_true(id_eq(&g.user, &ann));
	rig_run(&rig, 100);
	assert_int_equal(events, 3);
}

static bool
grants(enum grant_use use, const struct id *user, const char *uri)
{
	uint8_t scratch[SEAL_MAX];
	struct grant g;

	return grant_open(&g, use, BYTES(GRANT), bytes_of(got.grant, got.grant_n), (uint64_t)time(NULL) * 1000, scratch) == 0 &&
	    id_eq(&g.user, user) && bytes_eq(g.uri, uri);
}

static unsigned
file_get(const struct id *user, const char *uri)
{
	return ask(EDGE_front_db, MSG_file_get, &(struct msg_file_get){ ticket(user, true), bytes_str(uri) });
}

static void
an_upload_is_granted_told_and_deleted(void **unused)
{
	char uri[256], named[300], ids[64], text[37];
	struct msg_file_create m = { .ticket = ticket(&ann, false), .name = BYTES("boat.png"), .mime_type = BYTES("image/png"), .size = 7 };

	(void)unused;
	assert_int_equal(ask(EDGE_front_db, MSG_file_create, &m), 0);
	keep(uri, sizeof uri, bytes_str(got.json));
	assert_true(grants(GRANT_WRITE, &ann, uri));
	assert_false(grants(GRANT_READ, &ann, uri));
	id_text(&got.id, text);
	snprintf(ids, sizeof ids, "[\"%s\"]", text);
	assert_int_equal(file_get(&ann, uri), E_NOT_FOUND);		/* its bytes are not there yet */
	struct msg_files_stored stored = { .ticket = ticket(&bob, false), .ids_json = bytes_str(ids) };
	assert_int_equal(ask(EDGE_front_db, MSG_files_stored, &stored), E_NOT_FOUND);
	stored.ticket = ticket(&ann, false);
	assert_int_equal(ask(EDGE_front_db, MSG_files_stored, &stored), 0);
	assert_int_equal(got.grants, 1);
	snprintf(named, sizeof named, "%s\nboat.png", uri);
	assert_true(grants(GRANT_READ, &ann, named));			/* for its URL */
	assert_int_equal(file_get(&ann, uri), 0);
	assert_true(grants(GRANT_READ, &ann, uri));
	assert_int_equal(file_get(&bob, uri), E_NOT_FOUND);		/* whatever his role */
	assert_int_equal(file_get(&ann, "gs://b/p/users/x"), E_NOT_FOUND);
	m.mime_type = BYTES("text/html");
	m.ticket = ticket(&ann, false);
	assert_int_equal(ask(EDGE_front_db, MSG_file_create, &m), E_UNSUPPORTED_MEDIA_TYPE);

	dooms = 0;
	PGconn *c = PQconnectdb(pg.url);
	PQclear(PQexec(c, "delete from studio.files"));
	PQfinish(c);
	rig_run(&rig, 200);
	assert_int_equal(dooms, 1);
	assert_int_equal(ask(EDGE_poller_db, MSG_deletion_claim, &(struct msg_deletion_claim){ 30000 }), 0);
	assert_true(got.fence != 0);
	assert_true(grants(GRANT_DELETE, &ann, uri));
	uint64_t id = got.fence;
	assert_int_equal(ask(EDGE_poller_db, MSG_deletion_claim, &(struct msg_deletion_claim){ 30000 }), 0);
	assert_int_equal(got.fence, 0);
	assert_int_equal(ask(EDGE_poller_db, MSG_deletion_end, &(struct msg_deletion_end){ id, true, BYTES("") }), 0);
}

static void
a_bad_project_is_told(void **unused)
{
	struct id was = project;

	(void)unused;
	project.b[15] ^= 1;
	assert_int_equal(generate(&ann, ""), E_VALIDATION_ERROR);
	assert_string_equal(got.detail, "Project not found");
	project = was;
}

static void
parameters_that_name_an_object_get_no_grant(void **unused)
{
	(void)unused;
	assert_int_equal(ask(EDGE_front_db, MSG_generation_create, &(struct msg_generation_create){ .ticket = ticket(&ann, false),
	    .project = project, .kind = BYTES("IMAGE"), .prompt = BYTES("a cat"), .model = BYTES("m"),
	    .parameters_json = BYTES("{\"x\":[{\"resultUrl\":\"gs://b/p/users/bob/secret.png\"}]}"), .request_json = BYTES("{}"),
	    .body_hash = BYTES("01234567890123456789012345678901") }), E_VALIDATION_ERROR);
}

static void
a_filter_that_makes_no_sense_is_told(void **unused)
{
	(void)unused;
	assert_int_equal(ask(EDGE_front_db, MSG_generation_list, &(struct msg_generation_list){ .ticket = ticket(&ann, false),
	    .page = 1, .limit = 10, .to = BYTES("tomorrow") }), E_VALIDATION_ERROR);
	assert_string_equal(got.detail, "to must be an ISO 8601 date or time");
	assert_int_equal(ask(EDGE_front_db, MSG_generation_list, &(struct msg_generation_list){ .ticket = ticket(&ann, false),
	    .page = 1, .limit = 10, .search = BYTES("A_CAT") }), 0);
	assert_non_null(strstr(got.json, "\"data\":[]"));
	assert_int_equal(ask(EDGE_front_db, MSG_generation_list, &(struct msg_generation_list){ .ticket = ticket(&ann, false),
	    .page = 1, .limit = 10, .search = BYTES("A CAT"), .media_type = BYTES("IMAGE"), .from = BYTES("2020-01-01") }), 0);
	assert_non_null(strstr(got.json, "\"prompt\":\"a cat\""));
}

static void
a_key_is_honoured(void **unused)
{
	struct id first;

	(void)unused;
	assert_int_equal(generate(&ann, "key"), 0);
	first = got.id;
	assert_int_equal(generate(&ann, "key"), 0);
	assert_true(got.replayed);
	assert_true(id_eq(&first, &got.id));
}

static void
a_poller_that_leaves_loses_its_leases(void **unused)
{
	struct id job;
	uint64_t fence;

	(void)unused;
	for (claim(9); got.jobs > 0; claim(9))		/* what earlier cases left */
		continue;
	assert_int_equal(generate(&ann, ""), 0);
	claim(1);
	assert_int_equal(got.jobs, 1);
	job = got.id;
	fence = got.fence;
	assert_int_equal(ask(EDGE_poller_db, MSG_job_begin, &(struct msg_job_begin){ .job = job, .fence = fence }), 0);
	assert_int_equal(link_notice(&rig.control, NULL, MSG_process_died, &(struct msg_process_died){ BYTES("poller"), 1 }), 0);
	rig_run(&rig, 200);
	assert_int_equal(ask(EDGE_poller_db, MSG_job_finish, &(struct msg_job_finish){ job, fence, BYTES("[]") }), E_FENCED);
	claim(2);
	assert_int_equal(got.jobs, 1);
	assert_string_equal(got.json, "unclear");
}

static void
a_restart_of_the_server_is_not_seen(void **unused)
{
	(void)unused;
	pg_rig_kill(&pg);
	pg_rig_again(&pg);
	assert_int_equal(ask(EDGE_front_db, MSG_profile_get, &(struct msg_profile_get){ .ticket = ticket(&ann, false) }), 0);
	assert_int_equal(ask(EDGE_front_db, MSG_health, &(struct msg_health){ .deep = true }), 0);
	assert_true(got.flag);
	events = 0;
	assert_int_equal(generate(&ann, ""), 0);
	rig_run(&rig, 3000);
	assert_true(events >= 1);
}

static void
an_outage_is_unavailable(void **unused)
{
	(void)unused;
	pg_rig_kill(&pg);
	assert_int_equal(ask(EDGE_front_db, MSG_profile_get, &(struct msg_profile_get){ .ticket = ticket(&ann, false) }), E_DATABASE_AWAY);
	assert_int_equal(ask(EDGE_front_db, MSG_health, &(struct msg_health){ .deep = true }), 0);
	assert_false(got.flag);
	pg_rig_again(&pg);
	rig_run(&rig, 3000);
	assert_int_equal(ask(EDGE_front_db, MSG_profile_get, &(struct msg_profile_get){ .ticket = ticket(&ann, false) }), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(only_a_sealed_ticket_is_believed, ready),
		cmocka_unit_test_setup(accounts_and_sessions, ready),
		cmocka_unit_test_setup(a_generation_goes_through_every_edge, ready),
		cmocka_unit_test_setup(an_upload_is_granted_told_and_deleted, ready),
		cmocka_unit_test_setup(a_bad_project_is_told, ready),
		cmocka_unit_test_setup(parameters_that_name_an_object_get_no_grant, ready),
		cmocka_unit_test_setup(a_filter_that_makes_no_sense_is_told, ready),
		cmocka_unit_test_setup(a_key_is_honoured, ready),
		cmocka_unit_test_setup(a_poller_that_leaves_loses_its_leases, ready),
		cmocka_unit_test_setup(who_listens_gets_events_until_the_session_ends, ready),
		cmocka_unit_test_setup(a_gap_in_hearing_is_told, ready),
		cmocka_unit_test_setup(a_restart_of_the_server_is_not_seen, ready),
		cmocka_unit_test_setup(an_outage_is_unavailable, ready),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, start, stop);
}
