-- A link to reset a password that was mailed to an address opens nothing any more once the
-- account has another address. The app role, which changes the address, sees no such links:
-- this is all that it can do to them.
create function studio_auth.resets_forget() returns trigger
language plpgsql security definer
set search_path = pg_catalog
as $$
begin
	delete from studio_auth.password_resets where user_id = new.id;
	return null;
end
$$;
revoke execute on function studio_auth.resets_forget() from public;
create trigger users_resets_forget after update of email on studio.users
	for each row when (old.email is distinct from new.email) execute function studio_auth.resets_forget();
