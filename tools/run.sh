#!/bin/sh
# tools/run.sh - what `make run` does: installs Debian packages where they are missing (as
# root), builds, and becomes the supervisor in its development profile.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'studiod: %s\n' "$*"; }

missing=
for package in $(sed 's/#.*//' etc/packages.txt); do
	dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok' || missing="$missing $package"
done
if [ -n "$missing" ]; then
	if [ "$(id -u)" != 0 ]; then
		say "these Debian packages are missing; install them as root, then run make again:"
		say "    apt-get install$missing"
		exit 1
	fi
	say "installing missing Debian packages:$missing"
	log=$(mktemp)
	{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1 &
	apt=$!
	while kill -0 "$apt" 2>/dev/null; do
		sleep 5
		kill -0 "$apt" 2>/dev/null && say "  $(tail -n 1 "$log" | cut -c 1-100)"
	done
	wait "$apt" || {
		tail -n 20 "$log"
		say "apt-get failed; the lines above say why. Mend that and run make again."
		rm -f "$log"
		exit 1
	}
	rm -f "$log"
fi

say "building"
make -j"$(nproc)" all || {
	say "the build failed; the first error above says why"
	exit 1
}
exec build/studiod
