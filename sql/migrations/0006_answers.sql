-- What statements that answer clients share.

-- Says no: the transaction is undone, the client gets the row p_code of proto/errors.tbl.h with
-- this message (actors/db/outcome.h).
create function studio.refuse(p_code text, p_message text) returns void
language plpgsql
as $$
begin
	raise exception '%', p_message using errcode = 'ST000', detail = p_code;
end
$$;

-- A page as it was asked for; 0 is the default.
create function studio.page_asked(p_page integer, p_limit integer, out page integer, out size integer)
language sql immutable
as $$
	select case when p_page < 1 then 1 else least(p_page, 1000000) end,
		case when p_limit < 1 then 10 else least(p_limit, 100) end
$$;
