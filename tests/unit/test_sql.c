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

/* Whoever calls one cannot make it use tables or operators of theirs; and not everybody may. */
static void
functions_with_the_rights_of_the_owner_are_closed(void **unused)
{
	(void)unused;
	assert_string_equal(value("select coalesce(string_agg(p.oid::regprocedure::text, ' '), '') from pg_proc p "
	    "join pg_namespace n on n.oid = p.pronamespace where n.nspname like 'studio%%' and p.prosecdef and ("
	    "not exists (select from unnest(p.proconfig) c where c ~ '^search_path=pg_catalog(, ?pg_temp)?$') "
	    "or has_function_privilege('public', p.oid, 'execute'))"), "");
	assert_string_equal(value("select count(*) from pg_namespace n, unnest('{studio_app,studio_auth,public}'::text[]) r "
	    "where n.nspname like 'studio%%' and has_schema_privilege(r, n.oid, 'create')"), "0");
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
	r = ASK(auth, Q_login_get, "NEW@x.ORG", "1.2.3.4", "[]");
	assert_string_equal(PQgetvalue(r, 0, 0), "t");
	assert_string_equal(PQgetvalue(r, 0, 2), "hash");
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

/* A session by the password that the user has now. */
static PGresult *
opened(const char *session, const char *refresh, const char *address, const char *forgive)
{
	char hash[256];

	run("insert into studio_auth.credentials (user_id, hash) values ('%s', 'h') on conflict do nothing", user);
	snprintf(hash, sizeof hash, "%s", value("select hash from studio_auth.credentials where user_id = '%s'", user));
	return ASK(auth, Q_session_create, session, user, refresh, "99999999999999", address, "phone", forgive, hash, "");
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
	assert_true(yes(opened(s, "\\x01", "1.2.3.4", NULL)));
	assert_true(yes(opened(s, "\\x01", "1.2.3.4", NULL)));
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
		assert_true(yes(opened(s, "\\x01", "1.2.3.4", NULL)));
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

#define K1 "00000000-0000-7000-8000-0000000000c1"
#define K2 "00000000-0000-7000-8000-0000000000c2"
#define K3 "00000000-0000-7000-8000-0000000000c3"
#define PAIR "{\"kind\":\"pair\",\"key\":\"" K1 "\"}"
#define ACCOUNT "{\"kind\":\"account\",\"key\":\"" K2 "\"}"
#define ADDRESS "{\"kind\":\"address\",\"key\":\"" K3 "\"}"
#define GUESS "[" PAIR "," ACCOUNT "," ADDRESS "]"

/* "lock in seconds, by whom, failures" */
static const char *
strike(const char *subjects)
{
	static char out[64];
	PGresult *r = ASK(auth, Q_strike, subjects);

	snprintf(out, sizeof out, "%ld %s %s", atol(PQgetvalue(r, 0, 0)) / 1000, PQgetvalue(r, 0, 1), PQgetvalue(r, 0, 2));
	PQclear(r);
	return out;
}

static const char *
held(const char *email, const char *address, const char *subjects)
{
	static char out[64];
	PGresult *r = ASK(auth, Q_login_get, email, address, subjects);

	snprintf(out, sizeof out, "%s %ld %s %s", PQgetvalue(r, 0, 0), (atol(PQgetvalue(r, 0, 5)) + 999) / 1000, PQgetvalue(r, 0, 6),
	    PQgetvalue(r, 0, 7));
	PQclear(r);
	return out;
}

static void
guesses_lock_and_are_forgiven(void **unused)
{
	static const char s[] = "00000000-0000-7000-8000-0000000000c9";

	(void)unused;
	run("delete from studio_auth.strikes");
	assert_string_equal(held("none@x.org", "1.2.3.4", GUESS), "f 0  0");
	for (int i = 1; i < 5; i++)
		strike(GUESS);
	assert_string_equal(held("none@x.org", "1.2.3.4", GUESS), "f 0  4");
	assert_string_equal(strike(GUESS), "60 pair 5");
	assert_string_equal(held("none@x.org", "1.2.3.4", GUESS), "f 60 pair 5");
	assert_string_equal(strike(GUESS), "120 pair 6");
	for (int i = 0; i < 10; i++)
		strike("[" PAIR "]");
	assert_string_equal(strike("[" PAIR "]"), "3600 pair 17");	/* never longer */
	/* an hour after the lock all is forgotten */
	run("update studio_auth.strikes set over_at = now() where key = '" K1 "'");
	assert_string_equal(held("none@x.org", "1.2.3.4", GUESS), "f 0  0");
	assert_string_equal(strike("[" PAIR "]"), "0  1");
	/* a login ends the pair's, and no others */
	assert_true(yes(opened(s, "\\x01", "9.9.9.9", K1)));
	assert_string_equal(value("select string_agg(key::text, ' ' order by key) from studio_auth.strikes"), K2 " " K3);
}

static void
an_accounts_lock_spares_its_owner(void **unused)
{
	static const char s[] = "00000000-0000-7000-8000-0000000000c8";

	(void)unused;
	run("delete from studio_auth.strikes");
	run("insert into studio_auth.credentials (user_id, hash) values ('%s', 'h') on conflict do nothing", user);
	char email[256];
	snprintf(email, sizeof email, "%s", value("select email from studio.users where id = '%s'", user));
	for (int i = 1; i < 50; i++)
		strike("[" ACCOUNT "]");
	assert_string_equal(strike("[" ACCOUNT "]"), "60 account 0");
	assert_string_equal(held(email, "8.8.8.8", GUESS), "t 60 account 0");
	assert_true(yes(opened(s, "\\x01", "8.8.8.8", NULL)));
	assert_string_equal(held(email, "8.8.8.8", GUESS), "t 0  0");
	assert_string_equal(held(email, "8.8.4.4", GUESS), "t 60 account 0");
	/* time forgives one failure after the other: half an hour, thirty */
	run("update studio_auth.strikes set struck_at = now() - interval '30 minutes', locked_until = null");
	assert_string_equal(strike("[" ACCOUNT "]"), "0  0");
	assert_string_equal(value("select round(failures) from studio_auth.strikes"), "21");
	/* what is over is swept, some at each strike */
	run("insert into studio_auth.strikes select gen_random_uuid(), 1, now(), null, now() - interval '1 second' from generate_series(1, 100)");
	strike("[" ACCOUNT "]");
	assert_string_equal(value("select count(*) from studio_auth.strikes"), "85");
	PQclear(ASK(auth, Q_prune_sessions, "2592000000", "1000"));
	assert_string_equal(value("select count(*) from studio_auth.strikes"), "1");
}

static void
a_changed_password_ends_other_sessions(void **unused)
{
	static const char s1[] = "00000000-0000-7000-8000-0000000000d1", s2[] = "00000000-0000-7000-8000-0000000000d2";

	(void)unused;
	run("update studio_auth.credentials set hash = 'old' where user_id = '%s'", user);
	assert_true(yes(opened(s1, "\\x01", "8.8.8.8", NULL)));
	assert_true(yes(opened(s2, "\\x02", "8.8.8.8", NULL)));
	assert_false(yes(ASK(auth, Q_password_change, user, "other", "new", s1)));
	assert_true(alive(s2));
	for (int i = 0; i < 2; i++)
		assert_true(yes(ASK(auth, Q_password_change, user, "old", "new", s1)));
	assert_true(alive(s1));
	assert_false(alive(s2));
	assert_string_equal(value("select hash from studio_auth.credentials where user_id = '%s'", user), "new");
	/* who was let in by the old one gets no session any more; a better hash of the same is no other */
	MUST_REFUSE(auth, "SERVICE_UNAVAILABLE", Q_session_create, s2, user, "\\x02", "99999999999999", "8.8.8.8", "phone", NULL, "old", "");
	assert_true(yes(ASK(auth, Q_session_create, "00000000-0000-7000-8000-0000000000d3", user, "\\x02", "99999999999999", "8.8.8.8", "phone",
	    NULL, "worse", "new")));
}

static void
a_reset_is_good_once(void **unused)
{
	static const char s[] = "00000000-0000-7000-8000-0000000000e1";
	static const char subjects[] = "[{\"kind\":\"reset_for\",\"key\":\"00000000-0000-7000-8000-0000000000f1\"},"
	    "{\"kind\":\"reset_from\",\"key\":\"00000000-0000-7000-8000-0000000000f2\"}]";
	char email[256], hash[16];

	(void)unused;
	snprintf(email, sizeof email, "%s", value("select upper(email) from studio.users where id = '%s'", user));
	assert_true(yes(opened(s, "\\x01", "8.8.8.8", NULL)));
	assert_false(yes(ASK(auth, Q_reset_create, "none@x.org", "\\x00", "30", "[]")));
	for (int i = 0; i < 3; i++) {		/* told again, it is one */
		snprintf(hash, sizeof hash, "\\x0%d", i < 2 ? 1 : 2);
		PGresult *r = ASK(auth, Q_reset_create, email, hash, "30", subjects);
		assert_string_equal(PQgetvalue(r, 0, 0), "t");
		assert_string_equal(PQgetvalue(r, 0, 1), user);
		PQclear(r);
	}
	assert_string_equal(value("select count(*) from studio_auth.password_resets"), "2");
	PQclear(ASK(auth, Q_reset_create, email, "\\x03", "30", subjects));
	PGresult *r = ASK(auth, Q_reset_create, email, "\\x04", "30", subjects);	/* the third began a lock */
	assert_string_equal(PQgetvalue(r, 0, 0), "f");
	assert_string_equal(PQgetvalue(r, 0, 5), "reset_for");
	PQclear(r);
	assert_int_equal(PQntuples(r = ASK(auth, Q_reset_get, "\\x04")), 0);
	PQclear(r);
	assert_int_equal(PQntuples(r = ASK(auth, Q_reset_get, "\\x02")), 1);
	PQclear(r);
	assert_int_equal(PQntuples(r = ASK(auth, Q_password_reset, "\\x02", "newest", "[]")), 1);
	PQclear(r);
	assert_false(alive(s));
	assert_string_equal(value("select hash from studio_auth.credentials where user_id = '%s'", user), "newest");
	for (const char *const *t = (const char *const[]){ "\\x01", "\\x02", NULL }; *t != NULL; t++) {	/* it, and the others */
		assert_int_equal(PQntuples(r = ASK(auth, Q_password_reset, *t, "no", "[]")), 0);
		PQclear(r);
	}
	run("delete from studio_auth.strikes");
	assert_true(yes(ASK(auth, Q_reset_create, email, "\\x05", "30", "[]")));
	run("update studio_auth.password_resets set expires_at = now()");
	assert_int_equal(PQntuples(r = ASK(auth, Q_password_reset, "\\x05", "no", "[]")), 0);
	PQclear(r);
	/* a hash gets better only from what it was */
	assert_false(yes(ASK(auth, Q_hash_upgrade, user, "other", "better")));
	assert_true(yes(ASK(auth, Q_hash_upgrade, user, "newest", "better")));
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
	assert_true(yes(opened(s, "\\x01", "1.2.3.4", NULL)));
	assert_int_equal(rotate(s, "\\x01", "\\x02", "phone"), 0);
	assert_int_equal(rotate(s, "\\x01", "\\x03", "thief"), 2);
	assert_false(alive(s));
}

static void
the_second_answer_of_the_grace_period_is_good_too(void **unused)
{
	static const char s[] = "00000000-0000-7000-8000-000000000003";

	(void)unused;
	assert_true(yes(opened(s, "\\x01", "1.2.3.4", NULL)));
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
		CASE(functions_with_the_rights_of_the_owner_are_closed),
		CASE(ids_are_uuids_of_version_7_in_order),
		CASE(an_address_is_taken_in_any_case),
		CASE(the_first_admin_is_made_once),
		CASE(a_spent_refresh_token_ends_its_family),
		CASE(another_client_gets_no_second_answer),
		CASE(sessions_make_room_and_are_listed),
		CASE(guesses_lock_and_are_forgiven),
		CASE(an_accounts_lock_spares_its_owner),
		CASE(a_changed_password_ends_other_sessions),
		CASE(a_reset_is_good_once),
		CASE(an_event_told_twice_is_one),
		CASE(the_second_answer_of_the_grace_period_is_good_too),
	};

	return sql_rig_run(tests);
}
