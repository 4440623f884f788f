-- What is old goes, a slice at a time (actors/db/prune.tbl.h). -1: another host is at it.

-- name: prune_events
-- params: age ms bigint, most integer
-- on: app keyed
select case when studio.prune_turn() then studio.events_prune($1::bigint, $2::integer) else -1 end

-- name: prune_attempts
-- params: age ms bigint, most integer
-- on: app keyed
select case when studio.prune_turn() then studio.attempts_prune($1::bigint, $2::integer) else -1 end

-- name: prune_requests
-- params: age ms bigint, most integer
-- on: app keyed
select case when studio.prune_turn() then studio.requests_prune($1::bigint, $2::integer) else -1 end

-- name: prune_audit
-- params: age ms bigint, most integer
-- on: app keyed
select case when studio.prune_turn() then studio.audit_prune($1::bigint, $2::integer) else -1 end

-- name: prune_deletions
-- params: age ms bigint, most integer
-- on: app keyed
select case when studio.prune_turn() then studio.deletions_prune($1::bigint, $2::integer) else -1 end

-- name: prune_keys
-- params: age ms bigint, most integer
-- on: app keyed
select case when studio.prune_turn() then studio.keys_prune($1::bigint, $2::integer) else -1 end

-- name: prune_files
-- params: age ms bigint, most integer
-- on: app keyed
select case when studio.prune_turn() then studio.files_prune($1::bigint, $2::integer) else -1 end

-- name: prune_sessions
-- params: age ms bigint, most integer
-- on: auth keyed
select case when studio.prune_turn() then studio_auth.sessions_prune($1::bigint, $2::integer) else -1 end

-- What was delivered, is dead, or waits where nobody sends any more.
-- name: prune_deliveries
-- params: age ms bigint, most integer
-- on: app keyed
with turn as materialized (
	select studio.prune_turn() as mine
), gone as (
	delete from studio.webhook_deliveries where (select mine from turn) and id in (
		select d.id from studio.webhook_deliveries d where d.created_at < now() - $1::bigint * interval '1 millisecond'
			order by d.created_at limit $2::integer for update skip locked)
		returning 1)
select case when mine then (select count(*) from gone) else -1 end from turn
