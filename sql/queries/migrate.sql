-- The migrations' own book-keeping, on a connection of the role that logs in.

-- name: migrate_lock
-- params:
-- on: migrate
select pg_advisory_lock(7276340510)

-- name: migrate_schema
-- params:
-- on: migrate
do $$ begin	-- `if not exists` would ask for the right to create even where it exists
	if to_regnamespace('studio') is null then
		create schema studio;
	end if;
end $$

-- name: migrate_table
-- params:
-- on: migrate
create table if not exists studio.schema_migrations (
	version integer primary key,
	name text not null,
	checksum text not null,
	applied_at timestamptz not null default now()
)

-- name: migrate_known
-- params:
-- on: migrate
select version, name, checksum from studio.schema_migrations order by version

-- name: migrate_begin
-- params:
-- on: migrate
begin

-- name: migrate_commit
-- params:
-- on: migrate
commit

-- name: migrate_note
-- params: version integer, name text, checksum text
-- on: migrate
insert into studio.schema_migrations (version, name, checksum) values ($1, $2, $3)
