-- Sessions as their owner sees them, passwords that change, guesses that are counted.

-- An event that is told twice is one event.
alter table studio.audit add column key uuid;
create unique index audit_key_idx on studio.audit (key);

-- ---- sessions ----

-- How many sessions of one account live at the same time; the one that was used longest ago
-- makes room.
create function studio_auth.sessions_most() returns integer
language sql immutable
as $$ select 100 $$;

-- False: another session has this id. The same again changes nothing. p_forgive: strikes that
-- this login ends; null for none.
create function studio_auth.session_create(p_session uuid, p_user uuid, p_hash bytea, p_expires timestamptz,
	p_address text, p_device text, p_forgive uuid)
returns boolean
language plpgsql
as $$
begin
	insert into studio_auth.sessions (id, user_id, refresh_hash, expires_at, address, device)
		values (p_session, p_user, p_hash, p_expires, p_address, p_device)
		on conflict (id) do nothing;
	if not found then
		return exists (select from studio_auth.sessions where id = p_session and user_id = p_user and refresh_hash = p_hash);
	end if;
	update studio_auth.sessions set revoked_at = now(), revoked_because = 'newer sessions made room for themselves'
		where id in (select s.id from studio_auth.sessions s
			where s.user_id = p_user and s.revoked_at is null and s.expires_at > now()
			order by s.last_used_at desc, s.id desc offset studio_auth.sessions_most());
	delete from studio_auth.strikes where key = p_forgive;
	return true;
end
$$;

-- ---- strikes: failures that are held against an account, an address, or both ----

create table studio_auth.strikes (
	key uuid primary key,		-- a hash of what is struck: no e-mail and no address can be read here
	failures double precision not null,	-- as they were at struck_at
	struck_at timestamptz not null,
	locked_until timestamptz,
	over_at timestamptz not null	-- forgotten from here on
);
create index strikes_over_idx on studio_auth.strikes (over_at);

-- How many failures are free; the first lock, the longest (each failure beyond doubles it); after
-- which time one failure is forgiven: null for all at once, so long after as the longest lock.
create function studio_auth.strike_rule(p_kind text, out free integer, out shortest interval, out longest interval, out forgiven interval)
language sql immutable
as $$
	select r.free, r.shortest, r.longest, r.forgiven from (values
		('pair',       5,   interval '1 minute',  interval '1 hour',     null::interval),		-- guesses at an account from an address
		('account',    50,  interval '1 minute',  interval '15 minutes', interval '1 minute'),		-- from everywhere
		('address',    100, interval '1 minute',  interval '15 minutes', interval '30 seconds'),	-- at all accounts
		('register',   300, interval '1 minute',  interval '1 hour',     interval '12 seconds'),	-- accounts made from an address
		('reset_for',  3,   interval '5 minutes', interval '1 hour',     interval '20 minutes'),	-- mails to an account
		('reset_from', 30,  interval '1 minute',  interval '1 hour',     interval '1 minute'),		-- mails asked for from an address
		('reset_with', 20,  interval '1 minute',  interval '1 hour',     interval '1 minute'))		-- from an address, reset tokens that are none
		r(kind, free, shortest, longest, forgiven) where r.kind = p_kind
$$;

-- The longest lock among subjects, a JSON array of {kind, key}, and the failures of the pair. A
-- lock of the account by everybody's guesses does not hold where p_known.
create function studio_auth.strikes_held(p_subjects json, p_known boolean, out locked_ms bigint, out locked_by text, out failures integer)
language sql stable
as $$
	with held as (
		select x.kind, round(k.failures)::integer as failures, (extract(epoch from k.locked_until - now()) * 1000)::bigint as ms
			from json_to_recordset(p_subjects) as x(kind text, key uuid)
			join studio_auth.strikes k on k.key = x.key and k.over_at > now())
	select coalesce((select h.ms from held h where h.ms > 0 and not (p_known and h.kind = 'account') order by h.ms desc limit 1), 0),
		coalesce((select h.kind from held h where h.ms > 0 and not (p_known and h.kind = 'account') order by h.ms desc limit 1), ''),
		coalesce((select h.failures from held h where h.kind = 'pair'), 0)
$$;

-- Holds one more failure against each subject. The longest lock that began, and the failures of
-- the pair.
create function studio_auth.strike(p_subjects json, out locked_ms bigint, out locked_by text, out failures integer)
language plpgsql
as $$
declare
	s record;
	r record;
	n double precision;
	lock interval;
begin
	locked_ms := 0;
	locked_by := '';
	failures := 0;
	for s in select x.kind, x.key from json_to_recordset(p_subjects) as x(kind text, key uuid) order by x.key loop
		select * into strict r from studio_auth.strike_rule(s.kind);
		insert into studio_auth.strikes as k (key, failures, struck_at, over_at) values (s.key, 1, now(), now() + r.longest)
			on conflict (key) do update set struck_at = now(), failures = 1 + case when k.over_at <= now() then 0
				else greatest(0, k.failures - coalesce(extract(epoch from now() - k.struck_at) / extract(epoch from r.forgiven), 0)) end
			returning k.failures into n;
		lock := case when round(n) >= r.free then least(r.longest, r.shortest * power(2, least(round(n) - r.free, 20))) end;
		update studio_auth.strikes set locked_until = now() + lock,
			over_at = now() + coalesce(lock, interval '0') + coalesce(r.forgiven * n, r.longest)
			where key = s.key;
		if s.kind = 'pair' then
			failures := round(n);
		end if;
		if lock is not null and extract(epoch from lock) * 1000 > locked_ms then
			locked_ms := extract(epoch from lock) * 1000;
			locked_by := s.kind;
		end if;
	end loop;
	delete from studio_auth.strikes where key in (
		select key from studio_auth.strikes where over_at <= now() order by over_at limit 16 for update skip locked);
end
$$;

-- ---- passwords ----

create table studio_auth.password_resets (
	token_hash bytea primary key,
	user_id uuid not null references studio.users on delete cascade,
	expires_at timestamptz not null
);
create index password_resets_user_idx on studio_auth.password_resets (user_id);
create index password_resets_expires_idx on studio_auth.password_resets (expires_at);

-- Enters a token, unless too many were asked for. No user: there is none, or locked_ms tells how
-- long none is made. The same again changes nothing.
create function studio_auth.reset_create(p_email text, p_token_hash bytea, p_minutes integer, p_subjects json,
	out user_id uuid, out email text, out first_name text, out locked_ms bigint, out locked_by text)
language plpgsql
as $$
declare
	u studio.users;
begin
	select h.locked_ms, h.locked_by into locked_ms, locked_by from studio_auth.strikes_held(p_subjects, false) h;
	if exists (select from studio_auth.password_resets where token_hash = p_token_hash) then
		locked_ms := 0;
	elsif locked_ms > 0 then
		return;
	else
		perform studio_auth.strike(p_subjects);
	end if;
	delete from studio_auth.password_resets r where r.expires_at <= now();
	select * into u from studio.users x where lower(x.email) = lower(p_email);
	if u.id is null then
		return;
	end if;
	insert into studio_auth.password_resets (token_hash, user_id, expires_at)
		values (p_token_hash, u.id, now() + make_interval(mins => p_minutes))
		on conflict do nothing;
	user_id := u.id;
	email := u.email;
	first_name := u.first_name;
end
$$;

-- Sets the password by a token, once; every session ends. No row: the token is not good.
create function studio_auth.password_reset(p_token_hash bytea, p_hash text, p_subjects json)
returns setof studio.users
language plpgsql
as $$
declare
	owner uuid;
begin
	delete from studio_auth.password_resets r where r.token_hash = p_token_hash and r.expires_at > now() returning r.user_id into owner;
	if owner is null then
		return;
	end if;
	delete from studio_auth.password_resets r where r.user_id = owner;
	insert into studio_auth.credentials (user_id, hash) values (owner, p_hash)
		on conflict (user_id) do update set hash = excluded.hash, updated_at = now();
	update studio_auth.sessions s set revoked_at = now(), revoked_because = 'the password was reset'
		where s.user_id = owner and s.revoked_at is null;
	delete from studio_auth.strikes k where k.key in (
		select x.key from json_to_recordset(p_subjects) as x(kind text, key uuid));
	return query select * from studio.users u where u.id = owner;
end
$$;

-- Sets the password of somebody who knew the old one; every other session ends, and so does what
-- was mailed. False: the old one was another meanwhile. The same again changes nothing.
create function studio_auth.password_change(p_user uuid, p_old text, p_new text, p_keep uuid)
returns boolean
language plpgsql
as $$
begin
	update studio_auth.credentials set hash = p_new, updated_at = now() where user_id = p_user and hash in (p_old, p_new);
	if not found then
		return false;
	end if;
	update studio_auth.sessions set revoked_at = now(), revoked_because = 'the password was changed'
		where user_id = p_user and id <> p_keep and revoked_at is null;
	delete from studio_auth.password_resets where user_id = p_user;
	return true;
end
$$;

grant select, insert, update, delete on studio_auth.strikes, studio_auth.password_resets to studio_auth;
