-- What listeners ask.

-- name: events_after
-- params: caller uuid, caller_session uuid, after bigint, limit integer
-- on: app read
select lines, seq, missed from studio.events_after($1::uuid, $2::uuid, $3::bigint, $4::integer)
