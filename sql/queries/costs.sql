-- Usage, quotas and prices.

-- name: usage_get
-- params: caller uuid, from since, to until, limits json
-- on: app read
select studio.usage_json($1::uuid, $2::text::timestamptz, $3::text::timestamptz, $4::json)

-- name: usage_page
-- params: page integer, limit integer, by word, from since, to until, limits json
-- on: app read
select studio.usage_page($1::integer, $2::integer, $3::text, $4::text::timestamptz, $5::text::timestamptz, $6::json)

-- name: quota_change
-- params: user uuid, project uuid, day_micros bigint, day_generations bigint, caller uuid, address text, limits json
-- on: app keyed
select * from studio.quota_change($1::uuid, $2::uuid, $3::bigint, $4::bigint, $5::uuid, $6::text, $7::json)

-- name: price_list
-- params: prices json
-- on: app read
select studio.prices_json($1::json)

-- name: price_change
-- params: model text, micros bigint, caller uuid, address text, prices json
-- on: app keyed
select studio.price_change($1::text, $2::bigint, $3::uuid, $4::text, $5::json)
