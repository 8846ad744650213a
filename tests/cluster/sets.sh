#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The operator's set and the set v3 on a real server: installed, installed again, used without --set
# where they exist, and refused where they would hide objects.
# shellcheck disable=SC2317 # claim calls the functions
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

again() {
	local before
	before=$(versions)
	run install "$@" -o json
	ended 0 && holds '.ok and .changed == false and .summary.unchanged == 32' && [ "$(versions)" = "$before" ]
}

# Annotations stay far below their limit of 262144 bytes in total, which a client-side apply
# exceeds.
small_annotations() {
	kubectl get crd installations.operator.tigera.io -o json |
		jq -e '(.metadata.annotations // {} | tostring | length) < 1000 and (.spec | tostring | length) > 262144 / 2'
}

start_cluster
run install v3.32.1 --set operator
claim "operators_set_installs" ended 0 'v3.32.1, set operator (embedded) on'
claim "all_32_crds_are_created" lines 32 "^$crd/[a-z0-9.-]* created\$"
claim "all_of_them_are_established" all_established
claim "operators_set_installed_again_writes_nothing" again v3.32.1 --set operator
claim "set_of_the_cluster_is_taken_without_set" again v3.32.1
claim "set_of_the_cluster_is_said" says "$tmp/err" 'v3.32.1, set operator (embedded) on'
claim "large_crd_has_no_large_annotation" small_annotations
run status
claim "status_names_release_and_set" ended 0
claim "status_counts_the_crds_of_the_set" printed '^verdict *v3.32.1, set operator: all 32 CRDs are as released$'
run plan v3.32.1 --set crds -o json
claim "set_that_is_asked_for_is_taken" holds '.release.set == "crds" and (.customResourceDefinitions | length == 23)'
run install v3.31.7 --allow-downgrade --no-backup
claim "another_release_has_the_same_set" ended 0 'set operator' "!$crd/whiskers.operator.tigera.io created"
run status -o json
claim "status_in_json_has_each_part" holds '.sets | .crds.asReleased == .crds.crds and
	.operator.release == {oldest: "v3.31.7", newest: "v3.31.7"} and .v3 == null'
run install v3.30.4 --set crds --allow-downgrade --accept-loss --no-backup
run status
claim "parts_of_different_releases_are_exit_1" ended 1
claim "parts_of_different_releases_are_named" printed \
	'^verdict *crds: v3.30.4: all 2[0-9] CRDs are as released; operator: v3.31.7: all 8 CRDs are as released; these are of different releases$'
run plan v3.32.1 --prune -o json
claim "prune_is_about_the_same_set" holds '[.leftovers[].name] | all(test("policy.networking.k8s.io$"))'
stop_cluster

start_cluster
run install v3.32.1 --set v3 --without-policies
claim "set_v3_installs_on_a_clean_server" ended 0
claim "policies_without_effect_are_reported_with_the_cost" says "$tmp/err" \
	"warning: .* not in effect; without them, policies that kubectl writes get no spec.types "
claim "looking_at_them_stores_nothing" test -z "$(kubectl get networkpolicies.projectcalico.org -A -o name)"
claim "set_v3_brings_the_shared_kind" kubectl get crd clusternetworkpolicies.policy.networking.k8s.io -o name
claim "set_v3_installed_again_writes_nothing" again v3.32.1 --set v3 --without-policies
claim "set_v3_is_taken_where_the_cluster_has_it" again v3.32.1 --without-policies
run status
claim "status_names_the_set_v3" ended 0
claim "status_of_v3_has_crds_and_reads" printed '^verdict *v3.32.1, set v3: all 31 CRDs are as released; projectcalico.org/v3 by CRDs: 23 of 23 reads succeeded$'
run plan v3.31.7
claim "release_without_that_set_is_refused" ended 2 'the cluster has the set v3' 'v3.31.7 has no set v3'
run install v3.32.1 --set crds
claim "set_crds_would_hide_the_objects_and_is_blocked" ended 10 'use --set v3'
finish
