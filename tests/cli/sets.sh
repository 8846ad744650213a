#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The three sets of a release without a cluster: list, show, bundle, fetch and verify. cli/upstream
# compares the sets with upstream's files.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh

# names RELEASE SET: prints the names of the objects
names() {
	"$program" show "$1" --set "$2" -o name
}

run list --set operator
claim "every_release_has_the_operators_set" ended 0
claim "list_counts_the_crds_of_the_set" printed '^v3.32.1 *v3.32.1 *32  1.31$' '^v3.24.0 *v3.24.0 *21  1.16$'
run list --set v3 -o name
claim "only_releases_that_have_the_set_are_listed" test "$(cat "$tmp/out")" = $'v3.32.1\nv3.32.0'
run list -o json
claim "json_names_the_surface_of_each_file" holds '.set == "crds" and (.items[] | select(.release == "v3.31.6") |
	.surface == "v3.31.4" and ([.files[] | {(.name): .surface}] | add) ==
	{"crds.yaml": "v3.31.4", "operator-crds.yaml": "v3.31.5"})'

operator_is_crds_and_more() {
	diff <(names v3.32.1 crds) <(names v3.32.1 operator | grep -v operator.tigera.io) &&
		[ "$(names v3.32.1 operator | grep -c operator.tigera.io)" -eq 9 ]
}
claim "the_operators_set_is_crds_and_more" operator_is_crds_and_more
v3_has_no_v1() {
	! names v3.32.1 v3 | grep 'crd.projectcalico.org' &&
		[ "$(names v3.32.1 v3 | grep -c '^[a-z]*\.projectcalico.org$')" -eq 22 ] &&
		names v3.32.1 v3 | grep clusternetworkpolicies.policy.networking.k8s.io
}
claim "the_set_v3_has_no_crd_of_v1_and_the_shared_kind_that_upstreams_file_lacks" v3_has_no_v1
claim "a_crd_that_sets_share_is_the_same" cmp <("$program" show v3.32.1 ippools) \
	<("$program" show v3.32.1 ippools.crd.projectcalico.org --set operator)

run show v3.31.7 --set v3
claim "a_release_without_the_set_is_exit_2" ended 2 'v3.31.7 has no set v3: the first release that has it is v3.32.0$'
run show v3.32.1 --set operators
claim "an_unknown_set_is_exit_2" ended 2 '\-\-set operators: a set is crds, operator or v3'
run show -f README.md --set operator
claim "a_file_is_no_set" ended 2 'leave --set out'

# Across an air gap

"$program" bundle create v3.32.1 v3.31.7 --set operator -o "$tmp/b.tar.xz" >"$tmp/log"
run bundle list "$tmp/b.tar.xz"
claim "a_bundle_has_the_set_under_upstreams_name" printed '^v3.32.1/operator-crds.yaml '
run show v3.32 --set operator --bundle "$tmp/b.tar.xz" -o name
claim "a_bundle_gives_the_set_back" cmp "$tmp/out" <(names v3.32.1 operator)
run show v3.32 --bundle "$tmp/b.tar.xz"
claim "a_bundle_without_the_set_says_so" ended 2 'no release in it has a file crds.yaml, which is the set crds'

# Files for kubectl in the same bundle

mkdir "$tmp/rest"
cat >"$tmp/rest/operator.yaml" <<-YAML
	apiVersion: apps/v1
	kind: Deployment
	metadata: {name: widget-operator}
	spec:
	  template:
	    spec:
	      initContainers: [{name: first, image: "registry.example.test/init:1"}]
	      containers: [{name: main, image: "registry.example.test/operator:2"}, {name: again, image: "registry.example.test/init:1"}]
	---
	apiVersion: v1
	kind: ConfigMap
	metadata: {name: no-image}
	data: {image: not-an-image}
YAML
printf 'kind: Widget\napiVersion: example.test/v1\nmetadata: {name: w}\n' >"$tmp/rest/widgets.yaml"
run bundle create v3.32.1 --set operator --with "$tmp/rest/operator.yaml,$tmp/rest/widgets.yaml" -o "$tmp/f.tar.xz"
claim "a_bundle_carries_files_for_kubectl" ended 0
run bundle list "$tmp/f.tar.xz"
claim "files_for_kubectl_are_listed_as_such" printed '^freight/operator.yaml .* for kubectl$' '^v3.32.1/operator-crds.yaml .* -$'
run verify "$tmp/f.tar.xz"
claim "files_for_kubectl_are_verified_by_their_digest" ended 1
claim "files_for_kubectl_are_judged_no_further" printed 'freight/widgets.yaml: for kubectl, with the digest that the bundle says$'
run bundle images "$tmp/f.tar.xz"
claim "images_of_all_containers_are_listed_once" cmp "$tmp/out" - <<-TEXT
	registry.example.test/init:1
	registry.example.test/operator:2
TEXT
run bundle extract "$tmp/f.tar.xz" -d "$tmp/back"
claim "files_for_kubectl_come_back_byte_for_byte" diff -r "$tmp/rest" "$tmp/back"
run show freight/widgets.yaml --bundle "$tmp/f.tar.xz"
claim "files_for_kubectl_are_never_applied" ended 2 'freight/widgets.yaml is for kubectl, and never applied here'
run show v3.32.1 --set operator --bundle "$tmp/f.tar.xz" -o name
claim "a_release_beside_them_is_found" cmp "$tmp/out" <(names v3.32.1 operator)
run bundle images "$tmp/b.tar.xz"
claim "a_bundle_without_such_files_says_how_to_add_them" ended 2 'bundle create --with FILE'

run verify v3.32.1 --set v3
claim "verify_knows_the_sets" ended 0

finish
