-- One order of locks for everybody, so that nobody waits in a circle:
--
--     the user's row, jobs by their id, the key, the counters of the day, the lane of the queue,
--     the generation, the counter of events, lanes of webhooks by their id
--
-- A user that goes is locked `for no key update` first: that waits for whoever begins something new
-- for the user (`for share`), but not for the steps of jobs, whose events only refer to it. Then come
-- the jobs that are open, and when their steps are done the row is locked for good.

-- The owner of a generation is not taken away before the end of the transaction.
create function studio.owner_stays(p_generation uuid) returns void
language plpgsql
as $$
begin
	perform from studio.users u
		where u.id = (select g.user_id from studio.media_generations g where g.id = p_generation) for share;
end
$$;

-- As in 0024, with the user's row first.
create or replace function studio.generation_create(p_user uuid, p_project uuid, p_kind studio.media_type, p_prompt text, p_model text,
	p_parameters json, p_request json, p_key text, p_body_hash bytea, p_max_attempts integer, p_request_id text, p_trace bytea,
	p_wait_ms bigint, p_models json, p_limits json, out generation studio.media_generations, out replayed boolean, out reused boolean,
	out missing boolean, out under_way json)
language plpgsql
as $$
declare
	v_id uuid := studio.uuid_v7();
	t record;
	k studio.idempotency_keys;
	c record;
	r record;
begin
	replayed := false;
	reused := false;
	perform from studio.users where id = p_user for share;
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
	select * into c from studio.charge_of(p_model, p_request, p_models);
	c.prices := studio.prices_now(c.prices);
	select * into r from studio.charge_reserve(p_user, p_project, v_id, 1, c.prices, c.units, c.most, p_limits);
	insert into studio.jobs (generation_id, user_id, project_id, kind, model, request, max_attempts, request_id, trace, prices, units, most,
			reserved, reserved_day)
		values (v_id, p_user, p_project, p_kind, p_model, p_request, p_max_attempts, p_request_id, p_trace, c.prices, c.units, c.most,
			r.reserved, r.day);
	perform studio.event_add(generation);
	perform pg_notify('studio_jobs', '');
end
$$;

-- As in 0024; keys that are over are left alone.
create or replace function studio.generation_retry(p_caller uuid, p_admin boolean, p_id uuid, p_request_id text, p_trace bytea, p_limits json default null)
returns studio.media_generations
language plpgsql
as $$
declare
	j studio.jobs := studio.generation_job(p_caller, p_admin, p_id);
	g studio.media_generations;
	r record;
begin
	if j.state is distinct from 'failed' then
		perform studio.refuse('RESOURCE_CONFLICT', 'Only a generation that failed can be retried');
	end if;
	if j.prices is null then		-- from before there were prices
		j.prices := array[row(coalesce(nullif(j.model, ''), 'unknown'), 'generation', 0, 1, 0)::studio.price];
		j.units := 1;
		j.most := 1;
	end if;
	j.prices := studio.prices_now(j.prices);
	select * into r from studio.charge_reserve(j.user_id, j.project_id, p_id, j.attempt + 1, j.prices, j.units, j.most,
		case when p_caller = j.user_id then p_limits end);
	update studio.jobs set state = 'ready', attempt = attempt + 1, first_attempt = attempt + 1,
			max_attempts = attempt + 1 + max_attempts - first_attempt, polls = 0, operation = null, served_model = null,
			code = null, message = null, fence = fence + 1, run_at = now(), finished_at = null, updated_at = now(),
			request_id = p_request_id, trace = p_trace, prices = j.prices, units = j.units, most = j.most,
			reserved = r.reserved, reserved_day = r.day
		where id = j.id;
	update studio.idempotency_keys k set error_code = f.error_code, error_message = f.error_message, error_reasons = f.error_reasons
		from studio.media_generations f
		where f.id = p_id and k.user_id = f.user_id and k.generation_id = p_id and k.error_code is null and f.finished_at <= k.answer_by
			and k.created_at > now() - interval '24 hours';	-- older ones may be taken anew just now
	update studio.media_generations set status = 'PENDING', progress = 0, error_code = null, error_message = null,
			error_reasons = null, started_at = null, finished_at = null, updated_at = now()
		where id = p_id returning * into g;
	perform studio.event_add(g);
	perform pg_notify('studio_jobs', '');
	return g;
end
$$;

-- As in 0024, with the owner's row first, as in the next one, of 0026.
create or replace function studio.generation_retry_once(p_caller uuid, p_admin boolean, p_id uuid, p_request_id text, p_trace bytea, p_key text,
	p_body_hash bytea, p_address text, p_limits json, out generation studio.media_generations, out answer json, out replayed boolean)
language plpgsql
as $$
declare
	j studio.jobs;
	t record;
	k studio.idempotency_keys;
begin
	perform studio.owner_stays(p_id);
	j := studio.generation_job(p_caller, p_admin, p_id);
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
	generation := studio.generation_retry(p_caller, p_admin, p_id, p_request_id, p_trace, p_limits);
	answer := studio.media_json(generation);
end
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

-- As in 0008, and lanes of webhooks in their order. What waits is not cancelled one by one.
create or replace function studio.user_delete(p_user uuid, p_by uuid, p_address text, p_storage text) returns boolean
language plpgsql
as $$
declare
	u studio.users;
	j studio.jobs;
	open integer := 0;
begin
	select * into u from studio.users where id = p_user for no key update;
	if u.id is null then
		return false;
	end if;
	if u.role = 'ADMIN' then
		perform studio.admin_remains(p_user);
	end if;
	perform from studio.jobs where user_id = p_user and finished_at is null order by id for update;
	perform from studio.users where id = p_user for update;
	perform from studio.webhook_lanes l where l.webhook_id in (select w.id from studio.webhooks w where w.user_id = p_user)
		order by l.webhook_id for update;
	for j in select * from studio.jobs where user_id = p_user and finished_at is null and (state <> 'ready' or worker is not null)
			order by id for update loop
		perform studio.generation_cancel(p_user, true, j.generation_id);	-- of 0009
		open := open + 1;
	end loop;
	-- What only waits may be very much. Who waits for it looks when told, and it is gone: no row need tell of that.
	select open + count(pg_notify('studio_events', concat_ws(' ', w.generation_id, p_user, w.seq, 'FAILED'))) into open from (
		select k.generation_id, coalesce(c.seq, 0) + row_number() over () as seq
			from studio.jobs k left join studio.event_counters c on c.user_id = k.user_id
			where k.user_id = p_user and k.finished_at is null) w;
	perform studio.audit_add('user_deleted', p_by, p_address, row_to_json(t)) from (
		select u.id as "user", u.email, u.role, open as "jobsEnded") t;
	perform studio.objects_doom(p_user, concat_ws('/', p_storage, 'users', p_user, ''));	-- of 0010
	delete from studio.users where id = p_user;
	return true;
end
$$;

-- As in 0023: what it had as a worker and what it made are locked in one order.
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

-- As in 0010, with locks.
create or replace function studio.files_stored(p_user uuid, p_ids json, p_many boolean) returns json
language plpgsql
as $$
declare
	all_of json[];
begin
	perform from studio.users where id = p_user for key share;
	perform from studio.files where user_id = p_user and id in (select v::uuid from json_array_elements_text(p_ids) v) order by id for update;
	update studio.files set stored_at = coalesce(stored_at, now())
		where user_id = p_user and id in (select v::uuid from json_array_elements_text(p_ids) v);
	all_of := array(select studio.file_json(f) from json_array_elements_text(p_ids) with ordinality as t(v, n)
		join studio.files f on f.id = t.v::uuid and f.user_id = p_user order by t.n);
	if cardinality(all_of) <> json_array_length(p_ids) or cardinality(all_of) = 0 then
		perform studio.refuse('NOT_FOUND', 'A file is gone');
	end if;
	if p_many then
		return (select row_to_json(t) from (select array_to_json(all_of) as files) t);
	end if;
	return all_of[1];
end
$$;

-- As in 0025, lane by lane in their order.
create or replace function studio.webhook_event() returns trigger
language plpgsql
as $$
declare
	v_webhook uuid;
	v_body text;
begin
	for v_webhook in
		select l.webhook_id from studio.webhook_lanes l join studio.webhooks w on w.id = l.webhook_id
			where w.user_id = new.user_id and w.enabled and (not w.final_only or new.status in ('SUCCEEDED', 'FAILED'))
			order by l.webhook_id for update of l
	loop
		update studio.webhook_lanes set due_at = greatest(least(due_at, now()), hold_until) where webhook_id = v_webhook;
		v_body := coalesce(v_body, studio.webhook_body(new));
		perform studio.delivery_add(v_webhook, 'media-generation-update', v_body, new.generation_id, new.seq);
	end loop;
	if v_body is not null then
		perform pg_notify('studio_deliveries', '');
	end if;
	return null;
end
$$;

-- ---- credentials, sessions, links: as in 0007 and 0016, with the user's row first ----

create or replace function studio_auth.session_create_seen(p_session uuid, p_user uuid, p_hash bytea, p_expires timestamptz,
	p_address text, p_device text, p_forgive uuid, p_seen text, p_better text)
returns boolean
language plpgsql
as $$
begin
	perform from studio.users u where u.id = p_user for key share;
	perform from studio_auth.credentials c where c.user_id = p_user and c.hash in (p_seen, p_better) for share;
	if not found then	/* or another login put a better hash in its place: both may try again */
		perform studio.refuse('SERVICE_UNAVAILABLE', 'The password was changed meanwhile');
	end if;
	return studio_auth.session_create(p_session, p_user, p_hash, p_expires, p_address, p_device, p_forgive);
end
$$;

create or replace function studio_auth.password_change(p_user uuid, p_old text, p_new text, p_keep uuid)
returns boolean
language plpgsql
as $$
begin
	perform from studio.users u where u.id = p_user for no key update;
	update studio_auth.credentials set hash = p_new, updated_at = now() where user_id = p_user and hash in (p_old, p_new);
	if not found then
		return false;
	end if;
	update studio_auth.sessions set revoked_at = now(), revoked_because = 'the password was changed'
		where user_id = p_user and id <> p_keep and revoked_at is null;
	delete from studio_auth.password_resets where user_id = p_user;
	return true;
end
$$;

create or replace function studio_auth.password_reset(p_token_hash bytea, p_hash text, p_subjects json)
returns setof studio.users
language plpgsql
as $$
declare
	owner uuid;
begin
	perform from studio.users u
		where u.id = (select r.user_id from studio_auth.password_resets r where r.token_hash = p_token_hash) for no key update;
	delete from studio_auth.password_resets r where r.token_hash = p_token_hash and r.expires_at > now() returning r.user_id into owner;
	if owner is null then
		return;
	end if;
	delete from studio_auth.password_resets r where r.user_id = owner;
	insert into studio_auth.credentials (user_id, hash) values (owner, p_hash)
		on conflict (user_id) do update set hash = excluded.hash, updated_at = now();
	update studio_auth.sessions s set revoked_at = now(), revoked_because = 'the password was reset'
		where s.user_id = owner and s.revoked_at is null;
	delete from studio_auth.strikes k where k.key in (
		select x.key from json_to_recordset(p_subjects) as x(kind text, key uuid));
	return query select * from studio.users u where u.id = owner;
end
$$;

create or replace function studio_auth.reset_create(p_email text, p_token_hash bytea, p_minutes integer, p_subjects json,
	out user_id uuid, out email text, out first_name text, out locked_ms bigint, out locked_by text)
language plpgsql
as $$
declare
	u studio.users;
begin
	select h.locked_ms, h.locked_by into locked_ms, locked_by from studio_auth.strikes_held(p_subjects, false) h;
	if exists (select from studio_auth.password_resets where token_hash = p_token_hash) then
		locked_ms := 0;
	elsif locked_ms > 0 then
		return;
	else
		perform studio_auth.strike(p_subjects);
	end if;
	select * into u from studio.users x where lower(x.email) = lower(p_email) for key share;
	delete from studio_auth.password_resets r where r.token_hash in (
		select o.token_hash from studio_auth.password_resets o where o.expires_at <= now() order by o.expires_at limit 64 for update skip locked);
	if u.id is null then
		return;
	end if;
	insert into studio_auth.password_resets (token_hash, user_id, expires_at)
		values (p_token_hash, u.id, now() + make_interval(mins => p_minutes))
		on conflict do nothing;
	user_id := u.id;
	email := u.email;
	first_name := u.first_name;
end
$$;

-- ---- counters follow from the ledger, whoever writes that, and from nothing else ----

alter function studio.ledger_count() security definer set search_path = pg_catalog, pg_temp;
revoke execute on function studio.ledger_count() from public;
revoke insert, update on studio.usage_days from studio_app;

-- As in 0009, and the owner goes first: deleting a user takes a job that is over behind its generation.
create or replace function studio.generation_delete(p_caller uuid, p_admin boolean, p_id uuid, p_purge boolean, p_storage text, p_address text)
returns boolean
language plpgsql
as $$
declare
	j studio.jobs;
	g studio.media_generations;
begin
	perform studio.owner_stays(p_id);
	j := studio.generation_job(p_caller, p_admin, p_id);
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

-- ---- the plans of these are kept, as those of functions in SQL are not: each job goes through all of them ----

create or replace function studio.job_turn(p_job uuid, p_fence bigint) returns studio.jobs
language plpgsql
as $$
declare
	j studio.jobs;
begin
	select * into j from studio.jobs where id = p_job and fence = p_fence and fence > 0 for update;
	return j;
end
$$;

create or replace function studio.job_attempt_end(p_job uuid, p_outcome text, p_code text, p_message text) returns void
language plpgsql
as $$
begin
	update studio.job_attempts set ended_at = now(), outcome = p_outcome, code = nullif(p_code, ''), message = nullif(p_message, '')
		where job_id = p_job and ended_at is null;
end
$$;

create or replace function studio.job_end(p_job uuid, p_state studio.job_state, p_code text, p_message text) returns void
language plpgsql
as $$
begin
	update studio.jobs set state = p_state, code = nullif(p_code, ''), message = nullif(p_message, ''),
			settled = fence, worker = null, lease_until = null, finished_at = now(), updated_at = now()
		where id = p_job;
end
$$;

create or replace function studio.result_metadata(p_metadata json, p_index integer, p_uri text) returns json
language plpgsql immutable
as $$
declare
	own text := case when json_typeof(p_metadata) = 'object'
		then btrim(substr(btrim(p_metadata::text), 2, length(btrim(p_metadata::text)) - 2)) else '' end;
	extra text := concat_ws(',', case when p_metadata->'index' is null then '"index":' || p_index end,
		case when p_metadata->'originalGcsUri' is null then '"originalGcsUri":' || to_json(p_uri) end);
begin
	return '{' || concat_ws(',', nullif(extra, ''), nullif(own, '')) || '}';
end
$$;

create or replace function studio.prices_now(p studio.price[]) returns studio.price[]
language plpgsql stable
as $$
begin
	return array(
		select row(t.model, t.unit, coalesce(s.micros, t.list), t.per, t.list)::studio.price
			from unnest(p) with ordinality t(model, unit, micros, per, list, n)
			left join studio.prices s on s.model = t.model
			order by t.n);
end
$$;

create or replace function studio.queue_shut(p_model_limit integer) returns text[]
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

create or replace function studio.media_json(g studio.media_generations) returns json
language plpgsql stable
as $$
begin
	return (
		select row_to_json(t) from (
			select g.id, g.user_id as "userId", g.project_id as "projectId", g.media_type as "mediaType", g.prompt, g.parameters,
				g.status, g.error_message as "errorMessage", g.operation_id as "operationId", g.progress,
				array_to_json(array(
					select row_to_json(x) from (
						select r.id, g.media_type as "mediaType",
							studio.url_key(r.result_url, studio.result_name(g.media_type, g.id, r.index)) as "resultUrl", r.metadata,
							studio.time_text(r.created_at) as "createdAt"
						from studio.media_results r where r.media_generation_id = g.id order by r.index) x)) as results,
				studio.time_text(g.created_at) as "createdAt", studio.time_text(g.updated_at) as "updatedAt",
				studio.time_text(g.started_at) as "startedAt", studio.time_text(g.finished_at) as "finishedAt") t);
end
$$;

-- What is found by its key is found alike each time.
alter function studio.generation_create(uuid, uuid, studio.media_type, text, text, json, json, text, bytea, integer, text, bytea, bigint, json, json)
	set plan_cache_mode = force_generic_plan;
alter function studio.job_begin(uuid, bigint, bigint) set plan_cache_mode = force_generic_plan;
alter function studio.job_finish(uuid, bigint, json, text) set plan_cache_mode = force_generic_plan;
