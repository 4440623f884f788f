-- Users and projects; and, in the other room, what proves who somebody is.

create type studio.user_role as enum ('ADMIN', 'USER');

create table studio.users (
	id uuid primary key default studio.uuid_v7(),
	email text not null check (length(email) between 3 and 254),
	first_name text not null,
	last_name text not null,
	role studio.user_role not null default 'USER',
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now()
);
create unique index users_email_key on studio.users (lower(email));
create index users_role_idx on studio.users (role);

create table studio.projects (
	id uuid primary key default studio.uuid_v7(),
	name text not null,
	description text,
	google_project_id text,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now()
);
create index projects_name_idx on studio.projects (name);
create index projects_created_idx on studio.projects (created_at desc, id desc);

create table studio.audit (
	id bigint generated always as identity primary key,
	at timestamptz not null default now(),
	event text not null,
	user_id uuid,		-- no reference: it outlives the user
	address text not null,
	detail json
);
create index audit_at_idx on studio.audit (at);
create index audit_user_idx on studio.audit (user_id, at);

create table studio_auth.credentials (
	user_id uuid primary key references studio.users on delete cascade,
	hash text not null,
	updated_at timestamptz not null default now()
);

-- One row is one family of refresh tokens: of the token that is good now, and of the one
-- before it, for an answer that was lost.
create table studio_auth.sessions (
	id uuid primary key,
	user_id uuid not null references studio.users on delete cascade,
	refresh_hash bytea not null,
	repeat_hash bytea,		-- a second good one: what the grace period gave, if it differed
	spent_hash bytea,
	rotated_at timestamptz,
	repeated boolean not null default false,
	address text not null,
	device text not null,
	created_at timestamptz not null default now(),
	last_used_at timestamptz not null default now(),
	expires_at timestamptz not null,
	revoked_at timestamptz,
	revoked_because text
);
create index sessions_user_idx on studio_auth.sessions (user_id);
create index sessions_expires_idx on studio_auth.sessions (expires_at);

grant select, insert, update, delete on studio.users, studio.projects to studio_app;
grant select, insert on studio.audit to studio_app;
grant select, insert, update on studio.users to studio_auth;
grant insert on studio.audit to studio_auth;
grant select, insert, update, delete on studio_auth.credentials, studio_auth.sessions to studio_auth;

-- What the answer to a login carries of a user.
create function studio.user_brief(u studio.users) returns json
language sql stable
as $$
	select row_to_json(t) from (select u.id, u.email, u.first_name as "firstName", u.last_name as "lastName", u.role) t
$$;

create function studio.user_json(u studio.users) returns json
language sql stable
as $$
	select row_to_json(t) from (
		select u.id, u.email, u.first_name as "firstName", u.last_name as "lastName", u.role,
			studio.time_text(u.created_at) as "createdAt", studio.time_text(u.updated_at) as "updatedAt") t
$$;

create function studio.project_json(p studio.projects) returns json
language sql stable
as $$
	select row_to_json(t) from (
		select p.id, p.name, p.description, p.google_project_id as "googleProjectId",
			studio.time_text(p.created_at) as "createdAt", studio.time_text(p.updated_at) as "updatedAt") t
$$;

-- The answer of every paged list. `data` are the rows of this page.
create function studio.page_json(data json[], total bigint, page integer, page_size integer) returns json
language sql stable
as $$
	select row_to_json(t) from (
		select coalesce(array_to_json(data), '[]') as data,
			(select row_to_json(m) from (
				select total as "totalItems", coalesce(cardinality(data), 0) as "itemCount", page_size as "itemsPerPage",
					(total + page_size - 1) / page_size as "totalPages", page as "currentPage") m) as meta) t
$$;
