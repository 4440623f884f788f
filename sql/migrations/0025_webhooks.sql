-- Webhooks: where a user's events are sent to, and the deliveries on their way there.

create table studio.webhooks (
	id uuid primary key,		-- db mints it: the secret is sealed for it
	user_id uuid not null references studio.users on delete cascade,
	url text not null check (octet_length(url) <= 2048),
	description text not null check (length(description) <= 200),
	final_only boolean not null,	-- only the two states that are an end
	enabled boolean not null default true,
	disabled_reason text,		-- owner, failing, gone
	secret bytea not null,		-- sealed: no key to it is in this database
	old_secret bytea,		-- the one before it, which signs too until then
	old_until timestamptz,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now()
);
create index webhooks_user_idx on studio.webhooks (user_id, id);

-- One row beside each webhook: when something may be sent there next. Whoever changes a delivery
-- of a webhook, or the webhook itself, locks its lane first; who claims passes over locked ones.
create table studio.webhook_lanes (
	webhook_id uuid primary key references studio.webhooks on delete cascade,
	due_at timestamptz not null default 'infinity',
	hold_until timestamptz not null default '-infinity',	-- it failed: nothing is tried before
	failures integer not null default 0,			-- in a row
	failing_since timestamptz,
	delivered_at timestamptz
);
create index webhook_lanes_due_idx on studio.webhook_lanes (due_at);

create type studio.delivery_state as enum ('waiting', 'delivered', 'dead');

create table studio.webhook_deliveries (
	id uuid primary key default studio.uuid_v7(),
	webhook_id uuid not null references studio.webhooks on delete cascade,
	generation_id uuid,		-- null, like seq: a test
	seq bigint,
	type text not null,
	body text not null,		-- as it is sent, each time the same bytes
	state studio.delivery_state not null default 'waiting',
	tries integer not null default 0,	-- since it was made, or asked for again
	attempts integer not null default 0,	-- in all
	-- As in studio.jobs: a claim raises the fence, an end with an older one changes nothing.
	fence bigint not null default 0,
	settled bigint not null default 0,
	worker bigint,
	lease_until timestamptz,
	run_at timestamptz not null default now(),
	status integer,			-- of the latest answer
	message text,			-- why the latest attempt failed
	created_at timestamptz not null default now(),
	tried_at timestamptz,
	finished_at timestamptz
);
create index webhook_deliveries_waiting_idx on studio.webhook_deliveries (webhook_id, run_at) where state = 'waiting';
create index webhook_deliveries_leased_idx on studio.webhook_deliveries (webhook_id, lease_until) where lease_until is not null;
create index webhook_deliveries_worker_idx on studio.webhook_deliveries (worker) where worker is not null;
create index webhook_deliveries_list_idx on studio.webhook_deliveries (webhook_id, id desc);
create index webhook_deliveries_created_idx on studio.webhook_deliveries (created_at);

grant select, insert, update, delete on studio.webhooks, studio.webhook_lanes, studio.webhook_deliveries to studio_app;

-- The bounds.
create function studio.webhooks_most() returns integer language sql immutable as $$ select 10 $$;		-- of one user
create function studio.deliveries_most() returns integer language sql immutable as $$ select 5000 $$;		-- waiting for one webhook
create function studio.deliveries_at_once() returns integer language sql immutable as $$ select 4 $$;		-- under way to one, over all hosts

-- ---- events become deliveries ----

-- What is sent. Results are named, not signed: a URL would be over before the last attempt. Who
-- wants the bytes asks with a token of its own.
create function studio.webhook_body(e studio.events) returns text
language sql stable
as $$
	select json_strip_nulls(row_to_json(t))::text from (
		select 'media-generation-update' as type, studio.time_text(e.created_at) as timestamp,
			(select row_to_json(d) from (
				select e.generation_id as "mediaGenerationId", e.status, e.progress,
					case when e.status = 'FAILED' then e.error_message end as error, e.seq as "eventId",
					case when e.status = 'SUCCEEDED' then array_to_json(array(
						select row_to_json(x) from (
							select r.id, g.media_type as "mediaType", r.index, r.metadata->>'mimeType' as "mimeType",
								concat('/api/media/', g.id, '/results/', r.id, '/content') as path
							from studio.media_results r join studio.media_generations g on g.id = r.media_generation_id
							where r.media_generation_id = e.generation_id order by r.index limit 64) x)) end as results) d) as data) t
$$;

-- Something waits in this lane, whose lock the caller has. Over the bound a delivery is dead at once.
create function studio.delivery_add(p_webhook uuid, p_type text, p_body text, p_generation uuid, p_seq bigint)
returns studio.webhook_deliveries
language plpgsql
as $$
declare
	full_up boolean := exists (select from studio.webhook_deliveries
		where webhook_id = p_webhook and state = 'waiting' offset studio.deliveries_most() - 1);
	d studio.webhook_deliveries;
begin
	insert into studio.webhook_deliveries (webhook_id, type, body, generation_id, seq, state, message, finished_at)
		values (p_webhook, p_type, p_body, p_generation, p_seq, case when full_up then 'dead' else 'waiting' end::studio.delivery_state,
			case when full_up then 'Too many deliveries were waiting' end, case when full_up then now() end)
		returning * into d;
	return d;
end
$$;

-- In the transaction of the event, whoever wrote it; lane by lane in their order.
create function studio.webhook_event() returns trigger
language plpgsql
as $$
declare
	v_webhook uuid;
	v_body text;
begin
	for v_webhook in
		select l.webhook_id from studio.webhook_lanes l join studio.webhooks w on w.id = l.webhook_id
			where w.user_id = new.user_id and w.enabled and (not w.final_only or new.status in ('SUCCEEDED', 'FAILED'))
			order by l.webhook_id for update of l
	loop
		update studio.webhook_lanes set due_at = greatest(least(due_at, now()), hold_until) where webhook_id = v_webhook;
		v_body := coalesce(v_body, studio.webhook_body(new));
		perform studio.delivery_add(v_webhook, 'media-generation-update', v_body, new.generation_id, new.seq);
	end loop;
	if v_body is not null then
		perform pg_notify('studio_deliveries', '');
	end if;
	return null;
end
$$;
create trigger events_webhooks after insert on studio.events for each row execute function studio.webhook_event();

-- ---- leases ----

-- When the next delivery of a lane may be tried; one that has more to do goes to the end of the queue.
create function studio.lane_next(p_webhook uuid) returns void
language sql
as $$
	update studio.webhook_lanes l set due_at = greatest(l.hold_until, clock_timestamp(), coalesce(least(
			case when (select count(*) from studio.webhook_deliveries d where d.webhook_id = l.webhook_id and d.lease_until > now())
					< case when l.failures > 0 then 1 else studio.deliveries_at_once() end
				then (select min(d.run_at) from studio.webhook_deliveries d
					where d.webhook_id = l.webhook_id and d.state = 'waiting' and d.lease_until is null) end,
			(select min(d.lease_until) from studio.webhook_deliveries d
				where d.webhook_id = l.webhook_id and d.lease_until is not null)), 'infinity'))
		where l.webhook_id = p_webhook
$$;

-- In how many milliseconds the next lane is due; 0: none is known.
create function studio.deliveries_next_ms() returns bigint
language sql volatile
as $$
	select case when t.at is null then 0 else greatest(1, ceil(extract(epoch from t.at - clock_timestamp()) * 1000))::bigint end
		from (select min(due_at) as at from studio.webhook_lanes where due_at < 'infinity') t
$$;

-- Leases what is due: from each lane in its turn, those that waited longest first; one at a time
-- where the endpoint fails. A lease that lapsed is free again.
create function studio.delivery_claim(p_worker bigint, p_want integer, p_lease_ms integer) returns setof studio.webhook_deliveries
language plpgsql
as $$
declare
	lane studio.webhook_lanes;
	d studio.webhook_deliveries;
	room integer;
	n integer := 0;
begin
	for lane in select * from studio.webhook_lanes where due_at <= now() order by due_at limit p_want for update skip locked loop
		exit when n >= p_want;
		room := case when lane.failures > 0 then 1 else studio.deliveries_at_once() end
			- (select count(*) from studio.webhook_deliveries x where x.webhook_id = lane.webhook_id and x.lease_until > now());
		for d in select * from studio.webhook_deliveries x
			where x.webhook_id = lane.webhook_id and x.state = 'waiting' and x.run_at <= now()
				and (x.lease_until is null or x.lease_until <= now())
			order by x.run_at limit greatest(0, least(room, p_want - n)) for update skip locked
		loop
			update studio.webhook_deliveries x set worker = p_worker, lease_until = now() + p_lease_ms * interval '1 millisecond',
					fence = x.fence + 1
				where x.id = d.id returning * into d;
			n := n + 1;
			return next d;
		end loop;
		perform studio.lane_next(lane.webhook_id);
	end loop;
end
$$;

-- A worker that is gone has nothing in hand.
create function studio.delivery_void(p_worker bigint) returns bigint
language plpgsql
as $$
declare
	hook uuid;
	n bigint := 0;
	k bigint;
begin
	for hook in select webhook_id from studio.webhook_lanes l
		where l.webhook_id in (select d.webhook_id from studio.webhook_deliveries d where d.worker = p_worker)
		order by webhook_id for update
	loop
		update studio.webhook_deliveries set worker = null, lease_until = null, fence = fence + 1
			where webhook_id = hook and worker = p_worker;
		get diagnostics k = row_count;
		n := n + k;
		perform studio.lane_next(hook);
	end loop;
	if n > 0 then
		perform pg_notify('studio_deliveries', '');
	end if;
	return n;
end
$$;

-- Nothing more is sent there, and what waits is dead. The caller has the lane's lock.
create function studio.webhook_disable(p_webhook uuid, p_reason text) returns void
language plpgsql
as $$
begin
	update studio.webhooks set enabled = false, disabled_reason = p_reason, updated_at = now() where id = p_webhook;
	update studio.webhook_deliveries set state = 'dead', message = 'The webhook was disabled', finished_at = now(), worker = null,
			lease_until = null, fence = fence + 1
		where webhook_id = p_webhook and state = 'waiting';
	update studio.webhook_lanes set due_at = 'infinity' where webhook_id = p_webhook;
end
$$;

-- How an attempt ended. False: the fence is old. p_gone: the endpoint wants no more of them (410).
-- p_after_ms: until this delivery is tried again; p_hold_ms: until anything is tried there again;
-- p_most: attempts before it is a dead letter; p_patience_ms: of failing before the webhook is disabled.
create function studio.delivery_end(p_id uuid, p_fence bigint, p_ok boolean, p_gone boolean, p_status integer, p_message text,
	p_after_ms bigint, p_hold_ms bigint, p_most integer, p_patience_ms bigint)
returns boolean
language plpgsql
as $$
declare
	hook uuid := (select webhook_id from studio.webhook_deliveries where id = p_id);
	lane studio.webhook_lanes;
	d studio.webhook_deliveries;
	reason text;
begin
	select * into lane from studio.webhook_lanes where webhook_id = hook for update;
	select * into d from studio.webhook_deliveries where id = p_id and fence = p_fence for update;
	if d.settled = p_fence then
		return true;		-- said before
	end if;
	if d.worker is null or d.state <> 'waiting' then
		return false;
	end if;
	update studio.webhook_deliveries set tries = tries + 1, attempts = attempts + 1, settled = fence, worker = null, lease_until = null,
			tried_at = now(), status = nullif(p_status, 0), message = nullif(p_message, ''),
			state = case when p_ok then 'delivered' when tries + 1 >= p_most then 'dead' else 'waiting' end::studio.delivery_state,
			finished_at = case when p_ok or tries + 1 >= p_most then now() end,
			run_at = now() + p_after_ms * interval '1 millisecond'
		where id = p_id;
	update studio.webhook_lanes set failures = case when p_ok then 0 else failures + 1 end,
			failing_since = case when not p_ok then coalesce(failing_since, now()) end,
			delivered_at = case when p_ok then now() else delivered_at end,
			hold_until = case when p_ok then '-infinity' else now() + p_hold_ms * interval '1 millisecond' end
		where webhook_id = hook returning * into lane;
	reason := case when p_gone then 'gone' when lane.failing_since < now() - p_patience_ms * interval '1 millisecond' then 'failing' end;
	if reason is not null then
		perform studio.webhook_disable(hook, reason);
		perform studio.audit_add('webhook_disabled', w.user_id, '', row_to_json(t))
			from studio.webhooks w, lateral (select hook as "webhook", reason as "reason", p_status as "status",
				studio.time_text(lane.failing_since) as "failingSince") t where w.id = hook;
	else
		perform studio.lane_next(hook);
		perform pg_notify('studio_deliveries', '') from studio.webhook_lanes where webhook_id = hook and due_at <= clock_timestamp();
	end if;
	return true;
end
$$;

-- ---- what owners see and do ----

create function studio.webhook_json(w studio.webhooks) returns json
language sql stable
as $$
	select row_to_json(t) from (
		select w.id, w.url, w.description, w.final_only as "finalOnly", w.enabled, w.disabled_reason as "disabledReason",
			l.failures, studio.time_text(l.failing_since) as "failingSince", studio.time_text(l.delivered_at) as "lastDeliveredAt",
			studio.time_text(case when w.old_until > now() then w.old_until end) as "oldSecretUntil",
			studio.time_text(w.created_at) as "createdAt", studio.time_text(w.updated_at) as "updatedAt"
		from studio.webhook_lanes l where l.webhook_id = w.id) t
$$;

create function studio.delivery_json(d studio.webhook_deliveries, p_whole boolean) returns json
language sql stable
as $$
	select row_to_json(t) from (
		select d.id, d.webhook_id as "webhookId", 'msg_' || replace(d.id::text, '-', '') as "messageId", d.type,
			d.generation_id as "mediaGenerationId", d.seq as "eventId", d.state, d.attempts, d.status, d.message as error,
			studio.time_text(d.created_at) as "createdAt", studio.time_text(d.tried_at) as "lastAttemptAt",
			studio.time_text(case when d.state = 'waiting' then d.run_at end) as "nextAttemptAt",
			studio.time_text(d.finished_at) as "finishedAt", case when p_whole then d.body::json end as payload) t
$$;

-- The caller's webhook with its lane locked; no row: it is nobody's, or another's.
create function studio.webhook_own(p_user uuid, p_id uuid) returns setof studio.webhooks
language plpgsql
as $$
begin
	perform from studio.webhook_lanes l join studio.webhooks w on w.id = l.webhook_id
		where l.webhook_id = p_id and w.user_id = p_user for update of l;
	return query select * from studio.webhooks where id = p_id and user_id = p_user;
end
$$;

create function studio.webhook_create(p_id uuid, p_user uuid, p_url text, p_description text, p_final_only boolean, p_secret bytea,
	p_address text)
returns json
language plpgsql
as $$
begin
	perform from studio.users where id = p_user for no key update;	-- two at once are counted one after the other
	if not found then
		perform studio.refuse('UNAUTHORIZED', 'The account does not exist any more');
	end if;
	if (select count(*) from studio.webhooks where user_id = p_user) >= studio.webhooks_most() then
		perform studio.refuse('RESOURCE_CONFLICT', format('There are %s webhooks already: delete one first', studio.webhooks_most()));
	end if;
	insert into studio.webhooks (id, user_id, url, description, final_only, secret)
		values (p_id, p_user, p_url, coalesce(p_description, ''), coalesce(p_final_only, false), p_secret);
	insert into studio.webhook_lanes (webhook_id) values (p_id);
	perform studio.audit_add('webhook_created', p_user, p_address, row_to_json(t)) from (select p_id as "webhook") t;
	return (select studio.webhook_json(w) from studio.webhooks w where w.id = p_id);
end
$$;

-- What is null is kept. Another URL, or being enabled again, is a new beginning.
create function studio.webhook_change(p_user uuid, p_id uuid, p_url text, p_description text, p_final_only boolean, p_enabled boolean,
	p_address text)
returns setof json
language plpgsql
as $$
declare
	old studio.webhooks;
	new studio.webhooks;
begin
	select * into old from studio.webhook_own(p_user, p_id);
	if old.id is null then
		return;
	end if;
	new := old;
	new.url := coalesce(p_url, old.url);
	new.description := coalesce(p_description, old.description);
	new.final_only := coalesce(p_final_only, old.final_only);
	new.enabled := coalesce(p_enabled, old.enabled);
	if new is distinct from old then
		update studio.webhooks set url = new.url, description = new.description, final_only = new.final_only, enabled = new.enabled,
				disabled_reason = case when not new.enabled then coalesce(old.disabled_reason, 'owner') end, updated_at = now()
			where id = p_id;
		if not new.enabled and old.enabled then
			perform studio.webhook_disable(p_id, 'owner');
		elsif new.enabled and (not old.enabled or new.url <> old.url) then
			update studio.webhook_lanes set failures = 0, failing_since = null, hold_until = '-infinity' where webhook_id = p_id;
			perform studio.lane_next(p_id);
			perform pg_notify('studio_deliveries', '');
		end if;
		perform studio.audit_add('webhook_changed', p_user, p_address, row_to_json(t)) from (
			select p_id as "webhook", new.url <> old.url as "urlChanged", new.enabled) t;
	end if;
	return query select studio.webhook_json(w) from studio.webhooks w where w.id = p_id;
end
$$;

-- The secret so far signs for a day beside the new one.
create function studio.webhook_rotate(p_user uuid, p_id uuid, p_secret bytea, p_address text) returns setof json
language plpgsql
as $$
begin
	if not exists (select from studio.webhook_own(p_user, p_id)) then
		return;
	end if;
	update studio.webhooks set old_secret = secret, old_until = now() + interval '1 day', secret = p_secret, updated_at = now() where id = p_id;
	perform studio.audit_add('webhook_rotated', p_user, p_address, row_to_json(t)) from (select p_id as "webhook") t;
	return query select studio.webhook_json(w) from studio.webhooks w where w.id = p_id;
end
$$;

create function studio.webhook_delete(p_user uuid, p_id uuid, p_address text) returns boolean
language plpgsql
as $$
begin
	if not exists (select from studio.webhook_own(p_user, p_id)) then
		return false;
	end if;
	delete from studio.webhooks where id = p_id;
	perform studio.audit_add('webhook_deleted', p_user, p_address, row_to_json(t)) from (select p_id as "webhook") t;
	return true;
end
$$;

-- Lanes are locked before their webhooks, also where a user goes and takes them along.
create function studio.webhook_going() returns trigger
language plpgsql
as $$
begin
	perform from studio.webhook_lanes where webhook_id = old.id for update;
	return old;
end
$$;
create trigger webhooks_going before delete on studio.webhooks for each row execute function studio.webhook_going();

-- Its owner asks: now, even where the endpoint fails.
create function studio.delivery_now(p_webhook uuid) returns void
language plpgsql
as $$
begin
	if not (select enabled from studio.webhooks where id = p_webhook) then
		perform studio.refuse('RESOURCE_CONFLICT', 'The webhook is disabled');
	end if;
	update studio.webhook_lanes set due_at = now(), hold_until = '-infinity' where webhook_id = p_webhook;
	perform pg_notify('studio_deliveries', '');
end
$$;

create function studio.webhook_test(p_user uuid, p_id uuid) returns setof studio.webhook_deliveries
language plpgsql
as $$
begin
	if not exists (select from studio.webhook_own(p_user, p_id)) then
		return;
	end if;
	perform studio.delivery_now(p_id);
	return query select d.* from (
			select 'webhook-test' as type, studio.time_text(now()) as timestamp, json_build_object('webhookId', p_id) as data) t,
		lateral studio.delivery_add(p_id, 'webhook-test', row_to_json(t)::text, null, null) d;
end
$$;

-- Once more, under the same id: what is over begins anew, what waits need not wait.
create function studio.delivery_again(p_user uuid, p_webhook uuid, p_delivery uuid) returns setof studio.webhook_deliveries
language plpgsql
as $$
begin
	if not exists (select from studio.webhook_own(p_user, p_webhook))
			or not exists (select from studio.webhook_deliveries where id = p_delivery and webhook_id = p_webhook) then
		return;
	end if;
	perform studio.delivery_now(p_webhook);
	return query update studio.webhook_deliveries d set run_at = now(), state = 'waiting', finished_at = null,
			tries = case when d.state = 'waiting' then d.tries else 0 end
		where d.id = p_delivery returning *;
end
$$;

create function studio.delivery_page(p_user uuid, p_webhook uuid, p_page integer, p_limit integer, p_state text) returns setof json
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
declare
	v_state studio.delivery_state := p_state;
	v_page integer;
	v_size integer;
begin
	select page, size into v_page, v_size from studio.page_asked(p_page, p_limit);
	return query with wanted as not materialized (
			select d.id from studio.webhook_deliveries d
				where d.webhook_id = p_webhook and (v_state is null or d.state = v_state))
		select studio.page_json(
				array(select studio.delivery_json(d, false)
					from (select * from wanted order by id desc limit v_size offset (v_page - 1)::bigint * v_size) x
					join studio.webhook_deliveries d on d.id = x.id
					order by d.id desc),
				(select count(*) from wanted), v_page, v_size)
			from studio.webhooks w where w.id = p_webhook and w.user_id = p_user;
end
$$;
