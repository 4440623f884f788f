-- Projects, which admins make for all users.

-- name: project_list
-- params: has_page boolean, page integer, has_limit boolean, limit integer
-- on: app read
select case when $1::boolean or $3::boolean then
		studio.page_json(
			array(select studio.project_json(p) from studio.projects p order by p.created_at desc, p.id desc
				limit a.size offset (a.page - 1)::bigint * a.size),
			(select count(*) from studio.projects), a.page, a.size)
	else
		array_to_json(array(
			select studio.project_json(p) from studio.projects p order by p.created_at desc, p.id desc limit 750))
	end
	from studio.page_asked($2::integer, $4::integer) a

-- name: project_get
-- params: id uuid
-- on: app read
select studio.project_json(p) from studio.projects p where p.id = $1::uuid

-- name: project_create
-- params: name text, description text, google_project_id text, caller uuid, address text
-- on: app write
select studio.project_json(p) from studio.project_create($1::text, $2::text, $3::text, $4::uuid, $5::text) p

-- name: project_change
-- params: id uuid, name text, set_description boolean, description text, set_google_project_id boolean, google_project_id text, caller uuid, address text
-- on: app keyed
select studio.project_json(p) from studio.project_change($1::uuid, $2::text, $3::boolean, $4::text, $5::boolean, $6::text, $7::uuid, $8::text) p

-- name: project_delete
-- params: id uuid, caller uuid, address text
-- on: app write
select studio.project_delete($1::uuid, $2::uuid, $3::text)
