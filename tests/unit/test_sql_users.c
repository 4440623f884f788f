/* tests/unit/test_sql_users.c - users and projects, as admins change them, on a real PostgreSQL; and what
 * two do at the same time.
 * Licence: Apache-2.0. */
#include <poll.h>

#include "sql_rig.h"

static char admin[37], admin2[37];

static int
fresh(void **unused)
{
	int rc = sql_rig_fresh(unused);

	run("delete from studio.users where email like '%%@admin.test'");
	run("delete from studio.audit");
	user_add(admin, "a@admin.test", "Ada", "One", "ADMIN");
	user_add(admin2, "b@admin.test", "Bob", "Two", "ADMIN");
	return rc;
}
#undef CASE
#define CASE(f) cmocka_unit_test_setup(f, fresh)

/* ---- two at the same time ---- */

static void
later(PGconn *c, enum query q, const char *const *values)
{
	assert_int_equal(PQsendQueryParams(c, statements[q].text, (int)statements[q].nparams, NULL, values, NULL, NULL, 0), 1);
	PQflush(c);
}
#define LATER(c, q, ...) later(c, q, (const char *const[]){ __VA_ARGS__ })

/* Waits until the statement under way on c waits for a lock. */
static void
must_wait(PGconn *c)
{
	for (int i = 0; i < 500; i++) {
		if (strcmp(value("select wait_event_type from pg_stat_activity where pid = %d", PQbackendPID(c)), "Lock") == 0)
			return;
		poll(NULL, 0, 10);
	}
	fail_msg("it does not wait for a lock");
}

/* Its result; the caller clears it. */
static PGresult *
answer_of(PGconn *c)
{
	PGresult *r = PQgetResult(c), *last;

	while ((last = PQgetResult(c)) != NULL)
		PQclear(last);
	return r;
}

static const char *
refused_with(PGresult *r)
{
	static char code[64];
	const char *detail = PQresultErrorField(r, PG_DIAG_MESSAGE_DETAIL);

	snprintf(code, sizeof code, "%s", detail != NULL ? detail : PQresultStatus(r) == PGRES_TUPLES_OK ? "done" : PQresultErrorMessage(r));
	PQclear(r);
	return code;
}

/* ---- users ---- */

static void
nothing_is_changed_where_nothing_differs(void **unused)
{
	char before[64];

	(void)unused;
	snprintf(before, sizeof before, "%s", value("select xmin || ' ' || updated_at from studio.users where id = '%s'", user));
	has(ASK(app, Q_profile_change, user, NULL, NULL), "\"firstName\":\"U\"");
	has(ASK(app, Q_profile_change, user, "U", NULL), "\"firstName\":\"U\"");
	has(ASK(app, Q_user_change, user, NULL, "X", "u@x.org", "USER", admin, "1.2.3.4"), "\"role\":\"USER\"");
	assert_string_equal(value("select xmin || ' ' || updated_at from studio.users where id = '%s'", user), before);
	assert_string_equal(value("select count(*) from studio.audit"), "0");
	assert_string_equal(first_of(ASK(app, Q_user_change, "00000000-0000-7000-8000-00000000000f", "A", NULL, NULL, NULL, admin, "")), "(no row)");
}

static void
a_change_by_an_admin_is_audited_an_own_one_is_not(void **unused)
{
	(void)unused;
	has(ASK(app, Q_profile_change, user, "Own", NULL), "\"firstName\":\"Own\"");
	assert_string_equal(value("select updated_at > created_at from studio.users where id = '%s'", user), "t");
	assert_string_equal(value("select count(*) from studio.audit"), "0");
	has(ASK(app, Q_user_change, user, "U", NULL, "new@x.org", "ADMIN", admin, "1.2.3.4"),
	    "\"email\":\"new@x.org\",\"firstName\":\"U\",\"lastName\":\"X\",\"role\":\"ADMIN\"");
	assert_string_equal(value("select concat_ws(' ', event, user_id = '%s', address, detail->>'emailWas', detail->>'email', detail->>'role', "
	    "detail->'lastName') from studio.audit", admin), "user_changed t 1.2.3.4 u@x.org new@x.org ADMIN");
	has(ASK(app, Q_user_change, user, NULL, NULL, "u@x.org", "USER", admin, ""), "\"role\":\"USER\"");
	MUST_REFUSE(app, "23505", Q_user_change, user, NULL, NULL, "O@x.ORG", NULL, admin, "");
}

static void
a_mailed_link_dies_with_its_address(void **unused)
{
	(void)unused;
	run("insert into studio_auth.password_resets (token_hash, user_id, expires_at) values ('x', '%s', now() + interval '1 h'), ('y', '%s', now() + interval '1 h')",
	    user, other);
	has(ASK(app, Q_user_change, user, "Name", NULL, NULL, NULL, admin, ""), "\"firstName\":\"Name\"");
	assert_string_equal(value("select count(*) from studio_auth.password_resets"), "2");
	has(ASK(app, Q_user_change, user, "U", NULL, "new@x.org", NULL, admin, ""), "\"email\":\"new@x.org\"");
	assert_string_equal(value("select user_id from studio_auth.password_resets"), other);
	has(ASK(app, Q_user_change, user, NULL, NULL, "u@x.org", NULL, admin, ""), "\"email\":\"u@x.org\"");
	run("delete from studio_auth.password_resets");
}

static void
one_admin_remains(void **unused)
{
	(void)unused;
	has(ASK(app, Q_user_change, admin2, NULL, NULL, NULL, "USER", admin, ""), "\"role\":\"USER\"");
	MUST_REFUSE(app, "RESOURCE_CONFLICT", Q_user_change, admin, NULL, NULL, NULL, "USER", admin, "");
	MUST_REFUSE(app, "RESOURCE_CONFLICT", Q_user_delete, admin, admin, "", "gs://b/p");
	has(ASK(app, Q_user_change, admin, "Still", NULL, NULL, "ADMIN", admin, ""), "Still");
	assert_true(yes(ASK(app, Q_user_delete, admin2, admin, "", "gs://b/p")));
	assert_false(yes(ASK(app, Q_user_delete, admin2, admin, "", "gs://b/p")));
}

static void
one_admin_remains_when_two_go_at_once(void **unused)
{
	PGconn *c1 = connect_as(Q_become_app), *c2 = connect_as(Q_become_app);

	(void)unused;
	PQclear(sql(c1, "begin"));
	assert_true(yes(ASK(c1, Q_user_delete, admin, admin2, "", "gs://b/p")));
	LATER(c2, Q_user_delete, admin2, admin, "", "gs://b/p");
	must_wait(c2);
	PQclear(sql(c1, "commit"));
	assert_string_equal(refused_with(answer_of(c2)), "RESOURCE_CONFLICT");
	assert_string_equal(value("select string_agg(email, ' ') from studio.users where role = 'ADMIN'"), "b@admin.test");
	PQfinish(c1);
	PQfinish(c2);
}

static void
a_user_takes_everything_along(void **unused)
{
	char who[37];

	(void)unused;
	user_add(who, "gone@admin.test", "G", "G", "USER");
	struct made ended = generate(who, "IMAGE", "", "\\x00", project), open = generate(who, "VIDEO", "k", "\\x01", project);
	run("update studio.jobs set finished_at = now(), state = 'done' where id = '%s'", ended.job);
	struct lease l = claim("7", "4", "4", open.job);
	assert_true(yes(ASK(app, Q_job_begin, open.job, l.fence, NULL)));
	PQclear(sql(owner, "listen studio_events"));
	assert_true(yes(ASK(app, Q_user_delete, who, admin, "1.2.3.4", "gs://b/p")));
	/* what waits for it is told its end */
	PQclear(sql(owner, "select 1"));
	PGnotify *n = PQnotifies(owner);
	assert_non_null(n);
	assert_non_null(strstr(n->extra, open.id));
	assert_non_null(strstr(n->extra, " FAILED"));
	PQfreemem(n);
	PQclear(sql(owner, "unlisten *"));
	/* the worker that has it learns that it has no more */
	assert_false(yes(ASK(app, Q_job_renew, open.job, l.fence, "1000")));
	assert_false(yes(ASK(app, Q_job_running, open.job, l.fence, "op", "m", "0")));
	assert_false(yes(ASK(app, Q_job_finish, open.job, l.fence, "[]", "gs://b/p")));
	assert_false(yes(ASK(app, Q_job_fail, open.job, l.fence, "X", "y", NULL)));
	assert_int_equal(claim("8", "8", "8", NULL).jobs, 0);
	assert_string_equal(value("select (select count(*) from studio.media_generations) + (select count(*) from studio.jobs) "
	    "+ (select count(*) from studio.job_attempts) + (select count(*) from studio.events where user_id = '%s') "
	    "+ (select count(*) from studio.idempotency_keys)", who), "0");
	assert_string_equal(value("select count(*) from studio.deletions where uri = 'gs://b/p/users/%s/' and again", who), "1");
	assert_string_equal(value("select concat_ws(' ', event, user_id = '%s', address, detail->>'user' = '%s', detail->>'email', "
	    "detail->>'jobsEnded') from studio.audit", admin, who), "user_deleted t 1.2.3.4 t gone@admin.test 1");
}

/* It may be so much that it would last too long to end each by itself. */
static void
what_only_waits_is_told_and_gone_at_once(void **unused)
{
	char who[37], events[32];
	unsigned told = 0;
	PGnotify *n;

	(void)unused;
	user_add(who, "many@admin.test", "M", "M", "USER");
	for (int i = 0; i < 20; i++)
		generate(who, "IMAGE", "", "\\x00", project);
	snprintf(events, sizeof events, "%s", value("select max(id) from studio.events"));
	PQclear(sql(owner, "listen studio_events"));
	assert_true(yes(ASK(app, Q_user_delete, who, admin, "", "gs://b/p")));
	PQclear(sql(owner, "select 1"));
	for (; (n = PQnotifies(owner)) != NULL; PQfreemem(n))
		told += strstr(n->extra, who) != NULL && strstr(n->extra, " FAILED") != NULL;
	PQclear(sql(owner, "unlisten *"));
	assert_int_equal(told, 20);
	assert_string_equal(value("select nextval(pg_get_serial_sequence('studio.events', 'id')) - 1"), events);
	assert_string_equal(value("select detail->>'jobsEnded' from studio.audit where event = 'user_deleted' order by id desc limit 1"), "20");
	assert_string_equal(value("select sum(reserved) + sum(generations) from studio.usage_days where user_id = '%s'", who), "0");
	assert_string_equal(value("select count(*) from studio.ledger_check()"), "0");
}

/* A step of a poller and a new generation come first and are waited for; neither waits for the
 * deletion in turn. */
static void
deleting_a_user_waits_for_what_is_under_way(void **unused)
{
	PGconn *step = connect_as(Q_become_app), *adding = connect_as(Q_become_app), *deleting = connect_as(Q_become_app);
	char who[37];

	(void)unused;
	user_add(who, "gone@admin.test", "G", "G", "USER");
	struct made m = generate(who, "IMAGE", "", "\\x00", project);
	struct lease l = claim("7", "4", "4", m.job);
	PQclear(sql(step, "begin"));
	assert_true(yes(ASK(step, Q_job_begin, m.job, l.fence, NULL)));
	LATER(deleting, Q_user_delete, who, admin, "", "gs://b/p");
	must_wait(deleting);
	PQclear(sql(step, "commit"));
	PGresult *r = answer_of(deleting);
	assert_true(yes(r));

	user_add(who, "gone@admin.test", "G", "G", "USER");
	m = generate(who, "IMAGE", "", "\\x00", project);
	PQclear(sql(adding, "begin"));
	PQclear(ASK(adding, Q_generation_create, who, project, "IMAGE", "p", "m", "{}", "{}", "", "\\x00", "2", "r", "\\x00", "0", "[]", NULL));
	LATER(deleting, Q_user_delete, who, admin, "", "gs://b/p");
	must_wait(deleting);
	PQclear(sql(adding, "commit"));
	r = answer_of(deleting);
	assert_true(yes(r));
	assert_string_equal(value("select count(*) from studio.jobs"), "0");
	PQfinish(step);
	PQfinish(adding);
	PQfinish(deleting);
}

static void
users_are_found(void **unused)
{
	static const struct { const char *search, *role, *wants; } rows[] = {
		{ NULL, NULL, "\"data\":[{\"id\":" },
		{ "%da o%", NULL, "\"totalItems\":1," }, { "%B@ADMIN%", NULL, "\"totalItems\":1," },
		{ "%\\%%", NULL, "\"totalItems\":0," }, { "%admin.test%", "USER", "\"totalItems\":0," },
		{ "%admin.test%", "ADMIN", "\"totalItems\":2,\"itemCount\":2,\"itemsPerPage\":10," },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++)
		has(ASK(app, Q_user_page, "1", "0", rows[i].search, rows[i].role), rows[i].wants);
	has(ASK(app, Q_user_page, "1", "1", "%admin.test%", NULL), "{\"data\":[{\"id\":");
	has(ASK(app, Q_user_page, "1", "1", "%admin.test%", NULL), "\"email\":\"b@admin.test\"");
	has(ASK(app, Q_user_page, "2", "1", "%admin.test%", NULL), "\"email\":\"a@admin.test\"");
	has(ASK(app, Q_user_page, "1000000", "100", NULL, NULL), "{\"data\":[],");
}

/* ---- projects ---- */

static void
a_project_is_changed_and_cleared(void **unused)
{
	char id[37];

	(void)unused;
	has(ASK(app, Q_project_create, "N", "D", "my-project", admin, "1.2.3.4"), "\"name\":\"N\",\"description\":\"D\",\"googleProjectId\":\"my-project\"");
	snprintf(id, sizeof id, "%s", value("select id from studio.projects where name = 'N'"));
	has(ASK(app, Q_project_change, id, NULL, "f", NULL, "f", NULL, admin, ""), "\"name\":\"N\",\"description\":\"D\",\"googleProjectId\":\"my-project\"");
	assert_string_equal(value("select updated_at = created_at from studio.projects where id = '%s'", id), "t");
	has(ASK(app, Q_project_change, id, "M", "t", NULL, "f", NULL, admin, ""), "\"name\":\"M\",\"description\":null,\"googleProjectId\":\"my-project\"");
	has(ASK(app, Q_project_change, id, NULL, "t", "", "t", NULL, admin, ""), "\"name\":\"M\",\"description\":\"\",\"googleProjectId\":null");
	assert_string_equal(first_of(ASK(app, Q_project_change, user, "M", "f", NULL, "f", NULL, admin, "")), "(no row)");
	assert_true(yes(ASK(app, Q_project_delete, id, admin, "")));
	assert_false(yes(ASK(app, Q_project_delete, id, admin, "")));
	assert_string_equal(value("select string_agg(event, ' ' order by id) from studio.audit"),
	    "project_created project_changed project_changed project_deleted");
}

static void
a_project_in_use_stays(void **unused)
{
	PGconn *adding = connect_as(Q_become_app), *deleting = connect_as(Q_become_app);
	char id[37];

	(void)unused;
	snprintf(id, sizeof id, "%s", value("insert into studio.projects (name) values ('used') returning id"));
	PQclear(sql(adding, "begin"));
	PQclear(ASK(adding, Q_generation_create, user, id, "IMAGE", "p", "m", "{}", "{}", "", "\\x00", "2", "r", "\\x00", "0", "[]", NULL));
	LATER(deleting, Q_project_delete, id, admin, "");
	must_wait(deleting);
	PQclear(sql(adding, "commit"));
	assert_string_equal(refused_with(answer_of(deleting)), "RESOURCE_CONFLICT");
	MUST_REFUSE(app, "RESOURCE_CONFLICT", Q_project_delete, id, admin, "");
	run("delete from studio.media_generations");
	assert_true(yes(ASK(app, Q_project_delete, id, admin, "")));
	assert_true(generate(user, "IMAGE", "", "\\x00", id).missing);
	PQfinish(adding);
	PQfinish(deleting);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(nothing_is_changed_where_nothing_differs),
		CASE(a_change_by_an_admin_is_audited_an_own_one_is_not),
		CASE(a_mailed_link_dies_with_its_address),
		CASE(one_admin_remains),
		CASE(one_admin_remains_when_two_go_at_once),
		CASE(a_user_takes_everything_along),
		CASE(what_only_waits_is_told_and_gone_at_once),
		CASE(deleting_a_user_waits_for_what_is_under_way),
		CASE(users_are_found),
		CASE(a_project_is_changed_and_cleared),
		CASE(a_project_in_use_stays),
	};

	return sql_rig_run(tests);
}
