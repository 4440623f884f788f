#!/bin/sh
# tools/packages.sh FILE... - sees to it that the Debian packages that the files name, one a
# line, are installed, or others that provide them (a nodejs with an npm of its own): as root it
# installs what is missing and shows how far it is; else it says what to install and ends with 1.
set -eu

say() { printf 'studiod: %s\n' "$*"; }

# The names of all that is installed, one a line, and what it provides.
present=$(dpkg-query -W -f='${db:Status-Status} ${Package}, ${Provides}\n' | sed -n 's/^installed //p' | tr ',' '\n' | sed 's/^ *//; s/ .*//')
missing=
for package in $(sed 's/#.*//' "$@"); do
	echo "$present" | grep -qx "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
	say "these Debian packages are missing; install them as root, then run make again:"
	say "    apt-get install$missing"
	exit 1
fi
say "installing missing Debian packages:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1 &
apt=$!
while kill -0 "$apt" 2>/dev/null; do
	sleep 5
	kill -0 "$apt" 2>/dev/null && say "  $(tail -n 1 "$log" | cut -c 1-100)"
done
wait "$apt" || {
	tail -n 20 "$log"
	say "apt-get failed; the lines above say why. Mend that and run make again."
	exit 1
}
