-- One order of locks for everybody, so that nobody waits in a circle:
--
--     the user's row, jobs by their id, the key, the counters of the day, the lane of the queue,
--     the generation, the counter of events, lanes of webhooks by their id
--
-- A user that goes is locked `for no key update` first: that waits for whoever begins something new
-- for the user (`for share`), but not for the steps of jobs, whose events only refer to it. Then come
-- the jobs that are open, and when their steps are done the row is locked for good.

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

-- What is found by its key is found alike each time.
alter function studio.generation_create(uuid, uuid, studio.media_type, text, text, json, json, text, bytea, integer, text, bytea, bigint, json, json)
	set plan_cache_mode = force_generic_plan;
alter function studio.job_begin(uuid, bigint, bigint) set plan_cache_mode = force_generic_plan;
alter function studio.job_finish(uuid, bigint, json, text) set plan_cache_mode = force_generic_plan;
