-- What pollers look for, each in an index of its own and in the order in which it is taken: a
-- long queue of one kind of work costs nobody who looks for another, whatever the statistics say.

drop index studio.jobs_due_idx;
create index jobs_ready_idx on studio.jobs (run_at) where state = 'ready';
create index jobs_resume_idx on studio.jobs (run_at) where state in ('running', 'unclear');
create index jobs_started_idx on studio.jobs (lease_until) where state = 'started';

-- Milliseconds from now to a time, at least 1; 0 for null, as what is asked for is not known
-- then. (greatest alone would say 1, and whoever waits would ask again at once, for ever.)
create function studio.ms_until(t timestamptz) returns bigint
language sql stable
as $$
	select case when t is null then 0 else greatest(1, ceil(extract(epoch from t - now()) * 1000))::bigint end
$$;

-- When there will be work for a worker that can begin or resume, in milliseconds; 0: unknown.
-- The first of those that nobody has, and all of those that somebody has: they are few.
create or replace function studio.jobs_next_ms(p_begin boolean, p_resume boolean) returns bigint
language sql volatile
as $$
	select studio.ms_until(min(t.at)) from (
		(select run_at as at from studio.jobs where p_begin and state = 'ready' and worker is null order by run_at limit 1)
		union all
		(select run_at from studio.jobs where p_resume and state in ('running', 'unclear') and worker is null order by run_at limit 1)
		union all
		select min(greatest(run_at, coalesce(lease_until, run_at))) from studio.jobs
			where worker is not null and ((p_begin and state = 'ready') or (p_resume and state in ('started', 'running', 'unclear')))) t
$$;

create or replace function studio.deletion_claim(p_lease_ms integer, out id bigint, out user_id uuid, out uri text, out tries integer, out next_ms bigint)
language plpgsql
as $$
begin
	update studio.deletions d set run_at = now() + p_lease_ms * interval '1 millisecond', tries = d.tries + 1
		where d.id = (select due.id from studio.deletions due where due.run_at <= now() order by due.run_at limit 1 for update skip locked)
		returning d.id, d.user_id, d.uri, d.tries into id, user_id, uri, tries;
	next_ms := studio.ms_until((select min(d.run_at) from studio.deletions d));
end
$$;

-- The sessions of an account that live are at most 100; those that ended stay for a month and may be many.
create index sessions_live_idx on studio_auth.sessions (user_id, last_used_at desc, id desc) where revoked_at is null;
