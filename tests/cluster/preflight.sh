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

# applies FILE: as accepted, by server-side apply of the object as it is
applies() {
	jq '.items[].metadata |= ({name, labels: {new: "label"}} + if .namespace then {namespace} else {} end)' "$1" >"$tmp/applied.json"
	kubectl apply --server-side --force-conflicts --field-manager=flux --validate=false --dry-run=server \
		-f "$tmp/applied.json" >"$tmp/taken" 2>"$tmp/refused" || true
	jq --rawfile taken "$tmp/taken" '($taken | split("\n") | map({(sub("[.].*/"; "/") | sub(" .*"; "")): true}) | add) as $ok |
		[.items[] | .kind + "/" + .metadata.name | select($ok[ascii_downcase])]' "$tmp/applied.json"
}

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
def key: .kind + "/" + .metadata.name;
def evaluated: map(select(.class | IN("hidden", "not-evaluated", "rejected-on-apply") | not));
def applied: any(.[]; .class == "rejected-on-apply" or (.class == "rejected-on-any-change" and .part == ""));
'

# What reads lost between before.json and after.json, against what was told to be hidden.
lost() {
	jq -s "$paths"' (.[0].items | map({(key): .}) | add) as $old |
		[.[1].items[] | . as $o | {(key): (($old[key] | del(.metadata) | leaves) - ($o | del(.metadata) | leaves))}] | add' \
		"$tmp/before.json" "$tmp/after.json" >"$tmp/lost.json"
}
none_lost_untold() {
	jq -en --slurpfile lost "$tmp/lost.json" --slurpfile found "$tmp/found.json" '
		[$lost[0] | to_entries[] | .key as $k | .value[] | . as $p | select(any($found[0][$k] // [] | .[] |
			select(.class == "hidden"); .path as $q | $p | startswith($q)) | not) | {k: $k, p: $p}] |
		if length > 0 then debug else . end | length == 0'
}
all_told_lost() {
	jq -en --slurpfile lost "$tmp/lost.json" --slurpfile found "$tmp/found.json" --slurpfile all "$tmp/after.json" "$paths"'
		($all[0].items | map({(key): (del(.metadata) | leaves)}) | add) as $now |
		[$found[0] | to_entries[] | .key as $k | .value[] | select(.class == "hidden") | .path as $q |
			select(any($now[$k][]; . == $q or startswith($q + ".") or startswith($q + "["))) | {k: $k, q: $q}] |
		if length > 0 then debug else . end | length == 0'
}
# reads FROM: both claims
reads() {
	lost
	claim "$1: no field is lost that was not told to be hidden" none_lost_untold
	claim "$1: every field that was told to be hidden is gone from reads at once" all_told_lost
}

# compare VERB CHANGE REJECTED [OF]: objects changed by CHANGE are rejected as REJECTED says of their
# findings; those with findings that were not evaluated may be rejected, too.
compare() {
	jq --slurpfile found "$tmp/found.json" "$paths $2" "$tmp/after.json" >"$tmp/change.json"
	if [ "$1" = apply ]; then
		applies "$tmp/change.json" >"$tmp/accepted.json"
	else
		accepted "$1" "$tmp/change.json" >"$tmp/accepted.json"
	fi
	jq -n --slurpfile all "$tmp/change.json" --slurpfile ok "$tmp/accepted.json" --slurpfile found "$tmp/found.json" \
		--slurpfile after "$tmp/after.json" "$paths"'
		($ok[0] | map({(.): true}) | add) as $ok |
		[$all[0].items[] | key as $k | ($k | sub("/two-"; "/")) as $was | ($found[0][$was] // []) as $f | {k: $k,
			predicted: ($f | '"$([ "$1" = apply ] || echo 'evaluated |')"' '"$3"'), unknown: any($f[]; .class == "not-evaluated"),
			rejected: ($ok[$k] | not), f: [$f[] | select(.class != "not-evaluated")][:3]}] | '"${4:-.}" >"$tmp/verdicts.json"
	jq -r '"# \(length) objects, \(map(select(.rejected)) | length) rejected, " +
		"\(map(select(.predicted and (.rejected | not))) | length) false alarms, " +
		"\(map(select(.rejected and (.predicted or .unknown | not))) | length) missed, " +
		"\(map(select(.rejected and .unknown and (.predicted | not))) | length) by what was not evaluated"' \
		"$tmp/verdicts.json" >"$tmp/summary"
	jq -c '.[] | select(.predicted != .rejected and (.unknown and .rejected | not))' "$tmp/verdicts.json"
	cat "$tmp/refused"
	jq -e 'length > 0 and all(.[]; .predicted == .rejected or (.unknown and .rejected))' "$tmp/verdicts.json"
}

# The same field by field, from the words of the server's refusals of the last compare.
fields_are_told() {
	grep -o '[A-Za-z0-9.]* "[^"]*" is invalid: .*' "$tmp/refused" | jq -R --slurpfile found "$tmp/found.json" '
		capture("^(?<kind>[A-Za-z0-9]+)[^ ]* \"(two-)?(?<name>[^\"]*)\" is invalid: (?<text>.*)") |
		($found[0]["\(.kind)/\(.name)"] // []) as $f | {o: "\(.kind)/\(.name)",
			told: [$f[] | select(.class != "hidden" and .class != "not-evaluated") | .path], all: [$f[] | .path],
			refused: [.text | scan("(?:^|[\\[,] ?)(spec[^: ]*): (?:Invalid value|Unsupported value|Too long|Too many|Required value)")[0]]} |
		{o, refused: (.refused | length), missed: (.refused - .all), spare: (.told - .refused)}' | jq -s . >"$tmp/fields.json"
	jq -c '.[] | select(.missed != [])' "$tmp/fields.json"
	jq -r '"# field by field: \(map(.refused) | add) refusals, \(map(.missed | length) | add) missed, " +
		"\(map(.spare | length) | add) told and not in the refusal\(map(select(.spare != []) | .spare[0]) | .[:3] |
		if length > 0 then ", such as \(join(" "))" else "" end)"' "$tmp/fields.json" >"$tmp/summary"
	jq -e 'all(.[]; .missed == [])' "$tmp/fields.json"
}

# writes FROM: what the server does to updates and creates of what is in after.json
writes() {
	# The server evaluates a rule of an unchanged value, too, and forgives what does not hold, but no error and
	# no comparison with the old value; and nothing in an item of a list that it does not find again by its keys.
	claim "$1: an update of nothing is rejected by what is never left alone" compare replace . \
		'any(.[]; .part == "" and .path != "")'
	cat "$tmp/summary"
	claim "$1: a change of metadata is rejected as told" compare replace \
		'.items[].metadata.labels.new = "label"' 'any(.[]; .class == "rejected-on-any-change" and .part == "")'
	cat "$tmp/summary"
	claim "$1: a server-side apply is rejected as told" compare apply . applied
	cat "$tmp/summary"
	claim "$1: a create is rejected as told" compare create \
		'.items[].metadata |= ({name: ("two-" + .name)} + if .namespace then {namespace} else {} end)' \
		'any(.[]; .rule != "x-kubernetes-validations" or .class == "rejected-on-create" or
			(.value | test("oldSelf") | not))'
	cat "$tmp/summary"
	if [ -s "$tmp/refused" ]; then
		claim "$1: every field that the server refuses was told" fields_are_told
		cat "$tmp/summary"
	fi
}

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
# An API server takes up a changed schema within moments.
sleep 2
kubectl get -f "$tmp/objects.json" -o json >"$tmp/after.json"

reads cases
writes cases
claim "a change of another field is rejected as told" compare replace \
	'.items[].spec.other = "b"' 'any(.[]; .class == "rejected-on-any-change")'
cat "$tmp/summary"
# What these rules refuse they refuse of a longer string and a greater number, too.
worse='def worse: if type == "string" then . + "~" elif type == "number" then . * 28 else . end;
	.items[].spec |= with_entries(if .key == "other" then . else .value |= (.. |= worse) end)'
stubborn='any(.[]; .value != "null" and (.rule | IN("enum", "pattern", "maxLength", "maximum")))'
told_only='map(select(.predicted))'
claim "a change of the field itself is rejected as told" compare replace \
	"$worse" "$stubborn" "$told_only"
cat "$tmp/summary"

# Generated objects of every kind, from one release to another

judge=${BUILD:-build}/tests/schema-judge

# counted: plan tells of as many findings as the judge has, by kind, class and rule
counted() {
	jq -S '[.objects[] | select(.class != "undecodable") | {k: .customResourceDefinition, class, rule, n: .findings}] | group_by(.k, .class, .rule) |
		map({k: .[0].k, class: .[0].class, rule: .[0].rule, n: (map(.n) | add)})' "$tmp/out" >"$tmp/counts"
	jq -S --slurpfile crds "$tmp/new.json" '($crds[0].items | map({(.spec.names.kind): .metadata.name}) | add) as $names |
		[to_entries[] | ($names[.key | split("/")[0]]) as $k | .value[] | {k: $k, class, rule}] |
		group_by(.k, .class, .rule) | map(.[0] + {n: length})' "$tmp/found.json" >"$tmp/counts-of-judge"
	diff "$tmp/counts" "$tmp/counts-of-judge"
}

# Generated values are not what calicoctl can decode, and the reads at the end say so.
went_on() {
	[ "$status" = 0 ] || ended 1 'calicoctl .*fails on the whole list'
}

# change FROM TO|FILE SEED [FLAG...]: what FROM's schemas allow is stored; then TO is installed
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

# Without the right to list them nobody knows.
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

# What is not released yet has rules of every kind, and none that is not evaluated.
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
