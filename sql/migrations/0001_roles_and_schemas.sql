-- Two rooms in the database, each with a role that owns nothing and may only use it.
--   studio       everything the studio works on           role studio_app
--   studio_auth  password hashes and sessions             role studio_auth
-- The role that logs in makes both, owns the tables, and becomes one or the other at the
-- start of each connection.

do $$
declare
	wanted text;
begin
	foreach wanted in array array['studio_app', 'studio_auth'] loop
		begin
			if not exists (select from pg_roles where rolname = wanted) then
				execute format('create role %I nologin', wanted);
			end if;
		exception
			when duplicate_object or unique_violation then
				null;	-- another database of the same cluster made it meanwhile
			when insufficient_privilege then
				raise exception 'the role % does not exist and % may not create it', wanted, current_user
					using errcode = 'insufficient_privilege',
					hint = format('as a superuser: create role %I nologin; grant %I to %I; or: alter role %I createrole',
						wanted, wanted, current_user, current_user);
		end;
		if not pg_has_role(current_user, wanted, 'member') then
			begin
				execute format('grant %I to %I', wanted, current_user);
			exception
				when insufficient_privilege then
					raise exception '% is no member of the role %', current_user, wanted
						using errcode = 'insufficient_privilege',
						hint = format('as a superuser: grant %I to %I', wanted, current_user);
			end;
		end if;
	end loop;
end
$$;

create schema studio_auth;
grant usage on schema studio to studio_app, studio_auth;
grant usage on schema studio_auth to studio_auth;

-- A UUID of version 7: 48 bits of time in milliseconds, then chance. Rows of one table
-- arrive at the end of its index.
create function studio.uuid_v7() returns uuid
language sql volatile parallel safe
as $$
	select encode(set_bit(set_bit(
		overlay(uuid_send(gen_random_uuid())
			placing substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
			from 1 for 6),
		52, 1), 53, 1), 'hex')::uuid
$$;

-- A time as the contract writes it.
create function studio.time_text(t timestamptz) returns text
language sql stable parallel safe
as $$
	select to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;
