#!/bin/sh
# tests/npm/install.sh - puts the npm modules of the tests into build/npm/tests, in the versions and
# with the check sums of package-lock.json, unless they are there. Several may call it at once.
set -eu
cd "$(dirname "$0")/../.."
to=build/npm/tests
mkdir -p "$to"
exec 9>"$to/lock"
flock 9
cmp -s tests/npm/package-lock.json "$to/installed" && exit 0
cp tests/npm/package.json tests/npm/package-lock.json "$to/"
(cd "$to" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >&2
cp tests/npm/package-lock.json "$to/installed"
