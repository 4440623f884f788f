#!/bin/sh
# tests/unit/run.sh PROGRAM... - runs cmocka programs, one line each, the output only of those
# that fail. Appends a line per case to TEST_REPORT where that is set. Ends with 1 if any failed.
set -u
out=$(mktemp)
trap 'rm -f "$out"' EXIT
failed=0
for program in "$@"; do
	name=${program##*/}
	timeout -k 5 "${UNIT_SECONDS:-120}" "$program" >"$out" 2>&1
	code=$?
	passes=$(grep -c '^\[       OK \]' "$out")
	breaks=$(sed -n 's/^\[  FAILED  \] \([A-Za-z_0-9]*\)$/\1/p' "$out" | sort -u)
	# A program that died says nothing about the case that killed it.
	[ "$code" = 0 ] || [ -n "$breaks" ] || breaks="ended_with_$code"
	[ "$passes" != 0 ] || [ -n "$breaks" ] || breaks=no_case_at_all
	if [ -n "${TEST_REPORT:-}" ]; then
		sed -n "s/^\[       OK \] \(.*\)/ok\t$name\t\1\t0/p" "$out" >>"$TEST_REPORT"
		for case in $breaks; do
			printf 'FAILED\t%s\t%s\t0\n' "$name" "$case" >>"$TEST_REPORT"
		done
	fi
	if [ -z "$breaks" ]; then
		echo "unit: $name ok ($passes cases)"
	else
		failed=1
		echo "unit: $name FAILED:" $breaks
		sed 's/^/    | /' "$out"
	fi
done
exit $failed
