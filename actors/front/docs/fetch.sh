#!/bin/sh
# actors/front/docs/fetch.sh OUT - puts the files of /api/docs into OUT, each beside its gzip form:
# our own, and Swagger UI from npm, in the version and with the check sums of package-lock.json.
# No script of a package is run. Where npm or its registry is not there, the page is built
# without Swagger UI and says so, and the next make tries again.
set -eu
here=$(dirname "$0")
out=$1
npm=build/npm/docs

mkdir -p "$out" "$npm"
cp "$here/index.html" "$here/start.js" "$out/"
cp "$here/package.json" "$here/package-lock.json" "$npm/"
rm -f "$out/complete"
if command -v npm >/dev/null && (cd "$npm" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=2 --fetch-retry-mintimeout=1000) >"$npm/log" 2>&1; then
	cp "$npm/node_modules/swagger-ui-dist/swagger-ui-bundle.js" "$npm/node_modules/swagger-ui-dist/swagger-ui.css" "$out/"
	touch "$out/complete"
else
	echo "  docs  npm could not fetch Swagger UI: /api/docs is built without it ($npm/log says why)" >&2
	: >"$out/swagger-ui-bundle.js"
	: >"$out/swagger-ui.css"
fi
for file in index.html start.js swagger-ui-bundle.js swagger-ui.css; do
	gzip -9nc "$out/$file" >"$out/$file.gz"
done
touch "$out/fetched"
