-- A session opens only while the password is the one that was verified for it. Else somebody who
-- keeps logging in with the old one while it is changed or reset would have one opened just
-- behind the moment when all others end.
create function studio_auth.session_create_seen(p_session uuid, p_user uuid, p_hash bytea, p_expires timestamptz,
	p_address text, p_device text, p_forgive uuid, p_seen text, p_better text)
returns boolean
language plpgsql
as $$
begin
	perform from studio_auth.credentials c where c.user_id = p_user and c.hash in (p_seen, p_better) for share;
	if not found then	/* or another login put a better hash in its place: both may try again */
		perform studio.refuse('SERVICE_UNAVAILABLE', 'The password was changed meanwhile');
	end if;
	return studio_auth.session_create(p_session, p_user, p_hash, p_expires, p_address, p_device, p_forgive);
end
$$;
