-- What generations cost. It is reserved when one is asked for, the most that it may come to; settled when it
-- succeeds, by what was made; released when it fails, is cancelled or deleted. All of that is rows of a ledger
-- that only grows, and counters of a day beside it, which limits are held against.
-- Money is micro-dollars: whole numbers. A day is one of UTC, and that of the reservation, whenever it ends.

-- ---- prices ----

-- List prices are rows of proto/models.tbl.h: db brings them along. Here is what an admin set instead.
create table studio.prices (
	model text primary key check (length(model) between 1 and 64),
	micros bigint not null check (micros between 0 and 4000000000),
	updated_at timestamptz not null default now()
);

-- micros for each `per` units; list: what it is unless an admin says otherwise.
create type studio.price as (model text, unit text, micros bigint, per integer, list bigint);

-- Rounded up to a micro-dollar.
create function studio.cost(p_units bigint, p_micros bigint, p_per integer) returns bigint
language sql immutable
as $$
	select (p_units * p_micros + p_per - 1) / p_per
$$;

create function studio.prices_now(p studio.price[]) returns studio.price[]
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

-- ---- the ledger ----

create type studio.ledger_kind as enum ('reserve', 'settle', 'release');

-- `generations` .. `spent` are what is added to the counters. No references: what was spent stays known.
-- round: the job's first_attempt, since a retry by its owner is a reservation of its own. A settling row
-- for the model that was asked for, which ends the reservation, and one for each other that made something.
create table studio.ledger (
	id bigint generated always as identity primary key,
	at timestamptz not null default now(),
	day date not null,
	user_id uuid not null,
	project_id uuid not null,
	generation_id uuid not null,
	round integer not null,
	kind studio.ledger_kind not null,
	model text not null,
	unit text not null,
	units bigint not null check (units >= 0),
	price bigint not null check (price >= 0),
	per integer not null check (per > 0),
	generations integer not null,
	results integer not null,
	reserved bigint not null,
	spent bigint not null
);
create index ledger_generation_idx on studio.ledger (generation_id, id);
create unique index ledger_once_idx on studio.ledger (generation_id, round, kind, model);

create table studio.usage_days (
	user_id uuid not null,
	day date not null,
	project_id uuid not null,
	model text not null,
	generations bigint not null check (generations >= 0),	-- under way, or made
	results bigint not null check (results >= 0),
	reserved bigint not null check (reserved >= 0),
	spent bigint not null check (spent >= 0),
	primary key (user_id, day, project_id, model)
);
create index usage_days_project_idx on studio.usage_days (project_id, day);
create index usage_days_day_idx on studio.usage_days (day);

-- Counters follow from the ledger, whoever writes that, and from nothing else.
create function studio.ledger_count() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
	update studio.usage_days d set generations = d.generations + new.generations, results = d.results + new.results,
			reserved = d.reserved + new.reserved, spent = d.spent + new.spent
		where d.user_id = new.user_id and d.day = new.day and d.project_id = new.project_id and d.model = new.model;
	if not found then
		insert into studio.usage_days as d (user_id, day, project_id, model, generations, results, reserved, spent)
			values (new.user_id, new.day, new.project_id, new.model, new.generations, new.results, new.reserved, new.spent)
			on conflict (user_id, day, project_id, model) do update set generations = d.generations + excluded.generations,
				results = d.results + excluded.results, reserved = d.reserved + excluded.reserved, spent = d.spent + excluded.spent;
	end if;
	return null;
end
$$;
revoke execute on function studio.ledger_count() from public;
create trigger ledger_count after insert on studio.ledger for each row execute function studio.ledger_count();

create function studio.ledger_grows() returns trigger
language plpgsql
as $$
begin
	raise exception 'the ledger only grows' using errcode = 'insufficient_privilege';
end
$$;
create trigger ledger_grows before update or delete or truncate on studio.ledger for each statement execute function studio.ledger_grows();

-- What a job reserves. prices: of the model that is called, then of those that would take its place.
alter table studio.jobs
	add column prices studio.price[],
	add column units bigint,		-- of one result
	add column most integer,		-- results
	add column reserved bigint,		-- null: nothing is
	add column reserved_day date;

-- ---- limits ----

-- Of a day; null: what the settings say. 0: nothing.
create table studio.quotas (
	user_id uuid unique references studio.users on delete cascade,
	project_id uuid unique references studio.projects on delete cascade,
	day_micros bigint check (day_micros >= 0),
	day_generations bigint check (day_generations >= 0),
	updated_at timestamptz not null default now(),
	check (num_nonnulls(user_id, project_id) = 1)
);

create function studio.today() returns date
language sql stable
as $$
	select (now() at time zone 'UTC')::date
$$;

create function studio.day_end(p_day date) returns timestamptz
language sql immutable
as $$
	select (p_day + 1)::timestamp at time zone 'UTC'
$$;

-- With two places, or as many as it takes.
create function studio.dollars(p_micros bigint) returns text
language sql immutable
as $$
	select '$' || regexp_replace(to_char(p_micros / 1000000::numeric, 'FM999999999999990.000000'), '0{1,4}$', '')
$$;

-- What holds for a user or a project (the other one is null); null: no limit. p_limits: the settings, 0 is none.
create function studio.quota_of(p_user uuid, p_project uuid, p_limits json, out micros bigint, out generations bigint)
language plpgsql stable		-- its plan is kept, as that of a function in SQL is not
as $$
begin
	if p_user is not null then
		select q.day_micros, q.day_generations into micros, generations from studio.quotas q where q.user_id = p_user;
	else
		select q.day_micros, q.day_generations into micros, generations from studio.quotas q where q.project_id = p_project;
	end if;
	micros := coalesce(micros, nullif((p_limits->>case when p_user is not null then 'userMicros' else 'projectMicros' end)::bigint, 0));
	generations := coalesce(generations, nullif((p_limits->>case when p_user is not null then 'userGenerations' else 'projectGenerations' end)::bigint, 0));
end
$$;

create function studio.quota_refuse(p_whose text, p_day date, p_used text, p_limit text, p_needs text) returns void
language plpgsql
as $$
begin
	perform studio.refuse('QUOTA_EXCEEDED', format('The %s''s quota for today is used up: %s of %s, and this needs %s. It resets in %s seconds, at %s',
		p_whose, p_used, p_limit, p_needs, greatest(1, ceil(extract(epoch from studio.day_end(p_day) - now())))::bigint,
		studio.time_text(studio.day_end(p_day))));
end
$$;

-- Refuses what does not fit. Whoever asks for the same user, or project, waits here for the one before, and then
-- sees what that one took: of many at once exactly those are let through that fit.
create function studio.quota_check(p_user uuid, p_project uuid, p_day date, p_cost bigint, p_limits json) returns void
language plpgsql
as $$
declare
	q record;
	used bigint;
	n bigint;
	whose text := case when p_user is not null then 'user' else 'project' end;
begin
	select * into q from studio.quota_of(p_user, p_project, p_limits);
	if q.micros is null and q.generations is null then
		return;
	end if;
	perform pg_advisory_xact_lock(hashtextextended(concat_ws(' ', 'studio.quota', p_user, p_project), 0));
	if p_user is not null then
		select coalesce(sum(d.reserved + d.spent), 0), coalesce(sum(d.generations), 0) into used, n
			from studio.usage_days d where d.user_id = p_user and d.day = p_day;
	else
		select coalesce(sum(d.reserved + d.spent), 0), coalesce(sum(d.generations), 0) into used, n
			from studio.usage_days d where d.project_id = p_project and d.day = p_day;
	end if;
	if n + 1 > q.generations then
		perform studio.quota_refuse(whose, p_day, n::text, q.generations || ' generations', 'one more');
	end if;
	if used + p_cost > q.micros then
		perform studio.quota_refuse(whose, p_day, studio.dollars(used), studio.dollars(q.micros), 'up to ' || studio.dollars(p_cost));
	end if;
end
$$;

-- ---- reserve, settle, release ----

-- The prices and units of a request. p_models, of db: for each purpose (plain, with references, large, upscale:
-- media_purpose of proto/media_check.c) the model that is called and those that would take its place.
create function studio.charge_of(p_model text, p_request json, p_models json, out prices studio.price[], out units bigint, out most integer)
language plpgsql stable
as $$
declare
	r record;
	chain json;
	pictures boolean;
begin
	select * into r from json_to_record(p_request) as t(prompt text, "sampleCount" integer, "durationSeconds" numeric, resolution text,
		"gcsUri" text, "sampleImageSize" text, "referenceData" json);
	pictures := case when json_typeof(r."referenceData") = 'array' then json_array_length(r."referenceData") > 0 else false end;
	chain := p_models->(case when r."gcsUri" <> '' then 3
		when upper(coalesce(r."sampleImageSize", '')) not in ('', '512', '1K') then 2
		when pictures then 1 else 0 end);
	prices := array(select row(t.model, t.unit, t.micros, t.per, t.micros)::studio.price
		from json_to_recordset(coalesce(chain, '[]')) as t(model text, unit text, micros bigint, per integer));
	if cardinality(prices) = 0 then		-- none that is known: nothing will be called
		prices := array[row(coalesce(nullif(p_model, ''), 'unknown'), 'generation', 0, 1, 0)::studio.price];
	end if;
	most := least(greatest(coalesce(r."sampleCount", 1), 1), 100);
	units := case prices[1].unit
		when 'character' then char_length(coalesce(r.prompt, ''))
		when 'second' then coalesce(	-- raised to a length that is made; some only come in the longest
			(select min(s::text::integer) from json_array_elements(chain->0->'lengths') s
				where s::text::integer >= r."durationSeconds" and r.resolution is distinct from '1080p' and not pictures),
			(select max(s::text::integer) from json_array_elements(chain->0->'lengths') s), 1)
		else 1 end;
end
$$;

-- p_limits null: nothing is refused.
create function studio.charge_reserve(p_user uuid, p_project uuid, p_generation uuid, p_round integer, p_prices studio.price[],
	p_units bigint, p_most integer, p_limits json, out reserved bigint, out day date)
language plpgsql
as $$
begin
	day := studio.today();
	select max(studio.cost(p_units * p_most, t.micros, t.per)) into reserved from unnest(p_prices) t;
	if p_limits is not null then
		perform studio.quota_check(p_user, null, day, reserved, p_limits);
		perform studio.quota_check(null, p_project, day, reserved, p_limits);
	end if;
	insert into studio.ledger (day, user_id, project_id, generation_id, round, kind, model, unit, units, price, per, generations, results,
			reserved, spent)
		values (day, p_user, p_project, p_generation, p_round, 'reserve', p_prices[1].model, p_prices[1].unit, p_units * p_most,
			p_prices[1].micros, p_prices[1].per, 1, 0, reserved, 0);
end
$$;

-- Ends a reservation. What a result cost goes by the model that made it; of a film by its seconds, as many as were
-- asked for at most. Results are rows before their job is done.
create function studio.charge_end(j studio.jobs, p_done boolean) returns void
language plpgsql
as $$
begin
	if p_done and exists (select from studio.media_results where media_generation_id = j.generation_id) then
		insert into studio.ledger (day, user_id, project_id, generation_id, round, kind, model, unit, units, price, per, generations,
				results, reserved, spent)
			select j.reserved_day, j.user_id, j.project_id, j.generation_id, j.first_attempt, 'settle', p.model, p.unit, m.units, p.micros,
					p.per, 0, m.results, case when p.n = 1 then -j.reserved else 0 end, studio.cost(m.units, p.micros, p.per)
				from unnest(j.prices) with ordinality p(model, unit, micros, per, list, n)
				cross join lateral (
					select count(*)::integer as results, coalesce(sum(case
							when p.unit = 'second' and r.metadata->>'seconds' ~ '^[0-9]{1,6}(\.[0-9]{1,20})?$'
								then least(greatest(ceil((r.metadata->>'seconds')::numeric), 1), j.units)
							else j.units end), 0)::bigint as units
						from studio.media_results r
						where r.media_generation_id = j.generation_id and p.n = coalesce(
							(select min(t.n) from unnest(j.prices) with ordinality t(model, unit, micros, per, list, n)
								where t.model = r.metadata->>'model'), 1)) m
				where p.n = 1 or m.results > 0
				order by p.n;
	else
		insert into studio.ledger (day, user_id, project_id, generation_id, round, kind, model, unit, units, price, per, generations,
				results, reserved, spent)
			values (j.reserved_day, j.user_id, j.project_id, j.generation_id, j.first_attempt, 'release', j.prices[1].model,
				j.prices[1].unit, 0, j.prices[1].micros, j.prices[1].per, -1, 0, -j.reserved, 0);
	end if;
end
$$;

-- Whatever brings a job to its end, or takes it away.
create function studio.job_charged() returns trigger
language plpgsql
as $$
begin
	if tg_op = 'DELETE' then
		perform studio.charge_end(old, false);
		return old;
	end if;
	perform studio.charge_end(old, new.state = 'done');
	new.reserved := null;
	new.reserved_day := null;
	return new;
end
$$;
create trigger jobs_over before update of state on studio.jobs for each row
	when (old.reserved is not null and new.state in ('done', 'failed')) execute function studio.job_charged();
create trigger jobs_gone before delete on studio.jobs for each row
	when (old.reserved is not null) execute function studio.job_charged();

grant select on studio.prices, studio.quotas, studio.ledger, studio.usage_days to studio_app;
grant insert, update, delete on studio.prices, studio.quotas to studio_app;
grant insert on studio.ledger to studio_app;

-- ---- who asks for generations ----

-- The owner of a generation is not taken away before the end of the transaction.
create function studio.owner_stays(p_generation uuid) returns void
language plpgsql
as $$
begin
	perform from studio.users u
		where u.id = (select g.user_id from studio.media_generations g where g.id = p_generation) for share;
end
$$;

-- As in 0009, with the user's row first (0027 has the order), and it reserves what it may cost (p_models: charge_of;
-- p_limits: quota_of). What a key replays reserves nothing.
drop function studio.generation_create(uuid, uuid, studio.media_type, text, text, json, json, text, bytea, integer, text, bytea, bigint);
create function studio.generation_create(p_user uuid, p_project uuid, p_kind studio.media_type, p_prompt text, p_model text,
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

-- As in 0009, and it reserves anew; keys that are over are left alone. Who retries what is another's (an admin) is not held to limits.
drop function studio.generation_retry(uuid, boolean, uuid, text, bytea);
create function studio.generation_retry(p_caller uuid, p_admin boolean, p_id uuid, p_request_id text, p_trace bytea, p_limits json default null)
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

-- As in 0009, with the owner's row first.
drop function studio.generation_retry_once(uuid, boolean, uuid, text, bytea, text, bytea, text);
create function studio.generation_retry_once(p_caller uuid, p_admin boolean, p_id uuid, p_request_id text, p_trace bytea, p_key text,
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

-- ---- what users and admins see, and what admins set ----

-- Days that are asked about: the last 30 where nothing is said, 366 at most.
create function studio.usage_span(p_from timestamptz, p_to timestamptz, out first date, out last date)
language sql stable
as $$
	select greatest(coalesce((p_from at time zone 'UTC')::date, t.last - 29), t.last - 365), t.last
		from (select least(coalesce((p_to at time zone 'UTC')::date, studio.today()), studio.today() + 1)) t(last)
$$;

create function studio.limits_json(p_user uuid, p_project uuid, p_limits json) returns json
language sql stable
as $$
	select row_to_json(q) from studio.quota_of(p_user, p_project, p_limits) q
$$;

create function studio.usage_json(p_user uuid, p_from timestamptz, p_to timestamptz, p_limits json) returns json
language sql stable
as $$
	with span as (select * from studio.usage_span(p_from, p_to)
	), used as materialized (
		select d.* from studio.usage_days d, span where d.user_id = p_user and d.day between span.first and span.last
	), today as (
		select coalesce(sum(generations), 0)::bigint as generations, coalesce(sum(results), 0)::bigint as results,
				coalesce(sum(reserved), 0)::bigint as "reservedMicros", coalesce(sum(spent), 0)::bigint as "spentMicros"
			from studio.usage_days where user_id = p_user and day = studio.today()
	)
	select row_to_json(t) from (
		select studio.today()::text as day, studio.time_text(studio.day_end(studio.today())) as "resetsAt",
			(select row_to_json(today) from today) as today,
			(select row_to_json(q) from studio.quota_of(p_user, null, p_limits) q) as limits,
			(select row_to_json(x) from (
				select case when q.micros is not null then greatest(q.micros - today."reservedMicros" - today."spentMicros", 0) end as micros,
						case when q.generations is not null then greatest(q.generations - today.generations, 0) end as generations
					from today, studio.quota_of(p_user, null, p_limits) q) x) as left,
			(select first::text from span) as from, (select last::text from span) as to,
			array_to_json(array(select row_to_json(x) from (
				select day::text, sum(generations) as generations, sum(results) as results, sum(reserved) as "reservedMicros", sum(spent) as "spentMicros"
					from used group by used.day order by used.day desc) x)) as "byDay",
			array_to_json(array(select row_to_json(x) from (
				select project_id as "projectId", sum(generations) as generations, sum(results) as results, sum(reserved) as "reservedMicros",
						sum(spent) as "spentMicros"
					from used group by project_id order by sum(reserved + spent) desc, project_id limit 1000) x)) as "byProject",
			array_to_json(array(select row_to_json(x) from (
				select model, sum(generations) as generations, sum(results) as results, sum(reserved) as "reservedMicros", sum(spent) as "spentMicros"
					from used group by model order by sum(reserved + spent) desc, model limit 1000) x)) as "byModel") t
$$;

-- By user, project or model; who cost most comes first.
create function studio.usage_page(p_page integer, p_limit integer, p_by text, p_from timestamptz, p_to timestamptz, p_limits json) returns json
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
declare
	v_page integer;
	v_size integer;
begin
	select page, size into v_page, v_size from studio.page_asked(p_page, p_limit);
	return (
		with sums as materialized (
			select case p_by when 'model' then d.model when 'project' then d.project_id::text else d.user_id::text end as id,
					sum(d.generations) as generations, sum(d.results) as results, sum(d.reserved) as reserved, sum(d.spent) as spent
				from studio.usage_days d, studio.usage_span(p_from, p_to) span where d.day between span.first and span.last
				group by 1)
		select studio.page_json(
			array(select row_to_json(t)
				from (select * from sums order by sums.spent + sums.reserved desc, sums.id limit v_size offset (v_page - 1)::bigint * v_size) s
				cross join lateral (
					select s.id, case p_by when 'model' then s.id when 'project' then (select p.name from studio.projects p where p.id = s.id::uuid)
							else (select u.email from studio.users u where u.id = s.id::uuid) end as name,
						s.generations, s.results, s.reserved as "reservedMicros", s.spent as "spentMicros",
						case p_by when 'model' then null when 'project' then studio.limits_json(null, s.id::uuid, p_limits)
							else studio.limits_json(s.id::uuid, null, p_limits) end as limits) t
				order by s.spent + s.reserved desc, s.id),
			(select count(*) from sums), v_page, v_size));
end
$$;

-- Of a user or a project; what is null is as the settings say. No row: there is none such.
create function studio.quota_change(p_user uuid, p_project uuid, p_micros bigint, p_generations bigint, p_by uuid, p_address text, p_limits json)
returns setof json
language plpgsql
as $$
declare
	old studio.quotas;
begin
	if p_user is not null then
		perform from studio.users where id = p_user for key share;
	else
		perform from studio.projects where id = p_project for key share;
	end if;
	if not found then
		return;
	end if;
	perform pg_advisory_xact_lock(hashtextextended(concat_ws(' ', 'studio.quota_change', p_user, p_project), 0));	-- one admin after the other
	delete from studio.quotas q where q.user_id = p_user or q.project_id = p_project returning * into old;
	if p_micros is not null or p_generations is not null then
		insert into studio.quotas (user_id, project_id, day_micros, day_generations)
			values (p_user, case when p_user is null then p_project end, p_micros, p_generations);
	end if;
	if (old.day_micros, old.day_generations) is distinct from (p_micros, p_generations) then
		perform studio.audit_add('quota_changed', p_by, p_address, row_to_json(t)) from (
			select p_user as "user", p_project as project, old.day_micros as "dayMicrosWas", old.day_generations as "dayGenerationsWas",
				p_micros as "dayMicros", p_generations as "dayGenerations") t;
	end if;
	return query select row_to_json(t) from (
		select p_user as "userId", p_project as "projectId", studio.limits_json(p_user, p_project, p_limits) as limits) t;
end
$$;

-- All models; p_prices: their list prices, of db.
create function studio.prices_json(p_prices json) returns json
language sql stable
as $$
	select array_to_json(array(select row_to_json(t) from (
		select l.model, l."mediaType", l.unit, l.per, coalesce(s.micros, l.micros) as micros, l.micros as "listMicros", s.model is null as estimate,
				studio.time_text(s.updated_at) as "updatedAt"
			from rows from (json_to_recordset(p_prices) as (model text, "mediaType" text, unit text, per integer, micros bigint))
				with ordinality l(model, "mediaType", unit, per, micros, n)
			left join studio.prices s on s.model = l.model
			order by l.n) t))
$$;

-- For reservations from now on. Null: the list price again.
create function studio.price_change(p_model text, p_micros bigint, p_by uuid, p_address text, p_prices json) returns json
language plpgsql
as $$
declare
	v_was bigint;
begin
	if not exists (select from json_to_recordset(p_prices) as l(model text) where l.model = p_model) then
		perform studio.refuse('VALIDATION_ERROR', 'model must be one that is called: the servedBy of GET /api/media/models');
	end if;
	select micros into v_was from studio.prices where model = p_model for update;
	if p_micros is null then
		delete from studio.prices where model = p_model;
	else
		insert into studio.prices (model, micros) values (p_model, p_micros)
			on conflict (model) do update set micros = excluded.micros, updated_at = now();
	end if;
	if v_was is distinct from p_micros then
		perform studio.audit_add('price_changed', p_by, p_address, row_to_json(t)) from (
			select p_model as model, v_was as "microsWas", p_micros as micros) t;
	end if;
	return studio.prices_json(p_prices);
end
$$;

-- ---- does it add up? ----

-- Where ledger, counters, jobs and results disagree: no rows is good.
create function studio.ledger_check() returns table (problem text, what text, detail text)
language sql stable
as $$
	with summed as (
		select user_id, day, project_id, model, sum(generations) as generations, sum(results) as results, sum(reserved) as reserved,
				sum(spent) as spent
			from studio.ledger group by 1, 2, 3, 4
	), each as (
		select generation_id, sum(reserved) as reserved, sum(spent) as spent, sum(results) as results, sum(generations) as generations
			from studio.ledger group by 1
	), rounds as (
		select generation_id, round, count(*) filter (where kind = 'reserve') as reserves, count(*) filter (where kind = 'release') as releases,
				count(*) filter (where kind = 'settle' and reserved <= 0 and generations = 0) as settles, sum(reserved) as reserved,
				count(distinct user_id) + count(distinct project_id) + count(distinct day) as owners
			from studio.ledger group by 1, 2
	)
	select 'counters differ from the ledger', concat_ws(' ', coalesce(s.user_id, d.user_id), coalesce(s.day, d.day), coalesce(s.project_id, d.project_id), coalesce(s.model, d.model)),
			format('ledger %s/%s/%s/%s, counters %s/%s/%s/%s', s.generations, s.results, s.reserved, s.spent, d.generations, d.results, d.reserved, d.spent)
		from summed s full join studio.usage_days d using (user_id, day, project_id, model)
		where (s.generations, s.results, s.reserved, s.spent) is distinct from (d.generations, d.results, d.reserved, d.spent)
	union all
	select 'the ledger holds another reservation than the job', coalesce(e.generation_id, j.generation_id)::text,
			format('ledger %s, job %s in state %s', e.reserved, j.reserved, j.state)
		from each e full join studio.jobs j on j.generation_id = e.generation_id
		where coalesce(e.reserved, 0) <> coalesce(j.reserved, 0)
	union all
	select 'a job is over and reserves, or is not over and does not', j.generation_id::text, j.state::text
		from studio.jobs j where j.prices is not null and (j.reserved is null) <> (j.state in ('done', 'failed'))
	union all
	select 'what was settled is not what was made', j.generation_id::text, format('ledger %s results, $%s; made %s', e.results, e.spent, m.n)
		from studio.jobs j
		left join each e on e.generation_id = j.generation_id
		cross join lateral (select count(*) as n from studio.media_results r where r.media_generation_id = j.generation_id) m
		where j.prices is not null and (m.n <> coalesce(e.results, 0) or (m.n = 0 and e.spent <> 0)
			or e.generations is distinct from (case when j.reserved is not null or m.n > 0 then 1 else 0 end))
	union all
	select 'a reservation was not ended exactly once', concat_ws(' ', generation_id, round), format('%s reserved, %s released, %s settled', reserves, releases, settles)
		from rounds where reserves <> 1 or owners <> 3 or releases > 1 or (releases > 0 and settles > 0)
			or (reserved <> 0 and (releases > 0 or settles > 0))
	union all
	select 'a row is wrong in itself', id::text, kind::text
		from studio.ledger
		where spent <> (case kind when 'settle' then studio.cost(units, price, per) else 0 end)
			or (kind = 'reserve' and reserved < studio.cost(units, price, per)) or (kind = 'release' and reserved > 0)
$$;
