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

-- What an admin does to another's generation is written down; p_address null: whoever asks does that.
create function studio.generation_audit(p_event text, p_caller uuid, p_address text, g studio.media_generations, p_purged boolean)
returns void
language plpgsql
as $$
begin
	if p_address is not null and g.user_id <> p_caller then
		perform studio.audit_add(p_event, p_caller, p_address, row_to_json(t)) from (	-- of 0008
			select g.id as "generation", g.user_id as "user", g.status as "statusWas", nullif(p_purged, false) as purged) t;
	end if;
end
$$;

-- FAILED and "Cancelled", whatever its job was doing. The fence is raised, so that the worker
-- that has it in hand changes nothing any more; it is told, and stops. With p_storage, what Google
-- writes for the attempt all the same is deleted: now, and what comes within an hour.
create function studio.generation_cancel(p_caller uuid, p_admin boolean, p_id uuid, p_storage text default null,
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
	if j.worker is not null then
		perform pg_notify('studio_cancelled', concat_ws(' ', j.id, j.fence + 1));
	end if;
	if p_storage is not null and j.state <> 'ready' then
		perform studio.objects_doom(j.user_id, concat_ws('/', p_storage, 'users', j.user_id, 'projects', j.project_id, p_id, j.attempt, ''));
	end if;
	select * into g from studio.media_generations where id = p_id;
	return g;
end
$$;

-- ---- keys: the first answer again ----

-- A first answer was given at answer_by: at once (what is not waited for: 202, or 200 of a retry), or
-- when a wait for the end was given up (202), or it was the end, before that. An error that was
-- an end is kept here when a retry undoes it.
alter table studio.idempotency_keys
	add column answer_by timestamptz not null default now(),
	add column error_code text,
	add column error_message text,
	add column error_reasons json;

-- A generation as it was when the answer of this key was given, before it came to an end. Its JSON
-- is that of one which has no results; the id, which comes first in it, is put back.
create function studio.media_under_way(g studio.media_generations, k studio.idempotency_keys) returns json
language plpgsql stable
as $$
declare
	v_id uuid := g.id;
begin
	if g.started_at > k.answer_by then
		g.started_at := null;
	end if;
	g.id := '00000000-0000-0000-0000-000000000000';
	g.status := case when g.started_at is null then 'PENDING' else 'PROCESSING' end;
	g.updated_at := coalesce(g.started_at, k.created_at);
	g.progress := 0;
	g.error_message := null;
	g.finished_at := null;
	return overlay(studio.media_json(g)::text placing v_id::text from length('{"id":"') + 1 for 36)::json;
end
$$;

-- Takes a key for a generation; waits for one who took it before and is not done. `mine` false: it was
-- used within the last 24 hours, `k` says for what; with another body is for the caller to look at.
create function studio.key_take(p_user uuid, p_key text, p_body_hash bytea, p_generation uuid, p_wait_ms bigint,
	out k studio.idempotency_keys, out mine boolean)
language plpgsql
as $$
begin
	insert into studio.idempotency_keys (user_id, key, body_hash, generation_id, answer_by)
		values (p_user, p_key, p_body_hash, p_generation, now() + p_wait_ms * interval '1 millisecond')
		on conflict (user_id, key) do update
			set body_hash = excluded.body_hash, generation_id = excluded.generation_id, created_at = now(), answer_by = excluded.answer_by,
				error_code = null, error_message = null, error_reasons = null
			where idempotency_keys.created_at < now() - interval '24 hours'
		returning * into k;
	mine := k.key is not null;
	if not mine then
		select * into k from studio.idempotency_keys where user_id = p_user and key = p_key;
	end if;
end
$$;

-- What a key was used for is not made again when it was deleted since: it was paid for once.
create function studio.key_generation(k studio.idempotency_keys) returns studio.media_generations
language plpgsql stable
as $$
declare
	g studio.media_generations;
begin
	select * into g from studio.media_generations where id = k.generation_id;
	if g.id is null then
		perform studio.refuse('NOT_FOUND', 'What was made under this Idempotency-Key has been deleted');
	end if;
	return g;
end
$$;

-- The row, its job, its event and its key. `replayed`: the key was used before, and this is what it
-- made; `under_way`: the first answer came before its end, and was this. `reused`: it was used with
-- another body. `missing`: no such project. p_wait_ms: how long its end is waited for.
drop function studio.generation_create(uuid, uuid, studio.media_type, text, text, json, json, text, bytea, integer, text, bytea);
create function studio.generation_create(p_user uuid, p_project uuid, p_kind studio.media_type, p_prompt text, p_model text,
	p_parameters json, p_request json, p_key text, p_body_hash bytea, p_max_attempts integer, p_request_id text, p_trace bytea,
	p_wait_ms bigint, out generation studio.media_generations, out replayed boolean, out reused boolean, out missing boolean,
	out under_way json)
language plpgsql
as $$
declare
	v_id uuid := studio.uuid_v7();
	t record;
	k studio.idempotency_keys;
begin
	replayed := false;
	reused := false;
	missing := not exists (select from studio.projects where id = p_project);
	if missing then
		return;
	end if;
	if p_key <> '' then
		select * into t from studio.key_take(p_user, p_key, p_body_hash, v_id, p_wait_ms);
		k := t.k;
		if not t.mine then
			reused := k.body_hash is distinct from p_body_hash;
			if reused then
				return;
			end if;
			replayed := true;
			generation := studio.key_generation(k);
			if k.error_code is not null then
				generation.status := 'FAILED';
				generation.error_code := k.error_code;
				generation.error_message := k.error_message;
				generation.error_reasons := k.error_reasons;
			elsif now() > k.answer_by and (generation.finished_at is null or generation.finished_at > k.answer_by) then
				under_way := studio.media_under_way(generation, k);
			end if;
			return;
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

-- ---- retry and delete ----

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
	update studio.idempotency_keys k set error_code = f.error_code, error_message = f.error_message, error_reasons = f.error_reasons
		from studio.media_generations f
		where f.id = p_id and k.user_id = f.user_id and k.generation_id = p_id and k.error_code is null and f.finished_at <= k.answer_by;
	update studio.media_generations set status = 'PENDING', progress = 0, error_code = null, error_message = null,
			error_reasons = null, started_at = null, finished_at = null, updated_at = now()
		where id = p_id returning * into g;
	perform studio.event_add(g);
	perform pg_notify('studio_jobs', '');
	return g;
end
$$;

-- The same under a key ('': none), which is the caller's: a second time it is not begun anew, and the
-- first answer is given again.
create function studio.generation_retry_once(p_caller uuid, p_admin boolean, p_id uuid, p_request_id text, p_trace bytea, p_key text,
	p_body_hash bytea, p_address text, out generation studio.media_generations, out answer json, out replayed boolean)
language plpgsql
as $$
declare
	j studio.jobs := studio.generation_job(p_caller, p_admin, p_id);	-- before the key: who deletes a user goes this way
	t record;
	k studio.idempotency_keys;
begin
	select * into generation from studio.media_generations where id = p_id;
	replayed := false;
	if p_key <> '' then
		select * into t from studio.key_take(p_caller, p_key, p_body_hash, p_id, 0);
		k := t.k;
		replayed := not t.mine;
		if replayed and k.body_hash is distinct from p_body_hash then
			perform studio.refuse('IDEMPOTENCY_KEY_REUSED', 'The idempotency key was used with another body');
		end if;
	end if;
	if replayed then
		answer := studio.media_under_way(generation, k);
		return;
	end if;
	perform studio.generation_audit('generation_retried', p_caller, p_address, generation, false);
	generation := studio.generation_retry(p_caller, p_admin, p_id, p_request_id, p_trace);
	answer := studio.media_json(generation);
end
$$;

-- One that is under way is cancelled first. Its results, job and attempts go with it, and all that it
-- and its attempts left in storage when p_purge says so.
create function studio.generation_delete(p_caller uuid, p_admin boolean, p_id uuid, p_purge boolean, p_storage text, p_address text)
returns boolean
language plpgsql
as $$
declare
	j studio.jobs := studio.generation_job(p_caller, p_admin, p_id);
	g studio.media_generations;
begin
	if j.id is not null and j.finished_at is null then
		perform studio.generation_cancel(p_caller, p_admin, p_id, p_storage);
	end if;
	delete from studio.media_generations where id = p_id returning * into g;
	perform studio.generation_audit('generation_deleted', p_caller, p_address, g, p_purge);
	if p_purge and g.id is not null then
		perform studio.objects_doom(g.user_id, concat_ws('/', p_storage, 'users', g.user_id, 'projects', g.project_id, g.id, ''));
	end if;
	return true;
end
$$;
