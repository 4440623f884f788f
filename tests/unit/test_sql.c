/* tests/unit/test_sql.c - the migrations and the named statements on a real PostgreSQL: who may
 * prepare what, the life of accounts and sessions.
 * Licence: Apache-2.0. */
#include "actors/db/migrate.h"
#include "sql_rig.h"

/* ---- migrations ---- */

static void
migrations_run_once_and_refuse_a_changed_one(void **unused)
{
	(void)unused;
	assert_int_equal(migrate(&ci, true), MIGRATE_DONE);
	run("update studio.schema_migrations set checksum = 'x' || checksum where version = 2");
	assert_int_equal(migrate(&ci, true), MIGRATE_REFUSED);
	run("update studio.schema_migrations set checksum = substr(checksum, 2) where version = 2");
	run("insert into studio.schema_migrations (version, name, checksum) values (9999, 'of_tomorrow', 'x')");
	assert_int_equal(migrate(&ci, true), MIGRATE_REFUSED);
	run("delete from studio.schema_migrations where version = 9999");
	assert_int_equal(migrate(&ci, true), MIGRATE_DONE);
}

static void
all_statements_can_be_prepared_by_their_role(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < Q_COUNT; i++) {
		PGconn *c = statements[i].on == ON_auth ? auth : app;
		if (statements[i].on == ON_setup || statements[i].on == ON_migrate)
			continue;
		PGresult *r = PQprepare(c, statements[i].name, statements[i].text, (int)statements[i].nparams, NULL);
		if (PQresultStatus(r) != PGRES_COMMAND_OK)
			fail_msg("%s: %s", statements[i].name, PQresultErrorMessage(r));
		PQclear(r);
	}
}

static void
the_app_role_sees_no_hash_and_no_session(void **unused)
{
	static const char *const texts[] = { "select * from studio_auth.credentials", "select * from studio_auth.sessions",
		"select studio_auth.admin_seed('a', 'b', 'c', 'd')" };

	(void)unused;
	for (size_t i = 0; i < COUNT(texts); i++) {
		PGresult *r = PQexec(app, texts[i]);
		assert_string_equal(PQresultErrorField(r, PG_DIAG_SQLSTATE), "42501");
		PQclear(r);
	}
	PGresult *r = PQexec(auth, "select * from studio.media_generations");
	assert_string_equal(PQresultErrorField(r, PG_DIAG_SQLSTATE), "42501");
	PQclear(r);
}

static void
ids_are_uuids_of_version_7_in_order(void **unused)
{
	(void)unused;
	assert_string_equal(value("select bool_and(id::text ~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]') from "
	    "(select studio.uuid_v7() as id from generate_series(1, 200)) t"), "t");
	assert_string_equal(value("select a < b from (select studio.uuid_v7() as a, pg_sleep(0.003), studio.uuid_v7() as b) t"), "t");
}

/* ---- accounts and sessions ---- */

static void
an_address_is_taken_in_any_case(void **unused)
{
	(void)unused;
	PGresult *r = ASK(auth, Q_account_create, "New@x.org", "A", "B", "hash", "USER");
	assert_int_equal(PQntuples(r), 1);
	assert_non_null(strstr(PQgetvalue(r, 0, 3), "\"email\":\"New@x.org\",\"firstName\":\"A\",\"lastName\":\"B\",\"role\":\"USER\"}"));
	PQclear(r);
	r = ASK(auth, Q_account_create, "nEW@X.org", "A", "B", "hash", "USER");
	assert_int_equal(PQntuples(r), 0);
	PQclear(r);
	r = ASK(auth, Q_credential_get, "NEW@x.ORG");
	assert_string_equal(PQgetvalue(r, 0, 1), "hash");
	PQclear(r);
}

static void
the_first_admin_is_made_once(void **unused)
{
	(void)unused;
	PGresult *r = ASK(auth, Q_admin_seed, "adm@x.org", "A", "B", "");
	assert_string_equal(PQgetvalue(r, 0, 0), "f");
	assert_string_equal(PQgetvalue(r, 0, 1), "f");
	PQclear(r);
	r = ASK(auth, Q_admin_seed, "adm@x.org", "A", "B", "hash");
	assert_string_equal(PQgetvalue(r, 0, 1), "t");
	PQclear(r);
	r = ASK(auth, Q_admin_seed, "adm2@x.org", "A", "B", "hash");
	assert_string_equal(PQgetvalue(r, 0, 0), "t");
	assert_string_equal(PQgetvalue(r, 0, 1), "f");
	PQclear(r);
}

static int
rotate(const char *session, const char *old, const char *fresh_hash, const char *device)
{
	PGresult *r = ASK(auth, Q_session_rotate, session, old, fresh_hash, "99999999999999", "1.2.3.4", device);
	int outcome = atoi(PQgetvalue(r, 0, 0));

	PQclear(r);
	return outcome;
}

static bool
alive(const char *session)
{
	PGresult *r = ASK(auth, Q_session_get, session);
	bool there_is = PQntuples(r) == 1;

	PQclear(r);
	return there_is;
}

static void
a_spent_refresh_token_ends_its_family(void **unused)
{
	static const char s[] = "00000000-0000-7000-8000-000000000001";

	(void)unused;
	assert_true(yes(ASK(auth, Q_session_create, s, user, "\\x01", "99999999999999", "1.2.3.4", "phone", NULL)));
	assert_true(yes(ASK(auth, Q_session_create, s, user, "\\x01", "99999999999999", "1.2.3.4", "phone", NULL)));
	assert_true(alive(s));
	assert_int_equal(rotate(s, "\\x01", "\\x02", "phone"), 0);
	assert_int_equal(rotate(s, "\\x01", "\\x02", "phone"), 1);	/* the answer was lost */
	assert_int_equal(rotate(s, "\\x01", "\\x02", "phone"), 1);	/* the same question again changes nothing */
	assert_int_equal(rotate(s, "\\x02", "\\x03", "phone"), 0);
	run("update studio_auth.sessions set rotated_at = now() - interval '11 seconds'");
	assert_int_equal(rotate(s, "\\x02", "\\x04", "phone"), 2);	/* too late */
	assert_false(alive(s));
	assert_int_equal(rotate(s, "\\x03", "\\x05", "phone"), 3);
}

static void
sessions_make_room_and_are_listed(void **unused)
{
	char s[37], before[37] = "";

	(void)unused;
	run("delete from studio_auth.sessions");
	for (int i = 0; i < 103; i++) {
		snprintf(s, sizeof s, "00000000-0000-7000-8000-0000000001%02x", i);
		assert_true(yes(ASK(auth, Q_session_create, s, user, "\\x01", "99999999999999", "1.2.3.4", "phone", NULL)));
		if (i == 50)
			memcpy(before, s, sizeof before);
	}
	assert_false(alive("00000000-0000-7000-8000-000000000102"));
	assert_true(alive("00000000-0000-7000-8000-000000000103"));
	PGresult *r = ASK(auth, Q_session_list, user, s);
	const char *json = PQgetvalue(r, 0, 0);
	assert_ptr_equal(strstr(json, "\"id\":\"00000000-0000-7000-8000-000000000166\",\"device\":\"phone\",\"address\":\"1.2.3.4\",\"createdAt\":"), json + 2);
	assert_non_null(strstr(json, "\"current\":true"));
	assert_null(strstr(strstr(json, "\"current\":true") + 1, "\"current\":true"));
	assert_null(strstr(json, "000000000102\""));
	PQclear(r);
	/* only one's own, and once */
	assert_false(yes(ASK(auth, Q_session_revoke, other, before, "test")));
	assert_true(yes(ASK(auth, Q_session_revoke, user, before, "test")));
	assert_false(yes(ASK(auth, Q_session_revoke, user, before, "test")));
	assert_false(alive(before));
	run("delete from studio_auth.sessions");
}

static void
an_event_told_twice_is_one(void **unused)
{
	static const char id[] = "00000000-0000-7000-8000-00000000aaaa";

	(void)unused;
	for (int i = 0; i < 2; i++)
		PQclear(ASK(auth, Q_audit_add, id, "1700000000123", "logout", NULL, "1.2.3.4", "{}"));
	assert_string_equal(value("select count(*) || ' ' || to_char(min(at) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS') "
	    "from studio.audit where event = 'logout'"), "1 2023-11-14 22:13:20.123");
}

static void
another_client_gets_no_second_answer(void **unused)
{
	static const char s[] = "00000000-0000-7000-8000-000000000002";

	(void)unused;
	assert_true(yes(ASK(auth, Q_session_create, s, user, "\\x01", "99999999999999", "1.2.3.4", "phone", NULL)));
	assert_int_equal(rotate(s, "\\x01", "\\x02", "phone"), 0);
	assert_int_equal(rotate(s, "\\x01", "\\x03", "thief"), 2);
	assert_false(alive(s));
}

static void
the_second_answer_of_the_grace_period_is_good_too(void **unused)
{
	static const char s[] = "00000000-0000-7000-8000-000000000003";

	(void)unused;
	assert_true(yes(ASK(auth, Q_session_create, s, user, "\\x01", "99999999999999", "1.2.3.4", "phone", NULL)));
	assert_int_equal(rotate(s, "\\x01", "\\x02", "phone"), 0);
	assert_int_equal(rotate(s, "\\x01", "\\x12", "phone"), 1);
	assert_int_equal(rotate(s, "\\x12", "\\x03", "phone"), 0);
	assert_int_equal(rotate(s, "\\x02", "\\x04", "phone"), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(migrations_run_once_and_refuse_a_changed_one),
		CASE(all_statements_can_be_prepared_by_their_role),
		CASE(the_app_role_sees_no_hash_and_no_session),
		CASE(ids_are_uuids_of_version_7_in_order),
		CASE(an_address_is_taken_in_any_case),
		CASE(the_first_admin_is_made_once),
		CASE(a_spent_refresh_token_ends_its_family),
		CASE(another_client_gets_no_second_answer),
		CASE(sessions_make_room_and_are_listed),
		CASE(an_event_told_twice_is_one),
		CASE(the_second_answer_of_the_grace_period_is_good_too),
	};

	return sql_rig_run(tests);
}
