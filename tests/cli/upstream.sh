#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compares every embedded release with upstream's file: without descriptions, both have the same
# API. kubectl reads the YAML of upstream, and api.jq decides what is a description.
# SHARED is a directory that holds calico/all-crds.tar.xz and calico/releases.txt.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh

upstream=$SHARED/calico
if ! [ -f "$upstream/all-crds.tar.xz" ]; then
	skip 'upstreams_own_files' "no calico/all-crds.tar.xz in SHARED=$SHARED"
	finish
fi

mkdir "$tmp/upstream"
tar -xf "$upstream/all-crds.tar.xz" -C "$tmp/upstream"
"$program" list -o json >"$tmp/list.json"

# row RELEASE FILE: prints "bytes crds sha256" as the program lists them
row() {
	jq -r --arg release "$1" --arg file "$2" '.items[] | select(.release == $release) | .files[] |
		select(.name == $file) | "\(.bytes) \(.crds) \(.sha256)"' "$tmp/list.json"
}

is_listed() {
	local expected
	expected="$(wc -c <"$3") $(grep -c '^kind: CustomResourceDefinition' "$3") $(sha256sum <"$3" | cut -d' ' -f1)"
	[ "$(row "$1" "$2")" = "$expected" ] && return
	echo "$1 $2 is listed as \"$(row "$1" "$2")\", and is \"$expected\"" >&2
	return 1
}

all_are_listed() {
	local file
	for file in "$tmp"/upstream/v*/crds.yaml "$upstream"/v*/*.yaml; do
		is_listed "$(basename "$(dirname "$file")")" "$(basename "$file")" "$file" || return 1
	done
}

same_list() {
	jq -r '.items[] | .release as $release | .files[] |
		"\($release) \(.name) \(.bytes) \(.crds) \(.sha256)"' "$tmp/list.json" | sort >"$tmp/ours"
	grep -v '^#' "$upstream/releases.txt" | sort | diff - "$tmp/ours" >&2
}

claim "digest_size_and_count_of_every_upstream_file_are_as_listed" all_are_listed
claim "list_has_every_published_file_and_no_other" same_list

as_json() {
	"$(scripts/control-plane tools)/kubectl" label --local -f "$1" test=1 -o json | jq -S -s 'map(.items // [.]) | add'
}

facts() {
	jq -S -L tests/cli 'include "api"; facts'
}

# same_api RELEASE FILE [SET]: the set v3 also has CRDs of the shared group, which upstream's file
# lacks.
same_api() {
	as_json "$2" | facts >"$tmp/upstream.json"
	"$program" show "$1" --set "${3-crds}" -o json | jq --arg set "${3-}" '.items |
		map(select(.kind == "CustomResourceDefinition" and
		($set != "v3" or (.spec.group == "policy.networking.k8s.io" | not))))' >"$tmp/shown.json"
	facts <"$tmp/shown.json" >"$tmp/ours.json"
	diff "$tmp/upstream.json" "$tmp/ours.json" >&2
}

# The release has no description, message, annotation or label of upstream, only our own sentences.
only_own_prose() {
	jq -e -L tests/cli --rawfile kinds manifests/kinds.txt --rawfile rules manifests/rules.txt 'include "api";
		def rule_list: .["x-kubernetes-validations"];
		def without_messages: walk(if type == "object" and (rule_list | type) == "array"
			then .["x-kubernetes-validations"] |= map(del(.message)) else . end);
		def messages: .. | objects | rule_list | arrays | .[].message | strings;
		($kinds | split("\n") | map(select(startswith("#") | not) | split(": ") |
			select(length > 1) | {(.[0]): (.[1:] | join(": "))}) | add) as $sentences
		| all(.[]; . as $crd
			| $sentences[$crd.spec.names.kind] as $sentence
			| ($sentence | type == "string" and length > 0)
			and all($crd.spec.versions[]; .schema.openAPIV3Schema.description == $sentence)
			and all($crd | messages; . as $message | $rules | contains($message))
			and ($crd | del(.spec.versions[].schema.openAPIV3Schema.description) | without_messages) ==
				($crd | api)
			and ($crd.metadata | del(.annotations["api-approved.kubernetes.io"], .name))
				== (if $crd | approved then {annotations: {}} else {} end))' \
		"$tmp/shown.json" >"$tmp/verdict"
}

# Releases with the same files have the same surface; one of them is enough.
: >"$tmp/seen"
distinct=0
for file in $(printf '%s\n' "$tmp"/upstream/v*/crds.yaml | sort -V); do
	release=$(basename "$(dirname "$file")")
	sha256=$(sha256sum <"$file" | cut -d' ' -f1)
	surface=$(jq -r --arg release "$release" '.items[] | select(.release == $release).surface' "$tmp/list.json")
	if grep -q "^$sha256 " "$tmp/seen"; then
		echo "$sha256 $surface" >>"$tmp/seen"
		continue
	fi
	echo "$sha256 $surface" >>"$tmp/seen"
	distinct=$((distinct + 1))
	claim "api_of_${release}_is_upstreams" same_api "$release" "$file"
	claim "prose_of_${release}_is_our_own" only_own_prose
done
claim "upstream_has_24_distinct_files_or_more" test "$distinct" -ge 24
claim "releases_with_the_same_file_have_the_same_surface" test \
	"$(sort -u "$tmp/seen" | wc -l)" = "$distinct"

# The other sets: one release for each form of the operator's CRDs.

if [ -f "$upstream/all-operator-and-v3-crds.tar.xz" ]; then
	mkdir "$tmp/sets"
	tar -xf "$upstream/all-operator-and-v3-crds.tar.xz" -C "$tmp/sets"
	for release in v3.24.0 v3.24.6 v3.27.0 v3.29.7 v3.30.4 v3.31.7 v3.32.1; do
		claim "operators_set_of_${release}_is_upstreams" same_api "$release" \
			"$tmp/sets/$release/operator-crds.yaml" operator
		claim "prose_of_operators_set_of_${release}_is_our_own" only_own_prose
	done
	for release in v3.32.0 v3.32.1; do
		claim "set_v3_of_${release}_is_upstreams" same_api "$release" \
			"$tmp/sets/$release/v3_projectcalico_org.yaml" v3
		claim "prose_of_set_v3_of_${release}_is_our_own" only_own_prose
	done
else
	skip 'other_sets_are_upstreams' "no calico/all-operator-and-v3-crds.tar.xz in SHARED=$SHARED"
fi

# Tests the comparison: it finds a difference in the API, and ignores one in a description.

changed() {
	jq "$1" "$tmp/shown.json" | facts | cmp -s - "$tmp/ours.json" || return 0
	echo "the comparison does not see $1" >&2
	return 1
}

same_api v3.29.1 "$tmp/upstream/v3.29.1/crds.yaml"
pools='(.[] | select(.spec.names.plural == "ippools"))'
spec="$pools.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties"
claim "comparison_sees_a_type" changed "$spec.cidr.type = \"integer\""
claim "comparison_sees_a_property_called_description" changed "$spec.description = {type: \"string\"}"
claim "comparison_sees_a_missing_field" changed "del($spec.cidr)"
claim "comparison_sees_a_name" changed "$pools.spec.names.singular = \"pool\""
claim "comparison_sees_a_subresource" changed "$pools.spec.versions[0].subresources.status = {}"
claim "comparison_sees_a_missing_crd" changed "del($pools)"
claim_fails 1 "comparison_sees_no_prose" changed "$spec.cidr.description = \"An address.\""

finish
