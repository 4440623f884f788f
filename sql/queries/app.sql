-- What front asks, each on a ticket (actors/db/relays.tbl.h).

-- name: ping
-- params:
-- on: app read
select 1

-- The hottest read: written out, because PostgreSQL plans it in one piece then, which is twice
-- as fast as studio.user_json.
-- name: profile_get
-- params: caller uuid
-- on: app read
select coalesce((select row_to_json(t) from (
	select u.id, u.email, u.first_name as "firstName", u.last_name as "lastName", u.role,
		studio.time_text(u.created_at) as "createdAt", studio.time_text(u.updated_at) as "updatedAt"
	from studio.users u where u.id = $1::uuid) t),
	(select null::json from studio.refuse('UNAUTHORIZED', 'The account does not exist any more')))

-- name: generation_create
-- params: caller uuid, project uuid, kind text, prompt text, model text, parameters json, request json, key text, body_hash bytea, max_attempts integer, request_id text, trace bytea, wait ms bigint, models json, limits json
-- on: app write
select coalesce(c.under_way, studio.media_json(c.generation)), (c.generation).id,
		(c.generation).status in ('SUCCEEDED', 'FAILED') and c.under_way is null, c.replayed, c.reused, c.missing,
		(c.generation).error_code, (c.generation).error_message, (c.generation).error_reasons, c.under_way is not null
	from studio.generation_create($1::uuid, $2::uuid, $3::text::studio.media_type, $4::text, $5::text, $6::json, $7::json,
		$8::text, $9::bytea, $10::integer, $11::text, $12::bytea, $13::bigint, $14::json, $15::json) c

-- name: generation_get
-- params: caller uuid, caller_admin boolean, id uuid
-- on: app read
select studio.media_json(g), g.id, g.status in ('SUCCEEDED', 'FAILED'), g.error_code, g.error_message, g.error_reasons
	from studio.media_generations g
	where g.id = $3::uuid and (g.user_id = $1::uuid or $2::boolean)

-- name: generation_page
-- params: caller uuid, page integer, limit integer, media_type word, status word, project uuid, search pattern, from since, to until, cursor text
-- on: app read
select studio.history($1::uuid, $2::integer, $3::integer, $4::text, $5::text, $6::uuid, $7::text, $8::text, $9::text, $10::text)

-- What the client of a video polls it by.
-- name: generation_by_operation
-- params: caller uuid, caller_admin boolean, operation_id text
-- on: app read
select studio.media_json(g), g.id, g.status in ('SUCCEEDED', 'FAILED'), g.error_code, g.error_message, g.error_reasons
	from studio.media_generations g
	where g.operation_id = $3::text and (g.user_id = $1::uuid or $2::boolean)
	order by g.created_at desc limit 1

-- name: generation_cancel
-- params: caller uuid, caller_admin boolean, id uuid, storage text, address text
-- on: app write
select studio.media_json(g), g.id, true, g.error_code, g.error_message, g.error_reasons
	from studio.generation_cancel($1::uuid, $2::boolean, $3::uuid, $4::text, $5::text) g

-- name: generation_retry
-- params: caller uuid, caller_admin boolean, id uuid, request_id text, trace bytea, idempotency_key text, body_hash bytea, address text, limits json
-- on: app write
select c.answer, (c.generation).id, false, null::text, null::text, null::json, c.replayed
	from studio.generation_retry_once($1::uuid, $2::boolean, $3::uuid, $4::text, $5::bytea, $6::text, $7::bytea, $8::text, $9::json) c

-- name: generation_delete
-- params: caller uuid, caller_admin boolean, id uuid, purge boolean, storage text, address text
-- on: app write
select studio.generation_delete($1::uuid, $2::boolean, $3::uuid, $4::boolean, $5::text, $6::text)
