#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fetch from a local mirror, and arguments that are refused before any request. Needs no server.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh

unset CALICO_DATASTORE_MIRROR CURL_CA_BUNDLE SSL_CERT_FILE
mirror=$tmp/mirror
dir=$tmp/dir
mkdir -p "$mirror/v9.9.9" "$mirror/v3.29.1"
"$program" show v3.29.1 | tee "$mirror/v9.9.9/crds.yaml" >"$mirror/v3.29.1/crds.yaml"
sum=$(sha256sum <"$mirror/v9.9.9/crds.yaml" | cut -d' ' -f1)

get() {
	run fetch "$@" --dir "$dir" --mirror "file://$mirror/RELEASE/FILE"
}

# refused CODE PATTERN: the run fails and leaves nothing
refused() {
	ended "$1" "$2" && [ ! -e "$dir" ]
}

get v9.9.9
claim 'a_release_that_nobody_knows_needs_a_digest' refused 2 'nothing proves'
get v9.9.9 --sha256 "${sum/[0-9a-f]/x}"
claim 'a_digest_is_64_hexadecimal_digits' refused 2 '64 hex'
get v9.9.9 --sha256 "$(printf 0 | sha256sum | cut -d' ' -f1)"
claim 'another_digest_is_refused' refused 5 "SHA-256 is $sum"
get v3.29.1
claim 'a_known_release_must_have_its_length' refused 5 'bytes came\|larger than'
get v3.29.1 --sha256 "$sum"
claim 'a_digest_does_not_replace_the_known_one' refused 5 'is not that of v3.29.1'
get v9.9.9 v9.9.8 --sha256 "$sum"
claim 'a_digest_is_of_one_release' refused 2 'give one release'
get ../../etc --allow-unpinned
claim 'a_release_is_no_path' refused 2 'no name of a release'
get v9.9.8 --allow-unpinned
claim 'a_file_that_is_not_there_is_said_to_be_missing' refused 3 'No such file'

get v9.9.9 --sha256 "${sum^^}" -o json
claim 'a_digest_lets_an_unknown_release_in' holds \
	'.changed and .ok and .items[0].outcome == "fetched" and .items[0].verifiedBy == "--sha256"'
claim 'its_bytes_are_those_of_the_mirror' cmp "$mirror/v9.9.9/crds.yaml" "$dir/v9.9.9/crds.yaml"
get v9.9.9 --sha256 "$sum" -o json
claim 'a_second_run_changes_nothing' holds '.changed == false and .items[0].outcome == "unchanged"'
rm -rf "$dir"
get v9.9.9 --allow-unpinned -o json
claim 'what_is_not_pinned_is_said_to_be_so_in_the_report' holds '.changed and .items[0].verifiedBy == null'
claim 'and_in_a_note' ended 0 'warning: v9.9.9 is not pinned'
get v9.9.9 --allow-unpinned
claim 'and_in_the_table' printed 'unchanged *nothing: not pinned'

for url in ftp://h/RELEASE/FILE dict://h/RELEASE/FILE /srv/RELEASE/FILE file://h/RELEASE/FILE \
	http://h/RELEASE/FILE https:///RELEASE/FILE https://h/RELEASE https://RELEASE/FILE \
	'https://h/RELEASE/FI LE' 'https://h/RELEASE/FILE#x'; do
	run fetch v3.29.1 --dir "$tmp/none" --mirror "$url"
	claim "mirror_${url}_is_refused" ended 2 .
done
run fetch v3.29.1 --mirror https://me:secret@h/RELEASE/FILE
claim 'a_mirror_with_a_password_is_refused' ended 2 'no credentials'
claim 'and_the_password_not_shown' says "$tmp/err" '!secret'
export CALICO_DATASTORE_MIRROR="file://$mirror/RELEASE/FILE"
run fetch v9.9.9 --dir "$tmp/env" --sha256 "$sum"
claim 'the_environment_names_the_mirror' ended 0
unset CALICO_DATASTORE_MIRROR
for variable in CALICO_DATASTORE_MIRROR CURL_CA_BUNDLE SSL_CERT_FILE; do
	export "$variable="
	run fetch v3.29.1 --dir "$tmp/none"
	claim "an_empty_${variable}_is_refused" ended 2 "variable $variable is set, but empty"
	unset "$variable"
done
for option in mirror cacert sha256; do
	run fetch v3.29.1 --dir "$tmp/none" "--$option="
	claim "an_empty_option_${option}_is_refused" ended 2 "--$option"
done
claim 'nothing_was_written' test ! -e "$tmp/none"

# Other commands

run show --url "file://$mirror/v9.9.9/crds.yaml" -o name
claim 'show_takes_a_local_url' printed '^ippools'
run show --url "file://$mirror/v9.9.9/crds.yaml" --sha256 "${sum//[0-9]/0}"
claim 'a_url_with_another_digest_is_refused' ended 5 "SHA-256 is $sum"
run show v3.29.1 --url file:///x --file y
claim 'one_source_at_a_time' ended 2 'give either'
run show --sha256 "$sum"
claim 'a_digest_needs_a_url' ended 2 'need --url URL'
printf '%s\n' 'apiVersion: apiextensions.k8s.io/v1' 'kind: CustomResourceDefinition' \
	'metadata: {name: evils.example.com}' \
	'spec: {group: example.com, scope: Cluster, names: {plural: evils, kind: Evil},' \
	'  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}' \
	>"$tmp/evil.yaml"
run show --url "file://$tmp/evil.yaml"
claim 'a_url_brings_no_groups_of_others' ended 5 'allow-group example.com'

# Directories

mkdir "$tmp/set" "$tmp/set/below"
"$program" show v3.29.1 ippools >"$tmp/set/b.yaml"
"$program" show v3.29.1 tiers >"$tmp/set/a.yml"
"$program" show v3.29.1 felixconfigurations -o json >"$tmp/set/c.json"
echo 'not: [a manifest' | tee "$tmp/set/notes.txt" "$tmp/set/below/x.yaml" >"$tmp/set/.hidden.yaml"
run show -f "$tmp/set" -o name
claim 'a_directory_is_its_manifests_and_nothing_else' lines 3 projectcalico
cp "$tmp/set/b.yaml" "$tmp/set/d.yaml"
run show -f "$tmp/set" -o name
claim 'two_of_one_name_in_a_directory_are_refused' ended 4 ippools
mkdir "$tmp/empty"
run show -f "$tmp/empty"
claim 'an_empty_directory_is_refused' ended 3 'no \*.yaml'

# All releases

if [ -f "$SHARED/calico/all-crds.tar.xz" ]; then
	mkdir "$tmp/all"
	tar -xJf "$SHARED/calico/all-crds.tar.xz" -C "$tmp/all"
	mapfile -t releases < <("$program" list -o name)
	run fetch "${releases[@]}" --dir "$tmp/local" --mirror "file://$tmp/all/RELEASE/FILE"
	claim 'all_releases_come_from_a_local_mirror' lines "${#releases[@]}" "fetched *upstream's digest"
	claim 'they_are_the_bytes_of_the_mirror' diff -r "$tmp/all" "$tmp/local"
	rm -rf "$tmp/all"
	run fetch "${releases[@]}" --dir "$tmp/local" --mirror "file://$tmp/all/RELEASE/FILE"
	claim 'a_second_run_asks_the_mirror_for_nothing' lines "${#releases[@]}" unchanged
	truncate -s -1 "$tmp/local/v3.29.1/crds.yaml"
	run fetch v3.29.1 --dir "$tmp/local" --mirror "file://$tmp/all/RELEASE/FILE" -o json
	claim 'a_damaged_file_is_not_taken_for_the_release' holds '.items[0].outcome == "failed"'
else
	skip 'all_releases_come_from_a_local_mirror' "no upstream files in $SHARED"
fi
finish
