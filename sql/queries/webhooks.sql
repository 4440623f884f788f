-- Webhooks: what their owners ask (actors/db/relays.tbl.h), and what notifier does.

-- name: webhook_create
-- params: id uuid, caller uuid, url text, description text, final_only boolean, secret bytea, address text
-- on: app write
select studio.webhook_create($1::uuid, $2::uuid, $3::text, $4::text, $5::boolean, $6::bytea, $7::text)

-- name: webhook_rotate
-- params: caller uuid, id uuid, secret bytea, address text
-- on: app write
select w from studio.webhook_rotate($1::uuid, $2::uuid, $3::bytea, $4::text) w

-- name: webhook_list
-- params: caller uuid
-- on: app read
select array_to_json(array(select studio.webhook_json(w) from studio.webhooks w where w.user_id = $1::uuid order by w.id))

-- name: webhook_get
-- params: caller uuid, id uuid
-- on: app read
select studio.webhook_json(w) from studio.webhooks w where w.user_id = $1::uuid and w.id = $2::uuid

-- name: webhook_change
-- params: caller uuid, id uuid, url hook, description text, final_only boolean, enabled boolean, address text
-- on: app keyed
select w from studio.webhook_change($1::uuid, $2::uuid, $3::text, $4::text, $5::boolean, $6::boolean, $7::text) w

-- name: webhook_delete
-- params: caller uuid, id uuid, address text
-- on: app write
select studio.webhook_delete($1::uuid, $2::uuid, $3::text)

-- name: webhook_test
-- params: caller uuid, id uuid
-- on: app write
select studio.delivery_json(d, true) from studio.webhook_test($1::uuid, $2::uuid) d

-- name: delivery_page
-- params: caller uuid, id uuid, page integer, limit integer, state word
-- on: app read
select p from studio.delivery_page($1::uuid, $2::uuid, $3::integer, $4::integer, $5::text) p

-- name: delivery_get
-- params: caller uuid, id uuid, delivery uuid
-- on: app read
select studio.delivery_json(d, true) from studio.webhook_deliveries d join studio.webhooks w on w.id = d.webhook_id
	where w.user_id = $1::uuid and w.id = $2::uuid and d.id = $3::uuid

-- name: delivery_again
-- params: caller uuid, id uuid, delivery uuid
-- on: app write
select studio.delivery_json(d, true) from studio.delivery_again($1::uuid, $2::uuid, $3::uuid) d

-- Leases; each row says too when there will be more, and where there is none a row says only that.
-- name: delivery_claim
-- params: worker bigint, want integer, lease_ms integer
-- on: app write
with claimed as materialized (select * from studio.delivery_claim($1::bigint, $2::integer, $3::integer))
select n.next_ms, c.id, c.webhook_id, c.fence, c.tries, c.failures, c.url, c.body, c.secret, c.old_secret
	from (select count(*) as k from claimed) x
	cross join lateral (select studio.deliveries_next_ms() as next_ms where x.k >= 0) n
	left join (select d.id, d.webhook_id, d.fence, d.tries, l.failures, w.url, d.body, w.secret,
			case when w.old_until > now() then w.old_secret end as old_secret
		from claimed d join studio.webhooks w on w.id = d.webhook_id join studio.webhook_lanes l on l.webhook_id = d.webhook_id) c on true

-- name: delivery_end
-- params: delivery uuid, fence bigint, ok boolean, gone boolean, status integer, message text, after_ms bigint, hold_ms bigint, most integer, patience_ms bigint
-- on: app keyed
select studio.delivery_end($1::uuid, $2::bigint, $3::boolean, $4::boolean, $5::integer, $6::text, $7::bigint, $8::bigint, $9::integer, $10::bigint)

-- name: delivery_void
-- params: worker bigint
-- on: app keyed
select studio.delivery_void($1::bigint)
