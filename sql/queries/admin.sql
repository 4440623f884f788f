-- What admins look at and step into: jobs, figures, the audit log.

-- name: admin_jobs
-- params: page integer, limit integer, state word, kind word, user uuid
-- on: app read
select studio.job_page($1::integer, $2::integer, $3::text, $4::text, $5::uuid)

-- name: admin_job
-- params: id uuid
-- on: app read
select studio.job_whole(j) from studio.jobs j where j.id = $1::uuid

-- name: admin_job_cancel
-- params: id uuid, caller uuid, address text, storage text
-- on: app write
select studio.job_step($1::uuid, 'cancel', $2::uuid, $3::text, null, null, $4::text)

-- name: admin_job_retry
-- params: id uuid, caller uuid, address text, request_id text, trace bytea
-- on: app write
select studio.job_step($1::uuid, 'retry', $2::uuid, $3::text, $4::text, $5::bytea, null)

-- name: admin_stats
-- params:
-- on: app read
select studio.stats_json()

-- name: admin_audit
-- params: page integer, limit integer, event word, user uuid, from since, to until
-- on: app read
select studio.audit_page($1::integer, $2::integer, $3::text, $4::uuid, $5::text::timestamptz, $6::text::timestamptz)

-- name: queue_get
-- params:
-- on: app read
select studio.queue_json()

-- name: queue_change
-- params: kind word, model word, paused boolean, set_concurrency boolean, concurrency integer, caller uuid, address text
-- on: app keyed
select studio.queue_change(case when $1::text is null or $2::text is null then coalesce($2::text, $1::text, 'all') end,
	$3::boolean, $4::boolean, $5::integer, $6::uuid, $7::text)

-- What studioctl orders: paused null and no concurrency: only a look.
-- name: queue_order
-- params: what text, paused boolean, set concurrency boolean, concurrency integer
-- on: app keyed
select studio.queue_change($1::text, $2::boolean, $3::boolean, $4::integer, null, 'studioctl')
