-- Who is next: fair between users, within limits that hold over all hosts, and nobody while the queue is
-- paused. Who is at it: the process that asked Google. And how long old rows are kept.

-- What holds for everything (`all`), for a kind, or for a model.
create table studio.queue_rules (
	what text primary key check (length(what) between 1 and 128),
	paused boolean not null default false,
	concurrency integer check (concurrency between 0 and 100000),	-- of a model: at once over all hosts, 0: any number; null: MODEL_CONCURRENCY
	changed_at timestamptz not null default now()
);

-- A lane is what waits of one user, kind and model. No job in it is due before next_at: that is a hint which
-- whoever adds a job lowers, and whoever claims puts right. A lane without jobs goes away likewise.
create table studio.queue_lanes (
	user_id uuid not null,			-- no reference: it goes away by itself
	kind studio.media_type not null,
	model text not null,
	next_at timestamptz not null,
	primary key (user_id, kind, model)
);
create index queue_lanes_next_idx on studio.queue_lanes (next_at);
grant select, insert, update, delete on studio.queue_rules, studio.queue_lanes to studio_app;

alter table studio.jobs
	add column queue_model text not null default '',	-- whose limits count: the model that serves it, as far as that is known
	add column maker bigint,	-- the process that asks Google for it, until it is known to be gone
	add column begun_at timestamptz,	-- when it may have begun to
	add column request_kept boolean not null default true;
update studio.jobs set queue_model = model;

-- In flight: somebody has it in hand, or Google may be at it.
drop index studio.jobs_ready_idx, studio.jobs_started_idx;
create index jobs_waiting_idx on studio.jobs (user_id, kind, queue_model, run_at) where state = 'ready' and worker is null;
create index jobs_flight_idx on studio.jobs (user_id, queue_model, kind) where finished_at is null and (state <> 'ready' or worker is not null);
create index jobs_leased_idx on studio.jobs (lease_until) where worker is not null;

insert into studio.queue_lanes (user_id, kind, model, next_at)
	select user_id, kind, queue_model, min(run_at) from studio.jobs where state = 'ready' and worker is null group by 1, 2, 3;

-- ---- what follows from a change of a job, whoever makes it ----

-- What was asked for is not needed when it is made. It can be large, and only what failed is begun anew.
create function studio.job_changes() returns trigger
language plpgsql
as $$
begin
	if tg_op = 'INSERT' then
		new.queue_model := coalesce(new.prices[1].model, new.model);	-- prices: of 0024
	elsif new.state = 'done' and old.state <> 'done' then
		new.request := 'null';
		new.request_kept := false;
	elsif new.state = 'ready' and old.state = 'failed' then
		new.maker := null;
		new.begun_at := null;
		if not old.request_kept then
			perform studio.refuse('RESOURCE_CONFLICT', 'It failed too long ago: what was asked for is not kept any more');
		end if;
	end if;
	return new;
end
$$;
create trigger jobs_change before insert or update of state on studio.jobs
	for each row execute function studio.job_changes();

-- Locks its lane to the end of the transaction, also where nothing is lowered: nobody takes the lane
-- away meanwhile.
create function studio.job_waits() returns trigger
language plpgsql
as $$
begin
	insert into studio.queue_lanes (user_id, kind, model, next_at) values (new.user_id, new.kind, new.queue_model, new.run_at)
		on conflict (user_id, kind, model) do update set next_at = excluded.next_at where excluded.next_at < queue_lanes.next_at;
	return null;
end
$$;
create trigger jobs_wait after insert or update of state, worker, run_at on studio.jobs
	for each row when (new.state = 'ready' and new.worker is null) execute function studio.job_waits();

-- ---- leases ----

-- The jobs first and then their lanes, in one order for everybody.
create function studio.jobs_void(p_jobs uuid[]) returns void
language plpgsql
as $$
declare
	j uuid;
begin
	for j in select id from studio.jobs where id = any(p_jobs) order by user_id, kind, queue_model, id loop
		perform studio.job_void(j);
	end loop;
end
$$;

-- A process is gone: the leases that it held as a worker end, and what it asked Google for it cannot store any more.
-- Both are locked in one order.
create or replace function studio.worker_void(p_worker bigint) returns bigint
language plpgsql
as $$
declare
	held uuid[] := array(select id from studio.jobs
		where finished_at is null and (state <> 'ready' or worker is not null) and (worker = p_worker or maker = p_worker)
		order by id for update);
	mine uuid[] := array(select id from studio.jobs where id = any(held) and worker = p_worker);
begin
	update studio.jobs set maker = null where id = any(held) and maker = p_worker;
	if cardinality(mine) > 0 then
		perform studio.jobs_void(mine);
		perform pg_notify('studio_jobs', 'all');
	end if;
	return cardinality(mine);
end
$$;

-- Leases that lapsed; and those of this worker that it never began: it asks again because the answer was lost,
-- and need not wait until they lapse.
create function studio.leases_lapsed(p_worker bigint) returns void
language plpgsql
as $$
declare
	lapsed uuid[];
begin
	lapsed := array(
		select id from studio.jobs
			where worker is not null and state in ('ready', 'started') and lease_until < now() limit 64 for update skip locked);
	lapsed := lapsed || array(
		select id from studio.jobs
			where worker = p_worker and state = 'ready' and lease_until >= now() and updated_at < now() - interval '2 seconds'
			limit 64 for update skip locked);
	if cardinality(lapsed) > 0 then
		perform studio.jobs_void(lapsed);
	end if;
end
$$;

-- ---- the choice ----

-- Kinds and models of which nothing may begin now; null: nothing at all.
create function studio.queue_shut(p_model_limit integer) returns text[]
language plpgsql stable
as $$
begin
	return (
		select case when not coalesce(bool_or(t.what = 'all'), false) then coalesce(array_agg(t.what), '{}') end from (
			select r.what from studio.queue_rules r where r.paused
			union all
			select f.queue_model from (
					select queue_model, count(*) as n from studio.jobs
						where finished_at is null and (state <> 'ready' or worker is not null) group by queue_model) f
				left join studio.queue_rules r on r.what = f.queue_model
				where f.n >= nullif(coalesce(r.concurrency, p_model_limit), 0)) t);
end
$$;

-- The jobs that are next, at most p_most, best first: each user's turn is how many of theirs are in flight
-- and before it; among the same turns who waits longest. Of the lanes only as many are looked at as can matter, and of
-- each only its first jobs: it may be fewer than there are, then the next claim finds the others. `empty`: lanes whose
-- hint promised a job that is not there.
create function studio.queue_choose(p_most integer, p_user_limit integer, p_model_limit integer, out jobs uuid[], out empty studio.queue_lanes[])
language plpgsql
as $$
declare
	shut text[] := studio.queue_shut(p_model_limit);
begin
	if shut is null then
		return;
	end if;
	with flight as materialized (
		select j.user_id, j.queue_model, count(*)::integer as n from studio.jobs j
			where j.finished_at is null and (j.state <> 'ready' or j.worker is not null) group by j.user_id, j.queue_model
	), busy as materialized (
		select f.user_id, sum(f.n)::integer as n from flight f group by f.user_id
	), lanes as materialized (
		select * from (
			(select l as lane, l.next_at, 0 as n from studio.queue_lanes l
				where l.next_at <= now() and l.kind::text <> all (shut) and l.model <> all (shut)
					and l.user_id not in (select b.user_id from busy b)
				order by l.next_at limit p_most * 2)
			union all
			(select l, l.next_at, b.n from busy b join studio.queue_lanes l on l.user_id = b.user_id
				where l.next_at <= now() and l.kind::text <> all (shut) and l.model <> all (shut) and (p_user_limit = 0 or b.n < p_user_limit)
				order by b.n, l.next_at limit p_most * 2)) both_of
			order by n, next_at limit p_most * 2
	), heads as materialized (
		select h.id, h.run_at, l.lane, l.n + row_number() over (partition by (l.lane).user_id order by h.run_at, h.id) as turn
			from (select lane, n, 1 + p_most * 2 / count(*) over () as most from lanes) l left join lateral (
				select j.id, j.run_at from studio.jobs j
					where j.user_id = (l.lane).user_id and j.kind = (l.lane).kind and j.queue_model = (l.lane).model
						and j.state = 'ready' and j.worker is null and j.run_at <= now()
					order by j.run_at limit least(p_most, l.most, case when p_user_limit > 0 then p_user_limit - l.n end)) h on true
	), room as materialized (
		select m.model, nullif(coalesce(r.concurrency, p_model_limit), 0) - coalesce((select sum(f.n) from flight f where f.queue_model = m.model), 0) as n
			from (select distinct (l.lane).model from lanes l) m left join studio.queue_rules r on r.what = m.model
	), ranked as (
		select h.id, h.run_at, (h.lane).model, h.turn, row_number() over (partition by (h.lane).model order by h.turn, h.run_at, h.id) as nth
			from heads h where h.id is not null and (p_user_limit = 0 or h.turn <= p_user_limit)
	), best as (
		select k.id, k.turn, k.run_at from ranked k join room r on r.model = k.model
			where k.nth <= coalesce(r.n, p_most) order by k.turn, k.run_at, k.id limit p_most
	)
	select array(select b.id from best b order by b.turn, b.run_at, b.id), array(select h.lane from heads h where h.id is null)
		into jobs, empty;
end
$$;

-- Puts the hints of lanes right. Whoever adds a job to one just now has it locked: it stays as it is then.
create function studio.queue_mend(p_lanes studio.queue_lanes[]) returns void
language plpgsql
as $$
declare
	held studio.queue_lanes[];
begin
	held := array(select l from studio.queue_lanes l
		join (select distinct t.user_id, t.kind, t.model from unnest(p_lanes) t) p on p.user_id = l.user_id and p.kind = l.kind and p.model = l.model
		for update of l skip locked);
	with firsts as materialized (		-- a statement of its own: it sees what was committed before the lock
		select l.user_id, l.kind, l.model, (select j.run_at from studio.jobs j
				where j.user_id = l.user_id and j.kind = l.kind and j.queue_model = l.model and j.state = 'ready' and j.worker is null
				order by j.run_at limit 1) as run_at
			from unnest(held) l
	), gone as (
		delete from studio.queue_lanes l using firsts f
			where f.run_at is null and l.user_id = f.user_id and l.kind = f.kind and l.model = f.model
	)
	update studio.queue_lanes l set next_at = f.run_at from firsts f
		where f.run_at is not null and l.user_id = f.user_id and l.kind = f.kind and l.model = f.model and l.next_at <> f.run_at;
end
$$;

-- When there will be work for a worker that can begin or resume, in milliseconds; 0: unknown. What is
-- shut or over a limit is not waited for: who opens it, or ends a job, tells.
drop function studio.jobs_next_ms(boolean, boolean);
create function studio.jobs_next_ms(p_begin boolean, p_resume boolean, p_user_limit integer, p_model_limit integer) returns bigint
language plpgsql
as $$
declare
	shut text[] := studio.queue_shut(p_model_limit);
	full_users uuid[] := array(
		select j.user_id from studio.jobs j where p_user_limit > 0 and j.finished_at is null and (j.state <> 'ready' or j.worker is not null)
			group by j.user_id having count(*) >= p_user_limit);
begin
	return studio.ms_until(min(t.at)) from (
		(select l.next_at as at from studio.queue_lanes l
			where p_begin and l.kind::text <> all (shut) and l.model <> all (shut) and l.user_id not in (select unnest(full_users))
			order by l.next_at limit 1)
		union all
		(select j.run_at from studio.jobs j where p_resume and j.state in ('running', 'unclear') and j.worker is null order by j.run_at limit 1)
		union all
		select min(greatest(j.run_at, coalesce(j.lease_until, j.run_at))) from studio.jobs j
			where j.worker is not null and ((p_begin and j.state = 'ready') or (p_resume and j.state in ('started', 'running', 'unclear')))) t;
end
$$;

-- ---- the claim ----

-- The first of these jobs: as many as one answer carries the requests of, the first one always. What somebody else
-- changes just now is left to them.
create function studio.jobs_fitting(p_jobs uuid[], p_begin boolean, p_room bigint, out jobs uuid[], out room bigint)
language plpgsql
as $$
declare
	v_id uuid;
	v_bytes bigint;
begin
	room := p_room;
	jobs := '{}';
	foreach v_id in array p_jobs loop
		select case when j.state = 'running' then 0 else octet_length(j.request::text) end into v_bytes from studio.jobs j
			where j.id = v_id and j.run_at <= now() and case when p_begin then j.state = 'ready' and j.worker is null
				else j.state in ('running', 'unclear') and (j.lease_until is null or j.lease_until < now()) end
			for update skip locked;
		continue when not found;
		room := room - v_bytes - 4096;
		exit when room < 0 and (cardinality(jobs) > 0 or p_room < 3300000);
		jobs := jobs || v_id;
	end loop;
end
$$;

create type studio.job_leased as (next_ms bigint, id uuid, generation_id uuid, user_id uuid, project_id uuid, kind text, state text, fence bigint,
	attempt integer, max_attempts integer, polls integer, model text, operation text, google_project_id text, request json, request_id text,
	trace bytea, earlier integer, maker bigint, age_ms bigint);

-- Leases due jobs: what runs already, then what may begin. Of all hosts one chooses at a time, so that no limit is
-- passed. One row at least, which tells when there will be more.
drop function studio.job_claim(bigint, integer, integer, integer);
drop function studio.job_lease(uuid, bigint, integer);
create function studio.job_claim(p_worker bigint, p_begin integer, p_resume integer, p_lease_ms integer, p_user_limit integer, p_model_limit integer)
returns setof studio.job_leased
language plpgsql
as $$
declare
	resumed record;
	begun record;
	choice record;
	v_next bigint;
begin
	perform studio.leases_lapsed(p_worker);
	select * into resumed from studio.jobs_fitting(array(
		select j.id from studio.jobs j
			where j.state in ('running', 'unclear') and j.run_at <= now() and (j.lease_until is null or j.lease_until < now())
			order by j.run_at limit p_resume), false, 3300000);
	select '{}'::uuid[] as jobs into begun;
	if p_begin > 0 then
		perform pg_advisory_xact_lock(7276340523);
		select * into choice from studio.queue_choose(p_begin, p_user_limit, p_model_limit);
		if choice.jobs is not null then
			select * into begun from studio.jobs_fitting(choice.jobs, true, resumed.room);
		end if;
	end if;
	update studio.jobs set worker = p_worker, lease_until = now() + p_lease_ms * interval '1 millisecond', fence = fence + 1, updated_at = now()
		where id = any(resumed.jobs || begun.jobs);
	if p_begin > 0 then
		perform studio.queue_mend(choice.empty || array(
			select distinct row(j.user_id, j.kind, j.queue_model, now())::studio.queue_lanes from studio.jobs j where j.id = any(begun.jobs)));
	end if;
	v_next := studio.jobs_next_ms(p_begin > 0, p_resume > 0, p_user_limit, p_model_limit);
	return query select v_next, j.id, j.generation_id, j.user_id, j.project_id, j.kind::text, j.state::text, j.fence, j.attempt, j.max_attempts,
			j.polls, coalesce(j.served_model, j.model), j.operation, p.google_project_id, case when j.state <> 'running' then j.request end,
			j.request_id, j.trace, j.first_attempt - 1, coalesce(j.maker, 0),
			greatest(0, coalesce(extract(epoch from now() - j.begun_at) * 1000, 0))::bigint
		from unnest(resumed.jobs || begun.jobs) with ordinality t(id, nth)
		join studio.jobs j on j.id = t.id join studio.projects p on p.id = j.project_id
		order by t.nth;
	if not found then
		return next row(v_next, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null)::studio.job_leased;
	end if;
end
$$;

-- p_maker: the process that is going to ask Google.
drop function studio.job_begin(uuid, bigint);
create function studio.job_begin(p_job uuid, p_fence bigint, p_maker bigint) returns boolean
language plpgsql
as $$
declare
	j studio.jobs;
	g studio.media_generations;
begin
	select * into j from studio.jobs where id = p_job and fence = p_fence for update;
	if j.state = 'started' then
		return true;		-- said before
	end if;
	if j.state is distinct from 'ready' or j.worker is null then
		return false;
	end if;
	update studio.jobs set state = 'started', maker = nullif(p_maker, 0), begun_at = now(), updated_at = now() where id = p_job;
	insert into studio.job_attempts (job_id, attempt, fence, worker) values (p_job, j.attempt, j.fence, j.worker);
	update studio.media_generations set status = 'PROCESSING', started_at = now(), updated_at = now()
		where id = j.generation_id returning * into g;
	perform studio.event_add(g);
	return true;
end
$$;

-- ---- what operators see and order ----

create function studio.queue_json() returns json
language plpgsql
as $$
begin
	return (
		with counted as materialized (
			select j.kind, j.queue_model as model, count(*) as waiting, 0 as flying from studio.jobs j
				where j.state = 'ready' and j.worker is null group by 1, 2
			union all
			select j.kind, j.queue_model, 0, count(*) from studio.jobs j
				where j.finished_at is null and (j.state <> 'ready' or j.worker is not null) group by 1, 2
		), kinds as (
			select unnest(enum_range(null::studio.media_type)) as kind
		), models as (
			select c.model from counted c where c.model <> ''
			union
			select r.what from studio.queue_rules r where r.what <> 'all' and r.what not in (select k.kind::text from kinds k)
		)
		select row_to_json(t) from (
			select studio.time_text(now()) as timestamp, exists (select from studio.queue_rules where what = 'all' and paused) as paused,
				coalesce((select sum(waiting) from counted), 0)::bigint as waiting, coalesce((select sum(flying) from counted), 0)::bigint as "inFlight",
				(select count(distinct l.user_id) from studio.queue_lanes l) as "usersWaiting",
				array_to_json(array(
					select row_to_json(x) from (
						select k.kind, coalesce(r.paused, false) as paused, coalesce(sum(c.waiting), 0)::bigint as waiting,
								coalesce(sum(c.flying), 0)::bigint as "inFlight"
							from kinds k left join counted c on c.kind = k.kind left join studio.queue_rules r on r.what = k.kind::text
							group by k.kind, r.paused order by k.kind) x)) as kinds,
				array_to_json(array(
					select row_to_json(x) from (
						select m.model, coalesce(r.paused, false) as paused, r.concurrency, coalesce(sum(c.waiting), 0)::bigint as waiting,
								coalesce(sum(c.flying), 0)::bigint as "inFlight"
							from models m left join counted c on c.model = m.model left join studio.queue_rules r on r.what = m.model
							group by m.model, r.paused, r.concurrency order by m.model limit 1000) x)) as models) t);
end
$$;

-- Null leaves a thing as it is. p_what: `all`, a kind, or a model. p_by null: who sits at the machine. What it was and is
-- now is written down; hosts look at once.
create function studio.queue_change(p_what text, p_paused boolean, p_set_concurrency boolean, p_concurrency integer, p_by uuid, p_address text)
returns json
language plpgsql
as $$
declare
	v_what text := case when upper(p_what) in (select unnest(enum_range(null::studio.media_type))::text) then upper(p_what) else p_what end;
	is_model boolean := v_what <> 'all' and v_what = p_what and v_what not in (select unnest(enum_range(null::studio.media_type))::text);
	old studio.queue_rules;
	new studio.queue_rules;
begin
	if v_what is null then
		perform studio.refuse('VALIDATION_ERROR', 'name a kind or a model, not both');
	elsif is_model and v_what !~ '^[a-z0-9][A-Za-z0-9@._-]{0,127}$' then
		perform studio.refuse('VALIDATION_ERROR', 'model must be the id of a model');
	elsif p_set_concurrency and not is_model then
		perform studio.refuse('VALIDATION_ERROR', 'concurrency is of a model: name one');
	end if;
	perform pg_advisory_xact_lock(7276340523);	-- behind a claim that is being made, before the next one
	select * into old from studio.queue_rules where what = v_what;
	if old.what is null and (select count(*) from studio.queue_rules) >= 200 then
		perform studio.refuse('RESOURCE_CONFLICT', 'There are too many rules: take some back first');
	end if;
	new := old;
	new.what := v_what;
	new.paused := coalesce(p_paused, old.paused, false);
	new.concurrency := case when p_set_concurrency then p_concurrency else old.concurrency end;
	new.changed_at := now();
	if new.paused is distinct from coalesce(old.paused, false) or new.concurrency is distinct from old.concurrency then
		delete from studio.queue_rules where what = v_what;
		insert into studio.queue_rules select new.* where new.paused or new.concurrency is not null;
		perform studio.audit_add('queue_changed', p_by, p_address, row_to_json(t)) from (
			select v_what as what, coalesce(old.paused, false) as "pausedWas", new.paused, old.concurrency as "concurrencyWas", new.concurrency) t;
		perform pg_notify('studio_jobs', 'all');
	end if;
	return studio.queue_json();
end
$$;

-- ---- what is old ----
-- Each deletes at most p_most rows that are older than p_ms, and says how many; db calls them again and again, one host
-- at a time, so that no transaction is long.

create function studio.prune_turn() returns boolean
language sql
as $$
	select pg_try_advisory_xact_lock(7276340524)
$$;

-- Always all up to a number of a user's events, so that their numbers have a beginning and no gap. Who asks for what was
-- before is told that it missed something. The counter is locked, as whoever deletes the user does first.
create function studio.events_prune(p_ms bigint, p_most integer) returns bigint
language sql
as $$
	with old as (
		select t.user_id, max(t.seq) as seq from (
			select e.user_id, e.seq from studio.events e where e.created_at < now() - p_ms * interval '1 millisecond'
				order by e.created_at limit p_most) t
			group by t.user_id
	), held as materialized (
		select o.user_id, o.seq from studio.event_counters c join old o on o.user_id = c.user_id for update of c skip locked
	), gone as (
		delete from studio.events e using held o where e.user_id = o.user_id and e.seq <= o.seq returning 1
	)
	select count(*) from gone
$$;

create index job_attempts_began_idx on studio.job_attempts (began_at);
create function studio.attempts_prune(p_ms bigint, p_most integer) returns bigint
language sql
as $$
	with gone as (
		delete from studio.job_attempts where id in (
			select a.id from studio.job_attempts a join studio.jobs j on j.id = a.job_id
				where a.began_at < now() - p_ms * interval '1 millisecond' and j.finished_at < now() - p_ms * interval '1 millisecond'
				order by a.began_at limit p_most for update of a skip locked)
			returning 1)
	select count(*) from gone
$$;

-- What was asked for in jobs that failed: they cannot be retried any more.
create index jobs_kept_idx on studio.jobs (finished_at) where state = 'failed' and request_kept;
create function studio.requests_prune(p_ms bigint, p_most integer) returns bigint
language sql
as $$
	with gone as (
		update studio.jobs set request = 'null', request_kept = false where id in (
			select j.id from studio.jobs j where j.state = 'failed' and j.request_kept and j.finished_at < now() - p_ms * interval '1 millisecond'
				order by j.finished_at limit p_most for update skip locked)
			returning 1)
	select count(*) from gone
$$;

-- The role that writes the audit log can neither change nor delete it; but for this, and nothing of the last day.
create function studio.audit_prune(p_ms bigint, p_most integer) returns bigint
language sql security definer
set search_path = pg_catalog, pg_temp
as $$
	with gone as (
		delete from studio.audit where id in (
			select e.id from studio.audit e where e.at < now() - greatest(p_ms, 86400000) * interval '1 millisecond' order by e.at limit p_most)
			returning 1)
	select count(*) from gone
$$;
revoke all on function studio.audit_prune(bigint, integer) from public;
grant execute on function studio.audit_prune(bigint, integer) to studio_app;

-- What could not be deleted from storage for so long is given up.
create function studio.deletions_prune(p_ms bigint, p_most integer) returns bigint
language plpgsql
as $$
declare
	d studio.deletions;
	n bigint := 0;
begin
	for d in delete from studio.deletions where id in (
			select x.id from studio.deletions x where x.created_at < now() - p_ms * interval '1 millisecond' and x.tries > 0
				order by x.id limit p_most for update skip locked)
			returning * loop
		perform studio.audit_add('deletion_given_up', d.user_id, '', row_to_json(t)) from (select d.uri, d.tries, d.message) t;
		n := n + 1;
	end loop;
	return n;
end
$$;

create function studio.keys_prune(p_ms bigint, p_most integer) returns bigint
language sql
as $$
	with gone as (
		delete from studio.idempotency_keys where (user_id, key) in (
			select k.user_id, k.key from studio.idempotency_keys k where k.created_at < now() - p_ms * interval '1 millisecond'
				order by k.created_at limit p_most for update skip locked)
			and created_at < now() - p_ms * interval '1 millisecond'	-- not one that was taken anew
			returning 1)
	select count(*) from gone
$$;

-- Uploads whose bytes never came: the trigger of 0010 sees to their objects.
create function studio.files_prune(p_ms bigint, p_most integer) returns bigint
language sql
as $$
	with gone as (
		delete from studio.files where id in (
			select f.id from studio.files f where f.stored_at is null and f.created_at < now() - p_ms * interval '1 millisecond'
				order by f.created_at limit p_most for update skip locked)
			and stored_at is null
			returning 1)
	select count(*) from gone
$$;

-- Sessions that are over for so long; and what fails by the clock: strikes, links for a new password.
create function studio_auth.sessions_prune(p_ms bigint, p_most integer) returns bigint
language sql
as $$
	with strikes as (
		delete from studio_auth.strikes where over_at <= now()
	), resets as (
		delete from studio_auth.password_resets where expires_at <= now()
	), gone as (
		delete from studio_auth.sessions where id in (
			select s.id from studio_auth.sessions s where s.expires_at < now() - p_ms * interval '1 millisecond'
				order by s.expires_at limit p_most for update skip locked)
			returning 1)
	select count(*) from gone
$$;
