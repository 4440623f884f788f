-- What auth asks. These run on the connection of role studio_auth and on no other.

-- name: credential_get
-- params: email text
-- on: auth read
select u.id, c.hash, u.role::text, studio.user_brief(u)
	from studio.users u join studio_auth.credentials c on c.user_id = u.id
	where lower(u.email) = lower($1::text)

-- name: account_create
-- params: email text, first name text, last name text, hash text, role text
-- on: auth write
select u.id, $4::text, u.role::text, studio.user_brief(u)
	from studio_auth.account_create($1::text, $2::text, $3::text, $4::text, $5::text::studio.user_role) u

-- name: session_create
-- params: session uuid, user uuid, refresh hash bytea, expires in ms bigint, address text, device text
-- on: auth keyed
with made as (
	insert into studio_auth.sessions (id, user_id, refresh_hash, expires_at, address, device)
		values ($1::uuid, $2::uuid, $3::bytea, to_timestamp($4::bigint / 1000.0), $5::text, $6::text)
		on conflict (id) do nothing
		returning id)
select exists (select from made) or exists (
	select from studio_auth.sessions where id = $1::uuid and user_id = $2::uuid and refresh_hash = $3::bytea)

-- name: session_rotate
-- params: session uuid, old hash bytea, new hash bytea, expires in ms bigint, address text, device text
-- on: auth keyed
select r.outcome, u.id, u.role::text, studio.user_brief(u)
	from studio_auth.session_rotate($1::uuid, $2::bytea, $3::bytea, to_timestamp($4::bigint / 1000.0), $5::text, $6::text) r
	left join studio.users u on u.id = r.user_id

-- name: session_get
-- params: session uuid
-- on: auth read
select u.id, u.role::text
	from studio_auth.sessions s join studio.users u on u.id = s.user_id
	where s.id = $1::uuid and s.revoked_at is null and s.expires_at > now()

-- name: admin_seed
-- params: email text, first name text, last name text, hash text
-- on: auth keyed
select existed, created from studio_auth.admin_seed($1::text, $2::text, $3::text, $4::text)

-- name: audit_add
-- params: event text, user uuid, address text, detail json
-- on: auth keyed
insert into studio.audit (event, user_id, address, detail) values ($1::text, $2::uuid, $3::text, $4::json)

-- name: sessions_tidy
-- params:
-- on: auth keyed
delete from studio_auth.sessions where expires_at < now() - interval '30 days'
