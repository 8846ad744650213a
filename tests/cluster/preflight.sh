#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the program reports about stored objects before an upgrade is what the server does after it:
# to reads, to updates that change nothing, another field or the field itself, and to creates.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh
. tests/lib/verdicts.sh

start_cluster

# The cases of the unit test: each is a CRD with one object

fixtures=$tmp/cases.json
"${BUILD:-build}/tests/test_schema" --dump | jq '[.[] | select(.server != false and .ratchets != false)] |
	to_entries | map(.value + {n: .key})' >"$fixtures"
# shellcheck disable=SC2016 # jq's
crds='{apiVersion: "v1", kind: "List", items: map({apiVersion: "apiextensions.k8s.io/v1",
	kind: "CustomResourceDefinition", metadata: {name: "cases\(.n).example.test"},
	spec: {group: "example.test", scope: "Cluster",
		names: {kind: "Case\(.n)", plural: "cases\(.n)", singular: "case\(.n)", listKind: "Case\(.n)List"},
		versions: [{name: "v1", served: true, storage: true, schema: {openAPIV3Schema:
			{type: "object", properties: {spec: (.schema[$side] | .properties.other = {type: "string"})}}}}]}})}'
objects='{apiVersion: "v1", kind: "List", items: map({apiVersion: "example.test/v1", kind: "Case\(.n)",
	metadata: {name: "one"}, spec: (.spec + {other: "a"})})}'

jq --argjson side 0 "$crds" "$fixtures" >"$tmp/old.json"
jq --argjson side 1 "$crds" "$fixtures" >"$tmp/new.json"
jq "$objects" "$fixtures" >"$tmp/objects.json"
n=$(jq length "$fixtures")

cases_are_there() {
	run install -f "$tmp/old.json" --no-backup -q
	ended 0 && kubectl create --validate=false -f "$tmp/objects.json" >/dev/null
}
claim "objects of $n cases are stored under their old schemas" cases_are_there
kubectl get -f "$tmp/objects.json" -o json >"$tmp/before.json"

predicted() {
	run plan -f "$tmp/new.json" -o json
	ended 10 'nothing was written: .* CRDs are blocked' && cp "$tmp/out" "$tmp/plan.json" || return 1
	# Each case has one object, so every finding names it as the example.
	jq '[.objects[] | . as $r | .examples[] | . + {kind: ($r.customResourceDefinition |
		capture("cases(?<n>[0-9]+)").n | "Case" + . + "/one"), class: $r.class, rule: $r.rule}] |
		group_by(.kind) | map({(.[0].kind): .}) | add' "$tmp/plan.json" >"$tmp/found.json"
	jq -n --slurpfile cases "$fixtures" --slurpfile found "$tmp/found.json" \
		'[$cases[0][] | {n, case, want: (.expect | length), got: ($found[0]["Case\(.n)/one"] // [] | length)} |
		select(.want != .got)]' >"$tmp/other.json"
	jq -e 'length == 0' "$tmp/other.json"
}
claim "plan blocks, and finds in stored objects what the unit test finds" predicted

told_in_words() {
	run plan -f "$tmp/new.json"
	ended 10 && printed "^blocked: [0-9]* objects need you: " '^blocking  cases[0-9]*  spec.[^ ]*  is lost$' \
		'^  allowed  the new schema has no such field$' '^  mend     kubectl edit cases[0-9]*.example.test one$' \
		'^    one  ' '^and [0-9]* more findings that block$' '^cases[0-9]*  *blocked  1 object, 1 needs you' &&
		[ "$(grep -n '^next:$' "$tmp/out" | cut -d: -f1)" -gt "$(grep -n '^blocking' "$tmp/out" | tail -1 | cut -d: -f1)" ] || return 1
	run plan -f "$tmp/new.json" --details
	ended 10 && printed '^  keyword  enum$' '^  allowed  at most ' '^    blocking   v1 .spec' '^    safe  ' \
		'^"is lost": reads lose it as soon as' '^schema changes: [1-9][0-9]* blocking, '
}
claim "the text says what, where and what it means" told_in_words
fits() {
	run plan -f "$tmp/new.json"
	awk 'length($0) > 80 && !/^  (mend|calico-datastore) / { print; bad = 1 } END { exit bad }' "$tmp/out"
}
claim "the text fits into 80 columns" fits

after_loss() {
	run install -f "$tmp/new.json" --accept-loss --no-backup -q
	ended 0 && kubectl get -f "$tmp/objects.json" -o json >"$tmp/after.json"
}
claim "--accept-loss goes on" after_loss
# An API server uses a changed schema a moment later.
sleep 2
kubectl get -f "$tmp/objects.json" -o json >"$tmp/after.json"

reads cases
writes cases
claim "a change of another field is rejected as told" compare replace \
	'.items[].spec.other = "b"' 'any(.[]; .class == "rejected-on-any-change")'
cat "$tmp/summary"
# These rules also refuse a longer string and a greater number.
worse='def worse: if type == "string" then . + "~" elif type == "number" then . * 28 else . end;
	.items[].spec |= with_entries(if .key == "other" then . else .value |= (.. |= worse) end)'
stubborn='any(.[]; .value != "null" and (.rule | IN("enum", "pattern", "maxLength", "maximum")))'
told_only='map(select(.predicted))'
claim "a change of the field itself is rejected as told" compare replace \
	"$worse" "$stubborn" "$told_only"
cat "$tmp/summary"

# Generated objects of every kind, from one release to another

judge=${BUILD:-build}/tests/schema-judge

# counted: the plan reports as many findings as the judge has, by kind, class and rule
counted() {
	jq -S '[.objects[] | select(.class != "undecodable") | {k: .customResourceDefinition, class, rule, n: .findings}] | group_by(.k, .class, .rule) |
		map({k: .[0].k, class: .[0].class, rule: .[0].rule, n: (map(.n) | add)})' "$tmp/out" >"$tmp/counts"
	jq -S --slurpfile crds "$tmp/new.json" '($crds[0].items | map({(.spec.names.kind): .metadata.name}) | add) as $names |
		[to_entries[] | ($names[.key | split("/")[0]]) as $k | .value[] | {k: $k, class, rule}] |
		group_by(.k, .class, .rule) | map(.[0] + {n: length})' "$tmp/found.json" >"$tmp/counts-of-judge"
	diff "$tmp/counts" "$tmp/counts-of-judge"
}

# calicoctl cannot decode generated values, and the reads at the end say so.
went_on() {
	[ "$status" = 0 ] || ended 1 'calicoctl .*fails on the whole list'
}

# change FROM TO|FILE SEED [FLAG...]: stores generated objects that FROM's schemas allow, then
# installs TO
change() {
	local from=$1 to=$2 seed=$3 target=("$2")
	shift 3
	if [ -f "$to" ]; then
		target=(-f "$to")
		to=$(basename "$(dirname "$to")")
	fi
	start_cluster
	run install "$from" -q
	"$program" show "$from" -o json >"$tmp/old.json"
	"$program" show "${target[@]}" -o json >"$tmp/new.json"
	"$judge" generate "$seed" 5 <"$tmp/old.json" >"$tmp/generated.json"
	kubectl create --validate=false -f "$tmp/generated.json" >"$tmp/log" 2>"$tmp/refused" || true
	kubectl get --ignore-not-found -f "$tmp/generated.json" -o json >"$tmp/before.json"
	echo "# $from to $to: $(jq '.items | length' "$tmp/before.json") of $(jq '.items | length' "$tmp/generated.json") objects stored"
	"$judge" judge "$tmp/old.json" "$tmp/new.json" "$tmp/before.json" >"$tmp/found.json"
	run plan "${target[@]}" "$@" -o json
	claim "$from to $to: plan blocks" ended 10
	claim "$from to $to: plan counts every finding" counted
	run install "${target[@]}" "$@" --accept-loss --no-backup -q
	claim "$from to $to: --accept-loss goes on" went_on
	sleep 2
	kubectl get --ignore-not-found -f "$tmp/generated.json" -o json >"$tmp/after.json"
	jq -r '[.[][]] | group_by(.class) | map("# \(length) x \(.[0].class)")[]' "$tmp/found.json"
	reads "$from to $to"
	writes "$from to $to"
	stop_cluster
}

# Without the right to list objects, the program reports their state as unknown.
kubectl create -f - >"$tmp/log" <<'YAML'
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules:
- {apiGroups: [apiextensions.k8s.io], resources: [customresourcedefinitions], verbs: [get]}
- {apiGroups: [apps], resources: [deployments], verbs: [get]}
- {apiGroups: [apiregistration.k8s.io], resources: [apiservices], verbs: [get]}
- {apiGroups: [crd.projectcalico.org], resources: [clusterinformations], verbs: [get]}
YAML
user reader reader
blind() {
	run plan -f "$tmp/old.json" --allow-downgrade --kubeconfig "$tmp/reader.kubeconfig"
	ended 10 'its objects cannot be read, .*cannot list resource' '--accept-loss goes on without' &&
		said 'blocked: the objects of [0-9]* kinds were not read' 'cases10 blocked 0 objects, not all read: ' || return 1
	run plan -f "$tmp/old.json" --allow-downgrade --kubeconfig "$tmp/reader.kubeconfig" --accept-loss -o json
	ended 1 && holds '.objects == [] and (.objectsRead | length > 0 and all(.problem and .objects == 0))'
}
claim "objects that may not be listed block, unless their loss is accepted" blind
stop_cluster
change v3.31.7 v3.32.1 "${SEED:-1}"
change v3.32.1 v3.28.5 "${SEED:-2}" --allow-downgrade

# Unpublished releases have rules of every kind; the program evaluates each rule.
shared=$SHARED/calico/v3.33-dev.tar.xz
every_rule_is_evaluated() {
	jq -e "[.[][]] | any(.rule == \"x-kubernetes-validations\") and all(.class != \"not-evaluated\" or .rule != \"x-kubernetes-validations\")" "$tmp/found.json"
}
if [ -f "$shared" ]; then
	tar -xJf "$shared" -C "$tmp"
	change v3.32.1 "$tmp/v3.33-dev/crds.yaml" "${SEED:-3}"
	claim "every rule of v3.33-dev is evaluated" every_rule_is_evaluated
else
	skip "CRDs of v3.33-dev are judged as the server does" "$shared is not there"
fi
finish
