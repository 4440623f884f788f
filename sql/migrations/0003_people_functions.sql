-- Changes of accounts and sessions. Each is one statement for its caller, so it is done
-- whole or not at all.

-- No row: the address is taken.
create function studio_auth.account_create(p_email text, p_first_name text, p_last_name text, p_hash text, p_role studio.user_role)
returns setof studio.users
language plpgsql
as $$
declare
	u studio.users;
begin
	insert into studio.users (email, first_name, last_name, role)
		values (p_email, p_first_name, p_last_name, p_role)
		on conflict (lower(email)) do nothing
		returning * into u;
	if u.id is not null then
		insert into studio_auth.credentials (user_id, hash) values (u.id, p_hash);
		return next u;
	end if;
end
$$;

-- Rotates a refresh token. Outcome 0: done. 1: the spent token again, soon, from the same
-- client, for the first time: its answer was lost. 2: a spent token: the family is
-- revoked. 3: there is no such session any more.
create function studio_auth.session_rotate(p_session uuid, p_old bytea, p_new bytea, p_expires timestamptz,
	p_address text, p_device text, out outcome integer, out user_id uuid)
language plpgsql
as $$
declare
	s studio_auth.sessions;
begin
	select * into s from studio_auth.sessions where id = p_session for update;
	user_id := s.user_id;
	if s.id is null or s.revoked_at is not null or s.expires_at <= now() then
		outcome := 3;
	elsif p_old = s.refresh_hash or p_old = s.repeat_hash then
		outcome := 0;
		update studio_auth.sessions set refresh_hash = p_new, repeat_hash = null, spent_hash = p_old, rotated_at = now(),
			repeated = false, address = p_address, device = p_device, last_used_at = now(), expires_at = p_expires
			where id = p_session;
	elsif p_old = s.spent_hash and s.rotated_at > now() - interval '10 seconds'
			and s.address = p_address and s.device = p_device and (not s.repeated or p_new in (s.refresh_hash, s.repeat_hash)) then
		outcome := 1;
		update studio_auth.sessions set repeat_hash = case when p_new <> refresh_hash then p_new else repeat_hash end,
			repeated = true, last_used_at = now()
			where id = p_session;
	else
		outcome := 2;
		update studio_auth.sessions set revoked_at = now(), revoked_because = 'a spent refresh token was shown'
			where id = p_session;
	end if;
end
$$;

-- The first admin, once. Without a hash it only tells whether there is one. A user who
-- registered under the admin's address before is made admin with the admin's password,
-- and what was logged in under it ends.
create function studio_auth.admin_seed(p_email text, p_first_name text, p_last_name text, p_hash text,
	out existed boolean, out created boolean)
language plpgsql
as $$
declare
	admin uuid;
begin
	created := false;
	existed := exists (select from studio.users where role = 'ADMIN');
	if existed or p_hash = '' then
		return;
	end if;
	perform pg_advisory_xact_lock(hashtext('studio.admin_seed'));	-- several hosts may start at once
	existed := exists (select from studio.users where role = 'ADMIN');
	if existed then
		return;
	end if;
	insert into studio.users (email, first_name, last_name, role)
		values (p_email, p_first_name, p_last_name, 'ADMIN')
		on conflict (lower(email)) do update set role = 'ADMIN', updated_at = now()
		returning id into admin;
	insert into studio_auth.credentials (user_id, hash) values (admin, p_hash)
		on conflict (user_id) do update set hash = excluded.hash, updated_at = now();
	update studio_auth.sessions set revoked_at = now(), revoked_because = 'the account became the admin''s'
		where user_id = admin and revoked_at is null;
	insert into studio.audit (event, user_id, address) values ('admin_seeded', admin, '');
	created := true;
end
$$;
