-- Users: what they change of themselves, and what admins see and change of all.

-- name: profile_change
-- params: caller uuid, first_name text, last_name text
-- on: app keyed
select coalesce((select studio.user_json(u) from studio.user_change($1::uuid, $2::text, $3::text, null, null, null, '') u),
	(select null::json from studio.refuse('UNAUTHORIZED', 'The account does not exist any more')))

-- name: user_page
-- params: page integer, limit integer, search pattern, role word
-- on: app read
select studio.user_page($1::integer, $2::integer, $3::text, $4::text)

-- name: user_get
-- params: id uuid
-- on: app read
select studio.user_json(u) from studio.users u where u.id = $1::uuid

-- name: user_change
-- params: id uuid, first_name text, last_name text, email text, role text, caller uuid, address text
-- on: app keyed
select studio.user_json(u) from studio.user_change($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::uuid, $7::text) u

-- name: user_delete
-- params: id uuid, caller uuid, address text, storage text
-- on: app write
select studio.user_delete($1::uuid, $2::uuid, $3::text, $4::text)
