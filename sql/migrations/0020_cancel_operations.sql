-- As in 0009, and the notice names the operation that runs at Google, also while no worker has the job in
-- hand: some can be cancelled there.

create or replace function studio.generation_cancel(p_caller uuid, p_admin boolean, p_id uuid, p_storage text default null,
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
	if j.worker is not null or j.operation is not null then
		perform pg_notify('studio_cancelled', concat_ws(' ', j.id, j.fence + 1, nullif(j.operation, '')));
	end if;
	if p_storage is not null and j.state <> 'ready' then
		perform studio.objects_doom(j.user_id, concat_ws('/', p_storage, 'users', j.user_id, 'projects', j.project_id, p_id, j.attempt, ''));
	end if;
	select * into g from studio.media_generations where id = p_id;
	return g;
end
$$;
