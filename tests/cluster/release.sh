#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# install and plan without a RELEASE: the server's CRDs decide which minor release is kept.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/shell.sh
. tests/lib/run.sh
. tests/lib/cluster.sh

newest=$("$program" list -o name | head -n 1)
patch_of() {
	"$program" list -o name | grep -m 1 "^$1\\."
}

is_for() {
	holds ".release.name == \"$1\""
}

start_cluster
run plan -o json
claim "server_without_calico_gets_the_newest_release" is_for "$newest"
claim "nothing_is_said_about_a_choice" ended 1 '!no RELEASE is given'

# Others also have CRDs in the shared group.
"$program" show v3.30.7 adminnetworkpolicies -o json | jq '.items[0].spec.names.shortNames = ["xanp"]' | kubectl create -f - >"$tmp/log"
run plan -o json
claim "shared_crd_of_others_is_no_calico" is_for "$newest"
kubectl delete crd adminnetworkpolicies.policy.networking.k8s.io >"$tmp/log"

# A first install that was killed is completed.
"$program" show "$newest" -o json | jq '.items |= .[3:6]' | kubectl create -f - >"$tmp/log"
run install
claim "part_of_the_newest_release_is_completed" ended 0 "$newest, set crds (embedded) on "
claim "all_of_it_is_there" test "$(kubectl get crd -o name | wc -l)" = "$("$program" show "$newest" -o name | wc -l)"
run install -o json
claim "newest_release_stays" is_for "$newest"
claim "newest_release_needs_no_word" ended 0 '!no RELEASE is given'
stop_cluster

start_cluster
run install v3.29.1
before=$(versions)
run plan -o json
claim "plan_is_for_the_newest_patch_of_what_is_there" is_for "$(patch_of v3.29)"
claim "one_line_says_so_and_how_to_upgrade" ended 1 "no RELEASE is given: this is for $(patch_of v3.29)," \
	"\"calico-datastore plan latest\" is for $newest"

claim "plan_writes_nothing" test "$(versions)" = "$before"
requests=$(jq .requests "$tmp/out")
run plan v3.29 -o json
# The difference is 5 CRDs and one version of discovery: the choice does not read the server again.
claim "choice_costs_no_second_look" holds ".requests + 6 >= $requests"
run plan -x tiers -o json
claim "excluded_crd_is_left_out" holds '[.customResourceDefinitions[].name] | length == 19 and (any(test("tiers")) | not)'
run plan -x nosuch
claim "excluded_crd_that_the_release_lacks_is_exit_2" ended 2 'exclude nosuch'
run install --dry-run -q -o json
claim "dry_run_is_for_the_same" is_for "$(patch_of v3.29)"
run install
claim "install_stays_on_the_minor_release" ended 0 "$(patch_of v3.29), set crds (embedded) on " "calico-datastore install latest"
run status
claim "crds_are_those_of_the_newest_patch" printed "^verdict *v3.29.*$(patch_of v3.29): all 20 CRDs are as released"
run install -o json
claim "second_install_writes_nothing" holds '.ok and .changed == false'

# A missing or edited CRD is no upgrade either.
kubectl delete crd blockaffinities.crd.projectcalico.org >"$tmp/log"
run install -o json
claim "lost_crd_comes_back_from_the_same_release" is_for "$(patch_of v3.29)"

# Two datastores with different releases
first=$KUBECONFIG
run plan latest -o json
claim "upgrade_is_asked_for_by_name" is_for "$newest"
run install latest
claim "install_latest_upgrades" ended 0 "$newest, set crds (embedded) on "
KUBECONFIG=$first run install -o json
claim "newest_release_is_what_is_there_now" is_for "$newest"
claim "crds_that_it_dropped_are_no_other_release" ended 0 '!no RELEASE is given'

# CRDs of a release that this program does not have
"$program" show "$newest" -o json | jq '.items[:4][].spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.next = {type: "string"}' |
	kubectl replace -f - >"$tmp/log"
run status -o json
claim "crds_from_after_the_program_are_newer" holds '.age == "newer"'
before=$(versions)
run install
claim "install_over_a_newer_release_asks_for_a_name" ended 2 "newer than $newest, the newest release in this program" \
	'name a RELEASE, or "latest"'
run install "$newest"
claim "install_of_a_named_release_is_a_downgrade" ended 10 "is a downgrade to $newest" '--allow-downgrade'
claim "neither_wrote" test "$(versions)" = "$before"
run install "$newest" --allow-downgrade --no-backup
claim "downgrade_goes_on_when_asked" ended 0
stop_cluster

start_cluster
"$program" show v3.24.0 -o json | jq --arg release v3.19 -f tests/lib/older.jq | kubectl create -f - >"$tmp/log"
run plan
claim "crds_from_before_the_program_ask_for_a_name" ended 2 'older than v3.24.0, the oldest release in this program'
run plan v3.24 -o json
claim "named_release_is_taken" is_for "$(patch_of v3.24)"

finish
