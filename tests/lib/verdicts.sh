# shellcheck shell=bash disable=SC2034,SC2154 # variables of shell.sh and of the suites
# SPDX-License-Identifier: Apache-2.0
# Sourced after cluster.sh: compares findings about stored objects ($tmp/found.json: {"KIND/NAME":
# [findings]}) with what the server does to these objects. $tmp/before.json has them under the old
# schemas, after.json under the new ones.

# applies FILE: as accepted, but by server-side apply of the unchanged objects
applies() {
	jq '.items[].metadata |= ({name, labels: {new: "label"}} + if .namespace then {namespace} else {} end)' "$1" >"$tmp/applied.json"
	kubectl apply --server-side --force-conflicts --field-manager=flux --validate=false --dry-run=server \
		-f "$tmp/applied.json" >"$tmp/taken" 2>"$tmp/refused" || true
	jq --rawfile taken "$tmp/taken" '($taken | split("\n") | map({(sub("[.].*/"; "/") | sub(" .*"; "")): true}) | add) as $ok |
		[.items[] | .kind + "/" + .metadata.name | select($ok[ascii_downcase])]' "$tmp/applied.json"
}

# accepted VERB FILE: prints the names of a List's objects that the server's dry run accepts
accepted() {
	kubectl "$1" --validate=false --dry-run=server -f "$2" -o json 2>"$tmp/refused" |
		jq -s '[.[] | if .kind == "List" then .items[] else . end | .kind + "/" + .metadata.name]' || true
}

# Functions of jq for paths, in the form that findings have.
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

# A create does not judge the status when the status is a subresource.
# shellcheck disable=SC2016
written='
def without_status($k): ($k | sub("/.*"; "")) as $kind |
	if any($new[0].items[]; .spec.names.kind == $kind and any(.spec.versions[]; .subresources.status))
	then map(select(.path | test("^status([.]|$)") | not)) else . end;
'

# Compares the fields that reads lost between before.json and after.json with the findings "hidden".
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
# reads FROM: makes both claims
reads() {
	lost
	claim "$1: no field is lost that was not told to be hidden" none_lost_untold
	claim "$1: every field that was told to be hidden is gone from reads at once" all_told_lost
}

# compare VERB CHANGE REJECTED [OF]: CHANGE changes the objects. The server must reject exactly
# those for whose findings REJECTED is true. It may also reject objects with findings that were not
# evaluated.
compare() {
	jq --slurpfile found "$tmp/found.json" "$paths $2" "$tmp/after.json" >"$tmp/change.json"
	if [ "$1" = apply ]; then
		applies "$tmp/change.json" >"$tmp/accepted.json"
	else
		accepted "$1" "$tmp/change.json" >"$tmp/accepted.json"
	fi
	jq -n --slurpfile all "$tmp/change.json" --slurpfile ok "$tmp/accepted.json" --slurpfile found "$tmp/found.json" \
		--slurpfile new "$tmp/new.json" --slurpfile after "$tmp/after.json" --arg verb "$1" "$paths$written"'
		($ok[0] | map({(.): true}) | add) as $ok |
		[$all[0].items[] | key as $k | ($k | sub("/two-"; "/")) as $was | ($found[0][$was] // [] |
			if $verb == "create" then without_status($k) else . end) as $f | {k: $k,
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

# The same for each field, by the texts of the server's refusals in the last compare.
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

# updates FROM: claims what the server does to updates of the objects in after.json
updates() {
	# The server also evaluates rules of unchanged values. It forgives a rule that does not
	# hold, but not an error and not a comparison with the old value. In list items that it
	# cannot match by their keys, it forgives nothing.
	claim "$1: an update of nothing is rejected by what is never left alone" compare replace . \
		'any(.[]; .part == "" and (.path != "" or .rule == "x-kubernetes-validations"))'
	cat "$tmp/summary"
	claim "$1: a change of metadata is rejected as told" compare replace \
		'.items[].metadata.labels.new = "label"' 'any(.[]; .class == "rejected-on-any-change" and .part == "")'
	cat "$tmp/summary"
	claim "$1: a server-side apply is rejected as told" compare apply . applied
	cat "$tmp/summary"
}

# creates FROM CHANGE: claims what the server does to creates of these objects, with new metadata
creates() {
	claim "$1: a create is rejected as told" compare create "$2" \
		'any(.[]; .rule != "x-kubernetes-validations" or .class == "rejected-on-create" or
			(.value | test("oldSelf") | not))'
	cat "$tmp/summary"
	if [ -s "$tmp/refused" ]; then
		claim "$1: every field that the server refuses was told" fields_are_told
		cat "$tmp/summary"
	fi
}

writes() {
	updates "$1"
	creates "$1" '.items[].metadata |= ({name: ("two-" + .name)} + if .namespace then {namespace} else {} end)'
}
