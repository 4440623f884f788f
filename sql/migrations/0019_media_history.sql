-- What a client polls a video by, and the history: its pages, and what is read by cursor.

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

-- Both are planned anew each time: which filters there are decides how it is read.
create function studio.history_count(p_user uuid, p_type studio.media_type, p_status studio.request_status, p_project uuid,
	p_search text, p_from timestamptz, p_to timestamptz)
returns bigint
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
begin
	return (select count(*) from studio.history_of(p_user, p_type, p_status, p_project, p_search, p_from, p_to));
end
$$;

-- From a place on, but p_skip.
create function studio.history_ids(p_user uuid, p_type studio.media_type, p_status studio.request_status, p_project uuid,
	p_search text, p_from timestamptz, p_to timestamptz, p_made timestamptz, p_id uuid, p_skip bigint, p_most integer)
returns uuid[]
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
begin
	return array(select h.id from studio.history_of(p_user, p_type, p_status, p_project, p_search, p_from, p_to) h
		where p_id is null or (h.created_at, h.id) < (p_made, p_id)
		order by h.created_at desc, h.id desc limit p_most offset p_skip);
end
$$;

create function studio.history_page(p_user uuid, p_page integer, p_limit integer, p_type studio.media_type,
	p_status studio.request_status, p_project uuid, p_search text, p_from timestamptz, p_to timestamptz)
returns json
language plpgsql stable
as $$
declare
	a record := studio.page_asked(p_page, p_limit);
	skip bigint := (a.page - 1)::bigint * a.size;
	ids uuid[] := studio.history_ids(p_user, p_type, p_status, p_project, p_search, p_from, p_to, null, null, skip, a.size);
	total bigint := skip + cardinality(ids);
begin
	-- the last page says how many there are; else they are counted
	if cardinality(ids) = a.size or (cardinality(ids) = 0 and skip > 0) then
		total := studio.history_count(p_user, p_type, p_status, p_project, p_search, p_from, p_to);
	end if;
	return studio.page_json(
		array(select studio.media_json(g) from unnest(ids) with ordinality w(id, n)
			join studio.media_generations g on g.id = w.id order by w.n),
		total, a.page, a.size);
end
$$;

-- The same from a cursor on, without a count: as fast in depth as at the start, and what is
-- made meanwhile moves nothing.
create function studio.history_from(p_user uuid, p_cursor text, p_limit integer, p_type studio.media_type,
	p_status studio.request_status, p_project uuid, p_search text, p_from timestamptz, p_to timestamptz)
returns json
language plpgsql stable
as $$
declare
	c record := studio.cursor_place(p_cursor);
	n integer := (studio.page_asked(1, p_limit)).size;
	ids uuid[] := studio.history_ids(p_user, p_type, p_status, p_project, p_search, p_from, p_to, c.made, c.id, 0, n + 1);
	next text;
begin
	if cardinality(ids) > n then
		select studio.cursor_text(g.created_at, g.id) into next from studio.media_generations g where g.id = ids[n];
	end if;
	return (select row_to_json(t) from (
		select array_to_json(array(
				select studio.media_json(g) from unnest(ids[1:n]) with ordinality w(id, n)
					join studio.media_generations g on g.id = w.id order by w.n)) as data,
			(select row_to_json(m) from (
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
