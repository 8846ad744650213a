#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Follows the front page literally on a temporary API server. Each block marked with "<!-- run -->"
# is run line by line, and must print what the page shows. "..." stands for any number of lines, and
# a time for any time.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

start_cluster
dir=$tmp/work
mkdir -p "$dir/bin"
ln -s "$(realpath "$program")" "$dir/bin/calico-datastore"

# Writes each command of the page to commands/N, and what the page shows to shown/N.
mkdir "$dir/commands" "$dir/shown"
awk -v dir="$dir" '
	/^<!-- run -->$/ { marked = 1; next }
	marked && /^```console$/ { inside = 1; marked = 0; next }
	inside && /^```$/ { inside = 0; next }
	inside && /^\$ / { n++; print substr($0, 3) >(dir "/commands/" n); printf "" >(dir "/shown/" n); next }
	inside { print >(dir "/shown/" n) }' README.md

plain() {
	sed -E 's/[0-9]+\.[0-9]+ s\b/TIME s/g; s/ +$//'
}

# shows SHOWN PRINTED: compares line by line; "..." skips lines
shows() {
	plain <"$2" >"$tmp/printed"
	plain <"$1" | awk -v printed="$tmp/printed" '
		function next_line() { return (getline line <printed) > 0 }
		{
			if ($0 == "...") { skips = 1; next }
			do found = next_line(); while (found && skips && line != $0)
			if (!found || line != $0) { print "not printed: " $0; exit bad = 1 }
			skips = 0
		}
		END { if (!bad && !skips && next_line()) { print "not shown: " line; bad = 1 }; exit bad }'
}

# follow N: runs command N and compares its output
follow() {
	(cd "$dir" && PATH="$dir/bin:$PATH" bash -c "$(cat "$dir/commands/$1")") >"$tmp/out" 2>"$tmp/err"
	code=$?
	[ "$code" -eq 0 ] || { [ "$code" -eq 1 ] && grep -q ' plan ' "$dir/commands/$1"; } ||
		{ cat "$tmp/err"; return 1; }
	# The page does not show notes on standard error.
	[ ! -s "$dir/shown/$1" ] && return
	shows "$dir/shown/$1" "$tmp/out" || { cat "$tmp/out"; return 1; }
}

begun=$(date +%s)
for n in $(find "$dir/commands" -type f | sed 's,.*/,,' | sort -n); do
	claim "the page's command $n prints what it shows: $(cat "$dir/commands/$n")" follow "$n"
done

has_recipes() {
	[ "$(find "$dir/commands" -type f | wc -l)" -ge 8 ]
}
claim 'the page has recipes that are run' has_recipes
claim 'the way from the first command to the last takes less than five minutes' test $(($(date +%s) - begun)) -lt 300
finish
