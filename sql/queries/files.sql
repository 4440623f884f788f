-- Objects in storage: what front asks (actors/db/relays.tbl.h), and what poller is to have deleted.

-- The columns of an `object_grant`; the last one says that the object may be written.

-- name: file_create
-- params: caller uuid, name text, mime_type text, size bigint, storage text
-- on: app write
select f.id, f.uri, f.name, f.mime_type, f.size, true
	from studio.file_create($1::uuid, $2::text, $3::text, $4::bigint, $5::text) f

-- name: files_stored
-- params: caller uuid, ids_json json, many boolean
-- on: app keyed
select studio.files_stored($1::uuid, $2::json, $3::boolean)

-- name: file_get
-- params: caller uuid, gcs_uri text
-- on: app read
select o.id, o.uri, o.name, o.mime_type, o.size, false from studio.object_named($1::uuid, $2::text) o

-- name: file_url
-- params: caller uuid, gcs_uri text
-- on: app read
select row_to_json(t) from (select studio.url_key(o.uri, o.name) as "signedUrl" from studio.object_named($1::uuid, $2::text) o) t

-- name: content_get
-- params: caller uuid, caller_admin boolean, id uuid, result uuid
-- on: app read
select o.id, o.uri, o.name, o.mime_type, o.size, false
	from studio.media_results r join studio.media_generations g on g.id = r.media_generation_id,
		studio.result_object(r, g) o
	where g.id = $3::uuid and r.id = $4::uuid and (g.user_id = $1::uuid or $2::boolean)

-- name: deletion_claim
-- params: lease in ms integer
-- on: app write
select id, user_id, uri, tries, next_ms from studio.deletion_claim($1::integer)

-- name: deletion_end
-- params: id bigint, done boolean, message text
-- on: app keyed
select studio.deletion_end($1::bigint, $2::boolean, $3::text)
