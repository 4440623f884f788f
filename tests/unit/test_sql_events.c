/* tests/unit/test_sql_events.c - what listeners are told: events by their numbers, without a gap or
 * with a word about it, and the end of a session, whatever ends it.
 * Licence: Apache-2.0. */
#include "sql_rig.h"

static char session[37];

static int
fresh(void **state)
{
	PGresult *r;

	if (sql_rig_fresh(state) != 0)
		return -1;
	if (owner == NULL)
		return 0;
	run("delete from studio_auth.sessions");
	run("update studio.event_counters set seq = 0");
	run("delete from studio.events");
	snprintf(session, sizeof session, "%s", value("insert into studio_auth.sessions (id, user_id, refresh_hash, address, device, expires_at) "
	    "values (studio.uuid_v7(), '%s', '\\x01', '192.0.2.1', 'd', now() + interval '1 hour') returning id", user));
	r = sql(app, "unlisten *");
	PQclear(r);
	return 0;
}
#define EVENTS(f) cmocka_unit_test_setup(f, fresh)

/* ---- words ---- */

struct got {
	char lines[262144];
	long seq;
	bool missed;
};

static struct got
after(const char *n, const char *limit)
{
	PGresult *r = ASK(app, Q_events_after, user, session, n, limit);
	struct got g = { .seq = atol(PQgetvalue(r, 0, 1)), .missed = strcmp(PQgetvalue(r, 0, 2), "t") == 0 };

	snprintf(g.lines, sizeof g.lines, "%s", PQgetvalue(r, 0, 0));
	PQclear(r);
	return g;
}

/* The numbers before its lines, as "1 2 3". */
static const char *
numbers(const struct got *g)
{
	static char out[512];
	size_t n = 0;

	out[0] = '\0';
	for (const char *p = g->lines; *p != '\0'; p = strchr(p, '\n') + 1)
		n += (size_t)snprintf(out + n, sizeof out - n, "%s%ld", n > 0 ? " " : "", atol(p));
	return out;
}

/* Two states of one that succeeds, after its birth: three events. */
static struct made
succeed(void)
{
	struct made m = generate(user, "IMAGE", "", "\\x01", project);
	struct lease l = claim("7", "4", "4", m.job);

	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence, NULL)));
	assert_true(FINISH(&m, l.fence, "1/a.png\"", "1/b.png\""));
	return m;
}

/* How often the ends of sessions were told since the last time; the last one's text. */
static char told[96];
static int
ends(void)
{
	PGnotify *n;
	int count = 0;

	PQclear(sql(auth, "select 1"));
	while ((n = PQnotifies(auth)) != NULL) {
		assert_string_equal(n->relname, "studio_sessions");
		snprintf(told, sizeof told, "%s", n->extra);
		count++;
		PQfreemem(n);
	}
	return count;
}

/* ---- cases ---- */

static void
events_are_told_by_their_numbers(void **unused)
{
	struct made m, f;
	struct got g;
	char want[256];

	(void)unused;
	g = after("0", "64");
	assert_true(g.seq == 0 && !g.missed && g.lines[0] == '\0');
	m = succeed();
	g = after("0", "64");
	assert_string_equal(numbers(&g), "1 2 3");
	assert_true(g.seq == 3 && !g.missed);
	snprintf(want, sizeof want, "1 {\"mediaGenerationId\":\"%s\",\"status\":\"PENDING\",\"progress\":0,\"eventId\":1}\n2 {", m.id);
	assert_memory_equal(g.lines, want, strlen(want));
	snprintf(want, sizeof want, "\n3 {\"mediaGenerationId\":\"%s\",\"status\":\"SUCCEEDED\",\"progress\":100,\"results\":[{\"id\":", m.id);
	assert_non_null(strstr(g.lines, want));
	assert_non_null(strstr(g.lines, "/1/a.png"));
	assert_non_null(strstr(g.lines, "],\"eventId\":3}\n"));
	/* the same results as the generation has */
	assert_string_equal(value("select (split_part(lines, ' ', 2)::json->'results')::text = (studio.media_json(g)->'results')::text "
	    "from studio.events_after('%s', '%s', 2, 1), studio.media_generations g where g.id = '%s'", user, session, m.id), "t");

	f = generate(user, "IMAGE", "", "\\x01", project);
	struct lease l = claim("7", "4", "4", f.job);
	assert_true(yes(ASK(app, Q_job_begin, f.job, l.fence, NULL)));
	assert_true(yes(ASK(app, Q_job_fail, f.job, l.fence, "IMAGEN_API_ERROR", "it said \"no\"\n\"resultUrl\":\"gs://b/o\"", NULL)));
	g = after("5", "64");
	assert_non_null(strstr(g.lines, "\"status\":\"FAILED\",\"progress\":0,\"error\":\"it said \\\"no\\\"\\n\\\"resultUrl\\\":"));
	assert_string_equal(numbers(&g), "6");

	/* in parts, and only the newest number */
	g = after("1", "2");
	assert_string_equal(numbers(&g), "2 3");
	assert_int_equal(g.seq, 6);
	g = after("1", "0");
	assert_string_equal(numbers(&g), "2");
	g = after("6", "64");
	assert_true(!g.missed && g.lines[0] == '\0');
	g = after(NULL, "64");
	assert_true(!g.missed && g.lines[0] == '\0' && g.seq == 6);
	/* nobody else's */
	generate(other, "IMAGE", "", "\\x01", project);
	assert_int_equal(after(NULL, "64").seq, 6);
}

static void
a_gap_is_told(void **unused)
{
	struct got g;

	(void)unused;
	succeed();
	succeed();
	run("delete from studio.events where user_id = '%s' and seq <= 3", user);
	g = after("3", "64");
	assert_true(!g.missed);
	assert_string_equal(numbers(&g), "4 5 6");
	g = after("2", "64");
	assert_true(g.missed && g.seq == 6 && g.lines[0] == '\0');
	assert_true(after("0", "1").missed);
	/* never reached: another database, or a number made up */
	assert_true(after("7", "64").missed);
	assert_true(after("9223372036854775807", "64").missed);
	assert_true(after("-1", "64").missed);
	/* a hole is no end of the world, and never silent */
	run("delete from studio.events where user_id = '%s' and seq = 5", user);
	g = after("3", "64");
	assert_true(!g.missed);
	assert_string_equal(numbers(&g), "4");
	assert_true(after("4", "64").missed);
	assert_true(!after("5", "64").missed);
	/* all of them gone */
	run("delete from studio.events where user_id = '%s'", user);
	assert_true(after("5", "64").missed);
	assert_true(!after("6", "64").missed);
}

static void
no_more_than_one_answer_carries(void **unused)
{
	struct made m;
	struct got g;

	(void)unused;
	m = succeed();
	run("insert into studio.media_results (media_generation_id, index, result_url, metadata) "
	    "select '%s', 1 + n, 'gs://b/p/' || n, '{}' from generate_series(1, 200) n", m.id);
	m = succeed();
	run("insert into studio.media_results (media_generation_id, index, result_url, metadata) "
	    "select '%s', 1 + n, 'gs://b/p/' || n, '{}' from generate_series(1, 200) n", m.id);
	g = after("0", "64");		/* 202 and 202 objects: not both */
	assert_string_equal(numbers(&g), "1 2 3 4 5");
	assert_string_equal(value("select substr(lines, 1, 2) from studio.events_after('%s', '%s', 5, 64)", user, session), "6 ");
	/* what no answer carries is told without */
	run("insert into studio.media_results (media_generation_id, index, result_url, metadata) "
	    "select '%s', 1 + n, 'gs://b/p/' || n, '{}' from generate_series(201, 399) n", m.id);
	g = after("5", "64");
	assert_string_equal(numbers(&g), "6");
	assert_null(strstr(g.lines, "results"));
	assert_non_null(strstr(g.lines, "\"status\":\"SUCCEEDED\",\"progress\":100,\"eventId\":6}"));
	for (int i = 0; i < 70; i++)
		generate(user, "IMAGE", "", "\\x01", project);
	assert_string_equal(value("select regexp_count(lines, E'\\n') from studio.events_after('%s', '%s', 6, 4000)", user, session), "64");
	run("update studio.media_results set metadata = json_build_object('x', repeat('y', 30000)) where index < 30");
	assert_string_equal(value("select octet_length(lines) between 800000 and 2000000 and split_part(lines, ' ', 1) = '1' "
	    "from studio.events_after('%s', '%s', 0, 64)", user, session), "t");
}

static void
lines_stay_lines(void **unused)
{
	struct made m = succeed();

	(void)unused;
	run("update studio.media_results set metadata = E'{\"a\":\\n\\r\\n \"b\\\\n\"}' where media_generation_id = '%s'", m.id);
	assert_string_equal(value("select regexp_count(lines, E'[\\n\\r]') || (substr(lines, 3)::json->'results'->0->'metadata'->>'a') "
	    "from studio.events_after('%s', '%s', 2, 1)", user, session), "1b\n");
	/* a break that hid from db what its worker named (grants_any) is not taken out of what db then grants */
	run("update studio.media_results set metadata = E'{\"resultUrl\":\\n\"gs://b/others\"}' where media_generation_id = '%s'", m.id);
	struct got hidden = after("2", "1");
	assert_non_null(strstr(hidden.lines, "gs://b/others"));
	assert_null(strstr(hidden.lines, "Url\":\"gs://b/others"));
	/* deleted meanwhile: the event stays */
	run("delete from studio.media_generations where id = '%s'", m.id);
	struct got g = after("2", "64");
	assert_non_null(strstr(g.lines, "\"status\":\"SUCCEEDED\",\"progress\":100,\"eventId\":3}\n"));
}

static void
only_while_the_session_lives(void **unused)
{
	const char *const mine[] = { user, session, "0", "64" }, *const theirs[] = { other, session, "0", "64" };

	(void)unused;
	must_refuse(app, Q_events_after, theirs, "UNAUTHORIZED");
	run("update studio_auth.sessions set expires_at = now()");
	must_refuse(app, Q_events_after, mine, "UNAUTHORIZED");
	run("update studio_auth.sessions set expires_at = now() + interval '1 hour'");
	PQclear(ask(app, Q_events_after, mine));
	run("update studio_auth.sessions set revoked_at = now()");
	must_refuse(app, Q_events_after, mine, "UNAUTHORIZED");
	run("delete from studio_auth.sessions");
	must_refuse(app, Q_events_after, mine, "UNAUTHORIZED");
	/* one bit is all that its role learns of sessions */
	PGresult *r = PQexec(app, "select * from studio_auth.sessions");
	assert_string_equal(PQresultErrorField(r, PG_DIAG_SQLSTATE), "42501");
	PQclear(r);
	r = PQexec(auth, "select studio.session_lives(null, null)");
	assert_string_equal(PQresultErrorField(r, PG_DIAG_SQLSTATE), "42501");
	PQclear(r);
	/* a name of one's own does not get in between */
	r = PQexec(app, "create temp table sessions (id uuid, user_id uuid, revoked_at timestamptz, expires_at timestamptz)");
	PQclear(r);
	must_refuse(app, Q_events_after, mine, "UNAUTHORIZED");
	PQclear(PQexec(app, "drop table if exists sessions"));
}

static void
whatever_ends_a_session_is_told(void **unused)
{
	char want[96], second[37], third[37];

	(void)unused;
	PQclear(sql(auth, "listen studio_sessions"));
	assert_int_equal(ends(), 0);
	/* what changes nothing about its life */
	run("update studio_auth.sessions set last_used_at = now(), expires_at = now() + interval '2 hours'");
	assert_int_equal(ends(), 0);
	snprintf(want, sizeof want, "%s %s", session, user);
	assert_true(yes(ASK(auth, Q_session_revoke, user, session, "logout")));
	assert_int_equal(ends(), 1);
	assert_string_equal(told, want);
	/* over is over */
	run("update studio_auth.sessions set revoked_at = now(), revoked_because = 'again'");
	run("delete from studio_auth.sessions");
	assert_int_equal(ends(), 0);

	/* what had expired was over by itself */
	snprintf(second, sizeof second, "%s", value("insert into studio_auth.sessions (id, user_id, refresh_hash, address, device, expires_at) "
	    "values (studio.uuid_v7(), '%s', '\\x01', 'a', 'd', now() - interval '31 days') returning id", user));
	PQclear(ASK(auth, Q_prune_sessions, "2592000000", "1000"));
	assert_string_equal(value("select count(*) from studio_auth.sessions where id = '%s'", second), "0");
	assert_int_equal(ends(), 0);

	/* a spent refresh token; a new password; the user */
	user_add(third, "gone@x.org", "G", "O", "USER");
	run("insert into studio_auth.credentials (user_id, hash) values ('%s', 'old')", third);
	run("insert into studio_auth.sessions (id, user_id, refresh_hash, address, device, expires_at) "
	    "select studio.uuid_v7(), '%s', '\\x01', 'a', 'd', now() + interval '1 hour' from generate_series(1, 4)", third);
	snprintf(session, sizeof session, "%s", value("select min(id::text) from studio_auth.sessions where user_id = '%s'", third));
	PQclear(ASK(auth, Q_session_rotate, session, "\\x99", "\\x02", "4102444800000", "a", "d"));
	assert_int_equal(ends(), 1);
	snprintf(session, sizeof session, "%s", value("select max(id::text) from studio_auth.sessions where user_id = '%s'", third));
	assert_true(yes(ASK(auth, Q_password_change, third, "old", "new", session)));
	assert_int_equal(ends(), 2);
	PQclear(ASK(app, Q_user_delete, third, user, "192.0.2.1", "gs://b/p"));
	assert_int_equal(ends(), 1);
	snprintf(want, sizeof want, "%s %s", session, third);
	assert_string_equal(told, want);
	PQclear(sql(auth, "unlisten *"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		EVENTS(events_are_told_by_their_numbers),
		EVENTS(a_gap_is_told),
		EVENTS(no_more_than_one_answer_carries),
		EVENTS(lines_stay_lines),
		EVENTS(only_while_the_session_lives),
		EVENTS(whatever_ends_a_session_is_told),
	};

	return sql_rig_run(tests);
}
