#!/bin/sh
# tests/unit/run.sh PROGRAM... - runs cmocka programs, as many at a time as there are cores; one line
# each, the output only of those that fail. Appends a line per case to TEST_REPORT where that is set.
# Ends with 1 if any failed.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One program; what is told and reported of it goes into files of its own.
one() {
	name=${1##*/}
	out=$work/$name.out
	timeout -k 5 "${UNIT_SECONDS:-120}" "$1" >"$out" 2>&1
	code=$?
	passes=$(grep -c '^\[       OK \]' "$out")
	breaks=$(sed -n 's/^\[  FAILED  \] \([A-Za-z_0-9]*\)$/\1/p' "$out" | sort -u)
	# A program that died says nothing about the case that killed it.
	[ "$code" = 0 ] || [ -n "$breaks" ] || breaks="ended_with_$code"
	[ "$passes" != 0 ] || [ -n "$breaks" ] || breaks=no_case_at_all
	sed -n "s/^\[       OK \] \(.*\)/ok\t$name\t\1\t0/p" "$out" >"$work/$name.report"
	for case in $breaks; do
		printf 'FAILED\t%s\t%s\t0\n' "$name" "$case" >>"$work/$name.report"
	done
	if [ -z "$breaks" ]; then
		echo "unit: $name ok ($passes cases)"
	else
		echo "unit: $name FAILED:" $breaks
		sed 's/^/    | /' "$out"
		: >"$work/failed"
	fi
}

# Each core takes the next program that nobody has taken.
worker() {
	for program in "$@"; do
		mkdir "$work/${program##*/}.taken" 2>/dev/null || continue
		one "$program" >"$work/${program##*/}.told"
		cat "$work/${program##*/}.told"
	done
}

i=0
while [ $i -lt "$(nproc)" ]; do
	worker "$@" &
	i=$((i + 1))
done
wait
[ -z "${TEST_REPORT:-}" ] || cat "$work"/*.report >>"$TEST_REPORT"
[ ! -e "$work/failed" ]
