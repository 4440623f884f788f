/* tests/unit/test_sql_life.c - the life of jobs under chance: workers on connections of their own claim, begin, poll,
 * finish, fail, retry, lose their answers and die in any order, while owners cancel and retry and old rows are
 * pruned. What must hold is looked at again and again. SEED=n repeats a run, ROUNDS=n prolongs it.
 * Licence: Apache-2.0. */
#include <unistd.h>

#include "sql_rig.h"

enum { WORKERS = 4, JOBS = 12 };	/* limits: 4 of a user, 6 of the model */

static unsigned long long chance_at;

static unsigned
chance(unsigned n)
{
	chance_at = chance_at * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(chance_at >> 33) % n;
}

/* What a worker believes that it holds; it may be wrong. */
struct hold {
	char job[37], fence[24];
};
struct player {
	PGconn *c;
	char name[12];
	struct hold holds[JOBS * 2];
	int n;
	enum query asked;
};
static struct player players[WORKERS];
static struct made made[JOBS];
static int circles;

/* ---- what workers do ---- */

/* A statement on its way; its values live as long as the player's holds do. */
static void
send(struct player *p, enum query q, const char *const *values)
{
	if (PQsendQueryParams(p->c, statements[q].text, (int)statements[q].nparams, NULL, values, NULL, NULL, 0) != 1)
		fail_msg("%s: %s", statements[q].name, PQerrorMessage(p->c));
	p->asked = q;
}
#define SEND(p, q, ...) send(p, q, (const char *const[]){ __VA_ARGS__ })

static void
keep(struct player *p, const PGresult *r)
{
	for (int i = 0; i < PQntuples(r) && p->n < JOBS * 2; i++)
		if (!PQgetisnull(r, i, 1)) {
			struct hold *h = &p->holds[p->n++];
			snprintf(h->job, sizeof h->job, "%s", PQgetvalue(r, i, 1));
			snprintf(h->fence, sizeof h->fence, "%s", PQgetvalue(r, i, 7));
		}
}

/* Waits for the answer; that of a claim is lost sometimes. A circle of locks is broken by PostgreSQL, and db asks again. */
static void
receive(struct player *p)
{
	PGresult *r = PQgetResult(p->c), *end;

	if (r == NULL)
		return;
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	if (PQresultStatus(r) != PGRES_TUPLES_OK && (state == NULL || strcmp(state, "40P01") != 0))
		fail_msg("%s: %s", statements[p->asked].name, PQresultErrorMessage(r));
	circles += state != NULL;
	if (p->asked == Q_job_claim && chance(6) > 0)
		keep(p, r);
	PQclear(r);
	while ((end = PQgetResult(p->c)) != NULL)
		PQclear(end);
}

static void
send_claim(struct player *p)
{
	SEND(p, Q_job_claim, p->name, "3", "3", chance(4) ? "30000" : "0", "4", "6");
}

static void
send_step(struct player *p, const struct hold *h)
{
	switch (chance(9)) {
	case 0: case 1: case 2:
		SEND(p, Q_job_begin, h->job, h->fence, p->name);
		break;
	case 3:
		SEND(p, Q_job_running, h->job, h->fence, "op", "m", "0");
		break;
	case 4:
		SEND(p, Q_job_unclear, h->job, h->fence, "0", "lost");
		break;
	case 5:
		SEND(p, Q_job_retry, h->job, h->fence, "0", chance(2) ? "t" : "f", "NOT_SENT", "away");
		break;
	case 6:
		SEND(p, Q_job_fail, h->job, h->fence, "X", "y", NULL);
		break;
	case 7:
		SEND(p, Q_job_renew, h->job, h->fence, "30000");
		break;
	default:
		SEND(p, Q_job_finish, h->job, h->fence, "[]", "gs://b/p");
		break;
	}
}

/* Is the lease the job's present one, and open? Only then may a step do anything. */
static bool
is_held(const struct hold *h)
{
	return strcmp(value("select fence = %s and worker is not null from studio.jobs where id = '%s'", h->fence, h->job), "t") == 0;
}

static const char *
picture(const char *job)
{
	return value("select concat_ws(' ', state, fence, attempt, polls, settled, finished_at) from studio.jobs where id = '%s'", job);
}

/* One after the other: what a lease that is over changes is seen at once. */
static void
play_alone(struct player *p)
{
	char before[256];
	struct hold h;

	if (p->n == 0 || chance(4) == 0) {
		send_claim(p);
		receive(p);
		return;
	}
	int i = (int)chance((unsigned)p->n);
	h = p->holds[i];
	bool held = is_held(&h);
	snprintf(before, sizeof before, "%s", picture(h.job));
	send_step(p, &h);
	receive(p);
	if (!held && strcmp(before, picture(h.job)) != 0)
		fail_msg("an old fence changed a job: %s, then %s", before, picture(h.job));
	if (chance(3) == 0)
		p->holds[i] = p->holds[--p->n];
}

/* All at the same moment. */
static void
play_together(void)
{
	struct hold h[WORKERS];

	for (int i = 0; i < WORKERS; i++) {
		struct player *p = &players[i];
		if (p->n > 0)
			h[i] = p->holds[chance((unsigned)p->n)];
		if (p->n == 0 || chance(4) == 0)
			send_claim(p);
		else
			send_step(p, &h[i]);
	}
	for (int i = 0; i < WORKERS; i++) {
		receive(&players[i]);
		if (players[i].n > JOBS)
			players[i].n = (int)chance(JOBS);
	}
}

/* ---- what others do ---- */

static void
play_others(void)
{
	const struct made *m = &made[chance(JOBS)];
	struct player *p;

	switch (chance(7)) {
	case 0:
		PQclear(PQexecParams(app, statements[Q_generation_cancel].text, 5, NULL, (const char *const[]){ user, "t", m->id, "gs://b/p", "" }, NULL, NULL, 0));
		break;
	case 1: case 2:		/* refused where it did not fail */
		PQclear(PQexecParams(app, statements[Q_generation_retry].text, 9, NULL,
		    (const char *const[]){ user, "t", m->id, "r", "\\x00", "", "\\x00", "", NULL }, NULL, NULL, 0));
		break;
	case 3:			/* a worker dies, and another takes its place */
		p = &players[chance(WORKERS)];
		PQclear(ASK(app, Q_worker_void, p->name));
		p->n = 0;
		snprintf(p->name, sizeof p->name, "%u", 100 + chance(1000000));
		break;
	case 4:
		run("update studio.jobs set lease_until = now() - interval '1 second' where worker is not null and random() < 0.3");
		break;
	case 5:
		run("update studio.events set created_at = now() - interval '2 days' where random() < 0.02");
		PQclear(ASK(app, Q_prune_events, "86400000", "3"));
		break;
	default:
		run("update studio.jobs set updated_at = now() - interval '3 seconds' where worker is not null and random() < 0.3");
		break;
	}
}

/* ---- what must hold ---- */

static void
none(const char *what, const char *count)
{
	if (strcmp(count, "0") != 0)
		fail_msg("%s: %s", what, count);
}

#define FLYING "finished_at is null and (state <> 'ready' or worker is not null)"

static void
look(void)
{
	none("an end that follows an end", value("select count(*) from (select status::text as now, lag(status::text) over (partition by generation_id order by seq) as was "
	    "from studio.kept) t where now in ('SUCCEEDED', 'FAILED') and was in ('SUCCEEDED', 'FAILED')"));
	none("a state that is not the newest event", value("select count(*) from studio.media_generations g where g.status <> "
	    "(select e.status from studio.kept e where e.generation_id = g.id order by e.seq desc limit 1)"));
	none("a job and its generation that differ", value("select count(*) from studio.jobs j join studio.media_generations g on g.id = j.generation_id "
	    "where (j.finished_at is null) <> (g.finished_at is null) or (j.finished_at is null) <> (j.state not in ('done', 'failed')) "
	    "or (g.status = 'SUCCEEDED') <> (j.state = 'done') or (g.status = 'FAILED') <> (j.state = 'failed')"));
	none("one that waits without a lane", value("select count(*) from studio.jobs j where j.state = 'ready' and j.worker is null and not exists ("
	    "select from studio.queue_lanes l where l.user_id = j.user_id and l.kind = j.kind and l.model = j.queue_model and l.next_at <= j.run_at)"));
	none("begun again without a word that nothing was started", value("select count(*) from (select job_id from studio.job_attempts "
	    "where outcome is distinct from 'retried' group by job_id, attempt having count(*) > 1) t"));
	none("a user over the limit", value("select count(*) from (select from studio.jobs where " FLYING " group by user_id having count(*) > 4) t"));
	none("a model over the limit", value("select greatest(0, count(*) - 6) from studio.jobs where " FLYING));
	none("a gap in a user's numbers", value("select count(*) from (select count(*) as n, max(seq) as newest from studio.kept group by user_id) t where n <> newest"));
	none("a gap in what is kept of them", value("select count(*) from (select count(*) as n, max(seq) - min(seq) + 1 as wide from studio.events group by user_id) t "
	    "where n <> wide"));
}

/* ---- the tests ---- */

static int
begin(void **unused)
{
	const char *seed = getenv("SEED");

	if (sql_rig_fresh(unused) != 0)
		return -1;
	chance_at = seed != NULL ? strtoull(seed, NULL, 10) : (unsigned long long)getpid() * 2654435761u;
	printf("SEED=%llu\n", chance_at);
	run("delete from studio.events; update studio.event_counters set seq = 0; delete from studio.queue_lanes");
	/* what was told, also when it is pruned */
	run("create table if not exists studio.kept (user_id uuid, seq bigint, generation_id uuid, status studio.request_status); truncate studio.kept; "
	    "create or replace function studio.keep() returns trigger language plpgsql security definer as $$ begin "
	    "insert into studio.kept values (new.user_id, new.seq, new.generation_id, new.status); return null; end $$; "
	    "create or replace trigger keep after insert on studio.events for each row execute function studio.keep()");
	for (int i = 0; i < JOBS; i++)
		made[i] = generate(i % 2 ? user : other, "IMAGE", "", "\\x00", project);
	for (int i = 0; i < WORKERS; i++) {
		players[i] = (struct player){ .c = connect_as(Q_become_app) };
		snprintf(players[i].name, sizeof players[i].name, "%d", i + 1);
	}
	return 0;
}

static int
end(void **unused)
{
	(void)unused;
	for (int i = 0; i < WORKERS; i++)
		PQfinish(players[i].c);
	return 0;
}

static int
steps(int n)
{
	const char *rounds = getenv("ROUNDS");

	return rounds != NULL ? atoi(rounds) * n : n;
}

static void
whatever_happens_a_job_has_one_end(void **unused)
{
	(void)unused;
	for (int step = 0; step < steps(600); step++) {
		if (chance(6) == 0)
			play_others();
		else
			play_alone(&players[chance(WORKERS)]);
		if (step % 10 == 0)
			look();
	}
	look();
}

static void
also_when_it_happens_at_once(void **unused)
{
	(void)unused;
	for (int step = 0; step < steps(250); step++) {
		play_together();
		if (chance(2) == 0)
			play_others();
		if (step % 5 == 0)
			look();
	}
	look();
	printf("%d circles of locks\n", circles);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whatever_happens_a_job_has_one_end, begin, end),
		cmocka_unit_test_setup_teardown(also_when_it_happens_at_once, begin, end),
	};

	return sql_rig_run(tests);
}
