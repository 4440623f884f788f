-- What admins change and look at: users, projects, jobs, the audit log.

-- Lists are read newest first. What counts and pages needs of a row is in its index: then the
-- far end of a long list is reached without reading the rows before it.
create index users_created_idx on studio.users (created_at desc, id desc);
create index jobs_created_idx on studio.jobs (created_at desc, id desc) include (kind, state);
create index jobs_state_idx on studio.jobs (state, created_at desc, id desc) include (kind) where state <> 'done';
create index jobs_finished_idx on studio.jobs (kind, finished_at desc) include (state, created_at) where finished_at is not null;
drop index studio.audit_at_idx, studio.audit_user_idx;
create index audit_at_idx on studio.audit (at desc, id desc);
create index audit_user_idx on studio.audit (user_id, at desc, id desc);
create index audit_event_idx on studio.audit (event, at desc, id desc);

-- Who did it, from where, and to what; in the transaction of the deed.
create function studio.audit_add(p_event text, p_by uuid, p_address text, p_detail json) returns void
language sql
as $$
	insert into studio.audit (event, user_id, address, detail) values (p_event, p_by, p_address, json_strip_nulls(p_detail))
$$;

-- ---- users ----

-- One admin must be left. Whoever takes one away waits here for others who do; what they did
-- is seen then.
create function studio.admin_remains(p_leaves uuid) returns void
language plpgsql
as $$
begin
	perform pg_advisory_xact_lock(hashtext('studio.admin_remains'));
	if not exists (select from studio.users where role = 'ADMIN' and id <> p_leaves) then
		perform studio.refuse('RESOURCE_CONFLICT', 'The last admin can be neither deleted nor demoted');
	end if;
end
$$;

-- Null leaves a column as it is. When nothing differs nothing is written, not even updated_at.
-- p_by is the admin who does it, or null where users change themselves, which is no deed to be
-- audited. No row: there is no such user.
create function studio.user_change(p_user uuid, p_first_name text, p_last_name text, p_email text, p_role text,
	p_by uuid, p_address text)
returns setof studio.users
language plpgsql
as $$
declare
	old studio.users;
	new studio.users;
begin
	select * into old from studio.users where id = p_user for no key update;
	if old.id is null then
		return;
	end if;
	new := old;
	new.first_name := coalesce(p_first_name, old.first_name);
	new.last_name := coalesce(p_last_name, old.last_name);
	new.email := coalesce(p_email, old.email);
	new.role := coalesce(p_role::studio.user_role, old.role);
	if new is not distinct from old then
		return next old;
		return;
	end if;
	if old.role = 'ADMIN' and new.role <> 'ADMIN' then
		perform studio.admin_remains(p_user);
	end if;
	update studio.users set first_name = new.first_name, last_name = new.last_name, email = new.email, role = new.role,
			updated_at = now()
		where id = p_user returning * into new;
	if p_by is not null then
		perform studio.audit_add('user_changed', p_by, p_address, row_to_json(t)) from (
			select p_user as "user", nullif(old.first_name, new.first_name) as "firstNameWas", nullif(old.last_name, new.last_name) as "lastNameWas",
				nullif(old.email, new.email) as "emailWas", nullif(old.role, new.role) as "roleWas",
				nullif(new.first_name, old.first_name) as "firstName", nullif(new.last_name, old.last_name) as "lastName",
				nullif(new.email, old.email) as "email", nullif(new.role, old.role) as "role") t;
	end if;
	return next new;
end
$$;

-- Takes all that is theirs along. The locks are taken in the order in which a step of a job
-- takes them: jobs first, then the user, from where on no generation can be added. What is
-- under way is cancelled: who waits for it is told its end, and the worker that has it puts it
-- down. What lies in storage goes too, and what Google is still writing there an hour later.
create function studio.user_delete(p_user uuid, p_by uuid, p_address text, p_storage text) returns boolean
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
	for j in select * from studio.jobs where user_id = p_user and finished_at is null order by id for update loop
		perform studio.generation_cancel(p_user, true, j.generation_id);	-- of 0009
		open := open + 1;
	end loop;
	perform studio.audit_add('user_deleted', p_by, p_address, row_to_json(t)) from (
		select u.id as "user", u.email, u.role, open as "jobsEnded") t;
	perform studio.objects_doom(p_user, concat_ws('/', p_storage, 'users', p_user, ''));	-- of 0010
	delete from studio.users where id = p_user;
	return true;
end
$$;

-- ---- projects ----

create function studio.project_create(p_name text, p_description text, p_google_project_id text, p_by uuid, p_address text)
returns studio.projects
language plpgsql
as $$
declare
	p studio.projects;
begin
	insert into studio.projects (name, description, google_project_id) values (p_name, p_description, p_google_project_id)
		returning * into p;
	perform studio.audit_add('project_created', p_by, p_address, row_to_json(t)) from (select p.id as "project", p.name) t;
	return p;
end
$$;

-- A null name is kept; of the other two, what is set is taken, null or not.
create function studio.project_change(p_project uuid, p_name text, p_set_description boolean, p_description text,
	p_set_google_project_id boolean, p_google_project_id text, p_by uuid, p_address text)
returns setof studio.projects
language plpgsql
as $$
declare
	old studio.projects;
	new studio.projects;
begin
	select * into old from studio.projects where id = p_project for no key update;
	if old.id is null then
		return;
	end if;
	new := old;
	new.name := coalesce(p_name, old.name);
	if p_set_description then
		new.description := p_description;
	end if;
	if p_set_google_project_id then
		new.google_project_id := p_google_project_id;
	end if;
	if new is distinct from old then
		update studio.projects set name = new.name, description = new.description, google_project_id = new.google_project_id,
				updated_at = now()
			where id = p_project returning * into new;
		perform studio.audit_add('project_changed', p_by, p_address, row_to_json(t)) from (
			select p_project as "project", old.name as "nameWas", new.name, old.google_project_id as "googleProjectIdWas",
				new.google_project_id as "googleProjectId") t;
	end if;
	return next new;
end
$$;

create function studio.project_delete(p_project uuid, p_by uuid, p_address text) returns boolean
language plpgsql
as $$
declare
	p studio.projects;
begin
	-- Waits for whoever is adding a generation to it, and lets nobody begin to.
	select * into p from studio.projects where id = p_project for update;
	if p.id is null then
		return false;
	end if;
	if exists (select from studio.media_generations where project_id = p_project) then
		perform studio.refuse('RESOURCE_CONFLICT', 'The project is in use by generations');
	end if;
	delete from studio.projects where id = p_project;
	perform studio.audit_add('project_deleted', p_by, p_address, row_to_json(t)) from (select p_project as "project", p.name) t;
	return true;
end
$$;

-- ---- jobs ----

create function studio.job_json(j studio.jobs, p_attempts json) returns json
language sql stable
as $$
	select row_to_json(t) from (
		select j.id, j.generation_id as "generationId", j.user_id as "userId", j.project_id as "projectId", j.kind, j.state, j.model,
			j.served_model as "servedModel", j.operation, j.attempt, j.max_attempts as "maxAttempts", j.polls, j.code, j.message,
			j.request_id as "requestId", coalesce(j.lease_until > now(), false) as leased,
			studio.time_text(j.run_at) as "runAt", studio.time_text(j.created_at) as "createdAt",
			studio.time_text(j.updated_at) as "updatedAt", studio.time_text(j.finished_at) as "finishedAt",
			p_attempts as attempts) t
$$;

-- With the newest of the times that Google may have been asked.
create function studio.job_whole(j studio.jobs) returns json
language sql stable
as $$
	select studio.job_json(j, array_to_json(array(
		select row_to_json(t) from (
			select a.attempt, studio.time_text(a.began_at) as "beganAt", studio.time_text(a.ended_at) as "endedAt", a.outcome, a.code, a.message
				from (select * from studio.job_attempts where job_id = j.id order by id desc limit 100) a
				order by a.id) t)))
$$;

-- What an owner may do with a generation (0009), by its job, and written down. No row: there
-- is no such job.
create function studio.job_step(p_job uuid, p_step text, p_by uuid, p_address text, p_request_id text, p_trace bytea, p_storage text)
returns setof json
language plpgsql
as $$
declare
	j studio.jobs;
begin
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
		select j.id as "job", j.generation_id as "generation", j.user_id as "user", j.state as "stateWas", j.code as "codeWas") t;
	return query select studio.job_whole(now_it_is) from studio.jobs now_it_is where id = p_job;
end
$$;

-- ---- pages ----
-- Each call is planned for what it asks: a filter that is not given costs nothing then, and a
-- rare value is found by its index.

create function studio.user_page(p_page integer, p_limit integer, p_search text, p_role text) returns json
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
declare
	v_role studio.user_role := p_role;
	v_page integer;
	v_size integer;
begin
	select page, size into v_page, v_size from studio.page_asked(p_page, p_limit);
	return (
		with wanted as not materialized (
			select u.id, u.created_at from studio.users u
				where (v_role is null or u.role = v_role)
					and (p_search is null or u.first_name || ' ' || u.last_name ilike p_search or u.email ilike p_search))
		select studio.page_json(
			array(select studio.user_json(u)
				from (select * from wanted order by created_at desc, id desc limit v_size offset (v_page - 1)::bigint * v_size) w
				join studio.users u on u.id = w.id
				order by w.created_at desc, w.id desc),
			(select count(*) from wanted), v_page, v_size));
end
$$;

create function studio.job_page(p_page integer, p_limit integer, p_state text, p_kind text, p_user uuid) returns json
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
declare
	v_state studio.job_state := p_state;
	v_kind studio.media_type := p_kind;
	v_page integer;
	v_size integer;
begin
	select page, size into v_page, v_size from studio.page_asked(p_page, p_limit);
	return (
		with wanted as not materialized (
			select j.id, j.created_at from studio.jobs j
				where (v_state is null or j.state = v_state) and (v_kind is null or j.kind = v_kind)
					and (p_user is null or j.user_id = p_user))
		select studio.page_json(
			array(select studio.job_json(j, null)
				from (select * from wanted order by created_at desc, id desc limit v_size offset (v_page - 1)::bigint * v_size) w
				join studio.jobs j on j.id = w.id
				order by w.created_at desc, w.id desc),
			(select count(*) from wanted), v_page, v_size));
end
$$;

create function studio.audit_page(p_page integer, p_limit integer, p_event text, p_user uuid, p_from timestamptz, p_to timestamptz)
returns json
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
declare
	v_page integer;
	v_size integer;
begin
	select page, size into v_page, v_size from studio.page_asked(p_page, p_limit);
	return (
		with wanted as not materialized (
			select e.id, e.at from studio.audit e
				where (p_event is null or e.event = p_event) and (p_user is null or e.user_id = p_user)
					and (p_from is null or e.at >= p_from) and (p_to is null or e.at < p_to + interval '1 millisecond'))
		select studio.page_json(
			array(select row_to_json(t)
				from (select * from wanted order by at desc, id desc limit v_size offset (v_page - 1)::bigint * v_size) w
				cross join lateral (
					select e.id, studio.time_text(e.at) as at, e.event, e.user_id as "userId", e.address, e.detail
						from studio.audit e where e.id = w.id) t
				order by w.at desc, w.id desc),
			(select count(*) from wanted), v_page, v_size));
end
$$;

-- ---- figures ----
-- All from indexes, and over a window: the jobs that are open, those of the last day, and for
-- the latencies the newest 10000 of a kind that were done in it.

create function studio.stats_json() returns json
language sql stable
as $$
	with kinds as (
		select unnest(enum_range(null::studio.media_type)) as kind
	), queue as (
		select kind, count(*) filter (where state = 'ready') as ready, count(*) filter (where state = 'started') as started,
				count(*) filter (where state = 'running') as running, count(*) filter (where state = 'unclear') as unclear,
				min(created_at) filter (where state = 'ready') as oldest
			from studio.jobs where state in ('ready', 'started', 'running', 'unclear') group by kind
	), begun as (
		select kind, count(*) as day, count(*) filter (where created_at > now() - interval '1 hour') as hour
			from studio.jobs where created_at > now() - interval '1 day' group by kind
	), ended as (		-- each kind by itself: its part of the index is read, not all of it
		select k.kind, e.* from kinds k cross join lateral (
			select count(*) filter (where state = 'done') as done_day, count(*) filter (where state <> 'done') as failed_day,
					count(*) filter (where state = 'done' and finished_at > now() - interval '1 hour') as done_hour,
					count(*) filter (where state <> 'done' and finished_at > now() - interval '1 hour') as failed_hour
				from studio.jobs j where j.kind = k.kind and j.finished_at > now() - interval '1 day') e
	)
	select row_to_json(t) from (
		select studio.time_text(now()) as timestamp, array_to_json(array(
			select row_to_json(r) from (
				select k.kind,
					(select row_to_json(x) from (select coalesce(q.ready, 0) as ready, coalesce(q.started, 0) as started,
						coalesce(q.running, 0) as running, coalesce(q.unclear, 0) as unclear,
						studio.time_text(q.oldest) as "oldestReadyAt") x) as queue,
					(select row_to_json(x) from (select coalesce(b.hour, 0) as created, e.done_hour as done,
						e.failed_hour as failed) x) as "lastHour",
					(select row_to_json(x) from (select coalesce(b.day, 0) as created, e.done_day as done,
						e.failed_day as failed) x) as "lastDay",
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
