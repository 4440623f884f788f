-- What a connection does before anything else. Not prepared: each is sent once.

-- name: become_app
-- params:
-- on: setup
select set_config('role', 'studio_app', false), set_config('search_path', 'studio,pg_catalog', false),
	set_config('timezone', 'UTC', false), set_config('client_min_messages', 'warning', false),
	set_config('statement_timeout', '15s', false), set_config('lock_timeout', '8s', false)

-- name: become_auth
-- params:
-- on: setup
select set_config('role', 'studio_auth', false), set_config('search_path', 'studio,studio_auth,pg_catalog', false),
	set_config('timezone', 'UTC', false), set_config('client_min_messages', 'warning', false),
	set_config('statement_timeout', '15s', false), set_config('lock_timeout', '8s', false)

-- name: listen_jobs
-- params:
-- on: setup
listen studio_jobs

-- name: listen_cancelled
-- params:
-- on: setup
listen studio_cancelled

-- name: listen_events
-- params:
-- on: setup
listen studio_events

-- name: listen_sessions
-- params:
-- on: setup
listen studio_sessions

-- name: listen_deletions
-- params:
-- on: setup
listen studio_deletions

-- name: listen_deliveries
-- params:
-- on: setup
listen studio_deliveries
