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

-- One that is under way is cancelled first. Its results, job and attempts go with it, and all that it
-- and its attempts left in storage when p_purge says so.
create function studio.generation_delete(p_caller uuid, p_admin boolean, p_id uuid, p_purge boolean, p_storage text) returns boolean
language plpgsql
as $$
declare
	j studio.jobs := studio.generation_job(p_caller, p_admin, p_id);
	g studio.media_generations;
begin
	if j.id is not null and j.finished_at is null then
		perform studio.generation_cancel(p_caller, p_admin, p_id);
	end if;
	delete from studio.media_generations where id = p_id returning * into g;
	if p_purge and g.id is not null then
		perform studio.objects_doom(g.user_id, concat_ws('/', p_storage, 'users', g.user_id, 'projects', g.project_id, g.id, ''));
	end if;
	return true;
end
$$;

-- ---- what a client polls by, and what it lists ----

create index media_generations_operation_idx on studio.media_generations (operation_id) where operation_id is not null;

-- All that the history filters by, but the prompt: its counts are read from this index alone.
create index media_generations_history_idx on studio.media_generations (user_id, created_at desc, id desc)
	include (media_type, status, project_id);
drop index studio.media_generations_user_idx;

-- Small enough to become part of the statement that asks (so it must stay one select): what is
-- null is no condition.
create function studio.history_of(p_user uuid, p_type studio.media_type, p_status studio.request_status, p_project uuid, p_search text,
	p_from timestamptz, p_to timestamptz)
returns table (id uuid, created_at timestamptz)
language sql stable
as $$
	select g.id, g.created_at from studio.media_generations g
		where g.user_id = p_user
			and (p_type is null or g.media_type = p_type)
			and (p_status is null or g.status = p_status)
			and (p_project is null or g.project_id = p_project)
			and (p_search is null or g.prompt ilike p_search)
			and (p_from is null or g.created_at >= p_from)
			and (p_to is null or g.created_at < p_to + interval '1 millisecond')
$$;

-- A place in a history, between two generations: the time and id of the one before it. It names
-- nothing but a place: whoever makes one up reads on from there, in a history of his own.
create function studio.cursor_text(p_at timestamptz, p_id uuid) returns text
language sql immutable
as $$
	select translate(encode(int8send((extract(epoch from p_at) * 1000000)::bigint) || uuid_send(p_id), 'base64'), '+/', '-_')
$$;

create function studio.cursor_place(p_cursor text, out made timestamptz, out id uuid)
language plpgsql immutable
as $$
declare
	b bytea;
	us bigint;
begin
	if p_cursor = '' then
		made := 'infinity';
		id := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
		return;
	end if;
	if p_cursor ~ '^[A-Za-z0-9_-]{32}$' then
		b := decode(translate(p_cursor, '-_', '+/'), 'base64');
		us := ('x' || encode(substr(b, 1, 8), 'hex'))::bit(64)::bigint;
	end if;
	if us is null or us not between 0 and 253402300799999999 then	-- the years 1970 to 9999
		perform studio.refuse('VALIDATION_ERROR', 'cursor must be empty, or the nextCursor of an answer');
	end if;
	made := timestamptz 'epoch' + us * interval '1 microsecond';
	id := encode(substr(b, 9), 'hex')::uuid;
end
$$;

create function studio.media_list(p_ids uuid[]) returns json[]
language sql stable
as $$
	select array(select studio.media_json(g)
		from unnest(p_ids) with ordinality w(id, n) join studio.media_generations g on g.id = w.id order by w.n)
$$;

-- Planned anew each time: which filters there are decides how it is read.
create function studio.history_page(p_user uuid, p_page integer, p_limit integer, p_type studio.media_type,
	p_status studio.request_status, p_project uuid, p_search text, p_from timestamptz, p_to timestamptz)
returns json
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
declare
	a record := studio.page_asked(p_page, p_limit);
	skip bigint := (a.page - 1)::bigint * a.size;
	total bigint;
	ids uuid[];
begin
	ids := array(select h.id from studio.history_of(p_user, p_type, p_status, p_project, p_search, p_from, p_to) h
		order by h.created_at desc, h.id desc limit a.size offset skip);
	total := skip + cardinality(ids);
	-- the last page says how many there are; else they are counted
	if cardinality(ids) = a.size or (cardinality(ids) = 0 and skip > 0) then
		select count(*) into total from studio.history_of(p_user, p_type, p_status, p_project, p_search, p_from, p_to);
	end if;
	return studio.page_json(studio.media_list(ids), total, a.page, a.size);
end
$$;

-- The same from a cursor on, without a count: as fast in depth as at the start, and what is
-- made meanwhile moves nothing.
create function studio.history_from(p_user uuid, p_cursor text, p_limit integer, p_type studio.media_type,
	p_status studio.request_status, p_project uuid, p_search text, p_from timestamptz, p_to timestamptz)
returns json
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
declare
	c record := studio.cursor_place(p_cursor);
	n integer := (studio.page_asked(1, p_limit)).size;
	ids uuid[];
	next text;
begin
	ids := array(select h.id from studio.history_of(p_user, p_type, p_status, p_project, p_search, p_from, p_to) h
		where (h.created_at, h.id) < (c.made, c.id) order by h.created_at desc, h.id desc limit n + 1);
	if cardinality(ids) > n then
		select studio.cursor_text(g.created_at, g.id) into next from studio.media_generations g where g.id = ids[n];
	end if;
	return (select row_to_json(t) from (
		select array_to_json(studio.media_list(ids[1:n])) as data, (select row_to_json(m) from (
			select least(cardinality(ids), n) as "itemCount", n as "itemsPerPage", next as "nextCursor") m) as meta) t);
end
$$;

create function studio.history(p_user uuid, p_page integer, p_limit integer, p_type text, p_status text, p_project uuid, p_search text,
	p_from text, p_to text, p_cursor text)
returns json
language plpgsql stable
as $$
begin
	if p_cursor is null then
		return studio.history_page(p_user, p_page, p_limit, p_type::studio.media_type, p_status::studio.request_status, p_project,
			p_search, p_from::timestamptz, p_to::timestamptz);
	end if;
	if p_page > 0 then
		perform studio.refuse('VALIDATION_ERROR', 'page cannot be used together with cursor');
	end if;
	return studio.history_from(p_user, p_cursor, p_limit, p_type::studio.media_type, p_status::studio.request_status, p_project,
		p_search, p_from::timestamptz, p_to::timestamptz);
end
$$;
