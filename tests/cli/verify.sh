#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# verify says whose API a manifest has: upstream's own file, the same API, or an unknown one. Needs
# no server.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh

unset CALICO_DATASTORE_PUBLIC_KEY CALICO_DATASTORE_KEY_DIR
"$program" show v3.29.4 >"$tmp/api.yaml"
sed '0,/maxLength: [0-9]*/s//maxLength: 77/' "$tmp/api.yaml" >"$tmp/other.yaml"

run verify v3.29.1 v3.32
claim 'an_embedded_release_has_the_api_it_should_have' ended 0
claim 'and_is_said_to_be_without_descriptions' printed '^v3.29.1: built in, without descriptions; the API of v3.29.1$'
run verify "$tmp/api.yaml"
claim 'the_same_api_is_told_by_exit_code_1' ended 1
claim 'and_by_the_range_of_releases_that_have_it' printed 'the API of v3.29.2..v3.29.7; descriptions'
run verify - -o json <"$tmp/api.yaml"
claim 'standard_input_is_verified' holds '.items[0].match == "api" and .items[0].releases[0] == "v3.29.2" and .ok == false'
run verify "$tmp/other.yaml"
claim 'an_unknown_api_is_told_by_exit_code_5' ended 5
claim 'with_the_nearest_release' printed 'nearest is v3.29.2: 1 CRDs differ, 0 are missing, 0 are not of it' 'maxLength: [0-9]* -> 77'
run verify "$tmp/other.yaml" -o json
claim 'and_how_it_differs' holds '.items[0].nearest | .differ == 1 and .differences == 1 and (.diff | length) == 1'
"$program" show v3.29.4 --exclude tiers >"$tmp/less.yaml"
run verify "$tmp/less.yaml"
claim 'a_missing_crd_makes_another_api' printed '0 CRDs differ, 1 are missing'
"$program" show v3.29.4 --exclude tiers | sed 's/\bippools\b/ippoolz/g' >"$tmp/more.yaml"
run verify "$tmp/more.yaml"
claim 'a_crd_too_many_is_counted' printed '2 are missing, 1 are not of it'

# Releases older than the oldest one here, and newer than the newest one

older() {
	"$program" show v3.24.0 -o json | jq --arg release "$1" -f tests/lib/older.jq >"$tmp/older.json"
	run verify "$tmp/older.json"
	ended 5 && printed 'unknown; older than v3.24.0, the oldest release in this program$' 'nearest is v3.24.0: '
}
for release in v3.23 v3.19 v3.14; do
	claim "crds_as_those_of_${release}_are_older_than_the_oldest_release" older "$release"
done
run verify "$tmp/older.json" -o json
claim 'json_says_older' holds '.items[0] | .match == "none" and .age == "older" and .nearest.release == "v3.24.0"'
"$program" show v3.24.0 -o json | jq '.items[4].spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.mine = {type: "string"}' |
	"$program" verify - >"$tmp/out" 2>&1 || true
claim 'a_field_more_is_no_older_release' printed 'unknown; not exactly those of a release' '!older'
"$program" show latest -o json | jq '.items[:3][].spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.next = {type: "string"}' |
	"$program" verify - >"$tmp/out" 2>&1 || true
claim 'several_crds_with_more_fields_than_the_newest_are_newer' printed 'unknown; newer than v3.32.1, the newest release in this program'
"$program" show v3.30.2 -o json | jq '.items |= .[:3]' | "$program" verify - >"$tmp/out" 2>&1 || true
claim 'a_part_of_a_release_is_of_that_release' printed 'unknown; not exactly those of a release' 'nearest is v3.30'
"$program" show v3.27.2 -o json | jq '.items[:12][].spec.versions[0].schema.openAPIV3Schema.properties.spec.properties |= with_entries(.key += "X")' |
	"$program" verify - >"$tmp/out" 2>&1 || true
claim 'crds_most_of_which_are_of_no_release_are_forced_on_none' printed 'unknown; of no release in this program'

run verify v3.32 "$tmp/api.yaml" "$tmp/other.yaml"
claim 'the_worst_decides' ended 5
claim 'a_line_for_each' lines 3 '^[^ ].*: '
echo 'kind: [' >"$tmp/broken.yaml"
run verify "$tmp/broken.yaml" "$tmp/api.yaml"
claim 'what_cannot_be_read_has_failed' ended 5
claim 'and_the_others_are_still_told' printed 'broken.yaml: failed' 'api.yaml: the API'
run verify "$tmp/absent.yaml"
claim 'what_is_not_there_has_failed' ended 5
run verify v3.99
claim 'an_unknown_release_is_a_wrong_command_line' ended 2 'unknown release'
run verify
claim 'nothing_to_verify_is_a_wrong_command_line' ended 2 'verify needs a file'
mkdir "$tmp/empty"
run verify "$tmp/empty"
claim 'a_directory_without_manifests_is_a_wrong_command_line' ended 2 'has a manifest'

# Bundles

"$program" bundle create v3.29.1 v3.32.1 -o "$tmp/b.tar.xz" >/dev/null 2>&1
run verify "$tmp/b.tar.xz"
claim 'each_file_of_a_bundle_is_told' lines 2 'crds.yaml: the API of'
claim 'embedded_manifests_in_a_bundle_are_the_api_only' ended 1
run verify --bundle "$tmp/b.tar.xz" -o json
claim 'a_bundle_by_option_as_well' holds '(.items | length) == 2'
head -c 3000 "$tmp/b.tar.xz" >"$tmp/cut.tar.xz"
run verify "$tmp/cut.tar.xz"
claim 'a_cut_bundle_has_failed' ended 5
"$program" keygen "$tmp/k" --no-password >/dev/null 2>&1
run verify "$tmp/b.tar.xz" --public-key "$tmp/k.pub"
claim 'an_unsigned_bundle_fails_where_a_key_is_given' printed 'failed: .*minisig'
claim 'by_its_exit_code_too' ended 5

# Upstream's own files

if [ -f "$SHARED/calico/all-crds.tar.xz" ]; then
	mkdir "$tmp/all"
	tar -xJf "$SHARED/calico/all-crds.tar.xz" -C "$tmp/all"
	run verify "$tmp/all"
	claim 'upstreams_files_are_told_byte_for_byte' lines 54 "upstream's crds.yaml of .*byte for byte"
	claim 'with_exit_code_0' ended 0
	run verify -f "$tmp/all/v3.31.6"
	claim 'releases_with_one_file_are_a_range' printed 'of v3.31.5..v3.31.7, byte'
	printf ' \n' >>"$tmp/all/v3.31.6/crds.yaml"
	run verify "$tmp/all/v3.31.6/crds.yaml"
	claim 'a_byte_more_is_the_same_api_only' ended 1
else
	skip 'upstreams_files_are_told_byte_for_byte' "no upstream files in $SHARED"
fi
finish
