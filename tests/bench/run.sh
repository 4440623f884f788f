#!/bin/sh
# tests/bench/run.sh - what studiod costs, against the limits it cannot beat: bare h2o for
# requests, pgbench with the same statement for reads. All in one run on one machine;
# quote the ratios. Needs wrk, pgbench, curl, jq, node.
#     BENCH_SECONDS=5  BENCH_CONNECTIONS=32  of each load of requests
#     BENCH_JOBS=1000  BENCH_LISTENERS=1000  BENCH_IDLE=5000  of what crowd.js does
set -eu
cd "$(dirname "$0")/../.."
SECONDS_EACH=${BENCH_SECONDS:-5}
CONNECTIONS=${BENCH_CONNECTIONS:-32}
for tool in wrk curl jq; do
	command -v $tool >/dev/null || { echo "bench: $tool is missing: apt-get install wrk curl jq"; exit 1; }
done
PGBIN=/usr/lib/postgresql/15/bin
work=$(mktemp -d)
chmod 711 "$work"
tree=
bare=
finish() {
	[ -z "$bare" ] || kill "$bare" 2>/dev/null || true
	[ -z "$tree" ] || { kill "$tree" 2>/dev/null; wait "$tree" 2>/dev/null; } || true
	rm -rf "$work"
}
trap finish EXIT INT TERM

free_port() {
	node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'
}
export PORT=$(free_port) HTTPS_PORT=$(free_port) OPS_PORT=$(free_port) STATE_DIR="$work/state"
export ADMIN_EMAIL=bench@studio.local ADMIN_PASSWORD=Bench-password-1
export EMULATOR_FLAGS="--speech-ms 1 --fsync 0" JWT_SECRET=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
export RATE_LIMIT_API=0 RATE_LIMIT_AUTH=0 RATE_LIMIT_GENERATE=0 LOG_LEVEL=warning
H=http://127.0.0.1:$PORT

start() {
	build/studiod >"$work/log" 2>&1 &
	tree=$!
	began=$(date +%s%N)
	until grep -q '^ready' "$work/log"; do
		kill -0 "$tree" 2>/dev/null || { cat "$work/log"; exit 1; }
		sleep 0.01
	done
	echo $(( ($(date +%s%N) - began) / 1000000 ))
}
stop() {
	kill "$tree"
	wait "$tree" 2>/dev/null || true
	tree=
}
rps() {		# URL [header]
	wrk -t1 -c"$CONNECTIONS" -d"${SECONDS_EACH}s" ${2:+-H "$2"} "$1" | awk '/Requests\/sec/ { print $2 }'
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

echo "bench: first start (makes the database) ..."
start >"$work/first"
stop
echo "bench: second start ..."
start >"$work/again"
sleep 2
build/studioctl --socket "$STATE_DIR/control.sock" --json status >"$work/status.json"
memory=$(jq '[.processes[] | select(.name != "postgres" and .name != "emulator") | .pssKiB] | add / 1024' "$work/status.json")

echo "bench: loads of $SECONDS_EACH s with $CONNECTIONS connections ..."
TOKEN=$(curl -sf "$H/api/auth/login" -H 'Content-Type: application/json' \
	-d "{\"email\":\"$ADMIN_EMAIL\",\"password\":\"$ADMIN_PASSWORD\"}" | jq -r .access_token)
USER_ID=$(curl -sf "$H/api/users/profile" -H "Authorization: Bearer $TOKEN" | jq -r .id)
health=$(rps "$H/healthz")
profile=$(rps "$H/api/users/profile" "Authorization: Bearer $TOKEN")

# The statement of that read, as sql/queries has it, through pgbench: one connection per
# process, prepared, the same database and the same moment.
awk '/^-- name: profile_get/ { on = 1; next } /^-- name:/ { on = 0 } on && !/^--/' sql/queries/app.sql |
	sed "s/\\\$1::uuid/'$USER_ID'::uuid/" >"$work/profile.sql"
export PGPASSWORD=$(cat "$STATE_DIR/secrets/database_password")
pg=$("$PGBIN/pgbench" -h "$STATE_DIR/postgres/run" -U studio -n -M prepared -c 2 -j 1 -T "$SECONDS_EACH" \
	-f "$work/profile.sql" studio 2>"$work/pgbench.log" | awk '/^tps/ { print $3 }')
[ -n "$pg" ] || { cat "$work/pgbench.log"; exit 1; }

echo "bench: ${BENCH_JOBS:-1000} jobs, ${BENCH_LISTENERS:-1000} listeners, ${BENCH_IDLE:-5000} idle connections ..."
export TOKEN PGHOST="$STATE_DIR/postgres/run" PGUSER=studio
PATH=$PGBIN:$PATH node tests/bench/crowd.js "$H" "$STATE_DIR/control.sock" "${BENCH_LISTENERS:-1000}" "${BENCH_IDLE:-5000}" "${BENCH_JOBS:-1000}" >"$work/crowd.json"
crowd() { jq ".$1 * 10 | round / 10" "$work/crowd.json"; }

# One row, one transaction, on as many connections as db has for writing, with the same fsync.
echo "create table if not exists public.bench (id bigint generated always as identity primary key, at timestamptz default now(), body text)" |
	"$PGBIN/psql" -X -q -d studio
echo "insert into public.bench (body) values ('$(printf '%0512d' 0)');" >"$work/insert.sql"
inserts=$("$PGBIN/pgbench" -n -M prepared -c 2 -j 1 -T "$SECONDS_EACH" -f "$work/insert.sql" studio 2>>"$work/pgbench.log" | awk '/^tps/ { print $3 }')
[ -n "$inserts" ] || { cat "$work/pgbench.log"; exit 1; }

bare_port=$(free_port)
build/bare_h2o "$bare_port" &
bare=$!
sleep 0.3
limit=$(rps "http://127.0.0.1:$bare_port/")
kill $bare
bare=

cat <<END

| what | studiod | beside it | ratio |
|---|---|---|---|
| /healthz, requests/s | $health | $limit bare h2o | $(ratio "$health" "$limit") |
| authenticated profile read, requests/s | $profile | $limit bare h2o | $(ratio "$profile" "$limit") |
| authenticated profile read, requests/s | $profile | $pg pgbench, the same statement | $(ratio "$profile" "$pg") |
| jobs accepted (one transaction each), jobs/s | $(crowd submitted) | $inserts pgbench, one row inserted | $(ratio "$(crowd submitted)" "$inserts") |
| jobs from the request to the last end, jobs/s | $(crowd done) | $inserts pgbench, one row inserted | $(ratio "$(crowd done)" "$inserts") |
| end of a job to its client's event, $(crowd events) of them among ${BENCH_LISTENERS:-1000} listeners, ms, half | $(crowd p50) | | |
| the same, 99 of 100 | $(crowd p99) | 100 allowed | $(ratio "$(crowd p99)" 100) |
| memory of an idle WebSocket among $(crowd idle), all processes, KiB | $(crowd all_kib) | 32 allowed | $(ratio "$(crowd all_kib)" 32) |
| idle memory of supervisor and six actors, MiB (PSS) | $(printf '%.1f' "$memory") | 60 allowed | $(ratio "$memory" 60) |
| start of the tree to ready, ms | $(cat "$work/again") | 1000 allowed | $(ratio "$(cat "$work/again")" 1000) |
| first start, with initdb, ms | $(cat "$work/first") | | |
END
