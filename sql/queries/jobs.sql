-- What poller asks, what notifier asks, and what db does by itself.

-- name: job_claim
-- params: worker bigint, begin integer, resume integer, lease in ms integer, user limit integer, model limit integer
-- on: app write
select c.next_ms, c.id, c.generation_id, c.user_id, c.project_id, c.kind, c.state, c.fence, c.attempt, c.max_attempts, c.polls, c.model,
		c.operation, c.google_project_id, c.request, c.request_id, c.trace, c.earlier, studio.maker_here(c.maker, c.age_ms), c.age_ms
	from studio.job_claim($1::bigint, $2::integer, $3::integer, $4::integer, $5::integer, $6::integer) c

-- name: maker_seen
-- params: maker bigint
-- on: app keyed
select studio.maker_seen($1::bigint)

-- name: job_begin
-- params: job uuid, fence bigint, maker bigint
-- on: app keyed
select studio.job_begin($1::uuid, $2::bigint, $3::bigint)

-- name: job_running
-- params: job uuid, fence bigint, operation text, model text, after ms bigint
-- on: app keyed
select studio.job_running($1::uuid, $2::bigint, $3::text, $4::text, $5::bigint)

-- name: job_finish
-- params: job uuid, fence bigint, results json, storage text
-- on: app keyed
select studio.job_finish($1::uuid, $2::bigint, $3::json, $4::text)

-- name: job_retry
-- params: job uuid, fence bigint, after ms bigint, counts boolean, code text, message text
-- on: app keyed
select studio.job_retry($1::uuid, $2::bigint, $3::bigint, $4::boolean, $5::text, $6::text)

-- name: job_unclear
-- params: job uuid, fence bigint, after ms bigint, message text
-- on: app keyed
select studio.job_unclear($1::uuid, $2::bigint, $3::bigint, $4::text)

-- name: job_fail
-- params: job uuid, fence bigint, code text, message text, reasons json
-- on: app keyed
select studio.job_fail($1::uuid, $2::bigint, $3::text, $4::text, $5::json)

-- name: job_renew
-- params: job uuid, fence bigint, lease in ms integer
-- on: app keyed
with renewed as (
	update studio.jobs set lease_until = now() + $3::integer * interval '1 millisecond'
		where id = $1::uuid and fence = $2::bigint and worker is not null
		returning id)
select exists (select from renewed)

-- name: worker_void
-- params: worker bigint
-- on: app keyed
select studio.worker_void($1::bigint)

-- name: generation_state
-- params: user uuid, any owner boolean, generation uuid
-- on: app read
select g.status::text from studio.media_generations g where g.id = $3::uuid and (g.user_id = $1::uuid or $2::boolean)

-- name: events_since
-- params: ms ago bigint
-- on: listen read
select e.generation_id, e.user_id, e.seq, e.status::text from studio.events e
	where e.created_at >= now() - $1::bigint * interval '1 millisecond' order by e.id limit 20000
