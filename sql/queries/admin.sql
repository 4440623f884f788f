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
