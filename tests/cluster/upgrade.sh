#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Upgrades one server from the oldest surface to the newest, step by step. Objects from the start
# are never written, and read the same at every step.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

start_cluster
"$program" list -o json >"$tmp/list.json"
surfaces=$(jq -r '[.items[].surface] | unique | .[]' "$tmp/list.json" | sort -V)

# Every read shows the defaults that a release adds. So only the fields that were set are compared;
# nothing else was ever stored.
kinds=ippools,felixconfigurations,globalnetworkpolicies
objects() {
	kubectl get "$kinds" -o json | jq -S '.items | sort_by(.kind, .metadata.name)' >"$tmp/objects"
}

as_created() {
	objects
	jq -S -e --slurpfile before "$tmp/created" '
		def same($set): if ($set | type) == "object"
			then . as $now | type == "object" and
				all($set | keys[]; . as $key | $now[$key] | same($set[$key]))
			else . == $set end;
		. as $now | $before[0] as $was
		| ($now | length) == ($was | length)
		and all(range($was | length); . as $i
			| $now[$i].metadata.name == $was[$i].metadata.name
			and $now[$i].metadata.uid == $was[$i].metadata.uid
			and $now[$i].metadata.resourceVersion == $was[$i].metadata.resourceVersion
			and ($now[$i].spec | same($was[$i].spec)))' "$tmp/objects" >"$tmp/verdict" && return
	diff "$tmp/created" "$tmp/objects" >&2
	return 1
}

upgraded() {
	local planned
	run plan "$1" -o json
	ended 1 && planned=$(jq '.summary.toCreate + .summary.toUpdate' "$tmp/out") || return 1
	run install "$1" -o json
	ended 0 && holds ".ok and .changed and .summary.created + .summary.configured == $planned and
		.summary.failed == 0 and (.reads | all(.ok))" || return 1
	run plan "$1"
	ended 0
}

recognised() {
	run check -o json
	ended 0 && [ "$(jq -r --arg name "$(jq -r .release.name "$tmp/out")" \
		'.items[] | select(.release == $name).surface' "$tmp/list.json")" = "$1" ]
}

previous=
steps=0
for surface in $surfaces; do
	if [ -z "$previous" ]; then
		run install "$surface"
		claim "${surface}_is_the_start" ended 0
		kubectl create -f tests/cluster/fixtures/objects.yaml >"$tmp/log"
		objects
		cp "$tmp/objects" "$tmp/created"
		claim "four_objects_were_created" test "$(jq length "$tmp/created")" = 4
	else
		claim "${previous}_to_${surface}_is_an_upgrade_in_place" upgraded "$surface"
		claim "objects_are_as_created_in_${surface}" as_created
		claim "upgrade_to_${surface}_is_recognised" recognised "$surface"
		steps=$((steps + 1))
	fi
	previous=$surface
done
claim "22_upgrades_were_made" test "$steps" -ge 22

# A user who breaks a rule of the CRD reads what is wrong and what to do, not an expression.
rule_speaks() {
	! kubectl patch ippool default-ipv4-ippool --type merge -p '{"spec": {"cidr": "10.99.0.0/16"}}' 2>"$tmp/refused" || return 1
	says "$tmp/refused" 'Addresses of the pool are in use. Keep the cidr, and make a new pool' && says "$tmp/refused" '!failed rule'
}
claim "broken_rule_speaks" rule_speaks

# The comparison also sees a write that does not change the spec.
kubectl label ippool default-ipv4-ippool touched=yes >"$tmp/log"
claim_fails 1 "object_that_was_written_is_noticed" as_created

finish
