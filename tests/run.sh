#!/bin/sh
# tests/run.sh - what `make test` does, in a fresh clone as well as in an old one:
#   unit tests and flows on the normal build, the same on one with ASan and UBSan, what a
#   compromised actor can do on one with the red-team probe, every fuzz target for a while.
# The last line is `N passed, N failed`; ends with 1 unless all passed.
#     FUZZ_SECONDS=5   for each fuzz target
set -u
cd "$(dirname "$0")/.."
unset MAKEFLAGS MFLAGS MAKELEVEL	# each make below is one of its own
unset TEST_ONLY				# this is the whole suite
work=$(mktemp -d)
TEST_REPORT=$work/report
export TEST_REPORT
: >"$TEST_REPORT"

finish() {
	passed=$(grep -c '^ok' "$TEST_REPORT")
	failed=$(grep -c '^FAILED' "$TEST_REPORT")
	if [ "$failed" != 0 ]; then
		echo
		echo "test: what failed:"
		sed -n 's/^FAILED\t\([^\t]*\)\t\([^\t]*\)\t.*/    \1: \2/p' "$TEST_REPORT"
	fi
	rm -rf "$work"
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" != 0 ] || exit 1
	exit 0
}
trap finish EXIT
trap 'stage_failed interrupted; exit 130' INT TERM HUP

say() { printf 'test: %s (%d s)\n' "$*" $(($(date +%s) - began)); }
began=$(date +%s)

# A stage without reports of its own is one test: it passed, or it did not.
stage_ok() { printf 'ok\t%s\tbuild\t0\n' "$1" >>"$TEST_REPORT"; }
stage_failed() { printf 'FAILED\t%s\tbuild\t0\n' "$1" >>"$TEST_REPORT"; }

# build NAME [VARIABLE=1] TARGETS...
build() {
	what=$1
	shift
	say "building: $what"
	if make -j2 "$@" >"$work/make.log" 2>&1; then
		stage_ok "$what"
	else
		stage_failed "$what"
		tail -n 40 "$work/make.log"
		return 1
	fi
}

# units DIRECTORY [VARIABLE=1]: builds and runs the unit tests.
units() {
	dir=$1
	shift
	say "unit tests in $dir"
	make -j2 "$@" unit >"$work/unit.log" 2>&1 || {
		grep -q '^unit: ' "$work/unit.log" || stage_failed "unit tests in $dir"
	}
	grep -v '^  \(cc\|link\) ' "$work/unit.log"
}

# flows DIRECTORY SLOWNESS [FILE PREFIX]
flows() {
	dir=$1
	slow=$2
	shift 2
	say "flows in $dir"
	TEST_BUILD=$dir TEST_SLOW=$slow node tests/flow/run.js "$@" || true
}

tools/packages.sh etc/packages.txt tests/packages.txt || { stage_failed packages; exit 1; }

build "normal build" all || exit 1
units build
flows build 1

if build "build with ASan and UBSan" SAN=1 all; then
	units build/san SAN=1
	# Looking for leaks needs ptrace, which no confined actor may use: unit tests look for them.
	ASAN_OPTIONS=detect_leaks=0:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1 flows build/san 3
fi
if build "build with the red-team probe" PROBE=1 all; then
	flows build/probe 1 060
fi

say "fuzzing"
sh tests/fuzz/run.sh "${FUZZ_SECONDS:-5}" >"$work/fuzz.log" 2>&1 || {
	grep -q '^fuzz: .* FAILED' "$work/fuzz.log" || stage_failed "fuzz targets"
}
grep -v '^  \(cc\|link\) ' "$work/fuzz.log"
sed -n 's/^fuzz: \([^ ]*\) ok .*/ok\tfuzz\t\1\t0/p; s/^fuzz: \([^ ]*\) FAILED.*/FAILED\tfuzz\t\1\t0/p' "$work/fuzz.log" >>"$TEST_REPORT"
say "done"
