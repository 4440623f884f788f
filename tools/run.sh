#!/bin/sh
# tools/run.sh - what `make run` does: installs Debian packages where they are missing (as
# root), builds, and becomes the supervisor in its development profile.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'studiod: %s\n' "$*"; }

tools/packages.sh etc/packages.txt
say "building"
make -j"$(nproc)" all || {
	say "the build failed; the first error above says why"
	exit 1
}
exec build/studiod
