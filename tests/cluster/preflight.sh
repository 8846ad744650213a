#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is said of stored objects before an upgrade is what the server does to them after it: read,
# update of nothing, of something else, of the field itself, create.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

start_cluster

# accepted VERB FILE: names of the objects of a List that the server's dry run takes
accepted() {
	kubectl "$1" --validate=false --dry-run=server -f "$2" -o json 2>"$tmp/refused" |
		jq -s '[.[] | if .kind == "List" then .items[] else . end | .kind + "/" + .metadata.name]' || true
}

# What a jq program has to say of paths: as the findings write them.
# shellcheck disable=SC2016
paths='
def place: reduce .[] as $k (""; . + if ($k | type) == "number" then "[\($k)]"
	elif $k | test("^[a-zA-Z0-9_-]+$") then (if . == "" then $k else "." + $k end)
	else "[\"" + $k + "\"]" end);
def leaves: [paths(type != "object" and type != "array" and . != null) | place];
def evaluated: map(select(.class != "hidden" and .class != "not-evaluated"));
'

# The cases of the unit test, each a CRD with one object

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
	# One object each: every finding is an example.
	jq '[.objects[] | . as $r | .examples[] | . + {kind: ($r.customResourceDefinition |
		capture("cases(?<n>[0-9]+)").n | "Case" + .), class: $r.class, rule: $r.rule}] |
		group_by(.kind) | map({(.[0].kind): .}) | add' "$tmp/plan.json" >"$tmp/found.json"
	jq -n --slurpfile cases "$fixtures" --slurpfile found "$tmp/found.json" \
		'[$cases[0][] | {n, case, want: (.expect | length), got: ($found[0]["Case\(.n)"] // [] | length)} |
		select(.want != .got)]' >"$tmp/other.json"
	jq -e 'length == 0' "$tmp/other.json"
}
claim "plan blocks, and finds in stored objects what the unit test finds" predicted

after_loss() {
	run install -f "$tmp/new.json" --accept-loss --no-backup -q
	ended 0 && kubectl get -f "$tmp/objects.json" -o json >"$tmp/after.json"
}
claim "--accept-loss goes on" after_loss
# An API server takes up a changed schema within moments.
sleep 2
kubectl get -f "$tmp/objects.json" -o json >"$tmp/after.json"

# lost FILE: what reads lost, by kind
lost() {
	jq -s "$paths"' (.[0].items | map({(.kind): .}) | add) as $old |
		[.[1].items[] | . as $o | {(.kind): (($old[.kind] | {spec} | leaves) - ($o | {spec} | leaves))}] | add' \
		"$tmp/before.json" "$tmp/after.json"
}
lost >"$tmp/lost.json"
hidden_is_hidden() {
	jq -en --slurpfile lost "$tmp/lost.json" --slurpfile found "$tmp/found.json" '
		[$lost[0] | to_entries[] | .key as $k | .value[] | . as $p | {k: $k, p: $p,
			told: any($found[0][$k] // [] | .[] | select(.class == "hidden"); .path as $q | $p | startswith($q))}] |
		map(select(.told | not)) | if length > 0 then debug else . end | length == 0'
}
claim "no field is lost that was not told to be hidden" hidden_is_hidden
told_is_lost() {
	jq -en --slurpfile lost "$tmp/lost.json" --slurpfile found "$tmp/found.json" '
		[$found[0] | to_entries[] | .key as $k | .value[] | select(.class == "hidden") | .path as $q |
			select(any($lost[0][$k][]; startswith($q)) | not) | {k: $k, q: $q}] |
		if length > 0 then debug else . end | length == 0'
}
claim "every field that was told to be hidden is gone from reads at once" told_is_lost

# compare VERB NAME CHANGE REJECTED [OF]: objects changed by CHANGE are rejected as REJECTED says of their
# findings; those with findings that were not evaluated may be rejected, too.
compare() {
	jq "$3" "$tmp/after.json" >"$tmp/change.json"
	accepted "$1" "$tmp/change.json" >"$tmp/accepted.json"
	jq -n --slurpfile all "$tmp/change.json" --slurpfile ok "$tmp/accepted.json" --slurpfile found "$tmp/found.json" "$paths"'
		[$all[0].items[] | .kind as $k | ($found[0][$k] // []) as $f | {k: $k,
			predicted: ($f | evaluated | '"$4"'), unknown: any($f[]; .class == "not-evaluated"),
			rejected: ([$k + "/" + .metadata.name] | inside($ok[0]) | not)}] | '"${5:-.}" >"$tmp/verdicts.json"
	{
		jq -c --slurpfile cases "$fixtures" '.[] | select(.predicted != .rejected) | .k as $k |
			. + {case: ($cases[0][] | select("Case\(.n)" == $k) | .case)}' "$tmp/verdicts.json"
		cat "$tmp/refused"
	} >"$tmp/claim.why"
	jq -r --arg name "$2" '"# \($name): \(map(select(.rejected)) | length) of \(length) rejected, " +
		"\(map(select(.predicted and (.rejected | not))) | length) false alarms, " +
		"\(map(select(.rejected and (.predicted or .unknown | not))) | length) missed"' "$tmp/verdicts.json" >"$tmp/summary"
	cat "$tmp/claim.why"
	jq -e 'length > 0 and all(.[]; .predicted == .rejected or .unknown)' "$tmp/verdicts.json"
}
claim "an update of nothing passes" compare replace nothing . 'false'
cat "$tmp/summary"
claim "a change of metadata is rejected as told" compare replace metadata \
	'.items[].metadata.labels.new = "label"' 'any(.[]; .class == "rejected-on-any-change" and .part == "")'
cat "$tmp/summary"
claim "a change of another field is rejected as told" compare replace "another field" \
	'.items[].spec.other = "b"' 'any(.[]; .class == "rejected-on-any-change")'
cat "$tmp/summary"
claim "a create is rejected as told" compare create create \
	'.items[].metadata |= {name: "two"}' 'length > 0'
cat "$tmp/summary"
# What these rules refuse they refuse of a longer string and a greater number, too.
worse='def worse: if type == "string" then . + "~" elif type == "number" then . * 28 else . end;
	.items[].spec |= with_entries(if .key == "other" then . else .value |= (.. |= worse) end)'
stubborn='any(.[]; .value != "null" and (.rule | IN("enum", "pattern", "maxLength", "maximum", "required")))'
told_only='map(select(.predicted))'
claim "a change of the field itself is rejected as told" compare replace "the field itself" \
	"$worse" "$stubborn" "$told_only"
cat "$tmp/summary"
finish
