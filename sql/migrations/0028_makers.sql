-- Who asks Google, as far as one can see from here: each host's poller says now and then that its vertex
-- lives. Where a supervisor sees one die, its jobs forget it at once (worker_void); a host that vanishes as
-- a whole says nothing, and so what it had asked for inline is given up half a minute later, not when the longest
-- call there is would have ended.

create table studio.makers (
	id bigint primary key,
	seen_at timestamptz not null default now()
);
grant select, insert, update, delete on studio.makers to studio_app;

create function studio.maker_seen(p_maker bigint) returns boolean
language sql
as $$
	delete from studio.makers where seen_at < now() - interval '1 day';
	insert into studio.makers (id) values (p_maker) on conflict (id) do update set seen_at = excluded.seen_at;
	select true
$$;

-- The maker of a job that was begun so long ago, or 0: it is gone. While the database was away nobody was seen;
-- that does not matter, since a start is given up only after several looks.
create function studio.maker_here(p_maker bigint, p_age_ms bigint) returns bigint
language sql stable
as $$
	select case when p_age_ms < 30000 or exists (select from studio.makers m where m.id = p_maker and m.seen_at > now() - interval '30 seconds')
		then p_maker else 0 end
$$;
