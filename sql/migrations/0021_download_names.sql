-- The names under which a browser saves what a signed URL opens. They go to vertex, which signs them
-- (actors/vertex/storage/object_url.h), in the grant: behind the object, after a newline.

create function studio.url_key(p_uri text, p_name text) returns text
language sql immutable
as $$
	select p_uri || E'\n' || p_name
$$;

-- Without its ending, which follows from the type.
create function studio.result_name(p_type studio.media_type, p_generation uuid, p_index integer) returns text
language sql stable
as $$
	select concat_ws('-', lower(p_type::text), left(p_generation::text, 8), right(p_generation::text, 4), p_index + 1)
$$;

create or replace function studio.result_object(r studio.media_results, g studio.media_generations) returns studio.object
language sql stable
as $$
	select r.id, r.result_url, studio.result_name(g.media_type, g.id, r.index),
		coalesce(r.metadata->>'mimeType', 'application/octet-stream'),
		case when r.metadata->>'size' ~ '^[0-9]{1,15}$' then (r.metadata->>'size')::bigint else 0 end
$$;

create or replace function studio.media_json(g studio.media_generations) returns json
language plpgsql stable
as $$
begin
	return (
		select row_to_json(t) from (
			select g.id, g.user_id as "userId", g.project_id as "projectId", g.media_type as "mediaType", g.prompt, g.parameters,
				g.status, g.error_message as "errorMessage", g.operation_id as "operationId", g.progress,
				array_to_json(array(
					select row_to_json(x) from (
						select r.id, g.media_type as "mediaType",
							studio.url_key(r.result_url, studio.result_name(g.media_type, g.id, r.index)) as "resultUrl", r.metadata,
							studio.time_text(r.created_at) as "createdAt"
						from studio.media_results r where r.media_generation_id = g.id order by r.index) x)) as results,
				studio.time_text(g.created_at) as "createdAt", studio.time_text(g.updated_at) as "updatedAt",
				studio.time_text(g.started_at) as "startedAt", studio.time_text(g.finished_at) as "finishedAt") t);
end
$$;

create or replace function studio.file_json(f studio.files) returns json
language sql stable
as $$
	select row_to_json(t) from (select f.uri as "gcsUri", studio.url_key(f.uri, f.name) as "signedUrl") t
$$;
