-- The life of a generation and its job. Each function is one step, whole or not at all;
-- each change of state makes its event in the same transaction.

create function studio.event_add(g studio.media_generations) returns void
language plpgsql
as $$
declare
	n bigint;
begin
	insert into studio.event_counters (user_id, seq) values (g.user_id, 1)
		on conflict (user_id) do update set seq = event_counters.seq + 1
		returning seq into n;
	insert into studio.events (user_id, seq, generation_id, status, progress, error_message)
		values (g.user_id, n, g.id, g.status, g.progress, g.error_message);
	perform pg_notify('studio_events', concat_ws(' ', g.id, g.user_id, n, g.status));
end
$$;

-- The row, its job, its event and its key. `replayed`: the key was used before, and this
-- is what it made. `reused`: it was used with another body. `missing`: no such project.
create function studio.generation_create(p_user uuid, p_project uuid, p_kind studio.media_type, p_prompt text, p_model text,
	p_parameters json, p_request json, p_key text, p_body_hash bytea, p_max_attempts integer, p_request_id text, p_trace bytea,
	out generation studio.media_generations, out replayed boolean, out reused boolean,
	out missing boolean)
language plpgsql
as $$
declare
	v_id uuid := studio.uuid_v7();
	k studio.idempotency_keys;
begin
	replayed := false;
	reused := false;
	missing := not exists (select from studio.projects where id = p_project);
	if missing then
		return;
	end if;
	if p_key <> '' then
		-- Waits for a first request with this key that is not committed yet.
		insert into studio.idempotency_keys (user_id, key, body_hash, generation_id)
			values (p_user, p_key, p_body_hash, v_id)
			on conflict (user_id, key) do update
				set body_hash = excluded.body_hash, generation_id = excluded.generation_id, created_at = now()
				where idempotency_keys.created_at < now() - interval '24 hours'
			returning * into k;
		if k.key is null then
			select * into k from studio.idempotency_keys where user_id = p_user and key = p_key;
			reused := k.body_hash is distinct from p_body_hash;
			if not reused then
				select * into generation from studio.media_generations g where g.id = k.generation_id;
				replayed := generation.id is not null;
			end if;
			if reused or replayed then
				return;
			end if;
			-- what it made was deleted since: make it anew
			update studio.idempotency_keys set generation_id = v_id where user_id = p_user and key = p_key;
		end if;
	end if;
	insert into studio.media_generations (id, user_id, project_id, media_type, prompt, parameters, operation_id)
		values (v_id, p_user, p_project, p_kind, p_prompt, p_parameters, case when p_kind = 'VIDEO' then v_id::text end)
		returning * into generation;
	insert into studio.jobs (generation_id, user_id, project_id, kind, model, request, max_attempts, request_id, trace)
		values (v_id, p_user, p_project, p_kind, p_model, p_request, p_max_attempts, p_request_id, p_trace);
	perform studio.event_add(generation);
	perform pg_notify('studio_jobs', '');
end
$$;

-- ---- leases ----

-- A job whose worker is gone: what was only leased is ready again; what was begun may have
-- reached Google. The fence is raised, so that late writes of that worker change nothing.
create function studio.job_void(p_job uuid) returns void
language sql
as $$
	update studio.job_attempts set ended_at = now(), outcome = 'lost'
		where job_id = p_job and ended_at is null;
	update studio.jobs set
			run_at = case when state = 'started' then now() else run_at end,
			polls = case when state = 'started' then 0 else polls end,
			state = case when state = 'started' then 'unclear' else state end,
			fence = fence + 1, worker = null, lease_until = null, updated_at = now()
		where id = p_job;
$$;

create function studio.worker_void(p_worker bigint) returns bigint
language plpgsql
as $$
declare
	j uuid;
	n bigint := 0;
begin
	for j in select id from studio.jobs where worker = p_worker and finished_at is null order by id for update loop
		perform studio.job_void(j);
		n := n + 1;
	end loop;
	if n > 0 then
		perform pg_notify('studio_jobs', 'all');
	end if;
	return n;
end
$$;

-- When there will be work for a worker that can begin or resume, in milliseconds; 0: unknown.
create function studio.jobs_next_ms(p_begin boolean, p_resume boolean) returns bigint
language sql volatile
as $$
	select coalesce(greatest(1, ceil(extract(epoch from min(greatest(run_at, coalesce(lease_until, run_at))) - now()) * 1000))::bigint, 0)
		from studio.jobs
		where (p_begin and state = 'ready') or (p_resume and state in ('started', 'running', 'unclear'))
$$;

create function studio.job_lease(p_job uuid, p_worker bigint, p_lease_ms integer) returns studio.jobs
language sql
as $$
	update studio.jobs set worker = p_worker, lease_until = now() + p_lease_ms * interval '1 millisecond',
			fence = fence + 1, updated_at = now()
		where id = p_job returning *
$$;

-- Leases due jobs. No more bytes of requests than one answer carries; the first one always.
-- A claim whose answer was lost: the worker asks again, and is given what it leased a moment
-- ago and never began, under a new fence, instead of waiting for the lease to lapse.
create function studio.job_claim(p_worker bigint, p_begin integer, p_resume integer, p_lease_ms integer)
returns setof studio.jobs
language plpgsql
as $$
declare
	room bigint := 3300000;
	n integer := 0;
	j studio.jobs;
begin
	perform studio.job_void(lapsed.id) from (
		select id from studio.jobs where state = 'started' and lease_until < now() limit 64 for update skip locked) lapsed;
	for j in
		(select * from studio.jobs
			where state in ('running', 'unclear') and run_at <= now() and (lease_until is null or lease_until < now())
			order by run_at limit p_resume for update skip locked)
	loop
		room := room - case when j.state = 'running' then 0 else octet_length(j.request::text) end - 4096;
		exit when n > 0 and room < 0;
		n := n + 1;
		return next studio.job_lease(j.id, p_worker, p_lease_ms);
	end loop;
	for j in
		(select * from studio.jobs
			where state = 'ready' and run_at <= now() and (lease_until is null or lease_until < now()
				or (worker = p_worker and updated_at < now() - interval '2 seconds'))
			order by run_at limit p_begin for update skip locked)
	loop
		room := room - octet_length(j.request::text) - 4096;
		exit when n > 0 and room < 0;
		n := n + 1;
		return next studio.job_lease(j.id, p_worker, p_lease_ms);
	end loop;
end
$$;

-- ---- steps: false means that the fence is old, or the step makes no sense in this state ----

create function studio.job_begin(p_job uuid, p_fence bigint) returns boolean
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
	update studio.jobs set state = 'started', updated_at = now() where id = p_job;
	insert into studio.job_attempts (job_id, attempt, fence, worker) values (p_job, j.attempt, j.fence, j.worker);
	update studio.media_generations set status = 'PROCESSING', started_at = now(), updated_at = now()
		where id = j.generation_id returning * into g;
	perform studio.event_add(g);
	return true;
end
$$;

create function studio.job_attempt_end(p_job uuid, p_outcome text, p_code text, p_message text) returns void
language sql
as $$
	update studio.job_attempts set ended_at = now(), outcome = p_outcome, code = nullif(p_code, ''), message = nullif(p_message, '')
		where job_id = p_job and ended_at is null
$$;

-- The job while this worker holds it, locked; its `settled` is p_fence when the worker's turn
-- was closed before.
create function studio.job_turn(p_job uuid, p_fence bigint) returns studio.jobs
language sql
as $$
	select * from studio.jobs where id = p_job and fence = p_fence and fence > 0 for update
$$;

create function studio.job_running(p_job uuid, p_fence bigint, p_operation text, p_model text, p_after_ms bigint)
returns boolean
language plpgsql
as $$
declare
	j studio.jobs := studio.job_turn(p_job, p_fence);
begin
	if j.settled = p_fence then
		return true;		-- said before
	end if;
	if j.worker is null or j.state not in ('started', 'running', 'unclear') then
		return false;
	end if;
	perform studio.job_attempt_end(p_job, 'running', '', '');
	update studio.jobs set state = 'running', operation = coalesce(nullif(p_operation, ''), operation),
			served_model = coalesce(nullif(p_model, ''), served_model),
			polls = case when state = 'running' then polls + 1 else 0 end,
			run_at = now() + p_after_ms * interval '1 millisecond',
			settled = fence, worker = null, lease_until = null, updated_at = now()
		where id = p_job;
	return true;
end
$$;

create function studio.job_unclear(p_job uuid, p_fence bigint, p_after_ms bigint, p_message text) returns boolean
language plpgsql
as $$
declare
	j studio.jobs := studio.job_turn(p_job, p_fence);
begin
	if j.settled = p_fence then
		return true;		-- said before
	end if;
	if j.worker is null or j.state not in ('started', 'running', 'unclear') then
		return false;
	end if;
	perform studio.job_attempt_end(p_job, 'unclear', '', p_message);
	update studio.jobs set state = 'unclear', polls = case when state = 'unclear' then polls + 1 else 0 end,
			run_at = now() + p_after_ms * interval '1 millisecond', message = nullif(p_message, ''),
			settled = fence, worker = null, lease_until = null, updated_at = now()
		where id = p_job;
	return true;
end
$$;

-- What both ends of a job share.
create function studio.job_end(p_job uuid, p_state studio.job_state, p_code text, p_message text) returns void
language sql
as $$
	update studio.jobs set state = p_state, code = nullif(p_code, ''), message = nullif(p_message, ''),
			settled = fence, worker = null, lease_until = null, finished_at = now(), updated_at = now()
		where id = p_job
$$;

-- `index` and `originalGcsUri` are added to the metadata where they lack; its own order and
-- spelling stay.
create function studio.result_metadata(p_metadata json, p_index integer, p_uri text) returns json
language sql immutable
as $$
	select case when own = '' and extra = '' then '{}' else '{' || extra || case when own <> '' and extra <> '' then ',' else '' end || own || '}' end::json
	from (
		select case when json_typeof(p_metadata) = 'object' then btrim(substr(btrim(p_metadata::text), 2, length(btrim(p_metadata::text)) - 2)) else '' end as own,
			concat_ws(',', case when p_metadata->'index' is null then '"index":' || p_index end,
				case when p_metadata->'originalGcsUri' is null then '"originalGcsUri":' || to_json(p_uri) end) as extra) t
$$;

-- A result lies where its generation writes, or it is none: whoever controls the poller cannot
-- make db grant an object of somebody else.
create function studio.job_finish(p_job uuid, p_fence bigint, p_results json, p_storage text) returns boolean
language plpgsql
as $$
declare
	j studio.jobs := studio.job_turn(p_job, p_fence);
	g studio.media_generations;
	place text := concat_ws('/', p_storage, 'users', j.user_id, 'projects', j.project_id, j.generation_id, '');
begin
	if j.settled = p_fence then
		return true;		-- said before
	end if;
	if j.worker is null or j.state not in ('started', 'running', 'unclear') then
		return false;
	end if;
	if exists (select from json_array_elements(p_results) r
			where not coalesce(starts_with(r->>'uri', place), false) or r->>'uri' ~ '/\.\.?(/|$)') then
		perform studio.job_fail_now(j, 'STORAGE_ERROR', 'A result lies outside of its place', null);
		return true;
	end if;
	insert into studio.media_results (media_generation_id, index, result_url, metadata)
		select j.generation_id, n - 1, r->>'uri', studio.result_metadata(r->'metadata', (n - 1)::integer, r->>'uri')
			from json_array_elements(p_results) with ordinality as t(r, n)
		on conflict (media_generation_id, index) do nothing;
	perform studio.job_attempt_end(p_job, 'finished', '', '');
	perform studio.job_end(p_job, 'done', '', '');
	update studio.media_generations set status = 'SUCCEEDED', progress = 100, finished_at = now(), updated_at = now()
		where id = j.generation_id returning * into g;
	perform studio.event_add(g);
	return true;
end
$$;

create function studio.job_fail_now(j studio.jobs, p_code text, p_message text, p_reasons json) returns void
language plpgsql
as $$
declare
	g studio.media_generations;
begin
	perform studio.job_attempt_end(j.id, 'failed', p_code, p_message);
	perform studio.job_end(j.id, 'failed', p_code, p_message);
	update studio.media_generations set status = 'FAILED', error_code = p_code, error_message = p_message,
			error_reasons = p_reasons, finished_at = now(), updated_at = now()
		where id = j.generation_id returning * into g;
	perform studio.event_add(g);
end
$$;

create function studio.job_fail(p_job uuid, p_fence bigint, p_code text, p_message text, p_reasons json) returns boolean
language plpgsql
as $$
declare
	j studio.jobs := studio.job_turn(p_job, p_fence);
begin
	if j.settled = p_fence then
		return true;		-- said before
	end if;
	if j.worker is null then
		return false;
	end if;
	perform studio.job_fail_now(j, p_code, p_message, p_reasons);
	return true;
end
$$;

-- Nothing was started: back to the queue, until the attempts are used up.
create function studio.job_retry(p_job uuid, p_fence bigint, p_after_ms bigint, p_counts boolean, p_code text, p_message text)
returns boolean
language plpgsql
as $$
declare
	j studio.jobs := studio.job_turn(p_job, p_fence);
	g studio.media_generations;
begin
	if j.settled = p_fence then
		return true;		-- said before
	end if;
	if j.worker is null or j.state not in ('ready', 'started') then
		return false;
	end if;
	if p_counts and j.attempt >= j.max_attempts then
		perform studio.job_fail_now(j, p_code, coalesce(nullif(p_message, ''), 'Google could not be reached'), null);
		return true;
	end if;
	perform studio.job_attempt_end(p_job, 'retried', p_code, p_message);
	update studio.jobs set state = 'ready', attempt = attempt + p_counts::integer,
			run_at = now() + p_after_ms * interval '1 millisecond', code = nullif(p_code, ''), message = nullif(p_message, ''),
			settled = fence, worker = null, lease_until = null, updated_at = now()
		where id = p_job;
	update studio.media_generations set status = 'PENDING', started_at = null, updated_at = now()
		where id = j.generation_id and status = 'PROCESSING' returning * into g;
	if g.id is not null then
		perform studio.event_add(g);
	end if;
	return true;
end
$$;
