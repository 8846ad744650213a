#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs every surface on a clean server, installs it again and recognises it. kubectl compares
# some of them.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

"$program" list -o json >"$tmp/list.json"
surfaces=$(jq -r '[.items[].surface] | unique | .[]' "$tmp/list.json" | sort -V)
count=$(echo "$surfaces" | wc -l)
oldest=$(echo "$surfaces" | head -n 1)
newest=$(echo "$surfaces" | tail -n 1)
compared=" $oldest v3.26.0 v3.29.0 v3.30.0 $newest "
differed=0

installs() {
	run install "$surface"
	ended 0 && lines "$crds" "^$crd/[a-z0-9.-]* created\$" && all_established
}

again() {
	local before
	before=$(versions)
	run install "$surface"
	ended 0 && lines "$crds" "^$crd/[a-z0-9.-]* unchanged\$" && [ "$(versions)" = "$before" ]
}

# check names the newest release that has this surface.
recognised() {
	local release
	release=$(jq -r --arg surface "$surface" \
		'[.items[] | select(.surface == $surface).release][0]' "$tmp/list.json")
	run check -o json
	ended 0 '!no release is an exact match' &&
		holds ".ok and .release.name == \"$release\" and (.reads | length == $crds + 4)"
}

kubectl_sees_no_difference() {
	"$program" show "$surface" >"$tmp/shown.yaml"
	kubectl diff -f "$tmp/shown.yaml" >&2
}

# The next server starts while this one is tested.
prepare_cluster
for surface in $surfaces; do
	crds=$("$program" show "$surface" -o name | wc -l)
	take_cluster
	[ "$surface" = "$newest" ] || prepare_cluster
	claim "${surface}_installs_on_a_clean_server" installs
	claim "${surface}_installed_again_writes_nothing" again
	claim "${surface}_is_recognised" recognised
	case $compared in
	*" $surface "*)
		claim "${surface}_shows_no_difference_to_kubectl" kubectl_sees_no_difference
		differed=$((differed + 1))
		;;
	esac
	scripts/control-plane down "$cluster"
done
claim "all_23_surfaces_were_installed" test "$count" -ge 23
claim "five_surfaces_were_compared_by_kubectl" test "$differed" -ge 5

finish
