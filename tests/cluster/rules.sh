#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every CEL rule that Calico has published, each on its own objects. What the program reports before
# the rule comes is what the server does after it: on reads, updates of nothing, of a label and of
# another field, server-side applies and creates. SEED=N generates other objects.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/verdicts.sh

judge=${BUILD:-build}/tests/schema-judge
seed=${SEED:-$(date +%j)}
shared=$SHARED/calico/v3.33-dev.tar.xz

prepare_cluster
# Sets whose CRDs have the same rules are tested once.
"$program" list -o json | jq -r '[.items[].surface] | unique | .[]' | sort -V >"$tmp/surfaces"
sets() {
	local surface set
	while read -r surface; do
		for set in crds operator v3; do
			"$program" show "$surface" --set "$set" -o json 2>"$tmp/err" || grep -q 'set' "$tmp/err"
		done
	done <"$tmp/surfaces"
	[ ! -f "$shared" ] || for set in crds operator-crds; do
		"$program" show -f "$tmp/v3.33-dev/$set.yaml" -o json
	done
}
if [ -f "$shared" ]; then
	tar -xJf "$shared" -C "$tmp"
else
	skip "rules of v3.33-dev are judged as the server does" "$shared is not there"
fi
sets | jq -sc 'map(.items // empty | map(select(tostring | contains("x-kubernetes-validations")))) | add | unique_by(.spec)' >"$tmp/crds.json"
"$judge" rules "$seed" 8 <"$tmp/crds.json" | jq 'to_entries | map(.value + {n: .key})' >"$tmp/cases.json"
echo "# seed $seed: $(jq length "$tmp/cases.json") rules, $(jq 'map(.specs | length) | add' "$tmp/cases.json") objects"

# A rule at a resource's root stays there. Any other rule moves to the field "v" of a spec.
# shellcheck disable=SC2016 # jq's
crds='def at_root: .place | contains(".") | not; {apiVersion: "v1", kind: "List", items: map({apiVersion: "apiextensions.k8s.io/v1",
	kind: "CustomResourceDefinition", metadata: {name: "rules\(.n).example.test"},
	spec: {group: "example.test", scope: "Cluster",
		names: {kind: "Rule\(.n)", plural: "rules\(.n)", singular: "rule\(.n)", listKind: "Rule\(.n)List"},
		versions: [{name: "v1", served: true, storage: true, schema: {openAPIV3Schema: (if at_root
			then .schema[$side] | .properties.spec.properties.other = {type: "string"}
			else {type: "object", properties: {spec: {type: "object", properties: {v: .schema[$side], other: {type: "string"}}}}} end)}}]}})}'
objects='{apiVersion: "v1", kind: "List", items: [.[] | . as $c | .specs | to_entries[] | . as $s |
	if $c.place | contains(".") | not then $s.value | .spec.other = "a" else {spec: {v: $s.value, other: "a"}} end |
	.apiVersion = "example.test/v1" | .kind = "Rule\($c.n)" |
	.metadata = {name: ([$s.value | objects | .metadata.name? // empty][0] // "object-\($s.key)")}]}'
jq --argjson side 0 "$crds" "$tmp/cases.json" >"$tmp/old.json"
jq --argjson side 1 "$crds" "$tmp/cases.json" >"$tmp/new.json"
jq "$objects" "$tmp/cases.json" >"$tmp/objects.json"
take_cluster

installed() {
	kubectl apply --server-side --force-conflicts -f "$tmp/$1.json" >"$tmp/log" &&
		eventually kubectl wait --for=condition=Established --timeout=60s -f "$tmp/$1.json" >"$tmp/log" && sleep 2
}
stored() {
	installed old && kubectl create --validate=false -f "$tmp/objects.json" >"$tmp/log" &&
		kubectl get -f "$tmp/objects.json" -o json >"$tmp/before.json"
}
claim "objects are stored where the rules are not" stored
"$judge" judge "$tmp/old.json" "$tmp/new.json" "$tmp/before.json" >"$tmp/found.json"

all_kinds() {
	jq -r '[.[][] | .class] | group_by(.) | map("# \(length) x \(.[0])")[]' "$tmp/found.json"
	jq --slurpfile found "$tmp/found.json" '[.[] | . as $c | [$found[0] | to_entries[] |
		select(.key | startswith("Rule\($c.n)/")) | .value | length > 0] |
		{rule: $c.rule.rule, broken: any, held: (all | not)}]' "$tmp/cases.json" >"$tmp/kinds.json"
	jq -r '.[] | select(.broken and .held | not) | "# not both held and broken: \(.rule)"' "$tmp/kinds.json"
	jq -e 'length >= 30 and (map(select(.broken and .held)) | length) * 10 >= length * 9' "$tmp/kinds.json" &&
		jq -e '[.[][] | .class] | all(. != "not-evaluated")' "$tmp/found.json"
}
claim "every rule is evaluated, and most have objects that break and that hold them" all_kinds
claim "the rules are installed" installed new
kubectl get -f "$tmp/objects.json" -o json >"$tmp/after.json"
reads rules
updates rules
claim "a change of another field is rejected as told" compare replace \
	'.items[].spec.other = "b"' 'any(.[]; .class == "rejected-on-any-change")'
cat "$tmp/summary"
kubectl delete -f "$tmp/objects.json" --wait=false >"$tmp/log"
creates rules '.items[].metadata |= {name}'
finish
