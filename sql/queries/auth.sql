-- What auth asks. These run on the connection of role studio_auth and on no other.

-- All that a login needs to know before the password is looked at; for an account that there is
-- not, the locks alone. The account's own lock does not hold for an address that it uses.
-- name: login_get
-- params: email text, address text, subjects_json json
-- on: auth read
select u.id is not null, u.id, u.hash, u.role, u.brief, h.locked_ms, h.locked_by, h.failures
	from (select 1) one
	left join (
		select x.id, c.hash, x.role::text, studio.user_brief(x) as brief, exists (
			select from studio_auth.sessions s where s.user_id = x.id and s.address = $2::text
				and s.created_at > now() - interval '90 days') as known
			from studio.users x join studio_auth.credentials c on c.user_id = x.id
			where lower(x.email) = lower($1::text)) u on true,
	lateral studio_auth.strikes_held($3::json, coalesce(u.known, false)) h

-- name: strike
-- params: subjects_json json
-- on: auth write
select locked_ms, locked_by, failures from studio_auth.strike($1::json)

-- name: account_create
-- params: email text, first name text, last name text, hash text, role text
-- on: auth write
select u.id, $4::text, u.role::text, studio.user_brief(u)
	from studio_auth.account_create($1::text, $2::text, $3::text, $4::text, $5::text::studio.user_role) u

-- name: session_create
-- params: session uuid, user uuid, refresh_hash bytea, expires_ms bigint, address text, device text, forgive uuid, seen_hash text, better_hash text
-- on: auth keyed
select studio_auth.session_create_seen($1::uuid, $2::uuid, $3::bytea, to_timestamp($4::bigint / 1000.0), $5::text, $6::text, $7::uuid,
	$8::text, $9::text)

-- name: session_rotate
-- params: session uuid, old_hash bytea, new_hash bytea, expires_ms bigint, address text, device text
-- on: auth keyed
select r.outcome, u.id, u.role::text, studio.user_brief(u)
	from studio_auth.session_rotate($1::uuid, $2::bytea, $3::bytea, to_timestamp($4::bigint / 1000.0), $5::text, $6::text) r
	left join studio.users u on u.id = r.user_id

-- name: session_get
-- params: session uuid
-- on: auth read
select true, u.id, u.role::text, u.email
	from studio_auth.sessions s join studio.users u on u.id = s.user_id
	where s.id = $1::uuid and s.revoked_at is null and s.expires_at > now()

-- What its owner sees of each session that lives.
-- name: session_list
-- params: user uuid, session uuid
-- on: auth read
select array_to_json(array(select row_to_json(t) from (
	select s.id, s.device, s.address, studio.time_text(s.created_at) as "createdAt",
		studio.time_text(s.last_used_at) as "lastUsedAt", s.id = $2::uuid as current
	from studio_auth.sessions s where s.user_id = $1::uuid and s.revoked_at is null and s.expires_at > now()
	order by s.last_used_at desc, s.id desc limit studio_auth.sessions_most()) t))

-- name: session_revoke
-- params: user uuid, session uuid, because text
-- on: auth write
with ended as (
	update studio_auth.sessions set revoked_at = now(), revoked_because = $3::text
		where id = $2::uuid and user_id = $1::uuid and revoked_at is null and expires_at > now()
		returning id)
select exists (select from ended)

-- name: password_change
-- params: user uuid, old_hash text, hash text, session uuid
-- on: auth keyed
select studio_auth.password_change($1::uuid, $2::text, $3::text, $4::uuid)

-- A better hash of the same password.
-- name: hash_upgrade
-- params: user uuid, old_hash text, hash text
-- on: auth keyed
with better as (
	update studio_auth.credentials set hash = $3::text where user_id = $1::uuid and hash in ($2::text, $3::text) returning user_id)
select exists (select from better)

-- name: reset_create
-- params: email text, token_hash bytea, minutes integer, subjects_json json
-- on: auth keyed
select user_id is not null, user_id, email, first_name, locked_ms, locked_by
	from studio_auth.reset_create($1::text, $2::bytea, $3::integer, $4::json)

-- name: reset_get
-- params: token_hash bytea
-- on: auth read
select u.id, u.email
	from studio_auth.password_resets r join studio.users u on u.id = r.user_id
	where r.token_hash = $1::bytea and r.expires_at > now()

-- name: password_reset
-- params: token_hash bytea, hash text, subjects_json json
-- on: auth write
select u.id, u.email from studio_auth.password_reset($1::bytea, $2::text, $3::json) u

-- name: admin_seed
-- params: email text, first_name text, last_name text, hash text
-- on: auth keyed
select existed, created from studio_auth.admin_seed($1::text, $2::text, $3::text, $4::text)

-- Told again, it is still one event.
-- name: audit_add
-- params: id uuid, at_ms bigint, event text, user uuid, address text, detail_json json
-- on: auth keyed
insert into studio.audit (key, at, event, user_id, address, detail)
	values ($1::uuid, to_timestamp($2::bigint / 1000.0), $3::text, $4::uuid, $5::text, $6::json)
	on conflict do nothing
