-- What owners and admins ask of a generation that exists: cancel, retry, delete. Like the
-- steps of a job these lock the job first, so of a cancel and a completion that race one comes
-- first, and the other finds it over: one final state, one event.

-- The first attempt of the present round: a retry begins another one.
alter table studio.jobs add column first_attempt integer not null default 1;

-- The job of a generation that the caller may touch, locked; all null where it has none.
create function studio.generation_job(p_caller uuid, p_admin boolean, p_id uuid) returns studio.jobs
language plpgsql
as $$
declare
	j studio.jobs;
begin
	select * into j from studio.jobs where generation_id = p_id for update;
	perform from studio.media_generations g where g.id = p_id and (g.user_id = p_caller or p_admin);
	if not found then
		perform studio.refuse('NOT_FOUND', 'Not found');
	end if;
	return j;
end
$$;

-- FAILED and "Cancelled", whatever its job was doing. The fence is raised, so that the worker
-- that has it in hand changes nothing any more; it is told, and stops.
create function studio.generation_cancel(p_caller uuid, p_admin boolean, p_id uuid) returns studio.media_generations
language plpgsql
as $$
declare
	j studio.jobs := studio.generation_job(p_caller, p_admin, p_id);
	g studio.media_generations;
begin
	if j.id is null or j.finished_at is not null then
		perform studio.refuse('RESOURCE_CONFLICT', 'The generation is over: there is nothing to cancel');
	end if;
	update studio.jobs set fence = fence + 1 where id = j.id;
	perform studio.job_attempt_end(j.id, 'cancelled', '', '');
	perform studio.job_fail_now(j, 'RESOURCE_CONFLICT', 'Cancelled', null);
	if j.worker is not null then
		perform pg_notify('studio_cancelled', concat_ws(' ', j.id, j.fence + 1));
	end if;
	select * into g from studio.media_generations where id = p_id;
	return g;
end
$$;

-- A new attempt of a failed one, under a number and so a storage prefix that none had before.
-- It has as many attempts as the first round; the log shows it under the request that asked.
create function studio.generation_retry(p_caller uuid, p_admin boolean, p_id uuid, p_request_id text, p_trace bytea)
returns studio.media_generations
language plpgsql
as $$
declare
	j studio.jobs := studio.generation_job(p_caller, p_admin, p_id);
	g studio.media_generations;
begin
	if j.state is distinct from 'failed' then
		perform studio.refuse('RESOURCE_CONFLICT', 'Only a generation that failed can be retried');
	end if;
	update studio.jobs set state = 'ready', attempt = attempt + 1, first_attempt = attempt + 1,
			max_attempts = attempt + 1 + max_attempts - first_attempt, polls = 0, operation = null, served_model = null,
			code = null, message = null, fence = fence + 1, run_at = now(), finished_at = null, updated_at = now(),
			request_id = p_request_id, trace = p_trace
		where id = j.id;
	update studio.media_generations set status = 'PENDING', progress = 0, error_code = null, error_message = null,
			error_reasons = null, started_at = null, finished_at = null, updated_at = now()
		where id = p_id returning * into g;
	perform studio.event_add(g);
	perform pg_notify('studio_jobs', '');
	return g;
end
$$;

-- One that is under way is cancelled first. Its results, job and attempts go with it.
create function studio.generation_delete(p_caller uuid, p_admin boolean, p_id uuid) returns boolean
language plpgsql
as $$
declare
	j studio.jobs := studio.generation_job(p_caller, p_admin, p_id);
begin
	if j.id is not null and j.finished_at is null then
		perform studio.generation_cancel(p_caller, p_admin, p_id);
	end if;
	delete from studio.media_generations where id = p_id;
	return true;
end
$$;
