#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Takes one server from every surface to every other one, up and down. Its objects are never written
# and never reset. The closed walk takes each ordered pair once, which needs ten minutes. So only
# CIRCUIT=all does it. Otherwise the walk has six surfaces that differ much.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

flags=(--allow-downgrade --accept-loss)
kinds=ippools,felixconfigurations,globalnetworkpolicies,tiers,adminnetworkpolicies

prepare_cluster
"$program" list -o json | jq -r '[.items[].surface] | unique | .[]' | sort -V >"$tmp/all"
oldest=$(head -n 1 "$tmp/all")
newest=$(tail -n 1 "$tmp/all")
all=$(wc -l <"$tmp/all")
if [ "${CIRCUIT-}" = all ]; then
	cp "$tmp/all" "$tmp/surfaces"
else
	printf '%s\n' "$oldest" v3.28.3 v3.29.1 v3.31.4 v3.32.0 "$newest" | sort -uV >"$tmp/surfaces"
fi
n=$(wc -l <"$tmp/surfaces")

# Hierholzer's algorithm, from the last name. It follows edges that are not taken yet. A name
# without such an edge is the next one of the walk, so the walk comes out in reverse.
awk '{ name[NR] = $1 }
END {
	stack[top = 1] = NR
	while (top) {
		from = stack[top]
		if (++taken[from] == from) # no edge leads from a name to itself
			taken[from]++
		if (taken[from] <= NR)
			stack[++top] = taken[from]
		else
			walk[++steps] = name[stack[top--]]
	}
	while (steps)
		print walk[steps--]
}' "$tmp/surfaces" >"$tmp/walk"
paste -d ' ' <(head -n -1 "$tmp/walk") <(tail -n +2 "$tmp/walk") >"$tmp/steps"

# every_pair_once: the walk has exactly the pairs that two nested loops give
every_pair_once() {
	local from to
	while read -r from; do
		while read -r to; do
			[ "$from" = "$to" ] || echo "$from $to"
		done <"$tmp/surfaces"
	done <"$tmp/surfaces" | sort | diff - <(sort "$tmp/steps")
}
claim "the_walk_takes_each_of_the_$((n * (n - 1)))_ordered_pairs_once" every_pair_once
claim "the_walk_ends_where_it_starts" test "$(head -n 1 "$tmp/walk")" = "$(tail -n 1 "$tmp/walk")"

# Prints the top-level fields of the spec in each CRD of a surface, by kind. Any other field is
# hidden, and comes back with the next surface that has it.
fields() {
	"$program" show "$1" -o json | jq '.items | map({(.spec.names.kind):
		(.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties // {} | keys)}) | add'
}

# arrive SURFACE: its CRDs replace earlier ones; a CRD that the surface lacks stays
arrive() {
	jq -s add "$tmp/fields" "$tmp/fields-$1" >"$tmp/new"
	mv "$tmp/new" "$tmp/fields"
}

objects() {
	kubectl get "$kinds" -o json | jq '.items' >"$tmp/objects"
}

# as_set: every object exists, was never written, and reads as it was set, in all fields that are
# not hidden. Other fields are defaults, which the server adds to what is stored.
as_set() {
	objects
	jq -S -n --slurpfile created "$tmp/created" --slurpfile now "$tmp/objects" \
		--slurpfile fields "$tmp/fields" '
		def among($set): if type == "object" and ($set | type) == "object"
			then with_entries(select(.key as $key | $set | has($key))
				| .key as $key | .value |= among($set[$key]))
			else . end;
		def seen: {kind, name: .metadata.name, uid: .metadata.uid,
			version: .metadata.resourceVersion, spec};
		($created[0] | map(seen | .kind as $kind | .spec |= with_entries(
			select(.key as $key | $fields[0][$kind] | index($key)))) | sort_by(.uid)) as $expected
		| ($created[0] | map({(.metadata.uid): .spec}) | add) as $set
		| ($now[0] | map(seen | .uid as $uid | .spec |= among($set[$uid])) | sort_by(.uid)) as $found
		| {$expected, $found, same: ($expected == $found)}' >"$tmp/comparison"
	jq -e .same "$tmp/comparison" >/dev/null && return
	diff <(jq .expected "$tmp/comparison") <(jq .found "$tmp/comparison") >&2
	return 1
}

# crds: prints names, uids and, for CRDs of a shared group, versions: no surface changes those CRDs
crds() {
	kubectl get crd --no-headers \
		-o 'custom-columns=:.metadata.name,:.metadata.uid,:.metadata.resourceVersion' |
		awk '{ print $1, $2, $1 ~ /projectcalico/ ? "" : $3 }' | sort
}

# step TO: installs the surface; every object is as it was, and a plan has nothing to do
step() {
	run install "$1" "${flags[@]}" --no-backup -o json
	ended 0 && holds '.ok and .changed and .summary.failed == 0' || return
	run plan "$1" "${flags[@]}" -o json
	ended 0 && holds '.changed == false' || return
	arrive "$1"
	as_set || return
	crds | diff "$tmp/crds" -
}

# The start has all CRDs of all surfaces, and objects with fields that only some surfaces have.

take_cluster
run install v3.31.4
claim "v3.31.4_is_installed" ended 0
kubectl create -f tests/cluster/fixtures/objects.yaml -f tests/cluster/fixtures/circuit.yaml >"$tmp/log"
objects
cp "$tmp/objects" "$tmp/created"
claim "seven_objects_were_created" test "$(jq length "$tmp/created")" = 7
run install "$newest" --accept-loss --no-backup
claim "${newest}_is_the_start" ended 0
crds >"$tmp/crds"
names=
while read -r surface; do
	fields "$surface" >"$tmp/fields-$surface"
	names+=$("$program" show "$surface" -o name)$'\n'
done <"$tmp/surfaces"
claim "all_crds_of_all_surfaces_are_there" diff <(sort -u <<<"${names%?}" | sed 's|.*/||') \
	<(cut -d ' ' -f 1 "$tmp/crds")
echo '{}' >"$tmp/fields"
arrive v3.31.4
arrive "$newest"
claim "objects_read_as_set_at_the_start" as_set
claim "a_field_that_was_set_is_hidden_at_the_start" jq -e \
	'any(.expected[]; .name == "some-fields-come-and-go" and (.spec | has("nat-outgoing") | not))' \
	"$tmp/comparison"

steps=0
slowest=0
began=$SECONDS
while read -r from to; do
	at=${EPOCHREALTIME/./}
	claim "${from}_to_${to}_loses_nothing_and_leaves_nothing_to_do" step "$to"
	took=$(((${EPOCHREALTIME/./} - at) / 1000))
	[ "$took" -le "$slowest" ] || slowest=$took
	steps=$((steps + 1))
done <"$tmp/steps"

# The comparison also sees a write that does not change the spec.
kubectl label ippool default-ipv4-ippool touched=yes >"$tmp/log"
claim_fails 1 "object_that_was_written_is_noticed" as_set

echo "circuit: $steps of the $((all * (all - 1))) ordered pairs of $all surfaces in $((SECONDS - began)) s," \
	"at most $slowest ms each; CIRCUIT=all walks all of them"
finish
