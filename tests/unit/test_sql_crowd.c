/* tests/unit/test_sql_crowd.c - many connections at once do everything to the same few users, projects, keys
 * and jobs: nothing may deadlock, and what is left must add up. CROWD_SECONDS: for how long, 3 unless told;
 * CROWD_SEED: the same choices again, though not the same moments.
 * Licence: Apache-2.0. */
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include "sql_rig.h"

enum { PEOPLE = 4, PLACES = 2, APPS = 14, AUTHS = 4, RING = 64, VALUES = 16 };
#define MODELS "[[{\"model\":\"fair\",\"unit\":\"image\",\"micros\":100,\"per\":1,\"lengths\":[]}," \
	"{\"model\":\"dear\",\"unit\":\"image\",\"micros\":130,\"per\":1,\"lengths\":[]}]]"
#define LIMITS "{\"userMicros\":900000,\"projectMicros\":2000000}"
#define STORAGE "gs://b/p"
#define FROM "192.0.2.7"

struct turn {			/* a lease that some worker has, or had */
	char job[37], generation[37], owner[37], place[37], fence[24];
};

struct sent {			/* likewise of a delivery */
	char id[37], fence[24];
};

static char hooks[RING][37];
static struct sent sents[RING];
static unsigned nhooks, nsents;
static char people[PEOPLE][37], places[PLACES][37], made[RING][37], sessions[RING][37], files[RING][37];
static struct turn turns[RING];
static unsigned nmade, nturns, nsessions, nfiles;

static unsigned
any(unsigned n)
{
	return (unsigned)rand() % n;
}

/* ---- one connection: a statement at a time ---- */

struct one {
	PGconn *c;
	bool auth, busy;
	enum query q;
	const char *v[VALUES];
	char text[VALUES][512];
	unsigned n;
};

static void
put(struct one *o, const char *s)
{
	o->v[o->n++] = s;
}

__attribute__((format(printf, 2, 3))) static void
putf(struct one *o, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(o->text[o->n], sizeof o->text[0], format, ap);
	va_end(ap);
	put(o, o->text[o->n]);
}

static const char *
anybody(void)
{
	return people[any(PEOPLE)];
}

static const char *
anything(void)
{
	return nmade > 0 ? made[any(nmade < RING ? nmade : RING)] : people[0];
}

static struct turn *
any_turn(void)
{
	return nturns > 0 ? &turns[any(nturns < RING ? nturns : RING)] : NULL;
}

static void
begin(struct one *o, enum query q)
{
	o->q = q;
	o->n = 0;
}

/* ---- what they do ---- */

static void
submits(struct one *o)
{
	begin(o, Q_generation_create);
	put(o, anybody());
	put(o, places[any(PLACES)]);
	put(o, any(2) ? "IMAGE" : "MUSIC");
	put(o, "p");
	putf(o, "m%u", any(2));
	put(o, "{}");
	putf(o, "{\"sampleCount\":%u}", 1 + any(4));
	putf(o, any(2) ? "k%u" : "", any(4));
	put(o, "\\x01");
	put(o, "2");
	put(o, "r");
	put(o, "\\x00");
	put(o, "0");
	put(o, MODELS);
	put(o, LIMITS);
}

static void
claims(struct one *o)
{
	begin(o, Q_job_claim);
	putf(o, "%u", 1 + any(4));
	putf(o, "%u", any(5));
	putf(o, "%u", any(5));
	put(o, any(3) ? "30000" : "1");
	put(o, "8");
	put(o, any(2) ? "0" : "20");
}

static void
steps(struct one *o)
{
	static const enum query q[] = { Q_job_begin, Q_job_begin, Q_job_begin, Q_job_finish, Q_job_finish, Q_job_fail, Q_job_retry,
		Q_job_retry, Q_job_running, Q_job_unclear, Q_job_renew };
	struct turn *t = any_turn();

	if (t == NULL) {
		submits(o);
		return;
	}
	begin(o, q[any(COUNT(q))]);
	putf(o, "%s", t->job);
	putf(o, "%s", t->fence);
	if (o->q == Q_job_begin) {
		putf(o, "%u", 11 + any(4));
	} else if (o->q == Q_job_finish) {
		putf(o, "[{\"uri\":\"" STORAGE "/users/%s/projects/%s/%s/1/a\",\"metadata\":{\"model\":\"%s\"}}]", t->owner, t->place,
		    t->generation, any(2) ? "fair" : "dear");
		put(o, STORAGE);
	} else if (o->q == Q_job_fail) {
		put(o, "X");
		put(o, "no");
		put(o, NULL);
	} else if (o->q == Q_job_retry) {
		put(o, "0");
		put(o, any(2) ? "t" : "f");
		put(o, "X");
		put(o, "no");
	} else if (o->q == Q_job_running) {
		put(o, "op");
		put(o, "fair");
		put(o, "0");
	} else if (o->q == Q_job_unclear) {
		put(o, "0");
		put(o, "lost");
	} else {
		put(o, "30000");
	}
}

static void
owners(struct one *o)
{
	static const enum query q[] = { Q_generation_cancel, Q_generation_delete, Q_generation_retry, Q_generation_retry };
	const char *caller = anybody();

	begin(o, q[any(COUNT(q))]);
	put(o, caller);
	put(o, "t");		/* as an admin: everybody's */
	putf(o, "%s", anything());
	if (o->q == Q_generation_retry) {
		put(o, "r");
		put(o, "\\x00");
		putf(o, any(2) ? "k%u" : "", any(4));
		put(o, "\\x01");
		put(o, FROM);
		put(o, LIMITS);
		return;
	}
	if (o->q == Q_generation_delete)
		put(o, any(2) ? "t" : "f");
	put(o, STORAGE);
	put(o, FROM);
}

static void
admins(struct one *o)
{
	static const enum query q[] = { Q_user_delete, Q_project_delete, Q_quota_change, Q_quota_change, Q_user_change, Q_worker_void,
		Q_worker_void, Q_price_change, Q_queue_change };

	begin(o, q[any(COUNT(q))]);
	if (o->q == Q_user_delete || o->q == Q_project_delete || o->q == Q_user_change) {
		putf(o, "%s", o->q == Q_project_delete ? places[any(PLACES)] : anybody());
		if (o->q == Q_user_change) {
			putf(o, "n%u", any(100));
			put(o, NULL);
			putf(o, "%u@crowd.org", (unsigned)rand());
			put(o, NULL);
		}
		put(o, NULL);
		put(o, FROM);
		if (o->q == Q_user_delete)
			put(o, STORAGE);
	} else if (o->q == Q_quota_change) {
		bool of_user = any(2);
		put(o, of_user ? anybody() : NULL);
		put(o, of_user ? NULL : places[any(PLACES)]);
		putf(o, "%u", 900000 + any(3));
		put(o, NULL);
		put(o, NULL);
		put(o, FROM);
		put(o, LIMITS);
	} else if (o->q == Q_worker_void) {
		putf(o, "%u", 1 + any(4) + (any(2) ? 10 : 0));
	} else if (o->q == Q_price_change) {
		put(o, "fair");
		putf(o, "%u", 100 + any(5));
		put(o, NULL);
		put(o, FROM);
		put(o, "[{\"model\":\"fair\"}]");
	} else {
		put(o, NULL);
		put(o, "fair");
		put(o, NULL);
		put(o, "t");
		putf(o, "%u", 1 + any(9));
		put(o, NULL);
		put(o, FROM);
	}
}

static void
uploads(struct one *o)
{
	if (nfiles == 0 || any(2)) {
		begin(o, Q_file_create);
		put(o, anybody());
		put(o, "n.png");
		put(o, "image/png");
		put(o, "7");
		put(o, STORAGE);
		return;
	}
	begin(o, Q_files_stored);
	put(o, anybody());
	putf(o, "[\"%s\",\"%s\"]", files[any(nfiles < RING ? nfiles : RING)], files[any(nfiles < RING ? nfiles : RING)]);
	put(o, "t");
}

static void
logs_in(struct one *o)
{
	static const enum query q[] = { Q_session_create, Q_session_create, Q_password_change, Q_reset_create, Q_password_reset, Q_session_revoke,
		Q_strike };
	const char *who = anybody();
	unsigned s = any(RING);

	begin(o, q[any(COUNT(q))]);
	if (o->q == Q_session_create) {
		snprintf(sessions[s], sizeof sessions[s], "%08x-0000-4000-8000-%012x", (unsigned)rand(), (unsigned)rand());
		nsessions = RING;
		putf(o, "%s", sessions[s]);
		put(o, who);
		put(o, "\\x01");
		putf(o, "%lld", (long long)(time(NULL) + 3600) * 1000);
		put(o, FROM);
		put(o, "crowd");
		put(o, NULL);
		put(o, "h");
		put(o, "h");
	} else if (o->q == Q_password_change) {
		put(o, who);
		put(o, "h");
		put(o, "h");
		putf(o, "%s", nsessions > 0 && sessions[s][0] ? sessions[s] : people[0]);
	} else if (o->q == Q_reset_create) {
		putf(o, "%s", value("select coalesce((select email from studio.users where id::text = '%s'), '')", who));
		putf(o, "\\x%02x", any(8));
		put(o, "30");
		put(o, "[]");
	} else if (o->q == Q_password_reset) {
		putf(o, "\\x%02x", any(8));
		put(o, "h");
		put(o, "[]");
	} else if (o->q == Q_session_revoke) {
		put(o, who);
		putf(o, "%s", nsessions > 0 && sessions[s][0] ? sessions[s] : people[0]);
		put(o, "logout");
	} else {
		putf(o, "[{\"kind\":\"register\",\"key\":\"%08x-0000-4000-8000-000000000000\"},"
		    "{\"kind\":\"register\",\"key\":\"%08x-0000-4000-8000-000000000000\"}]", any(4), any(4) + 4);
	}
}

static void
hooks_in(struct one *o)
{
	static const enum query q[] = { Q_webhook_create, Q_webhook_change, Q_webhook_change, Q_webhook_delete, Q_webhook_test, Q_webhook_rotate };

	begin(o, nhooks == 0 ? Q_webhook_create : q[any(COUNT(q))]);
	if (o->q == Q_webhook_create)
		putf(o, "%08x-0000-4000-8000-%012x", (unsigned)rand(), (unsigned)rand());
	put(o, anybody());
	if (o->q != Q_webhook_create)
		putf(o, "%s", hooks[any(nhooks < RING ? nhooks : RING)]);
	if (o->q == Q_webhook_create || o->q == Q_webhook_change) {
		putf(o, "https://example.org/%u", any(9));
		put(o, "d");
		put(o, any(2) ? "t" : "f");
	}
	if (o->q == Q_webhook_create || o->q == Q_webhook_rotate)
		put(o, "\\x00");
	if (o->q == Q_webhook_change)
		put(o, any(4) ? "t" : "f");
	if (o->q != Q_webhook_test)
		put(o, FROM);
}

static void
sends(struct one *o)
{
	static const enum query q[] = { Q_delivery_claim, Q_delivery_claim, Q_delivery_end, Q_delivery_end, Q_delivery_end, Q_delivery_void };
	struct sent *d = &sents[any(nsents < RING ? nsents + 1 : RING)];

	begin(o, nsents == 0 ? Q_delivery_claim : q[any(COUNT(q))]);
	if (o->q != Q_delivery_end) {
		putf(o, "%u", 1 + any(4));
		if (o->q == Q_delivery_claim) {
			put(o, "8");
			put(o, any(3) ? "30000" : "1");
		}
		return;
	}
	putf(o, "%s", d->id[0] != '\0' ? d->id : people[0]);
	putf(o, "%s", d->id[0] != '\0' ? d->fence : "1");
	put(o, any(2) ? "t" : "f");
	put(o, any(20) ? "f" : "t");
	put(o, "200");
	put(o, NULL);
	put(o, "0");
	put(o, "0");
	put(o, "9");
	put(o, "1000");
}

static void
tidies(struct one *o)
{
	static const enum query q[] = { Q_prune_keys, Q_prune_files, Q_prune_deliveries, Q_prune_events, Q_prune_attempts, Q_prune_requests,
		Q_prune_deletions, Q_prune_audit };

	begin(o, o->auth ? Q_prune_sessions : q[any(COUNT(q))]);
	put(o, o->q == Q_prune_events ? "500" : "86400000");
	put(o, "100");
}

static void
chooses(struct one *o)
{
	unsigned n = any(100);

	if (n < 3)
		tidies(o);
	else if (o->auth)
		logs_in(o);
	else if (n < 28)
		submits(o);
	else if (n < 42)
		claims(o);
	else if (n < 77)
		steps(o);
	else if (n < 90)
		owners(o);
	else if (n < 93)
		admins(o);
	else if (n < 95)
		hooks_in(o);
	else if (n < 98)
		sends(o);
	else
		uploads(o);
}

/* ---- what came of it ---- */

static unsigned done, refused, deadlocks, wrong;
static unsigned stuck[Q_COUNT];

static void
keep(struct one *o, const PGresult *r)
{
	if (o->q == Q_generation_create && PQntuples(r) == 1 && !PQgetisnull(r, 0, 1)) {
		snprintf(made[nmade++ % RING], 37, "%s", PQgetvalue(r, 0, 1));
	} else if (o->q == Q_file_create && PQntuples(r) == 1) {
		snprintf(files[nfiles++ % RING], 37, "%s", PQgetvalue(r, 0, 0));
	} else if (o->q == Q_webhook_create) {
		snprintf(hooks[nhooks++ % RING], 37, "%s", o->v[0]);
	} else if (o->q == Q_delivery_claim) {
		for (int i = 0; i < PQntuples(r); i++) {
			struct sent *d = &sents[nsents % RING];
			if (PQgetisnull(r, i, 1))
				continue;
			snprintf(d->id, sizeof d->id, "%s", PQgetvalue(r, i, 1));
			snprintf(d->fence, sizeof d->fence, "%s", PQgetvalue(r, i, 3));
			nsents++;
		}
	} else if (o->q == Q_job_claim) {
		for (int i = 0; i < PQntuples(r); i++) {
			struct turn *t = &turns[nturns % RING];
			if (PQgetisnull(r, i, 1))
				continue;
			snprintf(t->job, sizeof t->job, "%s", PQgetvalue(r, i, 1));
			snprintf(t->generation, sizeof t->generation, "%s", PQgetvalue(r, i, 2));
			snprintf(t->owner, sizeof t->owner, "%s", PQgetvalue(r, i, 3));
			snprintf(t->place, sizeof t->place, "%s", PQgetvalue(r, i, 4));
			snprintf(t->fence, sizeof t->fence, "%s", PQgetvalue(r, i, 7));
			nturns++;
		}
	}
}

static void
looks(struct one *o, const PGresult *r)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);

	if (PQresultStatus(r) == PGRES_TUPLES_OK || PQresultStatus(r) == PGRES_COMMAND_OK) {
		done++;
		keep(o, r);
	} else if (state != NULL && strcmp(state, "40P01") == 0) {
		deadlocks++;
		stuck[o->q]++;
		if (deadlocks <= 20)
			fprintf(stderr, "%s: %s\n%s\n", statements[o->q].name, PQresultErrorField(r, PG_DIAG_MESSAGE_DETAIL),
			    PQresultErrorField(r, PG_DIAG_CONTEXT));
	} else if (state != NULL && (strcmp(state, "ST000") == 0 || strncmp(state, "23", 2) == 0)) {
		refused++;	/* no such user, over already, used up: as outcome.c tells it */
	} else {
		wrong++;
		fprintf(stderr, "%s: %s", statements[o->q].name, PQresultErrorMessage(r));
	}
}

/* Users and projects that were deleted are followed by others; some keys grow old. */
static void
refill(void)
{
	for (int i = 0; i < PEOPLE; i++) {
		if (strcmp(value("select count(*) from studio.users where id::text = '%s'", people[i]), "1") == 0)
			continue;
		char email[64];
		snprintf(email, sizeof email, "%u.%d@crowd.org", (unsigned)rand(), i);
		user_add(people[i], email, "C", "R", "USER");
		run("insert into studio_auth.credentials (user_id, hash) values ('%s', 'h')", people[i]);
	}
	for (int i = 0; i < PLACES; i++)
		if (strcmp(value("select count(*) from studio.projects where id::text = '%s'", places[i]), "1") != 0)
			snprintf(places[i], 37, "%s", value("insert into studio.projects (name) values ('P') returning id"));
	run("update studio.idempotency_keys set created_at = now() - interval '25 hours' where ctid = any(array("
	    "select ctid from studio.idempotency_keys order by random() limit 1 for update skip locked))");
}

static void
asks(struct one *o)
{
	chooses(o);
	assert_int_equal(o->n, statements[o->q].nparams);
	assert_int_equal(PQsendQueryParams(o->c, statements[o->q].text, (int)o->n, NULL, o->v, NULL, NULL, 0), 1);
	o->busy = true;
}

/* Takes what came, without waiting. */
static void
hears(struct one *o)
{
	PGresult *r;

	assert_int_equal(PQconsumeInput(o->c), 1);
	while (o->busy && !PQisBusy(o->c)) {
		if ((r = PQgetResult(o->c)) == NULL) {
			o->busy = false;
			continue;
		}
		looks(o, r);
		PQclear(r);
	}
}

static void
adds_up(void)
{
	assert_string_equal(value("select coalesce(string_agg(concat_ws(': ', problem, what, detail), '; '), '') from studio.ledger_check()"), "");
	/* numbers of events have no gap, wherever they begin */
	assert_string_equal(value("select count(*) from (select user_id, min(seq) as first, max(seq) as top, count(*) as n from studio.events group by 1) e "
	    "join studio.event_counters c using (user_id) where e.top - e.first + 1 <> e.n or c.seq <> e.top"), "0");
	/* the last event tells how it is, if it is kept */
	assert_string_equal(value("select count(*) from studio.media_generations g where g.status <> "
	    "(select e.status from studio.events e where e.generation_id = g.id order by e.id desc limit 1)"), "0");
	/* a generation and its job say the same */
	assert_string_equal(value("select count(*) from studio.jobs j join studio.media_generations g on g.id = j.generation_id where "
	    "(j.state in ('done', 'failed')) <> (g.finished_at is not null) or (j.state = 'done') <> (g.status = 'SUCCEEDED')"), "0");
	/* what waits is found */
	assert_string_equal(value("select count(*) from studio.jobs j where j.state = 'ready' and j.worker is null and not exists "
	    "(select from studio.queue_lanes l where l.user_id = j.user_id and l.kind = j.kind and l.model = j.queue_model and l.next_at <= j.run_at)"), "0");
}

static void
a_crowd_neither_deadlocks_nor_loses(void **unused)
{
	static struct one all[APPS + AUTHS];
	struct pollfd fds[APPS + AUTHS];
	const char *seconds = getenv("CROWD_SECONDS"), *seed = getenv("CROWD_SEED");
	time_t until = time(NULL) + (seconds != NULL ? atoi(seconds) : 3);

	(void)unused;
	srand(seed != NULL ? (unsigned)atoi(seed) : (unsigned)time(NULL));
	setenv("PGOPTIONS", "-c deadlock_timeout=50ms -c lock_timeout=0", 1);
	for (size_t i = 0; i < COUNT(all); i++) {
		all[i] = (struct one){ .auth = i >= APPS };
		all[i].c = connect_as(all[i].auth ? Q_become_auth : Q_become_app);
		fds[i] = (struct pollfd){ PQsocket(all[i].c), POLLIN, 0 };
	}
	for (unsigned turn = 0, busy = 1; busy > 0; turn++) {
		bool more = time(NULL) < until;
		if (turn % 32 == 0 && more)
			refill();
		busy = 0;
		for (size_t i = 0; i < COUNT(all); i++) {
			hears(&all[i]);
			if (!all[i].busy && more)
				asks(&all[i]);
			PQflush(all[i].c);
			busy += all[i].busy;
		}
		if (busy > 0)
			poll(fds, COUNT(fds), 1000);
	}
	for (size_t i = 0; i < COUNT(all); i++)
		PQfinish(all[i].c);
	unsetenv("PGOPTIONS");
	fprintf(stderr, "crowd: %u done, %u refused, %u deadlocks\n", done, refused, deadlocks);
	for (int q = 0; q < Q_COUNT; q++)
		if (stuck[q] > 0)
			fprintf(stderr, "  %u %s\n", stuck[q], statements[q].name);
	assert_int_equal(wrong, 0);
	assert_int_equal(deadlocks, 0);
	adds_up();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_crowd_neither_deadlocks_nor_loses),
	};

	return sql_rig_run(tests);
}
