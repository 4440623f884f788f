-- Generations and their results; the jobs that make them; the events that tell of them.

create type studio.media_type as enum ('IMAGE', 'AUDIO', 'MUSIC', 'VIDEO');
create type studio.request_status as enum ('PENDING', 'PROCESSING', 'SUCCEEDED', 'FAILED');

-- ready: nothing was asked of Google. started: it may have been. running: its operation is
-- known. unclear: the start's answer was lost. done, failed: over.
create type studio.job_state as enum ('ready', 'started', 'running', 'unclear', 'done', 'failed');

create table studio.media_generations (
	id uuid primary key default studio.uuid_v7(),
	user_id uuid not null references studio.users on delete cascade,
	project_id uuid not null references studio.projects,
	media_type studio.media_type not null,
	prompt text not null,
	parameters json not null,	-- json, not jsonb: echoed as it was asked
	status studio.request_status not null default 'PENDING',
	progress integer not null default 0 check (progress between 0 and 100),
	error_code text,
	error_message text,
	error_reasons json,
	operation_id text,		-- what a client polls a video by
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	started_at timestamptz,
	finished_at timestamptz
);
create index media_generations_user_idx on studio.media_generations (user_id, created_at desc, id desc);
create index media_generations_project_idx on studio.media_generations (project_id);
create index media_generations_type_idx on studio.media_generations (media_type);
create index media_generations_created_idx on studio.media_generations (created_at);

create table studio.media_results (
	id uuid primary key default studio.uuid_v7(),
	media_generation_id uuid not null references studio.media_generations on delete cascade,
	index integer not null,
	result_url text not null,
	metadata json,
	created_at timestamptz not null default now(),
	unique (media_generation_id, index)
);

create table studio.jobs (
	id uuid primary key default studio.uuid_v7(),
	generation_id uuid not null unique references studio.media_generations on delete cascade,
	user_id uuid not null,
	project_id uuid not null,
	kind studio.media_type not null,
	state studio.job_state not null default 'ready',
	model text not null,		-- as it was asked for
	served_model text,		-- as Google named it
	operation text,
	request json not null,		-- parameters and inline bytes
	attempt integer not null default 1,
	max_attempts integer not null,
	polls integer not null default 0,
	-- Each claim raises the fence; a write with an older one changes nothing. `settled` is
	-- the fence under which the closing write was done: the same write again is no error.
	fence bigint not null default 0,
	settled bigint not null default 0,
	worker bigint,
	lease_until timestamptz,
	run_at timestamptz not null default now(),
	request_id text not null,
	trace bytea not null,
	code text,
	message text,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	finished_at timestamptz
);
create index jobs_due_idx on studio.jobs (run_at) where state in ('ready', 'started', 'running', 'unclear');
create index jobs_worker_idx on studio.jobs (worker) where worker is not null;
create index jobs_user_idx on studio.jobs (user_id, created_at desc);

-- One row for each time that Google may have been asked.
create table studio.job_attempts (
	id bigint generated always as identity primary key,
	job_id uuid not null references studio.jobs on delete cascade,
	attempt integer not null,
	fence bigint not null,
	worker bigint,
	began_at timestamptz not null default now(),
	ended_at timestamptz,
	outcome text,			-- finished, running, retried, unclear, failed, lost
	code text,
	message text
);
create index job_attempts_job_idx on studio.job_attempts (job_id, id);

-- seq has no gap within a user and grows in the order of the commits: the row of
-- event_counters is locked from the moment a number is taken to the commit.
create table studio.event_counters (
	user_id uuid primary key references studio.users on delete cascade,
	seq bigint not null
);

create table studio.events (
	id bigint generated always as identity primary key,
	user_id uuid not null references studio.users on delete cascade,
	seq bigint not null,
	generation_id uuid not null,
	status studio.request_status not null,
	progress integer not null,
	error_message text,
	created_at timestamptz not null default now(),
	unique (user_id, seq)
);
create index events_created_idx on studio.events (created_at);

create table studio.idempotency_keys (
	user_id uuid not null references studio.users on delete cascade,
	key text not null,
	body_hash bytea not null,
	generation_id uuid not null,
	created_at timestamptz not null default now(),
	primary key (user_id, key)
);
create index idempotency_keys_created_idx on studio.idempotency_keys (created_at);

grant select, insert, update, delete on studio.media_generations, studio.media_results, studio.jobs, studio.job_attempts,
	studio.event_counters, studio.events, studio.idempotency_keys to studio_app;

create function studio.media_json(g studio.media_generations) returns json
language sql stable
as $$
	select row_to_json(t) from (
		select g.id, g.user_id as "userId", g.project_id as "projectId", g.media_type as "mediaType", g.prompt, g.parameters,
			g.status, g.error_message as "errorMessage", g.operation_id as "operationId", g.progress,
			array_to_json(array(
				select row_to_json(x) from (
					select r.id, g.media_type as "mediaType", r.result_url as "resultUrl", r.metadata,
						studio.time_text(r.created_at) as "createdAt"
					from studio.media_results r where r.media_generation_id = g.id order by r.index) x)) as results,
			studio.time_text(g.created_at) as "createdAt", studio.time_text(g.updated_at) as "updatedAt",
			studio.time_text(g.started_at) as "startedAt", studio.time_text(g.finished_at) as "finishedAt") t
$$;
