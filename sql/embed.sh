#!/bin/sh
# sql/embed.sh - makes the tables that db is compiled with from the files of this folder.
#
#     sql/embed.sh queries FILE...      QUERY(name, parameters, on, effect, "params", "text") rows
#     sql/embed.sh migrations FILE...   MIGRATION(version, name, "text") rows
#
# A query is a section `-- name: x`, followed by `-- params: name type, …` (what $1, $2 … are;
# actors/db/relay.h says what the names and types of a relayed one mean) and
# `-- on: setup|migrate|app|auth|listen [read|write|keyed]`:
#     where     which connections prepare it; setup and migrate are sent, not prepared
#     read      may be sent again after a lost connection, and share a round trip
#     keyed     a write that changes nothing when it is done twice: may be sent again
#     write     never sent again
# Comments do not reach the server. A section whose $n do not match its params is an error.
# Licence: Apache-2.0.
set -eu
what=$1
shift
case $what in
queries) awk '
function fail(why) { printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"; failed = 1; exit 1 }
function finish(   i, rest, high, n) {
	if (name == "") return
	sub(/[ \t\n]+$/, "", text)
	if (!have_params || on == "" || text == "") fail("section " name " lacks params, on or its statement")
	rest = text; high = 0
	while (match(rest, /\$[0-9]+/)) {
		n = substr(rest, RSTART + 1, RLENGTH - 1) + 0
		if (n > high) high = n
		rest = substr(rest, RSTART + RLENGTH)
	}
	if (high != nparams) fail("section " name " has " nparams " params and uses $" high)
	gsub(/\\/, "\\\\&", text); gsub(/"/, "\\\"", text); gsub(/\n/, "\\n\"\n    \"", text)
	printf "QUERY(%s, %d, %s, %s, \"%s\",\n    \"%s\")\n", name, nparams, on, effect, params, text
	name = ""
}
FNR == 1 { finish() }
/^-- name: / { finish(); name = $3; text = ""; on = ""; effect = "once"; have_params = 0
	if (name !~ /^[a-z_]+$/ || name in seen) fail("bad or repeated name " name)
	seen[name] = 1; next }
/^-- params:/ { have_params = 1; line = $0; sub(/^-- params:[ \t]*/, "", line)
	if (line !~ /^[a-z_0-9, ]*$/) fail("bad params " line)
	params = line; nparams = line == "" ? 0 : split(line, parts, /,/); next }
/^-- on: / { on = $3; if (NF > 3) effect = $4
	if (on !~ /^(setup|migrate|app|auth|listen)$/ || effect !~ /^(once|read|write|keyed)$/) fail("bad line " $0)
	next }
/^[ \t]*--/ { next }
name != "" && (text != "" || $0 !~ /^[ \t]*$/) { text = text (text == "" ? "" : "\n") $0 }
END { if (!failed) { finish(); print "#undef QUERY" } }
' "$@" ;;
migrations) awk '
FNR == 1 { if (NR > 1) print ")"
	n = split(FILENAME, parts, "/"); base = parts[n]; sub(/\.sql$/, "", base)
	if (base !~ /^[0-9][0-9][0-9][0-9]_[a-z0-9_]+$/) { print FILENAME ": bad name" > "/dev/stderr"; exit 1 }
	printf "MIGRATION(%d, \"%s\",\n", substr(base, 1, 4) + 0, substr(base, 6) }
{ gsub(/\\/, "\\\\&"); gsub(/"/, "\\\""); printf "    \"%s\\n\"\n", $0 }
END { print ")"; print "#undef MIGRATION" }
' "$@" ;;
*) echo "usage: sql/embed.sh queries|migrations FILE..." >&2; exit 64 ;;
esac
