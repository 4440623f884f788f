#!/bin/sh
# tests/bench/claim.sh [EXPLAIN] - what a claim costs while 100,000 jobs wait, of 1,000 users and of one, in a
# PostgreSQL of its own with the schema of sql/migrations. With a word behind it: the plans, too.
set -eu
cd "$(dirname "$0")/../.."
PGBIN=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
work=$(mktemp -d)
chmod 711 "$work"
as=
if [ "$(id -u)" = 0 ]; then chown postgres "$work"; as="setpriv --reuid=postgres --regid=postgres --init-groups"; fi
(cd / && $as "$PGBIN/initdb" -D "$work/data" -U postgres -A trust -E UTF8 --no-locale >/dev/null)
(cd / && exec $as "$PGBIN/postgres" -D "$work/data" -c listen_addresses= -c unix_socket_directories="$work") >"$work.log" 2>&1 &
server=$!
trap 'kill -INT $server; wait $server || true; rm -rf "$work" "$work.log"' EXIT INT TERM
export PGHOST="$work" PGUSER=postgres PGOPTIONS='-c client_min_messages=warning'
until "$PGBIN/pg_isready" -q; do sleep 0.1; done
"$PGBIN/createdb" studio
psql() { "$PGBIN/psql" -q -v ON_ERROR_STOP=1 studio "$@"; }
psql -c 'create schema studio'
for f in sql/migrations/*.sql; do psql -1 -f "$f"; done
psql -c "insert into studio.projects (name) values ('P')"

for users in 1000 1; do
	psql <<-SQL
	set client_min_messages = error;
	truncate studio.users, studio.jobs, studio.queue_lanes cascade;
	insert into studio.users (email, first_name, last_name) select 'u' || i || '@x.org', 'U', 'X' from generate_series(1, $users) i;
	create temp table u as select row_number() over () as n, id from studio.users;
	create temp table g as select studio.uuid_v7() as id, (select id from studio.projects) as p, u.id as u
		from generate_series(1, 100000) i join u on u.n = 1 + i % $users;
	insert into studio.media_generations (id, user_id, project_id, media_type, prompt, parameters) select id, u, p, 'IMAGE', 'a cat', '{}' from g;
	insert into studio.jobs (generation_id, user_id, project_id, kind, model, request, max_attempts, request_id, trace)
		select id, u, p, 'IMAGE', 'model-' || (random() * 2)::integer, json_build_object('prompt', repeat('x', 300)), 3, 'r', '\x00' from g;
	vacuum analyze;
	SQL
	for most in 1 4 16 32; do
		printf 'begin;\nselect count(*) from studio.job_claim((random() * 1e9)::bigint, %d, 32, 30000, 8, 0);\nrollback;\n' $most >"$work/claim.sql"
		"$PGBIN/pgbench" -n -r -f "$work/claim.sql" -t 200 studio 2>/dev/null |
			awk -v u=$users -v n=$most '/job_claim/ { printf "%4d users, a claim of %2d: %s ms\n", u, n, $1 }'
	done
	[ $# -eq 0 ] || psql <<-SQL
	load 'auto_explain';
	set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on; set auto_explain.log_analyze = on; set client_min_messages = log;
	select count(*) from studio.job_claim(7, 32, 32, 30000, 8, 0);
	SQL
done
