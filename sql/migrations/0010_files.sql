-- Objects in storage: what users uploaded, what their results are, and what is to be deleted.

create table studio.files (
	id uuid primary key default studio.uuid_v7(),
	user_id uuid not null references studio.users on delete cascade,
	uri text not null unique,
	name text not null check (length(name) between 1 and 255),	-- as its owner called it
	mime_type text not null,
	size bigint not null check (size > 0),
	created_at timestamptz not null default now(),
	stored_at timestamptz		-- null: its bytes are on their way, or never came
);
create index files_user_idx on studio.files (user_id, created_at desc, id desc);
create index files_unfinished_idx on studio.files (created_at) where stored_at is null;
create index media_results_url_idx on studio.media_results using hash (result_url);

-- What poller has vertex delete, until it is done: one object, or, with a slash at the end of
-- its URI, all that lies below.
create table studio.deletions (
	id bigint generated always as identity primary key,
	user_id uuid not null,		-- no reference: it outlives the user
	uri text not null,
	again boolean not null,		-- a second time an hour later: what Google was still writing then
	run_at timestamptz not null default now(),
	tries integer not null default 0,
	message text,
	created_at timestamptz not null default now()
);
create index deletions_due_idx on studio.deletions (run_at);

grant select, insert, update, delete on studio.files, studio.deletions to studio_app;

-- ---- deleting ----

-- Puts an object, or a prefix that ends in a slash, of this user on the list. It is deleted
-- once this transaction is committed, however often that takes.
create function studio.objects_doom(p_user uuid, p_uri text) returns void
language plpgsql
as $$
begin
	insert into studio.deletions (user_id, uri, again) values (p_user, p_uri, p_uri like '%/');
	perform pg_notify('studio_deletions', '');
end
$$;

create function studio.file_doom() returns trigger
language plpgsql
as $$
begin
	perform studio.objects_doom(old.user_id, old.uri);
	return null;
end
$$;
create trigger files_doom after delete on studio.files for each row execute function studio.file_doom();

-- The next deletion that is due, for as long as the lease; and in how many milliseconds the one
-- after it is (0: none is known).
create function studio.deletion_claim(p_lease_ms integer, out id bigint, out user_id uuid, out uri text, out tries integer, out next_ms bigint)
language plpgsql
as $$
begin
	update studio.deletions d set run_at = now() + p_lease_ms * interval '1 millisecond', tries = d.tries + 1
		where d.id = (select due.id from studio.deletions due where due.run_at <= now() order by due.run_at limit 1 for update skip locked)
		returning d.id, d.user_id, d.uri, d.tries into id, user_id, uri, tries;
	select coalesce(greatest(1, ceil(extract(epoch from min(d.run_at) - now()) * 1000))::bigint, 0) into next_ms from studio.deletions d;
end
$$;

-- Done: off the list. Not done: again after 5 s, 10 s .. an hour. Only what was claimed since comes
-- to an end (tries > 0), so that this said twice does not take the second time off the list too.
create function studio.deletion_end(p_id bigint, p_done boolean, p_message text) returns boolean
language plpgsql
as $$
begin
	delete from studio.deletions where id = p_id and p_done and not again and tries > 0;
	update studio.deletions set again = again and not p_done, tries = case when p_done then 0 else tries end, message = nullif(p_message, ''),
			run_at = now() + case when p_done then interval '1 hour'
				else least(3600, 5 * 2 ^ least(tries - 1, 10)) * (0.75 + random() / 2) * interval '1 second' end
		where id = p_id and tries > 0;
	return true;
end
$$;

-- ---- uploads ----

-- The ending of an object's name by its type (proto/media_types.tbl.h); null for one that is not taken.
create function studio.file_extension(p_mime_type text) returns text
language sql immutable
as $$
	select case p_mime_type when 'image/jpeg' then 'jpg' when 'image/png' then 'png' when 'image/webp' then 'webp'
		when 'audio/wav' then 'wav' when 'audio/mpeg' then 'mp3' when 'video/mp4' then 'mp4' end
$$;

-- A fresh object below its user's prefix.
create function studio.file_create(p_user uuid, p_name text, p_mime_type text, p_size bigint, p_storage text) returns studio.files
language plpgsql
as $$
declare
	v_id uuid := studio.uuid_v7();
	extension text := studio.file_extension(p_mime_type);
	f studio.files;
begin
	if extension is null then
		perform studio.refuse('UNSUPPORTED_MEDIA_TYPE', 'Files of this type are not taken');
	end if;
	if (select count(*) from studio.files where user_id = p_user and stored_at is null and created_at > now() - interval '10 minutes') >= 100 then
		perform studio.refuse('QUOTA_EXCEEDED', 'Too many uploads are unfinished: try again in some minutes');
	end if;
	insert into studio.files (id, user_id, uri, name, mime_type, size)
		values (v_id, p_user, concat_ws('/', p_storage, 'users', p_user, 'uploads', v_id || '.' || extension), p_name, p_mime_type, p_size)
		returning * into f;
	return f;
end
$$;

create function studio.file_json(f studio.files) returns json
language sql stable
as $$
	select row_to_json(t) from (select f.uri as "gcsUri", f.uri as "signedUrl") t
$$;

-- The bytes of these files (an array of ids) lie in storage: what their owner is told, in this
-- order. A list of one file is told alone unless `many`.
create function studio.files_stored(p_user uuid, p_ids json, p_many boolean) returns json
language plpgsql
as $$
declare
	all_of json[];
begin
	update studio.files set stored_at = coalesce(stored_at, now())
		where user_id = p_user and id in (select v::uuid from json_array_elements_text(p_ids) v);
	all_of := array(select studio.file_json(f) from json_array_elements_text(p_ids) with ordinality as t(v, n)
		join studio.files f on f.id = t.v::uuid and f.user_id = p_user order by t.n);
	if cardinality(all_of) <> json_array_length(p_ids) or cardinality(all_of) = 0 then
		perform studio.refuse('NOT_FOUND', 'A file is gone');
	end if;
	if p_many then
		return (select row_to_json(t) from (select array_to_json(all_of) as files) t);
	end if;
	return all_of[1];
end
$$;

-- ---- whose object is it? ----

create type studio.object as (id uuid, uri text, name text, mime_type text, size bigint);

-- Its name for those who save it; the ending follows from the type.
create function studio.result_object(r studio.media_results, g studio.media_generations) returns studio.object
language sql stable
as $$
	select r.id, r.result_url, concat_ws('-', lower(g.media_type::text), left(g.id::text, 8), right(g.id::text, 4), r.index + 1),
		coalesce(r.metadata->>'mimeType', 'application/octet-stream'),
		case when r.metadata->>'size' ~ '^[0-9]{1,15}$' then (r.metadata->>'size')::bigint else 0 end
$$;

-- An upload or a result of this user, by its URI; no row for anything else.
create function studio.object_named(p_user uuid, p_uri text) returns setof studio.object
language sql stable
as $$
	select f.id, f.uri, f.name, f.mime_type, f.size from studio.files f
		where f.uri = p_uri and f.user_id = p_user and f.stored_at is not null
	union all
	select (studio.result_object(r, g)).* from studio.media_results r
		join studio.media_generations g on g.id = r.media_generation_id
		where r.result_url = p_uri and g.user_id = p_user
	limit 1
$$;
