-- What listeners are told: their events by number, and the end of their session.

-- One bit about a session, for a role that may see none: does it live, and is it this user's?
create function studio.session_lives(p_user uuid, p_session uuid) returns boolean
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
	select exists (select from studio_auth.sessions s
		where s.id = p_session and s.user_id = p_user and s.revoked_at is null and s.expires_at > now())
$$;
revoke all on function studio.session_lives(uuid, uuid) from public;
grant execute on function studio.session_lives(uuid, uuid) to studio_app;

-- Whatever ends a session is told to every host, in the transaction that does it. One that had
-- expired before it was tidied away was no session any more.
create function studio_auth.session_end_tell() returns trigger
language plpgsql
as $$
begin
	perform pg_notify('studio_sessions', old.id || ' ' || old.user_id);
	return null;
end
$$;
create trigger session_revoked after update of revoked_at on studio_auth.sessions
	for each row when (old.revoked_at is null and new.revoked_at is not null)
	execute function studio_auth.session_end_tell();
create trigger session_deleted after delete on studio_auth.sessions
	for each row when (old.revoked_at is null and old.expires_at > now())
	execute function studio_auth.session_end_tell();

-- What a result is of, for whom the event tells it. Null when the generation was deleted meanwhile;
-- or when it is more than any answer carries, which only a lost worker could write: the event must
-- not hold up those behind it. One line: what came in as JSON keeps the blanks that it came with.
create function studio.event_results(e studio.events) returns text
language plpgsql stable
as $$
declare
	results json;
begin
	if e.status <> 'SUCCEEDED' then
		return null;
	end if;
	select studio.media_json(g)->'results' into results from studio.media_generations g where g.id = e.generation_id;
	if json_array_length(results) > 400 or octet_length(results::text) > 1000000 then
		return null;
	end if;
	return translate(results::text, E'\n\r', '  ');
end
$$;

create function studio.event_json(e studio.events, p_results text) returns text
language sql stable
as $$
	select concat('{"mediaGenerationId":"', e.generation_id, '","status":"', e.status, '","progress":', e.progress,
		',"results":' || p_results,
		case when e.status = 'FAILED' then ',"error":' || to_json(coalesce(e.error_message, '')) end,
		',"eventId":', e.seq, '}')
$$;

-- The user's events after a number, as lines "seq {json}", and the newest number. Null p_after: only
-- that. missed: some of what comes after p_after is not kept any more, or p_after was never reached;
-- then there are no lines. The rows themselves say so: numbers have no gap, so the next one must be
-- there. A stable function has one snapshot, and who takes a number holds it until its event is
-- committed: the newest number and the rows are of one moment.
create function studio.events_after(p_user uuid, p_session uuid, p_after bigint, p_limit integer,
	out lines text, out seq bigint, out missed boolean)
language plpgsql stable
as $$
declare
	next bigint;
	objects integer := 0;
	room integer := 2000000;
	results text;
	line text;
	e studio.events;
begin
	if not studio.session_lives(p_user, p_session) then
		perform studio.refuse('UNAUTHORIZED', 'The session has ended');
	end if;
	lines := '';
	seq := coalesce((select c.seq from studio.event_counters c where c.user_id = p_user), 0);
	missed := p_after < 0 or p_after > seq;
	if p_after is null or missed then
		missed := coalesce(missed, false);
		return;
	end if;
	next := p_after + 1;
	for e in select x.* from studio.events x where x.user_id = p_user and x.seq > p_after
			order by x.seq limit least(greatest(p_limit, 1), 64) loop
		exit when e.seq <> next;
		results := studio.event_results(e);
		line := e.seq || ' ' || studio.event_json(e, results) || E'\n';
		objects := objects + coalesce(json_array_length(results::json), 0);
		room := room - octet_length(line);
		exit when objects > 400 or room < 0;	-- never the first one
		lines := lines || line;
		next := next + 1;
	end loop;
	missed := next = p_after + 1 and p_after < seq;
end
$$;
