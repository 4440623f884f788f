-- The states of a job as they are told: queued, starting, running, unclear, succeeded, failed, cancelled.
-- That one was cancelled is a fact of its own, and not read from its message.

alter table studio.jobs add column cancelled boolean not null default false;
update studio.jobs set cancelled = true where state = 'failed' and code = 'RESOURCE_CONFLICT' and message = 'Cancelled';
alter table studio.jobs add constraint jobs_cancelled_is_over check (state = 'failed' or not cancelled);

-- As in 0008, with what tells the words apart.
drop index studio.jobs_created_idx, studio.jobs_state_idx, studio.jobs_finished_idx;
create index jobs_created_idx on studio.jobs (created_at desc, id desc) include (kind, state, cancelled);
create index jobs_state_idx on studio.jobs (state, cancelled, created_at desc, id desc) include (kind) where state <> 'done';
create index jobs_finished_idx on studio.jobs (kind, finished_at desc) include (state, cancelled, created_at) where finished_at is not null;

create function studio.job_state_word(p_state studio.job_state, p_cancelled boolean) returns text
language sql immutable
as $$
	select case p_state when 'ready' then 'queued' when 'started' then 'starting' when 'running' then 'running' when 'unclear' then 'unclear'
		when 'done' then 'succeeded' when 'failed' then case when p_cancelled then 'cancelled' else 'failed' end end
$$;

-- What a word means; nulls: it is none.
create function studio.job_state_of(p_word text, out state studio.job_state, out cancelled boolean)
language sql stable
as $$
	select s, c from unnest(enum_range(null::studio.job_state)) s, unnest('{f,t}'::boolean[]) c
		where studio.job_state_word(s, c) = p_word order by c limit 1
$$;

-- A retry: it is not over any more.
create function studio.job_resumed() returns trigger
language plpgsql
as $$
begin
	new.cancelled := false;
	return new;
end
$$;
create trigger jobs_resumed before update of state on studio.jobs for each row
	when (old.cancelled and new.state <> 'failed') execute function studio.job_resumed();

-- As in 0020, and the job says that it was cancelled.
create or replace function studio.generation_cancel(p_caller uuid, p_admin boolean, p_id uuid, p_storage text default null,
	p_address text default null)
returns studio.media_generations
language plpgsql
as $$
declare
	j studio.jobs := studio.generation_job(p_caller, p_admin, p_id);
	g studio.media_generations;
begin
	if j.id is null or j.finished_at is not null then
		perform studio.refuse('RESOURCE_CONFLICT', 'The generation is over: there is nothing to cancel');
	end if;
	select * into g from studio.media_generations where id = p_id;
	perform studio.generation_audit('generation_cancelled', p_caller, p_address, g, false);
	update studio.jobs set fence = fence + 1 where id = j.id;
	perform studio.job_attempt_end(j.id, 'cancelled', '', '');
	perform studio.job_fail_now(j, 'RESOURCE_CONFLICT', 'Cancelled', null);
	update studio.jobs set cancelled = true where id = j.id;
	if j.worker is not null or j.operation is not null then
		perform pg_notify('studio_cancelled', concat_ws(' ', j.id, j.fence + 1, nullif(j.operation, '')));
	end if;
	if p_storage is not null and j.state <> 'ready' then
		perform studio.objects_doom(j.user_id, concat_ws('/', p_storage, 'users', j.user_id, 'projects', j.project_id, p_id, j.attempt, ''));
	end if;
	select * into g from studio.media_generations where id = p_id;
	return g;
end
$$;

-- ---- as in 0008, in these words ----

create or replace function studio.job_json(j studio.jobs, p_attempts json) returns json
language sql stable
as $$
	select row_to_json(t) from (
		select j.id, j.generation_id as "generationId", j.user_id as "userId", j.project_id as "projectId", j.kind,
			studio.job_state_word(j.state, j.cancelled) as state, j.model,
			j.served_model as "servedModel", j.operation, j.attempt, j.max_attempts as "maxAttempts", j.polls, j.code, j.message,
			j.request_id as "requestId", coalesce(j.lease_until > now(), false) as leased,
			studio.time_text(j.run_at) as "runAt", studio.time_text(j.created_at) as "createdAt",
			studio.time_text(j.updated_at) as "updatedAt", studio.time_text(j.finished_at) as "finishedAt",
			p_attempts as attempts) t
$$;

create or replace function studio.job_step(p_job uuid, p_step text, p_by uuid, p_address text, p_request_id text, p_trace bytea,
	p_storage text)
returns setof json
language plpgsql
as $$
declare
	j studio.jobs;
begin
	if p_step = 'retry' then
		perform studio.owner_stays(k.generation_id) from studio.jobs k where k.id = p_job;
	end if;
	select * into j from studio.jobs where id = p_job for update;
	if j.id is null then
		return;
	end if;
	if p_step = 'cancel' then
		perform studio.generation_cancel(p_by, true, j.generation_id, p_storage);
	else
		perform studio.generation_retry(p_by, true, j.generation_id, p_request_id, p_trace);
	end if;
	perform studio.audit_add(case p_step when 'cancel' then 'job_cancelled' else 'job_retried' end, p_by, p_address, row_to_json(t)) from (
		select j.id as "job", j.generation_id as "generation", j.user_id as "user",
			studio.job_state_word(j.state, j.cancelled) as "stateWas", j.code as "codeWas") t;
	return query select studio.job_whole(now_it_is) from studio.jobs now_it_is where id = p_job;
end
$$;

create or replace function studio.job_page(p_page integer, p_limit integer, p_state text, p_kind text, p_user uuid) returns json
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
declare
	v_state studio.job_state;
	v_cancelled boolean;
	v_kind studio.media_type := p_kind;
	v_page integer;
	v_size integer;
begin
	select state, cancelled into v_state, v_cancelled from studio.job_state_of(p_state);
	select page, size into v_page, v_size from studio.page_asked(p_page, p_limit);
	return (
		with wanted as not materialized (
			select j.id, j.created_at from studio.jobs j
				where (p_state is null or (j.state = v_state and j.cancelled = v_cancelled)) and (v_kind is null or j.kind = v_kind)
					and (p_user is null or j.user_id = p_user))
		select studio.page_json(
			array(select studio.job_json(j, null)
				from (select * from wanted order by created_at desc, id desc limit v_size offset (v_page - 1)::bigint * v_size) w
				join studio.jobs j on j.id = w.id
				order by w.created_at desc, w.id desc),
			(select count(*) from wanted), v_page, v_size));
end
$$;

create or replace function studio.stats_json() returns json
language sql stable
as $$
	with kinds as (
		select unnest(enum_range(null::studio.media_type)) as kind
	), queue as (
		select kind, count(*) filter (where state = 'ready') as queued, count(*) filter (where state = 'started') as starting,
				count(*) filter (where state = 'running') as running, count(*) filter (where state = 'unclear') as unclear,
				min(created_at) filter (where state = 'ready') as oldest
			from studio.jobs where state in ('ready', 'started', 'running', 'unclear') group by kind
	), begun as (
		select kind, count(*) as day, count(*) filter (where created_at > now() - interval '1 hour') as hour
			from studio.jobs where created_at > now() - interval '1 day' group by kind
	), ended as (		-- each kind by itself: its part of the index is read, not all of it
		select k.kind, e.* from kinds k cross join lateral (
			select count(*) filter (where w.word = 'succeeded') as succeeded_day, count(*) filter (where w.word = 'failed') as failed_day,
					count(*) filter (where w.word = 'cancelled') as cancelled_day,
					count(*) filter (where w.word = 'succeeded' and w.recent) as succeeded_hour,
					count(*) filter (where w.word = 'failed' and w.recent) as failed_hour,
					count(*) filter (where w.word = 'cancelled' and w.recent) as cancelled_hour
				from (select studio.job_state_word(j.state, j.cancelled) as word, j.finished_at > now() - interval '1 hour' as recent
					from studio.jobs j where j.kind = k.kind and j.finished_at > now() - interval '1 day') w) e
	)
	select row_to_json(t) from (
		select studio.time_text(now()) as timestamp, array_to_json(array(
			select row_to_json(r) from (
				select k.kind,
					(select row_to_json(x) from (select coalesce(q.queued, 0) as queued, coalesce(q.starting, 0) as starting,
						coalesce(q.running, 0) as running, coalesce(q.unclear, 0) as unclear,
						studio.time_text(q.oldest) as "oldestQueuedAt") x) as queue,
					(select row_to_json(x) from (select coalesce(b.hour, 0) as created, e.succeeded_hour as succeeded,
						e.failed_hour as failed, e.cancelled_hour as cancelled) x) as "lastHour",
					(select row_to_json(x) from (select coalesce(b.day, 0) as created, e.succeeded_day as succeeded,
						e.failed_day as failed, e.cancelled_day as cancelled) x) as "lastDay",
					(select row_to_json(x) from (
						select count(*) as jobs, round(percentile_cont(0.5) within group (order by l.ms)) as "p50Ms",
								round(percentile_cont(0.95) within group (order by l.ms)) as "p95Ms"
							from (select extract(epoch from j.finished_at - j.created_at)::double precision * 1000 as ms
								from studio.jobs j
								where j.kind = k.kind and j.state = 'done' and j.finished_at > now() - interval '1 day'
								order by j.finished_at desc limit 10000) l) x) as latency
				from kinds k left join queue q using (kind) left join begun b using (kind) join ended e using (kind)
				order by k.kind) r)) as kinds) t
$$;
